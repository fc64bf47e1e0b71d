#!/bin/sh
# drumlin kit blend: what it writes is a kit without faults, is the same each time, and Hydrogen takes it.
set -u
failed=0
srcdir=${srcdir:-.}
unset LC_ALL LANG
dir=$(mktemp -d) || exit 99
trap 'rm -rf "$dir"' EXIT
kits=$srcdir/data/kits

fail() {
	echo "$*"
	failed=1
}

expect() {
	wanted=$1
	shift
	"$@" >"$dir/out" 2>&1
	got=$?
	[ "$got" -eq "$wanted" ] || fail "$* ended with $got: $(cat "$dir/out")"
}

expect 0 ./drumlin kit blend "$kits/basalt" "$kits/slag" --at 0.4,0 -o "$dir/new.h2drumkit"
expect 0 ./drumlin kit blend "$kits/basalt" "$kits/slag" --at 0.4,0 -o "$dir/again.h2drumkit"
expect 0 ./drumlin kit blend "$kits/basalt" "$kits/slag" "$kits/slag" "$kits/basalt" -o "$dir/folder/"
expect 0 ./drumlin kit check "$dir/folder"
grep -q "12 of 12 instruments" "$dir/out" || fail "an instrument is missing: $(cat "$dir/out")"
grep -q "0 faults, 0 remarks" "$dir/out" || fail "the kit is not clean: $(cat "$dir/out")"

# The same bytes but for the names.
mkdir "$dir/a" "$dir/b"
tar -xzf "$dir/new.h2drumkit" -C "$dir/a" || fail "no tar.gz"
tar -xzf "$dir/again.h2drumkit" -C "$dir/b" || fail "no tar.gz"
for file in "$dir"/a/new/*.flac; do
	cmp -s "$file" "$dir/b/again/${file##*/}" || fail "${file##*/} differs"
done
grep -q "<name>new</name>" "$dir/a/new/drumkit.xml" || fail "the kit has not the name of its file"
expect 0 ./drumlin kit check "$dir/a/new"
[ -z "$(find "$dir" -name '*.part')" ] || fail "something is left behind"

expect 2 ./drumlin kit blend "$kits/basalt" -o "$dir/x.h2drumkit"
expect 2 ./drumlin kit blend "$kits/basalt" "$kits/slag" -o "$dir/x.zip"
expect 2 ./drumlin kit blend "$kits/basalt" "$kits/slag" --at 2,0 -o "$dir/x.h2drumkit"
expect 2 ./drumlin kit blend "$kits/basalt" "$kits/slag"
expect 3 ./drumlin kit blend "$kits/basalt" "$dir/nowhere" -o "$dir/x.h2drumkit"
expect 1 ./drumlin kit blend "$kits/basalt" "$kits/slag" -o "$dir/nowhere/x.h2drumkit"

if command -v h2cli >/dev/null; then
	HOME=$dir QT_QPA_PLATFORM=offscreen timeout 60 h2cli --check "$dir/new.h2drumkit" >"$dir/out" 2>&1
	grep -q "is valid" "$dir/out" || fail "Hydrogen does not take it: $(tail -3 "$dir/out")"
fi
exit "$failed"

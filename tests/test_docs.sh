#!/bin/sh
# The documents say what the program says: the parameters' page is its own table, the manual page is well formed
# and names every command and every option that --help names.
set -u
failed=0
srcdir=${srcdir:-.}
unset LC_ALL LANG
XDG_DATA_HOME=/nonexistent XDG_DATA_DIRS=/nonexistent
export XDG_DATA_HOME XDG_DATA_DIRS

fail() {
	echo "$*"
	failed=1
}

./drumlin controls --markdown | diff "$srcdir/doc/controls.md" - || fail "doc/controls.md is out of date: run make docs"

page=$srcdir/doc/drumlin.1
for command in play render train eval touch kit layout controls backends; do
	grep -q "^\.SS drumlin $command\|^\.SS drumlin \[play\]" "$page" || fail "doc/drumlin.1 has no section on $command"
	for option in $(./drumlin "$command" --help | grep -o -e '--[a-z][a-z0-9-]*' | sort -u); do
		grep -qe "$(echo "$option" | sed 's/-/\\\\-/g')" "$page" || fail "doc/drumlin.1 lacks $command $option"
	done
done
if command -v groff >/dev/null; then
	groff -Tutf8 -man -ww "$page" 2>&1 >/dev/null | grep . && fail "groff complains about doc/drumlin.1"
fi
exit "$failed"

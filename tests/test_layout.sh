#!/bin/sh
# Layouts for tablets, read back by python3's own parsers: the forms' rules, every path and range those of the
# program's table, nothing over anything else; and the ready-made files are what the program writes.
set -u
failed=0
srcdir=${srcdir:-.}
work=$(mktemp -d "${TMPDIR:-/tmp}/drumlin-layout-XXXXXX")
trap 'rm -rf "$work"' EXIT

fail() {
	echo "$*"
	failed=1
}

# usage EXPECTED WORD ARGUMENT...: the exit code, and a line that names the fault
refused() {
	code=$1 word=$2
	shift 2
	./drumlin layout "$@" >/dev/null 2>"$work/said"
	got=$?
	[ "$got" -eq "$code" ] || fail "drumlin layout $*: exit code $got instead of $code"
	grep -q -e "$word" "$work/said" || fail "drumlin layout $*: says nothing of $word: $(cat "$work/said")"
}

refused 2 txt -o "$work/layout.txt"
refused 2 layout -o "$work/layout"
refused 2 'no file' --port 9000
refused 2 --port -o "$work/layout.tosc" --port 80
refused 2 --port -o "$work/layout.tosc" --port x
refused 2 token -o "$work/layout.tosc" --osc-token "a'b c"
refused 2 --nonsense -o "$work/layout.tosc" --nonsense
refused 1 nowhere -o "$work/nowhere/layout.tosc"
[ "$failed" -eq 0 ] || exit 1

if ! command -v python3 >/dev/null; then
	echo "skipped: no python3 to read the layouts with"
	exit 77
fi
./drumlin controls --json >"$work/controls.json" || fail "drumlin controls --json failed"
for ending in tosc touchosc json; do
	./drumlin layout -o "$work/drumlin.$ending" || fail "drumlin layout -o drumlin.$ending failed"
	python3 "$srcdir/tests/layout_check.py" "$work/controls.json" "$work/drumlin.$ending" ||
		fail "drumlin.$ending breaks a rule"
	python3 "$srcdir/tests/layout_check.py" --dump "$work/drumlin.$ending" >"$work/new"
	python3 "$srcdir/tests/layout_check.py" --dump "$srcdir/data/layouts/drumlin.$ending" >"$work/old"
	cmp "$work/old" "$work/new" || fail "data/layouts/drumlin.$ending is out of date: run make layouts"
	# With a port and a secret of one's own.
	./drumlin layout --port 7001 --osc-token hunter2 -o "$work/own.$ending" ||
		fail "drumlin layout --port --osc-token failed"
	python3 "$srcdir/tests/layout_check.py" --dump "$work/own.$ending" >"$work/own"
	if [ "$ending" = touchosc ]; then
		grep -q 'scalet="7001"' "$work/own" || fail "own.$ending lacks the port"
		grep -q "$(printf /drumlin/token/hunter2 | base64)" "$work/own" || fail "own.$ending lacks the token"
	else
		grep -q 7001 "$work/own" || fail "own.$ending lacks the port"
		grep -q hunter2 "$work/own" || fail "own.$ending lacks the token"
	fi
done

# The checker itself must be able to see.
sed 's|/drumlin/tempo|/drumlin/tmepo|' "$work/drumlin.json" >"$work/bad.json"
python3 "$srcdir/tests/layout_check.py" "$work/controls.json" "$work/bad.json" >/dev/null && fail "a wrong path passes"
sed 's|"left": 3,|"left": 60,|' "$work/drumlin.json" >"$work/bad.json"
python3 "$srcdir/tests/layout_check.py" "$work/controls.json" "$work/bad.json" >/dev/null && fail "an overlap passes"
exit "$failed"

#!/bin/sh
# doc/osc.md says what the program says: its table of paths, and every transcript, played again.
set -u
srcdir=${srcdir:-.}
grep -q "^#define HAVE_LIBLO 1" config.h || {
	echo "skipped: built without OSC"
	exit 77
}
page=$(mktemp "${TMPDIR:-/tmp}/drumlin-osc-md-XXXXXX")
trap 'rm -f "$page"' EXIT
"$srcdir/scripts/oscdoc.sh" ./drumlin "$srcdir/doc/osc.md" "$page"
code=$?
[ "$code" -eq 0 ] || exit "$code"
diff "$srcdir/doc/osc.md" "$page" || {
	echo "doc/osc.md is out of date: run make docs"
	exit 1
}

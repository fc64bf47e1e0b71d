#!/bin/sh
# make coverage: builds the program for gcov in a folder of its own, runs the tests, and prints the lines and branches that
# they reach: by folder, and of the files that read what comes from outside. Fails where the tests reach less than 95 of
# 100 lines of any of these.
# Usage: scripts/coverage.sh SOURCE BUILD [TEST...]; all tests without a name.
set -eu

source=$1 build=$2
shift 2
outside='model/midifile.c model/drumtext.*\.c model/kit_hydrogen.*\.c model/kit_sfz.*\.c model/kit_folder.c model/kit_archive.c
	model/kit_map.c model/model_file.c model/safetensors.c model/audiofile.c model/csv.c app/session.c app/session_json.c
	app/cell_text.c app/options.c app/play_options.c osc/map_file.c osc/map_words.c osc/osc_dispatch.c osc/osc_cells.c
	osc/osc_queries.c osc/osc_values.c osc/osc_stream.c osc/osc_access.c rt/midi_decode.c rt/midi_stream.c'
command -v gcovr >/dev/null || { echo "no gcovr here: no coverage"; exit 77; }
"$source/scripts/elsewhere.sh" "$source" "$build" CFLAGS='-O1 -g --coverage -fno-inline' LDFLAGS=--coverage --disable-hardening
cd "$build"
find . -name '*.gcda' -exec rm -f {} +
if [ $# -gt 0 ]; then
	make -j2 check TESTS="$*" check_PROGRAMS="$*" || echo "(tests failed: what they reached counts)"
else
	make -j2 check || echo "(tests failed: what they reached counts)"
fi
for folder in app model osc rt; do
	printf '%s: ' "$folder"
	gcovr -r . --filter "$folder/" --gcov-ignore-parse-errors -s 2>/dev/null | sed -n 's/^lines: //p;s/^branches: //p' | paste -s -d ' '
done
set --
for file in $outside; do
	set -- "$@" --filter "$file"
done
# Branches are for reading: many of them are memory that never runs out.
gcovr -r . "$@" -s 2>/dev/null
gcovr -r . "$@" --csv 2>/dev/null | awk -F, 'NR > 1 && $2 > 0 { n++; if ($3 < 0.95 * $2) { low++; print $1 ": " $3 " of " $2 " lines" } }
	END { if (low || !n) { print "below 95 of 100: " low + 0 " of " n + 0 " files"; exit 1 } }'

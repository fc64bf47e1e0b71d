#!/bin/sh
# make fuzz: builds each tests/fuzz/fuzz_*.c with clang's fuzzer and sanitizers and runs it for FUZZ_SECONDS.
# Usage: BUILD=DIR LIBS=... FUZZ_SECONDS=N [FUZZERS=NAMES] scripts/fuzz.sh FLAG... -- SOURCE...
# What a run learned stays in BUILD/corpus; an input that breaks something in BUILD/fuzz_*-crash-*. Ends with a table of
# executions: all that were run, over what was known already and beyond; a second: of the processor's time.
set -eu

top=$PWD
flags='-O1 -g -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=undefined -DDRUMLIN_LIBFUZZER'
objects=$BUILD/objects
rm -rf "$objects"
mkdir -p "$objects"

# What comes before -- is for every file; what comes behind is compiled once.
library=$BUILD/library.a
compile=
while [ "$1" != -- ]; do
	compile="$compile '$(printf %s "$1" | sed "s/'/'\\\\''/g")'"
	shift
done
shift
rm -f "$library"
compile_one() {
	eval "clang $flags $compile" -c -o '"$objects/$(echo "$1" | tr / -).o"' '"$1"'
}
for source; do
	case $source in
	*.c)
		compile_one "$source" & # as many as there are processors
		running=$((${running:-0} + 1))
		if [ $((running % $(nproc))) -eq 0 ]; then wait; fi
		;;
	esac
done
wait
for source; do
	case $source in *.c) ar rc "$library" "$objects/$(echo "$source" | tr / -).o" ;; esac
done

failed=0
table=$BUILD/executions.txt
printf '%-16s %12s %12s %8s %8s\n' target executions 'a second' inputs result >"$table"
# Seconds of the processor that what was run so far has taken.
look() {
	times >"$BUILD/times"
	spent=$(sed -n '2s/[ms]/ /gp' "$BUILD/times" | awk '{ print 60 * $1 + $2 + 60 * $3 + $4 }')
}
for source in tests/fuzz/fuzz_*.c; do
	name=$(basename "$source" .c)
	case " ${FUZZERS:-$name} " in *" $name "*) ;; *) continue ;; esac
	corpus=$BUILD/corpus/$name
	mkdir -p "$corpus"
	[ ! -d "tests/fuzz/seeds/$name" ] || cp "tests/fuzz/seeds/$name"/* "$corpus"
	if [ "$name" = fuzz_archive ]; then # archives of the other seeds
		tar -cf "$corpus/plain.tar" -C tests/fuzz/seeds fuzz_kit
		tar -czf "$corpus/gzipped.tgz" -C tests/fuzz/seeds fuzz_kit
		tar --format=pax -cPf "$corpus/climbs.tar" --transform 's,^,../,' -C tests/fuzz/seeds fuzz_sfz
	fi
	# shellcheck disable=SC2086 # a list of libraries
	eval "clang $flags -fsanitize=fuzzer $compile" -o '"$BUILD/$name"' '"$source"' '"$library"' $LIBS
	echo "$name: $FUZZ_SECONDS s"
	result=ok
	look
	before=$spent
	# Longer inputs than the seeds are tried, too: by itself the fuzzer would not.
	longest=$(find "$corpus" -type f -printf '%s\n' | sort -n | tail -n 1)
	longest=$((${longest:-0} > 2048 ? 2 * longest : 4096))
	(cd "$BUILD" && "./$name" -max_total_time="$FUZZ_SECONDS" -max_len=$longest -rss_limit_mb=2048 -timeout=10 \
		-artifact_prefix="$name-" -print_final_stats=1 "$corpus") >"$BUILD/$name.log" 2>&1 || result=FAILED
	look
	awk -v name="$name" -v result="$result" -v inputs="$(find "$corpus" -type f | wc -l)" -v before="$before" \
		-v after="$spent" '
		/^stat::number_of_executed_units:/ { n = $2 }
		END { printf "%-16s %12d %12.0f %8d %8s\n", name, n, n / (after - before + 0.01), inputs, result }' \
		"$BUILD/$name.log" >>"$table"
	if [ "$result" = FAILED ]; then
		tail -n 60 "$BUILD/$name.log"
		echo "$name FAILED; its log: ${BUILD#"$top"/}/$name.log"
		failed=1
	fi
done
cat "$table"
exit "$failed"

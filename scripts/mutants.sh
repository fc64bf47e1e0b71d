#!/bin/sh
# make mutants: puts each fault of tests/model/mutants.txt into a copy of its file, builds the test that must notice under
# ThreadSanitizer, and runs it. Memory orders that no execution on this machine can show are the models' (make modelcheck).
# Usage: BUILD=DIR LIBS=... scripts/mutants.sh FLAG..., in the source folder. MUTANTS=WORD: only lines that have it.
set -u

flags='-O1 -g -fsanitize=thread -Wno-everything'
tests='test_ring test_tape test_metre test_timeline test_handover'
objects=$BUILD/objects
mkdir -p "$objects"
command -v clang >/dev/null || { echo "no clang here: no mutants"; exit 77; }

# compile FOLDER SOURCE OBJECT FLAG...: headers of FOLDER before the tree's own
compile() {
	folder=$1 source=$2 object=$3
	shift 3
	# shellcheck disable=SC2086 # a list of flags
	clang $flags -I"$folder" "$@" -c -o "$object" "$source"
}

# build TEST FOLDER OBJECT...: the test with these objects before the library's
build() {
	test=$1 folder=$2
	shift 2
	# shellcheck disable=SC2086 # lists
	clang $flags -o "$folder/$test" "$@" "$BUILD/library.a" $LIBS
}

# Whoever turns in a loop for ever has used up five minutes of the processor: on a busy machine that is much later.
# shellcheck disable=SC3045 # every sh that Debian has knows it
run() {
	(cd "$BUILD" && ulimit -t 300 && TSAN_OPTIONS='halt_on_error=1 history_size=7' timeout 900 "$1" >"$BUILD/log" 2>&1)
}

rm -f "$BUILD/library.a"
for source in rt/*.c; do
	case $source in rt/host*.c) continue ;; esac
	compile . "$source" "$objects/$(basename "$source").o" "$@" || exit 1
done
ar rc "$BUILD/library.a" "$objects"/*.c.o
for test in $tests; do
	compile . "tests/$test.c" "$objects/$test.o" "$@" && build "$test" "$BUILD" "$objects/$test.o" || exit 1
	if ! run "$BUILD/$test"; then
		cat "$BUILD/log"
		echo "$test fails without any fault"
		exit 1
	fi
done

# As the file is with the first `from` in it replaced.
put_fault() {
	FROM=$2 TO=$3 awk 'BEGIN { from = ENVIRON["FROM"]; to = ENVIRON["TO"] }
		!done && (at = index($0, from)) { $0 = substr($0, 1, at - 1) to substr($0, at + length(from)); done = 1 }
		{ print }
		END { exit !done }' "$1"
}

failed=0 caught=0 model=0 harmless=0
while IFS='|' read -r file from to test; do
	case $file in '' | '#'*) continue ;; esac
	case "$file $from $test" in *"${MUTANTS:-}"*) ;; *) continue ;; esac
	from=$(printf '%s.' "$from" | sed 's/@@/||/g') # @@ is || there
	from=${from%.}
	folder=$BUILD/mutant
	rm -rf "$folder"
	mkdir -p "$folder/rt"
	if ! put_fault "$file" "$from" "$to" >"$folder/$file"; then
		echo "tests/model/mutants.txt: $file has no $from"
		failed=1
		continue
	fi
	result=
	case $test in
	model)
		# Nothing on this machine shows it; the table of orders must have a line that does.
		order=${from##*, memory_order_}
		if grep -F "|$file|" tests/model/orders.txt | grep '|caught|' | grep -qF -- "$from"; then
			result=model model=$((model + 1))
		else
			result="NOBODY knows of it (${order})" failed=1
		fi
		;;
	harmless*) result=$test harmless=$((harmless + 1)) ;;
	*)
		case $file in
		*.h) sources="rt/ring.c rt/tape.c tests/$test.c" ;;
		*) sources="$folder/$file tests/$test.c" ;;
		esac
		list=
		for source in $sources; do
			object=$folder/$(basename "$source").o
			compile "$folder" "$source" "$object" "$@" || failed=1
			list="$list $object"
		done
		# shellcheck disable=SC2086 # a list
		build "$test" "$folder" $list || failed=1
		if run "$folder/$test"; then
			result=SURVIVED failed=1
		else
			result=caught caught=$((caught + 1))
		fi
		;;
	esac
	printf '%-9s %-14s %-20s %s  ->  %s\n' "$result" "$test" "$file" "$from" "$to"
done <tests/model/mutants.txt
echo "$caught caught by the tests, $model by the models, $harmless harmless"
exit "$failed"

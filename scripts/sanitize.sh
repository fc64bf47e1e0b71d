#!/bin/sh
# make sanitize: all tests with gcc's address and undefined-behaviour sanitizers, then with clang's for threads, each in a
# copy of the tree of its own. Usage: scripts/sanitize.sh SOURCE BUILD [address|thread]...; both without a name.
set -eu

source=$1 build=$2
shift 2
[ $# -gt 0 ] || set -- address thread

# run_all BUILD KIND. One of the tests that keep time has patience enough, and runs what speaks to JACK.
run_all() {
	make -s -C "$1" -k -j"$(nproc)" check || return
	[ "$2" = thread ] || env -u DRUMLIN_NO_REALTIME make -s -C "$1" check TESTS=tests/jack/test_stopped
}

# Warnings are no errors there: with sanitizers gcc sees truncations that cannot be.
for kind; do
	begun=$(date +%s)
	case $kind in
	address) "$source/scripts/elsewhere.sh" "$source" "$build-$kind" CC=gcc CFLAGS='-O1 -g' --enable-sanitizers ;;
	thread) "$source/scripts/elsewhere.sh" "$source" "$build-$kind" CC=clang CFLAGS='-O1 -g' --enable-sanitizers=thread ;;
	*)
		echo "$0: $kind is no sanitizer" >&2
		exit 2
		;;
	esac
	LSAN_OPTIONS=print_suppressions=0:suppressions=$(cd "$source" && pwd)/scripts/lsan.txt
	export LSAN_OPTIONS
	# Under watch all is up to ten times as slow: what keeps time in earnest cannot.
	TSAN_OPTIONS=suppressions=$(cd "$source" && pwd)/scripts/tsan.txt
	DRUMLIN_NO_REALTIME=1
	export DRUMLIN_NO_REALTIME TSAN_OPTIONS
	if ! run_all "$build-$kind" "$kind" >"$build-$kind/check.out" 2>&1; then
		grep '^FAIL\|^ERROR' "$build-$kind/check.out" || true
		grep -rl --include='*.trs' '^:global-test-result: \(FAIL\|ERROR\)' "$build-$kind/tests" | while read -r result; do
			tail -n 60 "${result%.trs}.log"
		done
		echo "sanitizers, $kind: FAILED"
		exit 1
	fi
	echo "sanitizers, $kind: $(grep -c '^PASS' "$build-$kind/check.out") passed," \
		"$(grep -c '^SKIP' "$build-$kind/check.out" || true) skipped, in $(($(date +%s) - begun)) s"
done

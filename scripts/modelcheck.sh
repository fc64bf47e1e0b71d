#!/bin/sh
# Checks the models of the lock-free parts (tests/model/*.pml) exhaustively with spin; with "orders", also that each
# memory order of tests/model/orders.txt is the source's, and that its weakening is noticed.
# Usage: scripts/modelcheck.sh [orders], in the source folder. 77: spin or a compiler is missing.
set -u

cc=${CC:-cc}
for tool in spin "${cc%% *}"; do
	if ! command -v "$tool" >/dev/null; then
		echo "no $tool here: the models are not checked"
		exit 77
	fi
done
top=$PWD
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

# verify MODEL DEFINE: leaves spin's words in $work/log. 0: holds; 1: an error was found; 2: it did not get that far.
verify() {
	rm -f "$work"/pan* "$work/log"
	(cd "$work" && spin -a -P"$cc -E -x c -I$top ${2:+-D$2}" "$top/tests/model/$1.pml" >log 2>&1 &&
		$cc -O1 -w -DSAFETY -DVECTORSZ=4096 -o pan pan.c >>log 2>&1) || return 2
	(cd "$work" && ./pan -m1000000 >>log 2>&1)
	# All of it has been searched, or nothing has been shown.
	grep -q 'errors: 0' "$work/log" && ! grep -q 'max search depth too small' "$work/log" && return 0
	grep -q 'errors: 1' "$work/log" && grep -q 'assertion violated' "$work/log" && return 1
	return 2
}

failed=0
total=0
for file in tests/model/*.pml; do
	model=$(basename "$file" .pml)
	verify "$model" ''
	case $? in
	0)
		states=$(sed -n 's/^ *\([0-9]*\) states, stored.*/\1/p' "$work/log")
		total=$((total + states))
		printf '%-10s holds, %s states\n' "$model" "$states"
		;;
	*)
		printf '%-10s FAILS\n' "$model"
		cat "$work/log"
		failed=1
		;;
	esac
done
echo "$total states in all"

# Two of a kind in the table are one run.
[ "${1:-}" = orders ] || exit "$failed"
caught=0
kept=0
while IFS='|' read -r model what as weaker expected source line why; do
	case $model in '' | '#'*) continue ;; esac
	if ! grep -qF -- "$line" "$source"; then
		echo "tests/model/orders.txt: $source has no line $line"
		failed=1
	fi
	if ! grep -q "^#define $what $as\$\|^#define $what $as " "tests/model/$model.pml"; then
		echo "tests/model/orders.txt: $model.pml has $what otherwise"
		failed=1
	fi
	result=$work/result-$model-$what-$weaker
	if [ ! -f "$result" ]; then
		verify "$model" "$what=$weaker"
		case $? in
		0) echo kept >"$result" ;;
		1) echo caught >"$result" ;;
		*)
			cat "$work/log"
			echo broken >"$result"
			;;
		esac
	fi
	got=$(cat "$result")
	printf '%-8s %-7s %-15s %-7s for %-7s %s%s\n' "$got" "$model" "$what" "$weaker" "$as" "$source" "${why:+: $why}"
	case $got in caught) caught=$((caught + 1)) ;; kept) kept=$((kept + 1)) ;; esac
	if [ "$got" != "$expected" ]; then
		echo "  expected: $expected"
		failed=1
	fi
done <tests/model/orders.txt
echo "$caught weakenings caught, $kept kept"
exit "$failed"

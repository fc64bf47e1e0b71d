#!/bin/sh
# make worstcase: the most instructions that a period of 64 frames takes, as callgrind counts them, over scripts that a
# random search finds. Usage: scripts/worstcase.sh PROGRAM SEED ROUNDS SCRIPTS; the seed is printed.
set -eu

program=$1 seed=$2 rounds=$3 scripts=$4
periods=40 # of each script, as in tests/bench/worstcase.c
command -v valgrind >/dev/null || { echo "no valgrind here: nothing is counted"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

# count SCRIPT...: one line per period, script and instructions, into $work/counts.
count() {
	rm -f "$work"/out*
	valgrind --tool=callgrind --toggle-collect=engine_process --dump-after=engine_process \
		--callgrind-out-file="$work/out" "$program" run "$@" >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
	period=0
	: >"$work/counts"
	for script; do
		i=0
		while [ "$i" -lt "$periods" ]; do
			i=$((i + 1)) period=$((period + 1))
			echo "$script $(sed -n 's/^totals: *//p' "$work/out.$period")" >>"$work/counts"
		done
	done
}

echo "seed $seed"
count typical
sort -n -k 2 "$work/counts" | awk '{ n[NR] = $2 } END { printf "typical: median %d, most %d instructions in 64 frames\n", n[int((NR + 1) / 2)], n[NR] }'
best='' most=0 round=0
while [ "$round" -lt "$rounds" ]; do
	if [ -z "$best" ]; then
		list=$("$program" random "$seed" "$scripts")
	else
		list="$best $("$program" around "$((seed + round))" "$scripts" "$best")"
	fi
	# shellcheck disable=SC2086 # a list of words
	count $list
	read -r script found <<-END
		$(sort -n -k 2 "$work/counts" | tail -n 1)
	END
	[ "$found" -le "$most" ] || best=$script most=$found
	round=$((round + 1))
	echo "round $round: $most, script $best"
done
grep "^$best " "$work/counts" | sort -n -k 2 | awk '{ n[NR] = $2 } END { printf "worst: most %d, that script'\''s median %d\n", '"$most"', n[int((NR + 1) / 2)] }'

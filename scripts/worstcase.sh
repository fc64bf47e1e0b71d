#!/bin/sh
# make worstcase: the most instructions that a period of 64 frames takes, as callgrind counts them, over scripts that a
# search finds (from random ones, the heaviest are varied). Usage: scripts/worstcase.sh PROGRAM SEED ROUNDS SCRIPTS; the seed is printed.
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
# The heaviest four so far are varied, beside some drawn anew: one alone would be varied into a corner.
: >"$work/found"
round=0
while [ "$round" -lt "$rounds" ]; do
	round=$((round + 1))
	list=$("$program" random "$((seed + round))" "$((scripts / 4 + 1))")
	while read -r _ parent; do
		list="$list $("$program" around "$((seed + round))" "$((scripts / 5 + 1))" "$parent")"
	done <"$work/found"
	# shellcheck disable=SC2086 # a list of words
	count $list
	awk '$2 > most[$1] { most[$1] = $2 } END { for (s in most) print most[s], s }' "$work/counts" >>"$work/found"
	sort -rn "$work/found" | head -n 4 >"$work/best"
	mv "$work/best" "$work/found"
	echo "round $round: $(head -n 1 "$work/found")"
done
read -r most best <"$work/found"
count "$best"
sort -n -k 2 "$work/counts" | awk '{ n[NR] = $2 } END { printf "worst: script %s, most %d, median %d\n", $1, '"$most"', n[int((NR + 1) / 2)] }'

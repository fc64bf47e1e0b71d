#!/bin/sh
# leaderboard.sh BUILD SOURCE MINUTES DIR...: trains every architecture for so many minutes of the processor's
# time, on one thread and from one seed, scores all of them, the baselines and the rebuild of Magenta's drum_kit
# on the folders' validation splits (and that of data/patterns), and writes the tables into doc/models.md. What
# an earlier run has made, in BUILD/build-leaderboard, is not made again.
set -eu

[ $# -ge 4 ] || {
	echo "Usage: make leaderboard CORPUS=DIR [LEADERBOARD_MINUTES=M]" >&2
	exit 2
}
build=$1 source=$2 minutes=$3
shift 3
set -- "$@" "$source/data/patterns"
drumlin=$build/drumlin
out=$build/build-leaderboard/$minutes
mkdir -p "$out"

# made FILE COMMAND...: the command's output in FILE, whole or not at all
made() {
	file=$1
	shift
	[ -s "$file" ] && return
	"$@" >"$file.part"
	mv "$file.part" "$file"
}

made "$out/baselines.json" nice "$drumlin" eval --json "$@"
for arch in $("$drumlin" train --help | sed -n 's/.*--arch NAME *//p' | tr '|' ' '); do
	model=$out/$arch.safetensors
	if [ ! -s "$model" ]; then
		echo "$arch: $minutes minutes"
		nice "$drumlin" train "$@" -o "$model.part" --arch "$arch" --threads 1 --seed 1 --cpu-minutes "$minutes" \
			>"$out/$arch.log"
		mv "$model.part" "$model"
	fi
	made "$out/$arch.json" nice "$drumlin" eval --alone --model "$model" --json "$@"
done
echo "magenta: $minutes minutes"
made "$out/magenta.json" nice "$build/tests/bench/magenta" "$minutes" 1 "$@"
python3 -B "$source/scripts/leaderboard.py" "$out" "$minutes" "$source/doc/models.md"

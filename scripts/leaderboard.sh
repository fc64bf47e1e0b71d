#!/bin/sh
# leaderboard.sh BUILD SOURCE MINUTES DIR...: trains every architecture for so many minutes of the processor's
# time, on one thread and from one seed, scores all of them, the baselines and the rebuild of Magenta's drum_kit
# on the folders' validation splits (and that of data/patterns), and writes the tables into doc/models.md. What
# an earlier run has made, in BUILD/build-leaderboard, is not made again.
# shellcheck source=scripts/trained.sh
. "${0%/*}/trained.sh"
begin leaderboard "make leaderboard CORPUS=DIR [LEADERBOARD_MINUTES=M]" "$@"
shift 3
set -- "$@" "$source/data/patterns"

made "$out/baselines.json" nice "$drumlin" eval --json "$@"
for arch in $("$drumlin" train --help | sed -n 's/.*--arch NAME *//p' | tr '|' ' '); do
	trained "$out/$arch.safetensors" "$@" --arch "$arch" --threads 1 --cpu-minutes "$minutes"
	scored "$out/$arch.json" "$out/$arch.safetensors" "$@"
done
echo "magenta: $minutes minutes"
made "$out/magenta.json" nice "$build/tests/bench/magenta" "$minutes" 1 "$@"
python3 -B "$source/scripts/leaderboard.py" "$out" "$minutes" "$source/doc/models.md"

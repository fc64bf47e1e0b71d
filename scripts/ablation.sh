#!/bin/sh
# ablation.sh BUILD SOURCE MINUTES DIR...: trains one small network (GRU of 192) for so many minutes of the
# processor's time, and again with one part of the training left out each, scores them on the validation splits
# and writes the table into doc/models.md. What an earlier run has made, in BUILD/build-ablation, is not made again.
# shellcheck source=scripts/trained.sh
. "${0%/*}/trained.sh"
begin ablation "make ablation CORPUS=DIR [ABLATION_MINUTES=M]" "$@"
shift 3
set -- "$@" "$source/data/patterns"

# network NAME OPTION... -- DIR...: trained and scored
network() {
	network=$1 options=
	shift
	while [ "$1" != -- ]; do
		options="$options $1"
		shift
	done
	shift
	# shellcheck disable=SC2086 # options are words
	trained "$out/$network.safetensors" "$@" --arch gru --threads 1 --cpu-minutes "$minutes" $options
	scored "$out/$network.json" "$out/$network.safetensors" "$@"
}

network everything --hidden 192 -- "$@"
for part in $("$drumlin" train --help | sed -n 's/^ *\(recall,.*\)/\1/p' | tr ',' ' '); do
	network "without-$part" --hidden 192 --without "$part" -- "$@"
done
network without-dropout --hidden 192 --dropout 0 -- "$@"
network hidden-96 --hidden 96 -- "$@"
network hidden-384 --hidden 384 -- "$@"
python3 -B "$source/scripts/ablation.py" "$out" "$minutes" "$source/doc/models.md"

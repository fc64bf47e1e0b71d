#!/bin/sh
# finetune.sh BUILD SOURCE MINUTES DIR: what training on a performer's own loops brings and costs. Twenty loops of a kind that
# the default model does not know (tests/bench/loops) are trained on for so many minutes, with and without rehearsing what
# it knows; printed are the bits per step of six more of these loops, held out, and of the corpora in DIR and the house's.
# shellcheck source=scripts/trained.sh
. "${0%/*}/trained.sh"
begin finetune "make finetune CORPUS=DIR [FINETUNE_MINUTES=M]" "$@"
corpus=$4
rm -rf "$out"
mkdir -p "$out"
loops=$source/tests/bench/loops
trained "$out/mine.safetensors" "$loops" --resume default --minutes "$minutes"
trained "$out/alone.safetensors" "$loops" --resume default --minutes "$minutes" --no-rehearsal
for model in default "$out/mine.safetensors" "$out/alone.safetensors"; do
	scored "$out/$(basename "$model" .safetensors).json" "$model" "$loops" "$source/data/patterns" "$corpus/groove" "$corpus/electronic"
done
python3 -B "$source/scripts/finetune.py" "$out"

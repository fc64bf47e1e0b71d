#!/bin/sh
# finetune.sh BUILD SOURCE MINUTES DIR: what training on a performer's own loops brings and costs. Twenty patterns that the
# default model has never seen (of DIR/electronic's validation split) are trained on for so many minutes; printed
# are the bits per step of that split's other patterns, and of what the model was trained on before, with both models.
# shellcheck source=scripts/trained.sh
. "${0%/*}/trained.sh"
begin finetune "make finetune CORPUS=DIR [FINETUNE_MINUTES=M]" "$@"
corpus=$4
rm -rf "$out"
mkdir -p "$out"
python3 -B "$source/scripts/finetune.py" split "$corpus/electronic" "$out/loops"
trained "$out/mine.safetensors" "$out/loops" --resume default --minutes "$minutes"
tail -n 2 "$out/mine.log"
for model in default "$out/mine.safetensors"; do
	scores=$out/$(basename "$model" .safetensors)
	scored "$scores-loops.json" "$model" "$out/loops"
	scored "$scores-base.json" "$model" "$corpus/groove" "$source/data/patterns"
done
python3 -B "$source/scripts/finetune.py" print "$out"

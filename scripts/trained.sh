# What the scripts that train and score networks share; sourced by them, with their own arguments:
# BUILD SOURCE MINUTES DIR... . Sets drumlin, source, minutes and out, a folder for what they make, which the next run
# finds again; the folders remain as arguments.
# shellcheck shell=sh disable=SC2034 # used by those who source this
set -eu

# begin NAME USAGE ARGUMENT...
begin() {
	name=$1 usage=$2
	shift 2
	[ $# -ge 4 ] || {
		echo "Usage: $usage" >&2
		exit 2
	}
	build=$1 source=$2 minutes=$3
	drumlin=$build/drumlin
	out=$build/build-$name/$minutes
	mkdir -p "$out"
}

# made FILE COMMAND...: the command's output in FILE, whole or not at all
made() {
	file=$1
	shift
	[ -s "$file" ] && return
	"$@" >"$file.part"
	mv "$file.part" "$file"
}

# trained MODEL ARGUMENT...: a model file by drumlin train, whole or not at all; what it said beside it
trained() {
	model=$1
	shift
	[ -s "$model" ] && return
	echo "$model"
	nice "$drumlin" train "$@" -o "$model.part" --seed 1 >"${model%.safetensors}.log"
	mv "$model.part" "$model"
}

# scored FILE MODEL DIR...: the figures on the validation splits, without the baselines
scored() {
	file=$1 model=$2
	shift 2
	made "$file" nice "$drumlin" eval --alone --model "$model" --json "$@"
}

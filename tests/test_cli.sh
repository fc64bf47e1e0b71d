#!/bin/sh
# The program as its users start it: the same seed gives the same bytes, and bad input gets one line that names
# it and the right exit code.
set -u
drumlin=${DRUMLIN:-./drumlin}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
failures=0

fail() {
	echo "FAIL: $*"
	failures=$((failures + 1))
}

# expect CODE WORDS COMMAND...: the command ends with CODE and its complaint holds WORDS.
expect() {
	code=$1
	words=$2
	shift 2
	timeout 60 "$@" >"$dir/out" 2>&1 </dev/null
	got=$?
	[ $got -eq "$code" ] || fail "$* ended with $got, not $code: $(cat "$dir/out")"
	grep -q -e "$words" "$dir/out" || fail "$* does not say '$words': $(cat "$dir/out")"
}

# --- the same seed, the same music ---
for take in 1 2; do
	"$drumlin" render --bars 3 --seed 7 --density 0.6 --swing 0.3 -o "$dir/$take.wav" -o "$dir/$take.flac" -o "$dir/$take.mid" ||
		fail "render ended with $?"
done
for ending in wav flac mid; do
	cmp -s "$dir/1.$ending" "$dir/2.$ending" || fail "two renders differ in $ending"
done
"$drumlin" render --bars 3 --seed 8 --density 0.6 --swing 0.3 -o "$dir/other.wav" || fail "render ended with $?"
cmp -s "$dir/1.wav" "$dir/other.wav" && fail "another seed gives the same sound"
if "$drumlin" render --bars 3 --seed 7 -o "$dir/1.png" 2>"$dir/err"; then
	"$drumlin" render --bars 3 --seed 7 -o "$dir/2.png"
	cmp -s "$dir/1.png" "$dir/2.png" || fail "two pictures differ"
	head -c 8 "$dir/1.png" | grep -q PNG || fail "the picture is no PNG"
else
	grep -q cairo "$dir/err" || fail "no picture: $(cat "$dir/err")"
fi
[ "$(head -c 4 "$dir/1.mid")" = MThd ] || fail "the MIDI file is none"

# --- what bad input gets ---
expect 0 "^drumlin " "$drumlin" --version
expect 0 "Usage" "$drumlin" --help
for command in render train eval kit controls; do
	expect 0 "Usage" "$drumlin" $command --help
done
expect 2 "unknown command dance" "$drumlin" dance
expect 2 "unknown option --bogus" "$drumlin" --bogus
expect 2 "needs a value" "$drumlin" --tempo
expect 2 "abc: not a number" "$drumlin" --tempo abc
expect 2 "between 20 and 300" "$drumlin" --tempo 1000
expect 2 "nan: not a number" "$drumlin" --density nan
expect 2 "must be one of internal" "$drumlin" --sync moon
expect 2 "must be auto" "$drumlin" --backend cassette
expect 2 "no-such-style" "$drumlin" --backend none --style no-such-style
expect 2 "--style-3 no-such-style" "$drumlin" render -o "$dir/x.wav" --style-2 techno --style-3 no-such-style
expect 2 "four corners" "$drumlin" --kit a --kit b --kit c --kit d --kit e
expect 2 "no output" "$drumlin" render --bars 1
expect 2 "x.mp3" "$drumlin" render -o "$dir/x.mp3"
expect 3 "no such kit" "$drumlin" render --kit no-such-kit -o "$dir/x.wav"
expect 3 "no such model" "$drumlin" render --model no-such-model -o "$dir/x.wav"
echo "this is no model" >"$dir/broken.safetensors"
expect 3 "broken.safetensors" "$drumlin" render --model "$dir/broken.safetensors" -o "$dir/x.wav"
expect 3 "no such primer" "$drumlin" render --primer techno/no-such-pattern -o "$dir/x.wav"
expect 3 "broken.safetensors" "$drumlin" render --primer "$dir/broken.safetensors" -o "$dir/x.wav"
"$drumlin" render --bars 1 --int8 -o "$dir/eight.mid" || fail "eight bits do not play: $?"
"$drumlin" render --bars 1 --primer techno/anvil-verse -o "$dir/primed.mid" || fail "a primer is not played: $?"
"$drumlin" render --bars 1 --primer funk/parade-route-verse -o "$dir/primed-2.mid" ||
	fail "a primer of the classics is not played: $?"
expect 1 "nowhere/x.wav" "$drumlin" render --bars 1 -o "$dir/nowhere/x.wav"
[ -e "$dir/x.wav" ] && fail "a failed render left a file"
mkdir "$dir/junk"
echo junk >"$dir/junk/junk.mid"
expect 3 "junk.mid" "$drumlin" eval "$dir/junk"
expect 3 "junk.mid" "$drumlin" train "$dir/junk" -o "$dir/m.safetensors"
expect 3 "nowhere: no such model" "$drumlin" train "$dir/junk" -o "$dir/m.safetensors" --resume nowhere
expect 3 "nowhere: no such model" "$drumlin" train "$dir/junk" -o "$dir/m.safetensors" --teacher default --teacher nowhere
expect 2 "one=loud" "$drumlin" train "$dir/one" -o "$dir/m.safetensors" --weigh one=loud
expect 2 "give --resume" "$drumlin" train "$dir/one" -o "$dir/m.safetensors" --keep 0.3
expect 2 "1 is no value" "$drumlin" train "$dir/one" -o "$dir/m.safetensors" --resume default --keep 1
expect 3 "junk.mid" "$drumlin" train "$dir/junk" -o "$dir/m.safetensors" --resume default
mkdir "$dir/one"
printf 'BD x...x...x...x...\n' >"$dir/one/one.drum"
"$drumlin" train "$dir/one" -o "$dir/m.safetensors" --resume default --minutes 0.02 >"$dir/out" 2>&1 || fail "one loop is not trained on: $?"
grep -q "patterns/house, so that what the model knows is kept" "$dir/out" || fail "nothing is rehearsed"
"$drumlin" train "$dir/one" -o "$dir/m.safetensors" --resume default --minutes 0.02 --no-rehearsal >"$dir/out" 2>&1 || fail "one loop is not trained on: $?"
grep -q "^1 patterns to train on" "$dir/out" || fail "--no-rehearsal rehearses"
"$drumlin" render --bars 1 --model "$dir/m.safetensors" -o "$dir/own.mid" || fail "what was trained does not play: $?"
"$drumlin" train "$dir/one" -o "$dir/own.safetensors" --minutes 0.02 --hidden 16 >"$dir/out" 2>&1 || fail "one loop is not trained on from nothing: $?"
"$drumlin" train "$dir/one" -o "$dir/m.safetensors" --resume "$dir/own.safetensors" --minutes 0.02 >"$dir/out" 2>&1 || fail "one's own model does not go on: $?"
grep -q "^1 patterns to train on" "$dir/out" || fail "what knows nothing of the house rehearses it"
expect 3 "none is held out" "$drumlin" eval --model "$dir/m.safetensors" "$dir/one"
expect 2 "foo is no value" "$drumlin" train "$dir" -o "$dir/m.safetensors" --without recall,foo
expect 2 "no output" "$drumlin" touch default "$dir/one"
expect 2 "a model and a folder" "$drumlin" touch default -o "$dir/t.safetensors"
expect 2 "seeds" "$drumlin" touch default "$dir/one" -o "$dir/t.safetensors" --seeds 0
expect 3 "nowhere: no such model" "$drumlin" touch nowhere "$dir/one" -o "$dir/t.safetensors"
expect 3 "no style of default has 1000 hits" "$drumlin" touch default "$dir/one" -o "$dir/t.safetensors"
[ ! -e "$dir/t.safetensors" ] || fail "a touch that was not found is written"
expect 1 "nowhere" "$drumlin" touch default "${srcdir:-.}/data/patterns/classics" -o "$dir/nowhere/t.safetensors" --least 2500 --seeds 16
"$drumlin" touch default "${srcdir:-.}/data/patterns/classics" -o "$dir/t.safetensors" --least 2500 --seeds 16 >"$dir/out" 2>&1 || fail "no touch is found: $?"
grep -q "the touch of" "$dir/out" || fail "a touch is found in silence"
"$drumlin" render --bars 1 --model "$dir/t.safetensors" -o "$dir/own.mid" || fail "a touch does not play: $?"
"$drumlin" train "$dir/one" -o "$dir/t.safetensors" --resume "$dir/t.safetensors" --minutes 0.02 >"$dir/out" 2>&1 || fail "a model with a touch does not go on: $?"
expect 2 "goes with a model" "$drumlin" eval --alone "$dir"
JACK_DEFAULT_SERVER=drumlin-no-server-$$
export JACK_DEFAULT_SERVER
if "$drumlin" --backend jack --plain 2>&1 </dev/null | grep -q "built without"; then :; else
	expect 1 "no JACK server" "$drumlin" --backend jack --plain
fi

# --- play goes on with what is left, says so, and leaves when told to ---
printf '{"drumlin-session": 1, "style": "no-such-style"}' >"$dir/odd.json"
"$drumlin" --backend none --plain --start --osc-port 0 --session "$dir/odd.json" --kit no-such-kit --model "$dir/broken.safetensors" \
	>"$dir/out" 2>&1 </dev/null &
player=$!
tries=0
until grep -q "^playing" "$dir/out" || [ $tries -ge 300 ]; do # half a minute, on a busy machine
	sleep 0.1
	tries=$((tries + 1))
done
kill -TERM $player
wait $player || fail "it left with $?"
{ grep -q "no such kit" "$dir/out" && grep -q "default kit" "$dir/out"; } || fail "a missing kit is not replaced: $(cat "$dir/out")"
{ grep -q "broken.safetensors" "$dir/out" && grep -q "default model" "$dir/out"; } ||
	fail "a broken model is not replaced: $(cat "$dir/out")"
grep -q "no-such-style" "$dir/out" || fail "a session's style that is not there goes unsaid: $(cat "$dir/out")"
grep -q "^playing" "$dir/out" || fail "it does not play: $(cat "$dir/out")"

[ $failures -eq 0 ]

#!/bin/sh
# A kit of half a gigabyte loads while Drumlin plays on a JACK server of its own: progress, time, memory, and whether
# sound waited for it. Called by make bigkit with the build's folder. Exit code 1 where it does not hold, 77 where it
# cannot be tried.
set -u
build=$1
for program in jackd sox; do
	command -v $program >/dev/null || { echo "skipped: no $program"; exit 77; }
done
scratch=$(mktemp -d "${TMPDIR:-/tmp}/bigkit.XXXXXX")
JACK_DEFAULT_SERVER=drumlin-bigkit-$$
JACK_NO_AUDIO_RESERVATION=1
XDG_STATE_HOME=$scratch/state
export JACK_DEFAULT_SERVER JACK_NO_AUDIO_RESERVATION XDG_STATE_HOME
server=
player=
# shellcheck disable=SC2317 # called by the trap
clean() {
	[ -z "$player" ] || kill "$player" 2>/dev/null
	[ -z "$server" ] || kill "$server" 2>/dev/null
	rm -rf "$scratch"
}
trap clean EXIT

# Twelve instruments of three layers, each 55 s in stereo, 24 bits at 44.1 kHz: 524 MB. All differ, so that none can stand
# for another.
mkdir "$scratch/big"
sox -n -r 44100 -c 2 -b 24 "$scratch/minute.wav" synth 60 pinknoise synth 60 exp amod 0.5 gain -6 || exit 1
n=0
for key in 36 38 39 37 42 46 45 47 50 49 51 75; do # General MIDI's numbers of the twelve
	for velocity in '1 hivel=42' '43 hivel=85' '86 hivel=127'; do
		n=$((n + 1))
		echo "<region> sample=$n.wav key=$key lovel=$velocity" >>"$scratch/big/big.sfz"
		sox "$scratch/minute.wav" "$scratch/big/$n.wav" trim 0 55 vol "0.$((100 + n))" || exit 1
	done
done
disk=$(du -sm "$scratch/big" | cut -f1)

jackd -n "$JACK_DEFAULT_SERVER" -r -d dummy -r 48000 -p 64 >/dev/null 2>&1 &
server=$!
sleep 1
"$build/drumlin" --plain --start --backend jack --osc-port 0 --seed 7 --kit "$scratch/big/big.sfz" >"$scratch/said" 2>&1 &
player=$!
for _ in $(seq 600); do
	kill -0 "$player" 2>/dev/null || break
	! grep -q 'playing.* voices [1-9]' "$scratch/said" || break
	sleep 0.5
done
sleep 5
most=$(awk '/^VmHWM/ { print int($2 / 1024) }' "/proc/$player/status" 2>/dev/null)
ticks=$(awk '{ print $14 + $15 }' "/proc/$player/stat" 2>/dev/null)
kill "$player" && wait "$player"
ended=$?
player=
said() {
	sed -n "s/.*$1\([0-9]*\).*/\1/p" "$scratch/said" | sort -n | tail -n 1
}
progress=$(grep -c 'loading .* %' "$scratch/said")
echo "on disk $disk MiB; at most $most MiB resident; $((ticks / $(getconf CLK_TCK))) s of processor time in all"
echo "progress told $progress times; steps the composer was late for: $(said 'underruns ')"
echo "a period at its longest: $(said 'load ') % of its time by the wall clock; xruns of the server: $(said 'xruns ')"
failed=0
fail() {
	cut -c1-160 "$scratch/said"
	echo "bigkit FAILED: $*"
	failed=1
}
[ "$ended" -eq 0 ] || fail "it ended with $ended"
[ "$progress" -ge 10 ] || fail 'it does not say how far it is'
grep -q 'playing.* voices [1-9]' "$scratch/said" || fail 'the kit never sounded'
[ "$(said 'underruns ')" -eq 0 ] || fail 'the composer had to wait'
[ "$most" -lt 1200 ] || fail 'a kit takes 1 GiB at most' # and the program, JACK and one sample being read
exit "$failed"

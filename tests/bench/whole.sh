#!/bin/sh
# The whole program on a JACK server of its own: start to first sound, memory and processor, beside a client
# that does nothing and, where they are installed, Hydrogen and drumkv1 with the same kit and the same hits. Called by
# make bench with the build's and the source's folders. SECONDS_EACH: how long each is watched (20).
set -u
build=$1
source=$2
drumlin=$build/drumlin
idle=$build/tests/bench/idle
seconds=${SECONDS_EACH:-20}
command -v jackd >/dev/null || { echo "skipped: no jackd"; exit 0; }
JACK_DEFAULT_SERVER=drumlin-bench-$$
JACK_NO_AUDIO_RESERVATION=1
QT_QPA_PLATFORM=offscreen
export JACK_DEFAULT_SERVER JACK_NO_AUDIO_RESERVATION QT_QPA_PLATFORM
scratch=$(mktemp -d)
jackd -n "$JACK_DEFAULT_SERVER" -r -d dummy -r 48000 -p 64 >/dev/null 2>&1 &
server=$!
trap 'kill $server 2>/dev/null; rm -rf "$scratch"' EXIT
sleep 1

# Resident memory (KiB) without the server's own shared segment, and processor ticks of a process.
memory() {
	awk '/^[0-9a-f]+-[0-9a-f]+ /{ shared = $6 ~ /\/dev\/shm\/jack/ } /^Rss:/{ if (!shared) sum += $2 } END { print sum }' "/proc/$1/smaps"
}
ticks() {
	awk '{ print $14 + $15 }' "/proc/$1/stat"
}
# Sum of a figure over a process and its children.
total() {
	{
		"$1" "$2"
		for child in $(pgrep -P "$2"); do "$1" "$child"; done
	} | awk '{ n += $1 } END { print n }'
}
# name, process; its share of a core also goes to the variable share
watch() {
	before=$(total ticks "$2")
	sleep "$seconds"
	after=$(total ticks "$2")
	share=$(awk -v t=$((after - before)) -v s="$seconds" -v hz="$(getconf CLK_TCK)" 'BEGIN { printf "%.2f", 100 * t / hz / s }')
	printf '%-34s %6.1f MB resident  %5.2f %% of a core\n' "$1" "$(total memory "$2" | awk '{ print $1 / 1024 }')" "$share"
}
# Asks the process to end, and in the third second makes it: drumkv1 does not listen.
end() {
	kill "$1" 2>/dev/null
	for _ in 1 2 3; do
		kill -0 "$1" 2>/dev/null || break
		sleep 1
	done
	kill -9 "$1" 2>/dev/null
	wait "$1" 2>/dev/null
}
ratio() {
	awk -v a="$ours" -v b="$share" -v name="$1" 'BEGIN { if (b > 0) printf "%-34s %.2f of %s\n", "  drumlin, one corner, takes", a / b, name }'
}

"$idle" first-sound "$drumlin"

"$idle" client &
p=$!
sleep 1
watch "idle client" $p
end $p

# The groove: what Drumlin plays with these settings, for the others as a file.
settings="--seed 7 --density 0.85 --tempo 130"
kits=$source/data/kits
# shellcheck disable=SC2086 # options, meant to be split
"$drumlin" render --bars 16 $settings --kit "$kits/basalt" -o "$scratch/groove.mid" || exit 1
"$build/tests/bench/songs" "$kits/basalt" "$scratch/groove.mid" "$scratch/song.h2song" "$scratch/preset.drumkv1" \
	"$scratch/notes" || exit 1

# name, further options
ours() {
	name=$1
	shift
	# shellcheck disable=SC2086
	"$drumlin" --plain --start --backend jack --osc-port 0 $settings "$@" >/dev/null 2>&1 &
	p=$!
	sleep 6 # the corners are taken apart
	watch "$name" $p
	end $p
}
ours "drumlin, one corner" --kit "$kits/basalt"
ours=$share
ours "drumlin, two corners" --kit "$kits/basalt" --kit "$kits/slag" --kit-x 0.5
ours "drumlin, four corners" --kit "$kits/basalt" --kit "$kits/slag" --kit "$kits/slag" --kit "$kits/basalt" \
	--kit-x 0.5 --kit-y 0.5

if command -v hydrogen >/dev/null; then
	hydrogen -d jack -n -s "$scratch/song.h2song" >"$scratch/log" 2>&1 &
	p=$!
	sleep 5
	echo play | jack_transport >/dev/null 2>&1 # it follows
	sleep 1
	kill -0 $p 2>/dev/null && watch "hydrogen, same kit, same hits" $p && ratio hydrogen
	echo stop | jack_transport >/dev/null 2>&1
	end $p
else
	echo "hydrogen is not installed: no comparison"
fi

# Until a process has stopped growing for a second and a half: when that was, and how large it is then.
milliseconds() {
	echo $(($(date +%s%N) / 1000000))
}
pages() {
	awk '{ print $2 }' "/proc/$1/statm"
}
# name, command...
settle() {
	name=$1
	shift
	begun=$(milliseconds)
	"$@" >/dev/null 2>&1 &
	p=$!
	last=0
	grown=$begun
	while kill -0 $p 2>/dev/null && [ $(($(milliseconds) - grown)) -lt 1500 ]; do
		size=$(total pages $p 2>/dev/null)
		if [ "${size:-0}" -gt $((last + 16)) ]; then
			last=$size
			grown=$(milliseconds)
		fi
		sleep 0.02
	done
	printf '%-34s %6.1f MB resident  loaded after %s ms\n' "$name" "$(total memory $p | awk '{ print $1 / 1024 }')" $((grown - begun))
	end $p
}
big=/usr/share/hydrogen/data/drumkits/ForzeeStereo
if command -v hydrogen >/dev/null && [ -d $big ]; then
	echo "from start to a large kit loaded (ForzeeStereo, 156 MB of FLAC files):"
	settle "drumlin" "$drumlin" --plain --backend jack --osc-port 0 --kit $big
	settle "hydrogen" hydrogen -d jack -n -k ForzeeStereo
fi

if command -v drumkv1_jack >/dev/null; then
	preload=
	[ -e /dev/snd/seq ] || preload=$build/tests/bench/noseq.so
	LD_PRELOAD=$preload drumkv1_jack --no-gui "$scratch/preset.drumkv1" >/dev/null 2>&1 &
	p=$!
	sleep 2
	"$idle" player "$scratch/notes" drumkv1:in drumkv1:out_1 $((seconds + 3)) &
	player=$!
	sleep 1
	kill -0 $p 2>/dev/null && watch "drumkv1, loudest layers, same hits" $p && ratio drumkv1
	wait $player || echo "  (but drumkv1 was not heard: no comparison)"
	end $p
else
	echo "drumkv1 is not installed: no comparison"
fi
exit 0

#!/bin/sh
# The whole program on a JACK server of its own: start to first sound, memory and processor, beside a client
# that does nothing and, where it is installed, Hydrogen. Called by make bench with the programs' paths.
set -u
drumlin=$1
idle=$2
command -v jackd >/dev/null || { echo "skipped: no jackd"; exit 0; }
JACK_DEFAULT_SERVER=drumlin-bench-$$
JACK_NO_AUDIO_RESERVATION=1
export JACK_DEFAULT_SERVER JACK_NO_AUDIO_RESERVATION
jackd -n "$JACK_DEFAULT_SERVER" -r -d dummy -r 48000 -p 64 >/dev/null 2>&1 &
server=$!
trap 'kill $server 2>/dev/null' EXIT
sleep 1

# Resident memory (KiB) without the server's own shared segment, and processor seconds of a process.
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
# name, seconds to watch, process
watch() {
	before=$(total ticks "$3")
	sleep "$2"
	after=$(total ticks "$3")
	printf '%-28s %6.1f MB resident  %5.2f %% of a core\n' "$1" "$(total memory "$3" | awk '{ print $1 / 1024 }')" \
		"$(awk -v t=$((after - before)) -v s="$2" -v hz="$(getconf CLK_TCK)" 'BEGIN { print 100 * t / hz / s }')"
}

"$idle" first-sound "$drumlin"

"$idle" client &
p=$!
sleep 1
watch "idle client" 10 $p
kill $p
wait $p 2>/dev/null

"$drumlin" --plain --start --backend jack --osc-port 0 >/dev/null 2>&1 &
p=$!
sleep 2
watch "drumlin, playing" 10 $p
kill $p
wait $p 2>/dev/null

if command -v hydrogen >/dev/null; then
	song=$(find /usr/share/hydrogen -name 'GM_kit_demo1.h2song' 2>/dev/null | head -n 1)
	QT_QPA_PLATFORM=offscreen hydrogen -d jack -n -s "$song" >/dev/null 2>&1 &
	p=$!
	sleep 4
	echo play | jack_transport >/dev/null 2>&1 # it follows
	sleep 1
	kill -0 $p 2>/dev/null && watch "hydrogen, playing its demo" 10 $p
	kill $p 2>/dev/null
	wait $p 2>/dev/null
else
	echo "hydrogen is not installed: no comparison"
fi
exit 0

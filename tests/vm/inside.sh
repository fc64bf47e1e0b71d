#!/bin/sh
# What make vmcheck runs inside the virtual machine, whose root is the host's own, changes kept in memory.
# $1: build folder, $2: source folder. Each line that begins with VM: is read by scripts/vmcheck.sh.
set -u
build=$1
drumlin=$build/drumlin
probe=$build/tests/vm/midi_probe
PATH=/usr/sbin:/usr/bin:/sbin:/bin
HOME=/tmp/vm XDG_CONFIG_HOME=/tmp/vm/config XDG_STATE_HOME=/tmp/vm/state XDG_DATA_HOME=/tmp/vm/data
export PATH HOME XDG_CONFIG_HOME XDG_STATE_HOME XDG_DATA_HOME
mkdir -p "$HOME"
cd "$HOME" || exit 1

say() {
	echo "VM: $*"
}

# wait_for WORDS FILE: up to a minute.
wait_for() {
	tries=0
	until grep -q -e "$1" "$2" 2>/dev/null; do
		tries=$((tries + 1))
		[ $tries -lt 300 ] || return 1
		sleep 0.2
	done
}

# --- sound: out of the loopback's one end what was put into the other ---
options='--seed 7 --tempo 120 --density 0.5'
# shellcheck disable=SC2086 # a list
"$drumlin" render --bars 4 $options -o want.wav || say FAIL render
arecord -q -D hw:Loopback,1,0 -f S32_LE -r 48000 -c 2 -d 25 got.wav 2>rec.log &
recorder=$!
sleep 1
# shellcheck disable=SC2086
"$drumlin" --backend alsa --device plughw:Loopback,0,0 --plain --start $options >play.log 2>&1 &
player=$!
wait $recorder
kill -INT $player
wait $player
say "alsa ended with $?"
sed 's/^/  /' play.log | head -n 20
python3 "$2/tests/vm/onsets.py" want.wav got.wav

# --- controllers: in, out, gone and back ---
"$drumlin" --backend none --plain --start --clock-out always --midi-out 'VirMIDI 1-0' >midi.log 2>&1 &
player=$!
wait_for bpm midi.log || say FAIL 'no line'
sleep 4
"$probe" list | sed 's/^/  /'
echo "VM: round trip over Midi Through: $("$probe" echo 'Midi Through' 'Midi Through' 100 2>&1 | tail -n 1)"
rmmod snd-virmidi && say 'controllers gone'
sleep 4
kill -0 $player && say 'plays on without them'
modprobe -d /lib/vmcheck snd-virmidi 2>/dev/null || insmod "$(cat /lib/vmcheck/virmidi)" && say 'controllers back'
sleep 5
kill -INT $player
wait $player
say "midi ended with $?"
sed 's/^/  /' midi.log | head -n 30
say finished

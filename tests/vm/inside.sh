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

# so WHAT COMMAND...: whether the command is true.
so() {
	what=$1
	shift
	if "$@"; then
		say "ok $what"
	else
		say "FAIL $what"
	fi
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
"$drumlin" render --bars 8 $options -o want.wav || say FAIL render
"$drumlin" render --bars 8 --seed 8 --tempo 120 --density 0.5 -o other.wav || say FAIL render
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
python3 "$2/tests/vm/onsets.py" want.wav other.wav got.wav

# --- controllers: MIDI out, gone and back ---
device=/dev/snd/midiC0D0
"$drumlin" --backend none --plain --start --tempo 130 --clock-out always --midi-out 'VirMIDI 0-0' >midi.log 2>&1 &
player=$!
wait_for bpm midi.log || say FAIL 'no line'
sleep 3

# clocks: bytes of MIDI clock that come out of the port in four seconds; 208 at 130 bpm.
clocks() {
	timeout 4 cat $device >bytes 2>/dev/null
	python3 -c "print(open('bytes', 'rb').read().count(b'\\xf8'))"
}

n=$(clocks)
so "clock out: $n in four seconds" [ "$n" -gt 20 ]
say "round trip over Midi Through: $("$probe" echo 'Midi Through' 'Midi Through' 100 2>&1 | tail -n 1)"
driver=/sys/bus/platform/drivers/snd_virmidi
echo snd_virmidi.0 >$driver/unbind &
sleep 4
so 'controllers gone' [ ! -e $device ]
so 'plays on without them' kill -0 $player
echo snd_virmidi.0 >$driver/bind
n=0 tries=0
while [ "$n" -le 20 ] && [ $tries -lt 6 ]; do
	sleep 2
	n=$(clocks)
	tries=$((tries + 1))
done
so "controllers back: $n clocks in four seconds" [ "$n" -gt 20 ]
kill -INT $player
wait $player
say "midi ended with $?"
sed 's/^/  /' midi.log | head -n 30
say finished

#!/bin/sh
# What make vmcheck runs inside the virtual machine, whose root is the host's own, changes kept in memory; what is written
# to /out, the host sees. $1: build folder. Each line that begins with VM: is read by scripts/vmcheck.sh. An emulated
# machine is slow, and slower on a busy host: everything here waits for what it needs, and is measured by what else
# happened in the same time.
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
	echo "VM: $* ($(cut -d. -f1 /proc/uptime) s)"
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

# wait_for SECONDS COMMAND...: until the command is true.
wait_for() {
	tries=$(($1 * 5))
	shift
	until "$@"; do
		tries=$((tries - 1))
		[ $tries -gt 0 ] || return 1
		sleep 0.2
	done
}

# --- sound: out of the loopback's one end what was put into the other; MIDI clock from the same program ---
device=/dev/snd/midiC0D0
arecord -q -D hw:Loopback,1,0 -f FLOAT_LE -r 48000 -c 2 /out/got.wav 2>/out/rec.log &
recorder=$!
"$drumlin" --backend alsa --device plughw:Loopback,0,0 --plain --tempo 130 --freeze 1 --primer techno/anvil-verse \
	--clock-out always --midi-out 'VirMIDI 0-0' >/out/play.log 2>&1 &
player=$!
so 'the card is open' wait_for 60 grep -q bpm /out/play.log
# The first bar is planned before it is played, as the render's is.
sleep 4
python3 -c 'import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"/drumlin/play\0\0\0,\0\0\0", ("127.0.0.1", 9770))'
so 'it plays' wait_for 60 grep -q '^playing' /out/play.log
sleep 10
kill -INT $recorder
wait $recorder
say 'recorded'

# clocks: whether bytes of MIDI clock come out of the port; they are counted.
clocks() {
	n=$(timeout 3 cat $device 2>/dev/null | od -An -v -tx1 | tr ' ' '\n' | grep -c f8)
	[ "$n" -gt 12 ]
}

so 'MIDI clock comes out' wait_for 30 clocks
say "round trip over Midi Through: $("$probe" echo 'Midi Through' 'Midi Through' 100 2>&1 | tail -n 1)"

# --- controllers: gone and back ---
driver=/sys/bus/platform/drivers/snd_virmidi
gone() { [ ! -e $device ]; }
echo snd_virmidi.0 >$driver/unbind &
so 'controllers gone' wait_for 30 gone
so 'plays on without them' kill -0 $player
echo snd_virmidi.0 >$driver/bind
so 'controllers back, and their clock' wait_for 60 clocks
so 'plays on' kill -0 $player

# --- the card is gone ---
echo snd_aloop.0 >/sys/bus/platform/drivers/snd_aloop/unbind &
so 'a card that goes is noticed' wait_for 60 grep -qi 'silen\|lost\|gone\|fail' /out/play.log
so 'plays on without it' kill -0 $player
kill -INT $player
wait $player
say "play ended with $?"
sed 's/^/  /' /out/play.log | tail -n 30
say finished

#!/bin/sh
# Drumlin's name on the network, with a bus and an Avahi daemon of the test's own: without the daemon one line and no
# harm; when it comes, the name is published; when it goes, Drumlin plays on.
set -u
failed=0
srcdir=${srcdir:-.}
unset LC_ALL LANG
PATH=$PATH:/usr/sbin:/sbin

skip() {
	echo "skipped: $*"
	exit 77
}

fail() {
	echo "$*"
	failed=1
}

for needed in dbus-daemon avahi-daemon; do
	command -v "$needed" >/dev/null || skip "no $needed here"
done
[ "$(id -u)" -eq 0 ] || skip "an Avahi daemon of one's own needs root"
grep -q '^#define HAVE_AVAHI 1' config.h || skip "built without Avahi"
[ ! -e /run/avahi-daemon/pid ] || skip "another Avahi daemon runs here"

work=$(mktemp -d "${TMPDIR:-/tmp}/drumlin-mdns-XXXXXX")
bus='' daemon='' drumlin=''
# shellcheck disable=SC2317 # by the trap
leave() {
	for one in $drumlin $daemon $bus; do
		kill "$one" 2>/dev/null
		wait "$one" 2>/dev/null
	done
	rm -rf "$work"
}
trap leave EXIT

cat >"$work/bus.conf" <<CONF
<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN" "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>system</type><listen>unix:path=$work/bus</listen><auth>EXTERNAL</auth>
<policy context="default"><allow user="*"/><allow own="*"/><allow send_type="method_call"/><allow send_destination="*"/>
<allow receive_sender="*"/></policy></busconfig>
CONF
cat >"$work/avahi.conf" <<CONF
[server]
host-name=drumlin-test
use-iff-running=no
[wide-area]
[publish]
publish-hinfo=no
publish-workstation=no
CONF
DBUS_SYSTEM_BUS_ADDRESS=unix:path=$work/bus
XDG_STATE_HOME=$work/state XDG_CONFIG_HOME=$work/config
export DBUS_SYSTEM_BUS_ADDRESS XDG_STATE_HOME XDG_CONFIG_HOME

# says PATTERN TIMES: waits up to half a minute for the line
says() {
	for _ in $(seq 300); do
		[ "$(grep -c -e "$1" "$work/said")" -ge "$2" ] && return 0
		sleep 0.1
	done
	return 1
}

start_daemon() {
	avahi-daemon -f "$work/avahi.conf" --no-drop-root --no-chroot --no-rlimits --no-proc-title \
		>>"$work/avahi.log" 2>&1 &
	daemon=$!
}

dbus-daemon --config-file="$work/bus.conf" --nofork --nopidfile >"$work/bus.log" 2>&1 &
bus=$!
for _ in $(seq 50); do
	[ -S "$work/bus" ] && break
	sleep 0.1
done
[ -S "$work/bus" ] || skip "no bus of one's own: $(cat "$work/bus.log")"

./drumlin --backend none --plain --osc-bind 0.0.0.0 --osc-port 0 >/dev/null 2>"$work/said" &
drumlin=$!
says 'no Avahi daemon' 1 || fail "says nothing of the missing daemon: $(cat "$work/said")"
start_daemon
for _ in $(seq 100); do
	grep -q -i -e 'startup complete' -e 'failed' "$work/avahi.log" && break
	sleep 0.1
done
grep -q -i 'startup complete' "$work/avahi.log" || skip "no Avahi daemon of one's own: $(tail -1 "$work/avahi.log")"
says 'on the network as "Drumlin' 1 || fail "is not published: $(cat "$work/said" "$work/avahi.log")"

# The daemon goes; Drumlin plays on.
kill "$daemon"
wait "$daemon" 2>/dev/null
kill -0 "$drumlin" 2>/dev/null || fail "Drumlin has gone with the daemon"
kill -INT "$drumlin"
wait "$drumlin" || fail "Drumlin ended with $?"
drumlin=''
[ "$(grep -c 'no Avahi daemon' "$work/said")" -eq 1 ] || fail "says more than once that the daemon is missing"
exit "$failed"

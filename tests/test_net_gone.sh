#!/bin/sh
# The network goes away under the program (the venue's Wi-Fi, a cable): the address that OSC is bound to is taken from the
# machine and given back. One line each, play goes on meanwhile, and what is sent afterwards is heard and told.
# In a network of the test's own.
set -u
if [ -z "${DRUMLIN_OWN_NETWORK-}" ]; then
	for needed in unshare ip oscsend oscdump; do
		PATH=$PATH:/usr/sbin:/sbin command -v $needed >/dev/null || { echo "skipped: no $needed here"; exit 77; }
	done
	grep -q '^#define HAVE_LIBLO 1' config.h || { echo 'skipped: built without OSC'; exit 77; }
	DRUMLIN_OWN_NETWORK=yes
	export DRUMLIN_OWN_NETWORK
	for how in -n -rn; do
		unshare $how true 2>/dev/null && exec unshare $how "$0"
	done
	echo 'skipped: a network of its own is not permitted here'
	exit 77
fi
PATH=$PATH:/usr/sbin:/sbin
drumlin=${DRUMLIN:-./drumlin}
dir=$(mktemp -d)
pids=
# shellcheck disable=SC2154 # set in the trap itself
trap 'for each in $pids; do kill -9 "$each" 2>/dev/null; done; rm -rf "$dir"' EXIT
unset NSM_URL
XDG_CONFIG_HOME=$dir/config XDG_STATE_HOME=$dir/state XDG_DATA_HOME=$dir/data
export XDG_CONFIG_HOME XDG_STATE_HOME XDG_DATA_HOME
address=192.0.2.9

fail() {
	echo "FAIL: $*"
	sed 's/^/    /' "$dir/out"
	exit 1
}

# until_in FILE WORDS: waits for a line, a minute at most.
until_in() {
	tries=0
	until grep -q -e "$2" "$dir/$1"; do
		tries=$((tries + 1))
		[ $tries -le 600 ] || fail "never in $1: $2"
		kill -0 "$player" 2>/dev/null || fail 'it ended'
		sleep 0.1
	done
}

# until_sent BPM: sets the tempo until it is shown, a minute at most: what is sent while nobody listens is lost.
until_sent() {
	tries=0
	until grep -q "^playing.* $1.00 bpm" "$dir/out"; do
		tries=$((tries + 1))
		[ $tries -le 60 ] || fail "the tempo $1 never arrived"
		oscsend osc.udp://$address:9790 /drumlin/tempo f "$1"
		sleep 1
	done
}

ip link set lo up || { echo 'skipped: no network of its own to be had'; exit 77; }
ip addr add $address/32 dev lo || { echo 'skipped: no address to be had'; exit 77; }
"$drumlin" --backend none --plain --start --osc-bind $address --osc-port 9790 >"$dir/out" 2>&1 </dev/null &
player=$!
stdbuf -oL oscdump 9791 >"$dir/told" 2>&1 &
pids="$player $!"
until_in out '^playing'
until_sent 111
oscsend osc.udp://$address:9790 /drumlin/subscribe i 9791
until_in told '/drumlin/tempo'

ip addr del $address/32 dev lo
until_in out "OSC: $address is gone"
shown=$(grep -c '^playing' "$dir/out")
tries=0
while [ "$(grep -c '^playing' "$dir/out")" -lt $((shown + 2)) ]; do
	tries=$((tries + 1))
	[ $tries -le 600 ] || fail 'play stopped with the network'
	sleep 0.1
done

ip addr add $address/32 dev lo
until_sent 133
until_in told '/drumlin/tempo.*133'
[ "$(grep -c "OSC: $address is gone" "$dir/out")" -eq 1 ] || fail 'that it is gone was not said once'
[ "$(grep -c 'OSC: the socket is open again' "$dir/out")" -eq 1 ] || fail 'that it is back was not said once'
kill -INT $player
wait $player || fail "it left with $?"

#!/bin/sh
# Faults from outside while the program plays: a disk that is full or not to be written on, a port that is taken, signals
# at any moment, a composer that gets no processor. It says one line, plays on, and leaves in order with the last
# session whole. Killed, it goes on with that one.
set -u
drumlin=${DRUMLIN:-./drumlin}
dir=$(mktemp -d)
failures=0
pids=
# shellcheck disable=SC2154 # set in the trap itself
trap 'for each in $pids; do kill -9 "$each" 2>/dev/null; done; rm -rf "$dir"' EXIT
unset NSM_URL
XDG_CONFIG_HOME=$dir/config XDG_STATE_HOME=$dir/state XDG_DATA_HOME=$dir/data
export XDG_CONFIG_HOME XDG_STATE_HOME XDG_DATA_HOME
seed=${DRUMLIN_SEED:-$(date +%s)}
echo "seed $seed"

fail() {
	echo "FAIL: $*"
	sed 's/^/    /' "$dir/out" 2>/dev/null
	failures=$((failures + 1))
}

# start OPTION...: plays in silence, its words in $dir/out.
start() {
	: >"$dir/out"
	"$drumlin" --backend none --plain --start --osc-port 0 "$@" >"$dir/out" 2>&1 </dev/null &
	pid=$!
	pids="$pids $pid"
}

# until_said WORDS: waits for a line, as long as it lives, a minute at most.
until_said() {
	tries=0
	until grep -q -e "$1" "$dir/out"; do
		tries=$((tries + 1))
		if [ $tries -gt 600 ] || ! kill -0 "$pid" 2>/dev/null; then
			fail "never said: $1"
			return 1
		fi
		sleep 0.1
	done
}

# leave [SIGNAL]: ends it and wants 0.
leave() {
	kill -"${1-INT}" "$pid" 2>/dev/null || fail "it was gone already"
	wait "$pid"
	rc=$?
	[ $rc -eq 0 ] || fail "left with $rc"
}

# whole FILE: a session from end to end.
whole() {
	"$drumlin" --backend none --plain --session "$1" --style no-such-style >"$dir/read" 2>&1
	grep -q 'no-such-style: this model' "$dir/read" || fail "$1 is not whole: $(cat "$dir/read")"
}

# --- files cannot be written: limits, folders that are files, devices that are full ---
mkdir -p "$dir/state/drumlin"
start --session "$dir/good.json" && until_said 'playing\|bpm' && leave
cp "$dir/state/drumlin/last.json" "$dir/last.before" 2>/dev/null || fail 'no last session was kept'
(
	ulimit -f 1 # 512 bytes: less than a session
	exec "$drumlin" --backend none --plain --start --osc-port 0 --record 1 --tempo 99 --record-to "$dir/takes" >"$dir/log" 2>&1
) &
pid=$!
pids="$pids $pid"
: >"$dir/out"
# What it says does not fit into the file either: what counts is that it lives and leaves in order.
sleep 5
leave
cmp -s "$dir/last.before" "$dir/state/drumlin/last.json" || fail 'a full disk cost the last session'
for left in "$dir"/state/drumlin/last.json.*; do
	[ ! -e "$left" ] || fail "left behind: $left"
done

: >"$dir/file"
XDG_STATE_HOME=$dir/file
start
until_said 'file.*: Not a directory' && until_said 'bpm'
leave
[ "$(grep -c 'Not a directory' "$dir/out")" -eq 1 ] || fail 'one fault, more than one line'
XDG_STATE_HOME=$dir/state

start --record 1 --record-to /dev/full/takes
until_said 'not recording: /dev/full' && until_said 'bpm'
leave TERM
[ "$(grep -c 'not recording' "$dir/out")" -eq 1 ] || fail 'one fault, more than one line'

# --- signals at any moment: it leaves in order, or was not yet itself ---
i=0
while [ $i -lt 12 ]; do
	signal=$(echo 'INT TERM HUP' | cut -d' ' -f$((1 + i % 3)))
	start --session "$dir/good.json"
	seed=$(((seed * 1103515245 + 12345) % 2147483648))
	sleep "$((seed / 65536 % 2)).$((seed / 256 % 10))$((seed / 16 % 10))"
	[ -s "$dir/out" ] && itself=yes || itself=no
	kill -"$signal" "$pid" 2>/dev/null
	sleep 0.0$((seed / 4096 % 10))
	kill -"$signal" "$pid" 2>/dev/null # an impatient hand
	# The shell has what it starts in the background ignore SIGINT, until the program says otherwise.
	while [ "$itself" = no ] && ! grep -qs '^State:.Z' "/proc/$pid/status"; do
		sleep 0.1
		kill -"$signal" "$pid" 2>/dev/null || break
	done
	wait "$pid"
	rc=$?
	# Before it has said or done anything the system's own answer to a signal is good enough.
	[ $rc -eq 0 ] || { [ $rc -gt 128 ] && [ ! -s "$dir/out" ]; } || fail "SIG$signal: left with $rc"
	whole "$dir/state/drumlin/last.json"
	i=$((i + 1))
done

# --- killed in play: the last session goes on where it was ---
kept=$dir/state/drumlin/last.json
# until_kept WORDS: waits for them in the last session, a minute at most.
until_kept() {
	tries=0
	until grep -qs -e "$1" "$kept"; do
		tries=$((tries + 1))
		[ $tries -le 600 ] || { fail "never kept: $1"; return 1; }
		sleep 0.1
	done
}

tempo=131
port=$((20000 + $$ % 20000))
rm -f "$kept"
echo '{"drumlin-session": 1, "cells": {"CP": ["1.7 v99 c50"], "SD": ["1.3 rest"]}}' >"$dir/cells.json"
start --session "$dir/cells.json" --tempo 131 --density 0.37 --kit slag --osc-port $port
if until_said 'playing.*bpm' && until_kept '"tempo": 131'; then
	# A hand that moves something after all that was asked for at the start, where there is one.
	if command -v oscsend >/dev/null && grep -q '^#define HAVE_LIBLO 1' config.h; then
		tempo=143
		moved=$(sed -n 's/.*listening on \([0-9]*\) instead.*/\1/p' "$dir/out")
		port=${moved:-$port}
		oscsend localhost "$port" /drumlin/cell isii 1 SD 3 101
		oscsend localhost "$port" /drumlin/tempo f "$tempo"
		until_kept "\"tempo\": $tempo"
	fi
	kill -9 "$pid"
	wait "$pid" 2>/dev/null
	[ $tempo -eq 131 ] || grep -q '"1.3 v101"' "$kept" || fail 'the cell was not kept'
	grep -q '"1.7 v99 c50"' "$kept" || fail 'the cell was not kept'
	grep -q '"slag"' "$kept" || fail 'the kit was not kept'
	cp "$kept" "$dir/killed"
	start --session last && until_said "playing.* $tempo.00 bpm  density 0.37" && rm "$kept"
	leave
	cmp "$dir/killed" "$kept" || fail 'killed, it did not go on where it was'
else
	leave
fi

# --- the composer starves: steps repeat, and play goes on ---
if command -v chrt >/dev/null; then
	hogs=
	for hog in one two; do
		(while :; do :; done) &
		hogs="$hogs $!"
		pids="$pids $!"
	done
	start --tempo 200
	if until_said 'bpm'; then
		for task in /proc/"$pid"/task/*; do
			[ "$(cat "$task/comm")" != composer ] || chrt -i -p 0 "${task##*/}" || fail 'no SCHED_IDLE'
		done
		sleep 4
		kill -0 "$pid" 2>/dev/null || fail 'a starved composer took all with it'
	fi
	leave
	for hog in $hogs; do
		kill "$hog"
	done
fi

echo "$failures failed"
[ "$failures" -eq 0 ]

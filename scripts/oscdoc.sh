#!/bin/sh
# The generated parts of doc/osc.md: between the marks the program's own table of OSC paths; behind each line
# "$ oscsend ..." what that command, given to a real drumlin, has an oscdump say. A bare oscsend is played too.
# Usage: oscdoc.sh DRUMLIN PAGE [COPY]: writes the page anew, or to a copy. Exit code 77: no oscsend or oscdump here.
set -eu
drumlin=$1 page=$2 copy=${3:-$2}
unset LC_ALL LANG

for needed in oscsend oscdump; do
	if ! command -v "$needed" >/dev/null; then
		echo "skipped: no $needed here (Debian: liblo-tools)"
		exit 77
	fi
done
work=$(mktemp -d "${TMPDIR:-/tmp}/drumlin-osc-XXXXXX")
player='' ear=''
leave() {
	for one in $player $ear; do
		kill "$one" 2>/dev/null || true
		wait "$one" 2>/dev/null || true
	done
	rm -rf "$work"
}
trap leave EXIT
XDG_STATE_HOME=$work XDG_CONFIG_HOME=$work XDG_DATA_HOME=/nonexistent
export XDG_STATE_HOME XDG_CONFIG_HOME XDG_DATA_HOME

# Free ports: drumlin steps over busy ones and says so, oscdump gives up.
port=$((20000 + $$ % 20000))
"$drumlin" --backend none --plain --osc-port "$port" >"$work/out" 2>"$work/err" &
player=$!
own=$((port + 100))
for try in 1 2 3 4 5; do
	oscdump -L "$own" >"$work/heard" 2>&1 &
	ear=$!
	sleep 0.3
	kill -0 "$ear" 2>/dev/null && break
	own=$((own + try))
done
for _ in $(seq 100); do
	oscsend 127.0.0.1 "$port" /drumlin/status s "osc.udp://127.0.0.1:$own"
	sleep 0.1
	[ -s "$work/heard" ] && break
	moved=$(sed -n 's/.*listening on \([0-9]*\) instead.*/\1/p' "$work/err")
	[ -z "$moved" ] || port=$moved
done

# Gives the command; what is heard until nothing more comes, without its time, and without what is told once more of
# what the command before brought about.
play() {
	before=$(wc -c <"$work/heard")
	command=$(printf '%s\n' "$1" | sed "s/localhost 9770/127.0.0.1 $port/; s/127\.0\.0\.1:9000/127.0.0.1:$own/")
	eval "$command"
	for _ in 1 2 3 4 5 6; do
		size=$(wc -c <"$work/heard")
		sleep 0.1
		[ "$size" -eq "$(wc -c <"$work/heard")" ] || continue
		[ "$size" -eq "$before" ] || break
	done
	tail -c "+$((before + 1))" "$work/heard" | sed 's/^[0-9a-f]*\.[0-9a-f]* /    /; s/ *$//' >"$work/now"
	grep -vxF -f "$work/last" "$work/now" || true
	mv "$work/now" "$work/last"
}

: >"$work/last"
inside=no
while IFS= read -r line; do
	case $line in
	'<!-- paths -->')
		printf '%s\n' "$line"
		"$drumlin" controls --osc
		inside=table
		;;
	'<!-- end of paths -->')
		printf '%s\n' "$line"
		inside=no
		;;
	"    \$ oscsend "*)
		printf '%s\n' "$line"
		play "${line#    \$ }"
		inside=answer
		;;
	"    \$ "* | '')
		[ "$inside" != table ] || continue
		printf '%s\n' "$line"
		inside=no
		;;
	*)
		[ "$inside" != no ] || printf '%s\n' "$line"
		;;
	esac
done <"$page" >"$work/page"
cp "$work/page" "$copy"

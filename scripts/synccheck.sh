#!/bin/sh
# Drumlin in time with real programs, each pair on a JACK server of its own, all at once: offsets between what both
# play, in frames, as the table of doc/sync.md. Called by make synccheck with the build's and the source's folders and
# the seconds that each pair runs; further arguments choose pairs by name.
# Exit code 1 where a pair could not be measured. The page is written by hand from the rows.
# shellcheck disable=SC2317,SC2086,SC2013 # pairs are called by their names; lists of words, meant to be split
set -u
build=$1
source=$2
seconds=$3
shift 3
all='transport jack_transport klick-follows klick-leads hydrogen-follows hydrogen-leads midi-clock-in midi-clock-out
	ecasound main-outputs pipewire pipewire-leads pipewire-klick-follows pipewire-klick-leads pipewire-clock-out
	restart-internal restart-jack restart-master'
pairs=${*:-$all}
# shellcheck source=scripts/deps.sh
. "$source/scripts/deps.sh"
# shellcheck disable=SC2086 # a list of names
install_packages $sync_packages || exit 1

scratch=${scratch:-$(mktemp -d "${TMPDIR:-/tmp}/synccheck.XXXXXX")}
click=$scratch/click.wav
meter=$build/tests/sync/syncmeter
instruments='BD SD CP RS CH OH LT MT HT CC RC PC'
hits=
for i in $instruments; do hits=$hits,drumlin:${i}_left; done
hits=audio:${hits#,}
JACK_NO_AUDIO_RESERVATION=1
QT_QPA_PLATFORM=offscreen
XDG_CONFIG_HOME=$scratch/config
XDG_STATE_HOME=$scratch/state
XDG_DATA_HOME=$scratch/data
unset NSM_URL
export JACK_NO_AUDIO_RESERVATION QT_QPA_PLATFORM XDG_CONFIG_HOME XDG_STATE_HOME XDG_DATA_HOME

# --- sounds and songs: clicks whose first frame is the loudest ----------------------------------------------

make_sounds() {
	sox -n -r 48000 -c 1 -b 16 "$click" synth 0.002 sine 1000 0 25 fade t 0 0.002 0.001 || return
	mkdir -p "$scratch/clicks"
	for i in $instruments; do cp "$click" "$scratch/clicks/$i.wav"; done
	# A click every quarter at 120 bpm, for what can only play files.
	sox "$click" "$scratch/quarter.wav" pad 0 0.5 trim 0 0.5 &&
		sox "$scratch/quarter.wav" "$scratch/track.wav" repeat 600
}

# The same for Hydrogen: one instrument, four quarters.
make_song() {
	{
		printf '<?xml version="1.0" encoding="UTF-8"?>\n<song><version>1.2.0</version><bpm>120</bpm><volume>0.8</volume>'
		printf '<name>clicks</name><loopEnabled>true</loopEnabled><mode>song</mode><humanize_time>0</humanize_time>'
		printf '<humanize_velocity>0</humanize_velocity><swing_factor>0</swing_factor><componentList>'
		printf '<drumkitComponent><id>0</id><name>Main</name><volume>1</volume></drumkitComponent></componentList>'
		printf '<instrumentList><instrument><id>0</id><name>click</name><volume>1</volume><pan>0</pan><gain>1</gain>'
		printf '<Attack>0</Attack><Decay>0</Decay><Sustain>1</Sustain><Release>1000</Release><instrumentComponent>'
		printf '<component_id>0</component_id><gain>1</gain><layer><filename>%s</filename><min>0</min><max>1</max>' "$click"
		printf '<gain>1</gain><pitch>0</pitch></layer></instrumentComponent></instrument></instrumentList><patternList>'
		printf '<pattern><name>quarters</name><size>192</size><denominator>4</denominator><noteList>'
		for position in 0 48 96 144; do
			printf '<note><position>%s</position><leadlag>0</leadlag><velocity>0.8</velocity><pan>0</pan>' $position
			printf '<pitch>0</pitch><probability>1</probability><key>C0</key><length>-1</length><instrument>0</instrument>'
			printf '<note_off>false</note_off></note>'
		done
		printf '</noteList></pattern></patternList><virtualPatternList/><patternSequence>'
		for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30; do
			printf '<group><patternID>quarters</patternID></group>'
		done
		printf '</patternSequence></song>\n'
	} >"$scratch/clicks.h2song"
}

# --- what every pair does; each runs in a subshell with its own $mine (folder), $port (OSC) and $started ---------

# run COMMAND...: in the background, ended with the pair.
run() {
	"$@" >>"$mine/log" 2>&1 3>&- 4>&- &
	last=$!
	started="$last $started"
}

end_pair() {
	exec 3>&- 4>&-
	for p in $started; do kill "$p" 2>/dev/null; done
	sleep 1
	for p in $started; do kill -9 "$p" 2>/dev/null; done
	wait 2>/dev/null
}

# With real-time priority where that is permitted, so that the machine's other work is not what is measured.
priority=-r
! chrt -f 20 true 2>/dev/null || priority='-R -P 20'

# Synchronous: the server waits for a client that a busy machine has kept from running, so that no buffer is old.
serve() {
	run jackd -n "$JACK_DEFAULT_SERVER" -S $priority -d dummy -r 48000 -p 64
	server=$last
	jack_wait -w -t 10 >/dev/null 2>&1
}

# PipeWire's JACK instead, alone: no session manager, a driver that is its own clock. From here on the pair's programs
# find its library before jackd's.
serve_pipewire() {
	mkdir -m 700 "$mine/runtime"
	cat >"$mine/pipewire.conf" <<-'end'
		context.properties = { core.daemon = true  core.name = pipewire-0  default.clock.rate = 48000
			default.clock.quantum = 64  default.clock.min-quantum = 64  default.clock.max-quantum = 64 }
		context.spa-libs = { support.* = support/libspa-support  audio.convert.* = audioconvert/libspa-audioconvert }
		context.modules = [
			{ name = libpipewire-module-rt  args = { nice.level = -11  rt.prio = 20 }  flags = [ ifexists nofail ] }
			{ name = libpipewire-module-protocol-native }
			{ name = libpipewire-module-metadata }
			{ name = libpipewire-module-spa-node-factory }
			{ name = libpipewire-module-client-node }
			{ name = libpipewire-module-access }
			{ name = libpipewire-module-adapter }
			{ name = libpipewire-module-link-factory }
			{ name = libpipewire-module-session-manager }
		]
		context.objects = [ { factory = spa-node-factory  args = { factory.name = support.node.driver
			node.name = driver  node.group = pipewire.dummy  priority.driver = 20000 } } ]
	end
	PIPEWIRE_RUNTIME_DIR=$mine/runtime
	XDG_RUNTIME_DIR=$mine/runtime
	export PIPEWIRE_RUNTIME_DIR XDG_RUNTIME_DIR
	run pipewire -c "$mine/pipewire.conf"
	server=$last
	LD_LIBRARY_PATH=$(pw-jack printenv LD_LIBRARY_PATH)
	export LD_LIBRARY_PATH
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		jack_samplerate >/dev/null 2>&1 && return
		sleep 0.5
	done
	return 1
}

# The command line of jackd's own transport, kept open: jack play, jack locate 0 ...
open_transport() {
	mkfifo "$mine/transport"
	exec 3<>"$mine/transport" # opened both ways, it waits for nobody
	jack_transport <"$mine/transport" >"$mine/transport.log" 2>&1 3>&- &
	started="$! $started"
	sleep 0.5
}
jack() {
	echo "$*" >&3
}

drumlin() {
	run "$build/drumlin" --plain --backend jack --no-connect --kit "$scratch/clicks" --humanize 0 --swing 0 --density 1 \
		--tempo 120 --osc-port "$port" "$@"
	drumlin=$last
	sleep 2
}
osc() {
	path=$1
	shift
	oscsend 127.0.0.1 "$port" "/drumlin/$path" "$@"
}

our_tempo() {
	osc tempo f "$1"
}
their_tempo() {
	jack tempo "$1"
}

# jack_transport as timebase master loops for ever in its own callback, sooner or later, where it is located while it
# rolls; such pairs stop for it.
gently=
locate() {
	if [ -n "$gently" ]; then
		jack stop
		sleep 0.3
		jack locate "$1"
		sleep 0.3
		jack play
	else
		jack locate "$1"
	fi
}

# ramp COMMAND FROM TO: forty steps in four seconds.
ramp() {
	for bpm in $(awk -v a="$2" -v b="$3" 'BEGIN { for (i = 1; i <= 40; i++) printf "%.3f ", a + (b - a) * i / 40 }'); do
		"$1" "$bpm"
		sleep 0.1
	done
}

# wander SECONDS TEMPO-COMMAND: plays, locates (forwards, backwards, to 0, round in a loop, stopped) and, where there
# is a command for it, turns the tempo. The same every time.
wander() {
	until=$(($(date +%s) + $1))
	round=0
	jack play
	while [ "$(date +%s)" -lt "$until" ]; do
		round=$((round + 1))
		sleep 7
		[ "$2" = none ] || ramp "$2" 120 $((80 + round * 37 % 110))
		sleep 3
		locate $((round * 7919 % 1440 * 1000 + 2880000)) # forwards
		sleep 5
		locate $((round * 104729 % 2400000))
		sleep 5
		[ "$2" = none ] || ramp "$2" $((80 + round * 37 % 110)) 120
		for _ in 1 2 3; do
			locate 96000
			sleep 2
		done
		jack stop
		sleep 1
		jack locate 0
		sleep 1
		jack play
	done
	jack stop
}

# measure LABEL SECONDS THEIRS [OURS]: one row, in $mine/row.
measure() {
	"$meter" -l "$mine/off" "$2" "$1" "${4:-$hits}" "$3" >"$mine/row" 2>>"$mine/log"
}

# together LABEL THEIRS TEMPO-COMMAND [OURS]
together() {
	(
		sleep 1
		wander $((seconds - 4)) "$3"
	) 2>>"$mine/log" &
	walker=$!
	measure "$1" "$seconds" "$2" "${4:-$hits}"
	status=$?
	wait $walker
	return $status
}

# --- the pairs ------------------------------------------------------------------------------------------------

pair_transport() {
	serve && open_transport && drumlin --sync jack
	together "jackd's transport; no timebase master" grid:120 none
}

pair_jack_transport() {
	gently=yes
	serve && open_transport && jack master && jack tempo 120 && drumlin --sync jack
	together "jack_transport is timebase master" bbt:1 their_tempo
}

pair_klick_follows() {
	serve && open_transport && drumlin --sync master
	run klick -j -S "$click,$click"
	together "klick -j follows Drumlin, timebase master" audio:klick:out our_tempo
}

klick_map() {
	printf '%s\n' '4 120' '8 120-170' '2 170' '8 170-90' '4 90' '3 3/4 100' '4 6/8 110' '400 4/4 126' >"$mine/map"
}

pair_klick_leads() {
	serve && open_transport
	klick_map
	run klick -T -f "$mine/map" -S "$click,$click"
	drumlin --sync jack
	together "klick -T is timebase master: ramps, 3/4, 6/8" audio:klick:out none
}

# Hydrogen's settings: timebase USED or not, master or not.
hydrogen() {
	mkdir -p "$mine/home/.hydrogen"
	sed -e 's/NO_JACK_TRANSPORT/USE_JACK_TRANSPORT/' \
		-e 's/<jack_timebase_enabled>.*</<jack_timebase_enabled>true</' \
		-e "s/<jack_transport_mode_master>.*</<jack_transport_mode_master>$1</" \
		/usr/share/hydrogen/data/hydrogen.default.conf >"$mine/home/.hydrogen/hydrogen.conf"
	run env HOME="$mine/home" hydrogen -d jack -n -s "$scratch/clicks.h2song"
	sleep 6
}

pair_hydrogen_follows() {
	serve && open_transport && drumlin --sync master
	hydrogen NO_JACK_TIME_MASTER
	together "hydrogen follows Drumlin, timebase master" audio:Hydrogen:out_L our_tempo
}

pair_hydrogen_leads() {
	serve && open_transport
	hydrogen USE_JACK_TIME_MASTER
	drumlin --sync jack
	together "hydrogen is timebase master" audio:Hydrogen:out_L none
}

pair_midi_clock_in() {
	gently=yes
	serve && open_transport && jack master && jack tempo 120 && drumlin --sync midi
	run jack_midi_clock drumlin:midi_in
	together "jack_midi_clock leads --sync midi" clock:jack_midi_clock:mclk_out their_tempo
}

pair_midi_clock_out() {
	serve && open_transport && drumlin --sync jack
	osc clock/out f 1
	run sh -c 'exec stdbuf -oL jack_mclk_dump -n drumlin:midi_out >"$0"' "$mine/dump"
	together "MIDI clock out, with jack_mclk_dump" clock:drumlin:midi_out our_tempo
}

# In batch mode ecasound falls silent at the first locates; its interactive engine, launched and left alone, does not.
pair_ecasound() {
	serve && open_transport && drumlin --sync jack
	mkfifo "$mine/ecasound"
	exec 4<>"$mine/ecasound"
	run sh -c 'exec ecasound -c -b:64 -f:f32_le,1,48000 -G:jack,ecasound,recv -i:"$0" -o:jack <"$1"' \
		"$scratch/track.wav" "$mine/ecasound"
	sleep 1
	echo engine-launch >&4
	together "ecasound -c -G:jack,ecasound,recv plays a file" audio:ecasound:out_1 none
}

pair_main_outputs() {
	serve && open_transport && drumlin --sync jack
	together "the same, Drumlin's main outputs" grid:120 none audio:drumlin:main_left
}

pair_pipewire() {
	serve_pipewire && open_transport && drumlin --sync jack
	together "PipeWire's transport; no timebase master" grid:120 none
}

pair_pipewire_leads() {
	serve_pipewire && open_transport && drumlin --sync master
	together "PipeWire: Drumlin's own BBT" bbt:4 our_tempo
}

pair_pipewire_klick_follows() {
	serve_pipewire && open_transport && drumlin --sync master
	run klick -j -S "$click,$click"
	together "PipeWire: klick -j follows Drumlin, timebase master" audio:klick:out our_tempo
}

pair_pipewire_klick_leads() {
	serve_pipewire && open_transport
	klick_map
	run klick -T -f "$mine/map" -S "$click,$click"
	drumlin --sync jack
	together "PipeWire: klick -T is timebase master: ramps, 3/4, 6/8" audio:klick:out none
}

pair_pipewire_clock_out() {
	serve_pipewire && open_transport && drumlin --sync jack
	osc clock/out f 1
	together "PipeWire: MIDI clock out" clock:drumlin:midi_out our_tempo
}

# restarts SYNC: kills the server ten times in the middle of a bar. Row: by how much the strokes' place within the 16th, by
# the wall clock, moves from the last nine before each death to the first nine after it, in microseconds (within a life
# it is the server that keeps time); and how long after the server's start the first is heard.
restarts() {
	life=0
	while [ $life -le 10 ]; do
		serve || return
		begun=$(awk '{ printf "%.0f", $1 * 1e6 }' /proc/uptime)
		[ $life -gt 0 ] || drumlin --sync "$1" --start
		"$meter" -o "$mine/life$life" 60 "$hits" 2>>"$mine/log" &
		listener=$!
		sleep "4.$((life * 37 % 90 + 10))"
		kill -9 "$server"
		wait "$server" 2>/dev/null
		wait "$listener" || echo "life $life: nothing heard" >>"$mine/deaf"
		awk -v begun="$begun" 'NR == 1 { print ($1 - begun) / 1e6 }' "$mine/life$life" >>"$mine/waits"
		sleep "1.$((life * 53 % 90 + 10))"
		life=$((life + 1))
	done
	kill -0 "$drumlin" || return
	awk -v label="$1" '
		function near(x) { return x - 125000 * int(x / 125000 + (x < 0 ? -0.5 : 0.5)) }
		# The middle one of nine, as a place near that of stroke `first`: a roll has strokes between sixteenths.
		function middle(from, first,  i, k, x, sorted) {
			for (i = 0; i < 9; i++) {
				x = near(at[from + i] - first)
				for (k = i; k > 0 && sorted[k - 1] > x; k--) sorted[k] = sorted[k - 1]
				sorted[k] = x
			}
			return sorted[4]
		}
		{ at[++n] = $1 }
		FNR == 1 && NR > 1 { line[++lives] = n }
		END {
			for (i = 1; i <= lives; i++) {
				d = near(middle(line[i], at[line[i]]) - middle(line[i] - 9, at[line[i]]))
				if (d * d > worst * worst) worst = d
				all = all sprintf(" %.0f", d)
			}
			printf "| restart, --sync %s | %d of 10 in time again | worst %.0f us |%s |\n", label, lives, worst, all
		}' "$mine"/life[0-9] "$mine/life10" >"$mine/row"
	sort -n "$mine/waits" | awk 'END { print "longest from server start to first stroke: " $1 " s" }' >>"$mine/row"
	grep -c 'is gone' "$mine/log" >>"$mine/row"
	[ ! -e "$mine/deaf" ]
}
pair_restart_internal() { restarts internal; }
pair_restart_jack() { restarts jack; }
pair_restart_master() { restarts master; }

# --- all of them ------------------------------------------------------------------------------------------------

run_pair() {
	mine=$scratch/$1
	started=
	JACK_DEFAULT_SERVER=drumlin-$1
	export JACK_DEFAULT_SERVER
	mkdir -p "$mine"
	trap end_pair EXIT
	trap 'exit 1' INT TERM
	[ -z "$walls" ] || mount -t tmpfs tmpfs /dev/shm
	port=$((9770 + $2))
	"pair_$(echo "$1" | tr - _)"
}

# A user has eight JACK servers at most, dead ones among them, unless each has memory of its own to be found in. Within
# these walls nothing outlives its pair either.
walls='unshare -m -p -f --kill-child --mount-proc'
[ "$(id -u)" -eq 0 ] || walls="$walls -r"
$walls true 2>/dev/null || walls=

if [ -n "${SYNCCHECK_PAIR-}" ]; then
	run_pair "$SYNCCHECK_PAIR" "$SYNCCHECK_NUMBER"
	exit
fi

make_sounds && make_song || exit 1
n=0
children=
export scratch
for pair in $pairs; do
	n=$((n + 1))
	# shellcheck disable=SC2086 # a command
	SYNCCHECK_PAIR=$pair SYNCCHECK_NUMBER=$n timeout -k 10 $((seconds + 90)) $walls sh "$0" "$build" "$source" "$seconds" &
	children="$children $!"
done
# shellcheck disable=SC2064,SC2086 # these children
trap "kill $children 2>/dev/null" INT TERM
failed=0
for child in $children; do wait "$child" || failed=$((failed + 1)); done
for pair in $pairs; do
	cat "$scratch/$pair/row" 2>/dev/null || echo "$pair: not measured"
done
[ -n "${KEEP-}" ] || rm -rf "$scratch"
exit $((failed > 0))

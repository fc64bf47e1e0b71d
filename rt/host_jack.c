/* JACK as a host: the only file that knows it. The process and timebase callbacks are the audio
 * thread; all notifications only set atomics, which host_poll reads in the main thread. */
#include "rt/farewell.h"
#include "rt/host_ops.h"

#include <jack/jack.h>
#include <jack/metadata.h>
#include <jack/midiport.h>
#include <jack/transport.h>
#include <jack/uuid.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
	MIDI_EVENTS = 1024,
	PORTS = 2 + 2 * INSTRUMENTS + 3,
	LIGHTS_PER_PERIOD = 64,
	DESCRIBED_PER_POLL = 4,
	SYNC_PATIENCE = 10 /* 1/10 s */
};

#define PARTING_SECONDS 0.5

static const char *const side[] = {"left", "right"};

typedef struct jack_host {
	host base;
	jack_client_t *client;
	engine *engine;
	jack_port_t *main_port[2], *instrument_port[INSTRUMENTS][2], *midi_in, *midi_out, *lights_out;
	bool connect, active;
	host_master master;
	int described;        /* ports that have their metadata */
	jack_nframes_t due;   /* the frame that should come next; the audio thread's */
	bool counting;        /* it means something */
	uint32_t sync_waited; /* frames; the audio thread's */
	uint64_t frame;       /* of the transport, at this period's start; the audio thread's */
	bool rolling;         /* likewise */
	_Atomic bool gone, freewheel, closing, inside;
	_Atomic uint32_t xruns, rate, period, latency;
	_Atomic uint32_t look_ahead; /* the engine's latency, as JACK knows it */
	_Atomic uint32_t unasked;    /* frames rolled since the server last asked us for the time */
	_Atomic int64_t clock_lead;  /* microseconds by which the monotonic clock is ahead of the server's */
	_Atomic bool patched;        /* something has been connected or taken apart */
	engine_midi in[MIDI_EVENTS], out[MIDI_EVENTS];
	engine_light light; /* taken from the engine; found no room yet */
	bool has_light;
} jack_host;

/* --- audio thread ------------------------------------------------------------------------------------ */

static void
read_transport(jack_host *h, transport_view *view)
{
	jack_position_t pos;
	const jack_transport_state_t state = jack_transport_query(h->client, &pos);
	memset(view, 0, sizeof *view);
	view->present = true;
	view->rolling = state == JackTransportRolling;
	view->frame = pos.frame;
	if (!(pos.valid & JackPositionBBT))
		return;
	view->bbt = (transport_bbt){
	    .valid = true,
	    .bar = pos.bar,
	    .beat = pos.beat,
	    .tick = pos.tick,
	    .ticks_per_beat = pos.ticks_per_beat,
	    .beats_per_bar = (double)pos.beats_per_bar,
	    .beat_type = (double)pos.beat_type,
	    .bpm = pos.beats_per_minute,
	};
	if (pos.valid & JackBBTFrameOffset)
		view->bbt.offset = pos.bbt_offset;
#ifdef JACK_TICK_DOUBLE
	if (pos.valid & JackTickDouble)
		view->bbt.tick = pos.tick_double;
#endif
}

/* When the cycle began, by the monotonic clock; 0 where the server does not say. */
static uint64_t
cycle_time(const jack_host *h)
{
	jack_nframes_t frames;
	jack_time_t now, next;
	float period;
	if (jack_get_cycle_times(h->client, &frames, &now, &next, &period) != 0)
		return 0;
	return (uint64_t)((int64_t)now + atomic_load_explicit(&h->clock_lead, memory_order_relaxed));
}

/* The server's frames go on over cycles that were lost. More than some seconds are another count. */
static uint32_t
lost_frames(jack_host *h, jack_nframes_t nframes)
{
	const jack_nframes_t now = jack_last_frame_time(h->client), lost = now - h->due;
	const bool any = h->counting && lost < 4 * atomic_load_explicit(&h->rate, memory_order_relaxed);
	h->counting = true;
	h->due = now + nframes;
	return any ? lost : 0;
}

static void
read_midi(jack_host *h, jack_nframes_t nframes, engine_io *io)
{
	void *buffer = jack_port_get_buffer(h->midi_in, nframes);
	const uint32_t n = buffer ? jack_midi_get_event_count(buffer) : 0;
	for (uint32_t i = 0; i < n && io->n_midi_in < MIDI_EVENTS; i++) {
		jack_midi_event_t event;
		if (jack_midi_event_get(&event, buffer, i) != 0 || event.size < 1 || event.size > 3)
			continue; /* system exclusive is nothing to us */
		engine_midi *m = &h->in[io->n_midi_in++];
		*m = (engine_midi){.frame = event.time < nframes ? event.time : nframes - 1,
				   .size = (uint8_t)event.size};
		memcpy(m->data, event.buffer, event.size);
	}
	io->midi_in = h->in;
}

static void
write_midi(jack_host *h, jack_nframes_t nframes, const engine_io *io)
{
	void *buffer = jack_port_get_buffer(h->midi_out, nframes);
	if (!buffer)
		return;
	jack_midi_clear_buffer(buffer);
	for (uint32_t i = 0; i < io->n_midi_out; i++)
		if (jack_midi_event_write(buffer, h->out[i].frame, h->out[i].data, h->out[i].size) != 0)
			break; /* the port's buffer is full */
}

static void
write_lights(jack_host *h, jack_nframes_t nframes)
{
	void *buffer = jack_port_get_buffer(h->lights_out, nframes);
	if (!buffer)
		return;
	jack_midi_clear_buffer(buffer);
	for (int i = 0; i < LIGHTS_PER_PERIOD && (h->has_light || engine_take_light(h->engine, &h->light));
	     i++) {
		h->has_light = jack_midi_event_write(buffer, 0, h->light.data, h->light.size) != 0;
		if (h->has_light)
			break; /* the port's buffer is full */
	}
}

static void
play_period(jack_host *h, jack_nframes_t nframes)
{
	engine_io io = {.frames = nframes,
			.rate = atomic_load_explicit(&h->rate, memory_order_relaxed),
			.midi_out = h->out,
			.midi_out_capacity = MIDI_EVENTS};
	for (int c = 0; c < 2; c++) {
		io.main[c] = jack_port_get_buffer(h->main_port[c], nframes);
		for (int i = 0; i < INSTRUMENTS; i++)
			io.instrument[i][c] = jack_port_get_buffer(h->instrument_port[i][c], nframes);
	}
	read_transport(h, &io.transport);
	h->frame = io.transport.frame;
	h->rolling = io.transport.rolling;
	io.lost = lost_frames(h, nframes);
	io.time_us = cycle_time(h);
	io.latency = atomic_load_explicit(&h->latency, memory_order_relaxed);
	/* The server asks a timebase master in every cycle that rolls; one that it has replaced, never again.
	 */
	if (io.transport.rolling)
		atomic_fetch_add_explicit(&h->unasked, nframes, memory_order_relaxed);
	read_midi(h, nframes, &io);
	if (atomic_load_explicit(&h->freewheel, memory_order_relaxed)) {
		/* No longer real time: wait for the composer, so that an export has every step. */
		for (int i = 0; i < 5000 && !engine_plan_ready(h->engine, nframes); i++)
			usleep(200);
	}
	engine_process(h->engine, &io);
	write_midi(h, nframes, &io);
	write_lights(h, nframes);
}

static int
process(jack_nframes_t nframes, void *arg)
{
	jack_host *h = arg;
	/* Sequentially consistent against jack_close: either it sees us inside, or we see that it is closing
	 * and the engine belongs to another host by now. */
	atomic_store(&h->inside, true);
	if (!atomic_load(&h->closing))
		play_period(h, nframes);
	atomic_store(&h->inside, false);
	return 0;
}

/* Once, in JACK's thread, before the first period. */
static void
begin_thread(void *arg)
{
	(void)arg;
	host_touch_stack();
}

/* PipeWire hands the place on as one number of beats, and cuts it into ticks of its own again: a tick that
 * is a little less than itself then becomes the one before. */
static bool
comes_through(const transport_bbt *bbt, double tick)
{
	const double beats = (double)(bbt->bar - 1) * bbt->beats_per_bar + (bbt->beat - 1);
	const double sum = beats + tick / bbt->ticks_per_beat;
	return floor((sum - beats) * bbt->ticks_per_beat) == tick;
}

/* The last tick that does; the offset says the rest. */
static void
make_robust(transport_bbt *bbt, uint32_t rate)
{
	double tick = floor(bbt->tick);
	while (tick > 0.0 && !comes_through(bbt, tick))
		tick -= 1.0;
	const double frames = (bbt->tick - tick) / bbt->ticks_per_beat * 60.0 * rate / bbt->bpm;
	bbt->offset += (uint32_t)(frames + 0.5);
	bbt->tick = tick;
}

static void
timebase(jack_transport_state_t state, jack_nframes_t nframes, jack_position_t *pos, int new_pos, void *arg)
{
	jack_host *h = arg;
	transport_bbt bbt;
	if (atomic_load_explicit(&h->closing, memory_order_acquire))
		return;
	(void)state;
	(void)new_pos;
	atomic_store_explicit(&h->unasked, 0, memory_order_relaxed);
	/* jackd asks for the cycle to come. PipeWire asks for this one, and tells it to the others in the
	 * next. */
	const bool late = h->rolling && pos->frame == h->frame;
	engine_bbt(h->engine, pos->frame + (late ? nframes : 0), &bbt);
	if (late)
		make_robust(&bbt, atomic_load_explicit(&h->rate, memory_order_relaxed));
	pos->valid = JackPositionBBT | JackBBTFrameOffset;
	pos->bar = bbt.bar;
	pos->beat = bbt.beat;
	pos->tick = (int32_t)bbt.tick;
	pos->ticks_per_beat = bbt.ticks_per_beat;
	pos->beats_per_bar = (float)bbt.beats_per_bar;
	pos->beat_type = (float)bbt.beat_type;
	pos->beats_per_minute = bbt.bpm;
	pos->bar_start_tick = bbt.bar_start_tick;
	pos->bbt_offset = bbt.offset;
#ifdef JACK_TICK_DOUBLE
	pos->valid |= JackTickDouble;
	pos->tick_double = bbt.tick;
#endif
}

/* Slow sync: where we follow, the transport waits until the first step of its place is planned. Asked once a
 * cycle, before process; a composer that does not answer holds the others up for SYNC_PATIENCE only. */
static int
sync_ready(jack_transport_state_t state, jack_position_t *pos, void *arg)
{
	jack_host *h = arg;
	if (atomic_load_explicit(&h->closing, memory_order_acquire) || state != JackTransportStarting ||
	    engine_sync_ready(h->engine, pos->frame) ||
	    h->sync_waited > atomic_load_explicit(&h->rate, memory_order_relaxed) / SYNC_PATIENCE) {
		h->sync_waited = 0;
		return 1;
	}
	h->sync_waited += atomic_load_explicit(&h->period, memory_order_relaxed);
	return 0;
}

/* --- notifications ------------------------------------------------------------------------------------- */

static int
on_xrun(void *arg)
{
	atomic_fetch_add_explicit(&((jack_host *)arg)->xruns, 1, memory_order_relaxed);
	return 0;
}

static int
on_rate(jack_nframes_t rate, void *arg)
{
	atomic_store_explicit(&((jack_host *)arg)->rate, rate, memory_order_relaxed);
	return 0;
}

static int
on_period(jack_nframes_t frames, void *arg)
{
	atomic_store_explicit(&((jack_host *)arg)->period, frames, memory_order_relaxed);
	return 0;
}

static void
on_freewheel(int starting, void *arg)
{
	atomic_store_explicit(&((jack_host *)arg)->freewheel, starting != 0, memory_order_relaxed);
}

static void
on_connect(jack_port_id_t a, jack_port_id_t b, int connected, void *arg)
{
	(void)a;
	(void)b;
	(void)connected;
	atomic_store_explicit(&((jack_host *)arg)->patched, true, memory_order_relaxed);
}

static void
on_shutdown(void *arg)
{
	atomic_store_explicit(&((jack_host *)arg)->gone, true, memory_order_release);
}

static void
later(jack_latency_range_t *range, uint32_t frames)
{
	range->min += frames;
	range->max += frames;
}

/* What comes in as MIDI leaves in the same cycle, but through the main outputs' look-ahead. */
static void
on_latency(jack_latency_callback_mode_t mode, void *arg)
{
	jack_host *h = arg;
	jack_latency_range_t range;
	const uint32_t ahead = atomic_load_explicit(&h->look_ahead, memory_order_relaxed);
	if (mode == JackCaptureLatency) {
		jack_port_get_latency_range(h->midi_in, mode, &range);
		for (int c = 0; c < 2; c++)
			for (int i = 0; i < INSTRUMENTS; i++)
				jack_port_set_latency_range(h->instrument_port[i][c], mode, &range);
		jack_port_set_latency_range(h->midi_out, mode, &range);
		later(&range, ahead);
		for (int c = 0; c < 2; c++)
			jack_port_set_latency_range(h->main_port[c], mode, &range);
		return;
	}
	jack_port_get_latency_range(h->main_port[0], mode, &range);
	atomic_store_explicit(&h->latency, range.max, memory_order_relaxed);
	later(&range, ahead);
	jack_port_set_latency_range(h->midi_in, mode, &range);
}

static void
quiet(const char *message)
{
	(void)message; /* what matters is said by us, once, with a remedy */
}

/* --- set-up --------------------------------------------------------------------------------------------- */

static jack_port_t *
add_audio(jack_host *h, const char *name)
{
	return jack_port_register(h->client, name, JACK_DEFAULT_AUDIO_TYPE,
				  JackPortIsOutput | JackPortIsTerminal, 0);
}

static bool
add_ports(jack_host *h)
{
	bool ok = true;
	char name[32];
	for (int c = 0; c < 2; c++) {
		snprintf(name, sizeof name, "main_%s", side[c]);
		h->main_port[c] = add_audio(h, name);
		ok = ok && h->main_port[c];
	}
	for (int i = 0; i < INSTRUMENTS && ok; i++)
		for (int c = 0; c < 2; c++) {
			snprintf(name, sizeof name, "%s_%s", instrument_name(i), side[c]);
			h->instrument_port[i][c] = add_audio(h, name);
			ok = ok && h->instrument_port[i][c];
		}
	h->midi_in = jack_port_register(h->client, "midi_in", JACK_DEFAULT_MIDI_TYPE, JackPortIsInput, 0);
	h->midi_out = jack_port_register(h->client, "midi_out", JACK_DEFAULT_MIDI_TYPE, JackPortIsOutput, 0);
	h->lights_out =
	    jack_port_register(h->client, "lights_out", JACK_DEFAULT_MIDI_TYPE, JackPortIsOutput, 0);
	return ok && h->midi_in && h->midi_out && h->lights_out;
}

static void
set_metadata(jack_host *h, const jack_port_t *port, const char *title, const char *group, int order)
{
	const jack_uuid_t uuid = jack_port_uuid(port);
	char number[16];
	snprintf(number, sizeof number, "%d", order);
	jack_set_property(h->client, uuid, JACK_METADATA_PRETTY_NAME, title, "text/plain");
	jack_set_property(h->client, uuid, JACK_METADATA_ORDER, number,
			  "http://www.w3.org/2001/XMLSchema#integer");
	if (group)
		jack_set_property(h->client, uuid, JACK_METADATA_PORT_GROUP, group, "text/plain");
}

/* Pretty name and order of the next port that has none yet. JACK keeps these in a database on disk, and
 * 28 ports take it a sixth of a second: that is done after the sound has begun, a few ports a poll. */
static void
describe_next(jack_host *h)
{
	char title[64];
	const int n = h->described++, i = (n - 2) / 2, c = n % 2;
	if (n < 2) {
		snprintf(title, sizeof title, "Main %s", side[c]);
		set_metadata(h, h->main_port[c], title, "Main", n);
	} else if (i < INSTRUMENTS) {
		snprintf(title, sizeof title, "%s %s", instrument_title(i), side[c]);
		set_metadata(h, h->instrument_port[i][c], title, instrument_title(i), n);
	} else if (i == INSTRUMENTS) {
		set_metadata(h, c ? h->midi_out : h->midi_in,
			     c ? "Notes and clock out" : "Control and clock in", NULL, n);
	} else {
		set_metadata(h, h->lights_out, "Lights of controllers out", NULL, n);
	}
}

static void
connect_playback(jack_host *h)
{
	const char **port =
	    jack_get_ports(h->client, NULL, JACK_DEFAULT_AUDIO_TYPE, JackPortIsPhysical | JackPortIsInput);
	for (int c = 0; port && port[c] && c < 2; c++)
		jack_connect(h->client, jack_port_name(h->main_port[c]), port[c]);
	jack_free(port);
}

static dr_status
jack_start(host *base, engine *e, dr_error *err)
{
	jack_host *h = (jack_host *)base;
	h->engine = e;
	atomic_store_explicit(&h->look_ahead, engine_latency(e), memory_order_relaxed);
	jack_set_process_callback(h->client, process, h);
	jack_set_thread_init_callback(h->client, begin_thread, NULL);
	jack_set_sync_callback(h->client, sync_ready, h);
	if (jack_activate(h->client) != 0)
		return error_set(err, DR_UNAVAILABLE, "the JACK server refuses to activate the client");
	h->active = true;
	if (h->connect)
		connect_playback(h);
	return DR_OK;
}

static void
leave_server(void *arg)
{
	jack_host *h = arg;
	if (h->active && !atomic_load_explicit(&h->gone, memory_order_acquire))
		jack_deactivate(h->client);
	jack_client_close(h->client);
}

static void
jack_close(host *base)
{
	jack_host *h = (jack_host *)base;
	atomic_store(&h->closing, true);
	/* A server that hangs would keep us for ever (jackd2 1.9.21 can deadlock when two clients close at
	 * once). Where JACK's thread may still run, it must find the host; that memory is given up. */
	const bool gone = farewell(leave_server, h, PARTING_SECONDS);
	for (int i = 0; i < 1000 && atomic_load(&h->inside); i++)
		usleep(1000);
	if (gone)
		free(h);
}

/* The look-ahead changes with the rate. */
static void
tell_latency(jack_host *h)
{
	const uint32_t ahead = engine_latency(h->engine);
	if (ahead == atomic_load_explicit(&h->look_ahead, memory_order_relaxed))
		return;
	atomic_store_explicit(&h->look_ahead, ahead, memory_order_relaxed);
	jack_recompute_total_latencies(h->client);
}

/* jackd counts a time of its own (Linux's raw monotonic clock, which nobody slews): seconds from ours after
 * some days. Of three readings the one that was interrupted least. [main] */
static void
compare_clocks(jack_host *h)
{
	int64_t least = INT64_MAX;
	for (int i = 0; i < 3; i++) {
		const int64_t before = (int64_t)host_now_us(), theirs = (int64_t)jack_get_time();
		const int64_t spent = (int64_t)host_now_us() - before;
		if (spent >= least)
			continue;
		least = spent;
		atomic_store_explicit(&h->clock_lead, before + spent / 2 - theirs, memory_order_relaxed);
	}
}

static void
jack_poll(host *base, host_status *status)
{
	jack_host *h = (jack_host *)base;
	status->alive = !atomic_load_explicit(&h->gone, memory_order_acquire);
	status->rate = atomic_load_explicit(&h->rate, memory_order_relaxed);
	status->period = atomic_load_explicit(&h->period, memory_order_relaxed);
	status->xruns = atomic_load_explicit(&h->xruns, memory_order_relaxed);
	status->realtime = status->alive && jack_is_realtime(h->client);
	for (int i = 0; i < DESCRIBED_PER_POLL && status->alive && h->active && h->described < PORTS; i++)
		describe_next(h);
	if (status->alive)
		compare_clocks(h);
	if (status->alive && h->active)
		tell_latency(h);
	if (h->master == HOST_MASTER && status->alive &&
	    atomic_load_explicit(&h->unasked, memory_order_relaxed) > status->rate / 2)
		h->master = HOST_MASTER_LOST;
	status->master = h->master;
	status->load = status->alive ? jack_cpu_load(h->client) / 100.0f : -1.0f;
}

static void
jack_transport(host *base, command_id command)
{
	jack_host *h = (jack_host *)base;
	if (atomic_load_explicit(&h->gone, memory_order_acquire))
		return;
	if (command == COMMAND_STOP) {
		jack_transport_stop(h->client);
		return;
	}
	if (command == COMMAND_PLAY)
		jack_transport_locate(h->client, 0);
	jack_transport_start(h->client);
}

static void
jack_go_on(host *base, uint64_t frame)
{
	jack_host *h = (jack_host *)base;
	if (atomic_load_explicit(&h->gone, memory_order_acquire) ||
	    jack_transport_query(h->client, NULL) != JackTransportStopped)
		return;
	jack_transport_locate(h->client, (jack_nframes_t)frame);
	jack_transport_start(h->client);
}

static void
jack_set_master(host *base, bool master, bool polite)
{
	jack_host *h = (jack_host *)base;
	if (atomic_load_explicit(&h->gone, memory_order_acquire))
		return;
	atomic_store_explicit(&h->unasked, 0, memory_order_relaxed);
	if (!master) {
		if (h->master == HOST_MASTER)
			jack_release_timebase(h->client);
		h->master = HOST_NO_MASTER;
		return;
	}
	h->master = jack_set_timebase_callback(h->client, polite, timebase, h) == 0 ? HOST_MASTER
										    : HOST_MASTER_REFUSED;
}

/* Adds a port's name and aliases to a list; what finds no room is left out. */
static void
list_peer(jack_host *h, const char *name, char *list)
{
	char alias[2][512];
	char *const aliases[] = {alias[0], alias[1]};
	const jack_port_t *port = jack_port_by_name(h->client, name);
	const int n =
	    port && jack_port_name_size() <= (int)sizeof alias[0] ? jack_port_get_aliases(port, aliases) : 0;
	for (int i = -1; i < n; i++) {
		const size_t used = strlen(list);
		const char *one = i < 0 ? name : alias[i];
		if (used + strlen(one) + 2 <= HOST_PEERS)
			snprintf(list + used, HOST_PEERS - used, "%s\n", one);
	}
}

static void
list_peers(jack_host *h, const jack_port_t *port, char *list)
{
	const char **peer = jack_port_get_all_connections(h->client, port);
	*list = '\0';
	for (int i = 0; peer && peer[i]; i++)
		list_peer(h, peer[i], list);
	jack_free(peer);
}

static bool
jack_midi_peers(host *base, char *from, char *to)
{
	jack_host *h = (jack_host *)base;
	if (atomic_load_explicit(&h->gone, memory_order_acquire) || !h->active ||
	    !atomic_exchange_explicit(&h->patched, false, memory_order_relaxed))
		return false;
	list_peers(h, h->midi_in, from);
	list_peers(h, h->lights_out, to);
	return true;
}

static const host_ops jack_ops = {.name = "JACK",
				  .start = jack_start,
				  .close = jack_close,
				  .poll = jack_poll,
				  .transport = jack_transport,
				  .go_on = jack_go_on,
				  .set_master = jack_set_master,
				  .midi_peers = jack_midi_peers};

dr_status
host_jack_open(const host_options *options, host **out, dr_error *err)
{
	jack_status_t why = 0;
	jack_set_error_function(quiet);
	jack_set_info_function(quiet);
	jack_client_t *client = jack_client_open(options->client_name, JackNoStartServer, &why);
	if (!client)
		return error_set(err, DR_UNAVAILABLE, "%s",
				 why & JackServerFailed
				     ? "no JACK server is running (start one, for example: jackd -d alsa)"
				     : "the JACK server does not let us in");
	jack_host *h = calloc(1, sizeof *h);
	if (!h) {
		jack_client_close(client);
		return error_set(err, DR_FAILED, "out of memory for the JACK back end");
	}
	h->base.ops = &jack_ops;
	h->client = client;
	h->connect = options->connect;
	atomic_store(&h->rate, jack_get_sample_rate(client));
	atomic_store(&h->period, jack_get_buffer_size(client));
	jack_set_xrun_callback(client, on_xrun, h);
	jack_set_sample_rate_callback(client, on_rate, h);
	jack_set_buffer_size_callback(client, on_period, h);
	jack_set_freewheel_callback(client, on_freewheel, h);
	jack_set_latency_callback(client, on_latency, h);
	jack_set_port_connect_callback(client, on_connect, h);
	atomic_store(&h->patched, true);
	jack_on_shutdown(client, on_shutdown, h);
	if (!add_ports(h)) {
		jack_close(&h->base);
		return error_set(err, DR_UNAVAILABLE, "the JACK server has no ports left");
	}
	*out = &h->base;
	return DR_OK;
}

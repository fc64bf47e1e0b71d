/* JACK as a host: the only file that knows it. The process and timebase callbacks are the audio
 * thread; all notifications only set atomics, which host_poll reads in the main thread. */
#include "rt/host_ops.h"

#include <jack/jack.h>
#include <jack/metadata.h>
#include <jack/midiport.h>
#include <jack/transport.h>
#include <jack/uuid.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
	MIDI_EVENTS = 1024,
	PORTS = 2 + 2 * INSTRUMENTS + 2,
	DESCRIBED_PER_POLL = 4,
	SYNC_PATIENCE = 10 /* 1/10 s */
};

static const char *const side[] = {"left", "right"};

typedef struct jack_host {
	host base;
	jack_client_t *client;
	engine *engine;
	jack_port_t *main_port[2], *instrument_port[INSTRUMENTS][2], *midi_in, *midi_out;
	bool connect, active, master_wanted;
	int described;        /* ports that have their metadata */
	uint32_t sync_waited; /* frames; the audio thread's */
	_Atomic bool gone, freewheel, closing, inside;
	_Atomic uint32_t xruns, rate, period;
	engine_midi in[MIDI_EVENTS], out[MIDI_EVENTS];
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
	read_midi(h, nframes, &io);
	if (atomic_load_explicit(&h->freewheel, memory_order_relaxed)) {
		/* No longer real time: wait for the composer, so that an export has every step. */
		for (int i = 0; i < 5000 && !engine_plan_ready(h->engine, nframes); i++)
			usleep(200);
	}
	engine_process(h->engine, &io);
	write_midi(h, nframes, &io);
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

static void
timebase(jack_transport_state_t state, jack_nframes_t nframes, jack_position_t *pos, int new_pos, void *arg)
{
	jack_host *h = arg;
	transport_bbt bbt;
	if (atomic_load_explicit(&h->closing, memory_order_acquire))
		return;
	(void)state;
	(void)nframes;
	(void)new_pos;
	engine_bbt(h->engine, pos->frame, &bbt);
	pos->valid = JackPositionBBT;
	pos->bar = bbt.bar;
	pos->beat = bbt.beat;
	pos->tick = (int32_t)bbt.tick;
	pos->ticks_per_beat = bbt.ticks_per_beat;
	pos->beats_per_bar = (float)bbt.beats_per_bar;
	pos->beat_type = (float)bbt.beat_type;
	pos->beats_per_minute = bbt.bpm;
	pos->bar_start_tick = (double)(bbt.bar - 1) * bbt.beats_per_bar * bbt.ticks_per_beat;
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
on_shutdown(void *arg)
{
	atomic_store_explicit(&((jack_host *)arg)->gone, true, memory_order_release);
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
	return ok && h->midi_in && h->midi_out;
}

static void
set_metadata(jack_host *h, const jack_port_t *port, const char *title, int order)
{
	const jack_uuid_t uuid = jack_port_uuid(port);
	char number[16];
	snprintf(number, sizeof number, "%d", order);
	jack_set_property(h->client, uuid, JACK_METADATA_PRETTY_NAME, title, "text/plain");
	jack_set_property(h->client, uuid, JACK_METADATA_ORDER, number,
			  "http://www.w3.org/2001/XMLSchema#integer");
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
		set_metadata(h, h->main_port[c], title, n);
	} else if (i < INSTRUMENTS) {
		snprintf(title, sizeof title, "%s %s", instrument_title(i), side[c]);
		set_metadata(h, h->instrument_port[i][c], title, n);
	} else {
		set_metadata(h, c ? h->midi_out : h->midi_in, c ? "Notes out" : "Control in", n);
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

/* What closing needs after its host has gone on without it. Freed by whichever side is later. */
typedef struct farewell {
	jack_client_t *client;
	bool deactivate;
	pthread_mutex_t lock;
	pthread_cond_t told;
	bool done, abandoned;
} farewell;

static void
farewell_free(farewell *f)
{
	pthread_cond_destroy(&f->told);
	pthread_mutex_destroy(&f->lock);
	free(f);
}

static void *
say_farewell(void *arg)
{
	farewell *f = arg;
	if (f->deactivate)
		jack_deactivate(f->client);
	jack_client_close(f->client);
	pthread_mutex_lock(&f->lock);
	const bool alone = f->abandoned;
	f->done = true;
	pthread_cond_signal(&f->told);
	pthread_mutex_unlock(&f->lock);
	if (alone)
		farewell_free(f);
	return NULL;
}

/* A server that hangs would keep us in jack_client_close for ever (jackd2 1.9.21 can deadlock when two
 * clients close at once), so a thread of its own takes leave and is given half a second. Returns true if
 * JACK's threads are known to have ended. */
static bool
take_leave(jack_client_t *client, bool deactivate)
{
	farewell *f = calloc(1, sizeof *f);
	pthread_t thread;
	struct timespec until;
	if (!f)
		return false;
	f->client = client;
	f->deactivate = deactivate;
	pthread_mutex_init(&f->lock, NULL);
	pthread_cond_init(&f->told, NULL);
	if (pthread_create(&thread, NULL, say_farewell, f) != 0) {
		farewell_free(f);
		return false;
	}
	pthread_detach(thread);
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_nsec += 500000000;
	if (until.tv_nsec >= 1000000000) {
		until.tv_nsec -= 1000000000;
		until.tv_sec++;
	}
	pthread_mutex_lock(&f->lock);
	while (!f->done && pthread_cond_timedwait(&f->told, &f->lock, &until) == 0)
		;
	const bool done = f->done;
	f->abandoned = !done;
	pthread_mutex_unlock(&f->lock);
	if (done)
		farewell_free(f);
	return done;
}

static void
jack_close(host *base)
{
	jack_host *h = (jack_host *)base;
	const bool deactivate = h->active && !atomic_load_explicit(&h->gone, memory_order_acquire);
	/* Where JACK's thread may still run, it must find the host; that memory is given up. */
	atomic_store(&h->closing, true);
	const bool gone = take_leave(h->client, deactivate);
	for (int i = 0; i < 1000 && atomic_load(&h->inside); i++)
		usleep(1000);
	if (gone)
		free(h);
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
jack_set_master(host *base, bool master)
{
	jack_host *h = (jack_host *)base;
	if (master == h->master_wanted || atomic_load_explicit(&h->gone, memory_order_acquire))
		return;
	h->master_wanted = master;
	if (master)
		jack_set_timebase_callback(h->client, 0, timebase, h);
	else
		jack_release_timebase(h->client);
}

static const host_ops jack_ops = {.name = "JACK",
				  .start = jack_start,
				  .close = jack_close,
				  .poll = jack_poll,
				  .transport = jack_transport,
				  .set_master = jack_set_master};

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
	jack_on_shutdown(client, on_shutdown, h);
	if (!add_ports(h)) {
		jack_close(&h->base);
		return error_set(err, DR_UNAVAILABLE, "the JACK server has no ports left");
	}
	*out = &h->base;
	return DR_OK;
}

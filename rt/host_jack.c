/* JACK as a host. The process and timebase callbacks are the audio
 * thread; all notifications only set atomics, which host_poll reads in the main thread. */
#include "rt/farewell.h"
#include "rt/host_jack_state.h"

#include <jack/midiport.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LIGHTS_PER_PERIOD = 64 };

#define PARTING_SECONDS 0.5

/* --- audio thread ------------------------------------------------------------------------------------ */

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
	jack_get_outputs(h, nframes, &io);
	io.lost = jack_lost_frames(h, nframes);
	io.time_us = jack_cycle_time(h);
	io.latency = atomic_load_explicit(&h->latency, memory_order_relaxed);
	jack_read_transport(h, nframes, &io);
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
note_patching(jack_host *h)
{
	atomic_store_explicit(&h->patched, true, memory_order_relaxed);
	atomic_store_explicit(&h->replugged, true, memory_order_release);
}

/* Before the server has its new graph: who asks now hears what was, or waits. The server waits too, once
 * there is no room for what it has to tell. */
static void
on_connect(jack_port_id_t a, jack_port_id_t b, int connected, void *arg)
{
	(void)a;
	(void)b;
	(void)connected;
	note_patching(arg);
}

/* The server has it, on a busy machine many periods later. */
static int
on_graph(void *arg)
{
	jack_host *h = arg;
	note_patching(h);
	/* PipeWire may hold a lock here that asking takes; there the next poll does it. */
	if (!h->pipewire)
		jack_look_who_hears(h);
	return 0;
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

static dr_status
jack_start(host *base, engine *e, dr_error *err)
{
	jack_host *h = (jack_host *)base;
	h->engine = e;
	atomic_store_explicit(&h->look_ahead, engine_latency(e), memory_order_relaxed);
	jack_set_process_callback(h->client, process, h);
	jack_set_thread_init_callback(h->client, begin_thread, NULL);
	jack_set_sync_callback(h->client, jack_sync_ready, h);
	if (jack_activate(h->client) != 0)
		return error_set(err, DR_UNAVAILABLE, "the JACK server refuses to activate the client");
	h->active = true;
	if (h->connect)
		jack_connect_playback(h);
	return DR_OK;
}

static void
leave_server(void *arg)
{
	jack_host *h = arg;
	if (!atomic_load_explicit(&h->gone, memory_order_acquire)) {
		if (h->active)
			jack_deactivate(h->client);
		jack_remove_ports(h);
	}
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
	if (gone) {
		pthread_mutex_destroy(&h->hearing);
		free(h);
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
	if (status->alive)
		jack_compare_clocks(h);
	if (status->alive && h->active) {
		jack_look_who_hears(h);
		jack_describe_some(h);
		jack_tell_latency(h);
	}
	if (h->master == HOST_MASTER && status->alive &&
	    atomic_load_explicit(&h->unasked, memory_order_relaxed) > status->rate / 2)
		h->master = HOST_MASTER_LOST;
	status->master = h->master;
	status->load = status->alive ? jack_cpu_load(h->client) / 100.0f : -1.0f;
}

static const char *
jack_name(host *base)
{
	const jack_host *h = (jack_host *)base;
	return jack_get_client_name(h->client);
}

static const host_ops jack_ops = {.name = "JACK",
				  .start = jack_start,
				  .close = jack_close,
				  .poll = jack_poll,
				  .transport = jack_transport,
				  .go_on = jack_go_on,
				  .set_master = jack_set_master,
				  .midi_peers = jack_midi_peers,
				  .client_name = jack_name};

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
	h->pipewire = strstr(jack_get_version_string(), "PipeWire") != NULL;
	atomic_store(&h->rate, jack_get_sample_rate(client));
	atomic_store(&h->period, jack_get_buffer_size(client));
	jack_set_xrun_callback(client, on_xrun, h);
	jack_set_sample_rate_callback(client, on_rate, h);
	jack_set_buffer_size_callback(client, on_period, h);
	jack_set_freewheel_callback(client, on_freewheel, h);
	jack_set_latency_callback(client, jack_on_latency, h);
	jack_set_port_connect_callback(client, on_connect, h);
	jack_set_graph_order_callback(client, on_graph, h);
	pthread_mutex_init(&h->hearing, NULL);
	atomic_store(&h->patched, true);
	jack_on_shutdown(client, on_shutdown, h);
	jack_compare_clocks(h);
	if (!jack_add_ports(h)) {
		jack_close(&h->base);
		return error_set(err, DR_UNAVAILABLE, "the JACK server has no ports left");
	}
	*out = &h->base;
	return DR_OK;
}

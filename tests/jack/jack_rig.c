#include "tests/jack/jack_rig.h"

#include "model/datafind.h"
#include "tests/jack/jack_server.h"

#include <jack/midiport.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static jack_server server;

void
jack_rig_sleep(double seconds)
{
	const struct timespec t = {(time_t)seconds, (long)((seconds - floor(seconds)) * 1e9)};
	nanosleep(&t, NULL);
}

/* --- the witness, in JACK's thread -------------------------------------------------------------------- */

static int
process(jack_nframes_t nframes, void *arg)
{
	jack_rig *r = arg;
	const uint32_t period = jack_last_frame_time(r->witness);
	const uint64_t us = jack_get_time();
	if (atomic_load(&r->dawdles))
		jack_rig_sleep(0.005);
	const float *first = jack_port_get_buffer(r->ear[0], nframes);
	for (jack_nframes_t f = 0; f < nframes; f++) {
		if (fabsf(first[f] - r->level) > 1e-5f && atomic_load(&r->watching)) {
			r->moved = (onset){r->frame + f, 0, period + f, period, us};
			atomic_store(&r->watching, false);
		}
		r->level = first[f];
	}
	for (int i = 0; i < INSTRUMENTS; i++) {
		const float *x = jack_port_get_buffer(r->ear[i], nframes);
		for (jack_nframes_t f = 0; f < nframes; f++) {
			const bool loud = fabsf(x[f]) > 1e-5f;
			const uint32_t n = atomic_load_explicit(&r->n_onsets, memory_order_relaxed);
			if (loud && !r->sounding[i] && n < JACK_RIG_ONSETS) {
				r->onsets[n] = (onset){r->frame + f, i, period + f, period, us};
				atomic_store_explicit(&r->n_onsets, n + 1, memory_order_release);
			}
			r->sounding[i] = loud;
		}
	}
	const uint32_t taped = atomic_load_explicit(&r->taped, memory_order_relaxed);
	if (taped + nframes <= r->tape_frames) {
		memcpy(r->tape + taped, jack_port_get_buffer(r->ear[0], nframes), nframes * sizeof(float));
		atomic_store_explicit(&r->taped, taped + nframes, memory_order_release);
	}
	void *out = jack_port_get_buffer(r->hand, nframes);
	jack_midi_clear_buffer(out);
	const uint32_t m = atomic_exchange(&r->midi, 0);
	const jack_midi_data_t data[3] = {(uint8_t)(m >> 16), (uint8_t)(m >> 8), (uint8_t)m};
	if (m)
		jack_midi_event_write(out, 0, data, 3);
	void *seen = jack_port_get_buffer(r->eye, nframes);
	jack_midi_event_t e;
	for (uint32_t i = 0; jack_midi_event_get(&e, seen, i) == 0; i++)
		if (e.size == 3)
			atomic_store(&r->lights,
				     (uint32_t)e.buffer[0] << 16 | (uint32_t)e.buffer[1] << 8 | e.buffer[2]);
	r->frame += nframes;
	return 0;
}

static void
timebase(jack_transport_state_t state, jack_nframes_t nframes, jack_position_t *pos, int new_pos, void *arg)
{
	jack_rig *r = arg;
	const double bpm = atomic_load(&r->master_bpm);
	double quarters = atomic_load(&r->master_quarters);
	if (new_pos)
		quarters = (double)pos->frame * bpm / 60.0 / JACK_RIG_RATE;
	else if (state == JackTransportRolling)
		quarters += nframes * bpm / 60.0 / JACK_RIG_RATE;
	atomic_store(&r->master_quarters, quarters);
	pos->valid = JackPositionBBT;
	pos->bar = (int32_t)(quarters / 4.0) + 1;
	pos->beat = (int32_t)fmod(quarters, 4.0) + 1;
	pos->tick = (int32_t)(fmod(quarters, 1.0) * 1920.0);
	pos->bar_start_tick = (pos->bar - 1) * 4 * 1920.0;
	pos->beats_per_bar = 4.0f;
	pos->beat_type = 4.0f;
	pos->ticks_per_beat = 1920.0;
	pos->beats_per_minute = bpm;
}

static int
on_xrun(void *arg)
{
	atomic_fetch_add(&((jack_rig *)arg)->xruns, 1);
	return 0;
}

/* --- Drumlin ----------------------------------------------------------------------------------------------
 */

static void
look(void *user, composer_view *view)
{
	const engine_status e = jack_rig_status(user);
	*view = (composer_view){e.epoch,
				e.next_step,
				e.position,
				e.tempo,
				e.bars,
				e.rolling,
				e.rate ? (double)e.period / e.rate : 0.0};
}

engine_status
jack_rig_status(const jack_rig *r)
{
	engine_status s;
	engine_get_status(r->engine, &s);
	return s;
}

/* Follows the playhead and keeps what it takes; frees what is retired; passes on what is asked of the
 * transport. */
static void *
keep(void *arg)
{
	jack_rig *r = arg;
	while (!atomic_load(&r->over)) {
		report got;
		while (engine_take_report(r->engine, &got)) {
			if (got.kind == REPORT_KITS && r->retire)
				r->retire(r->retire_user, got.kits);
			else if (got.kind == REPORT_KITS)
				kit_set_free(got.kits);
			else if (got.kind == REPORT_TRANSPORT)
				host_transport(r->host, got.command);
		}
		const engine_status s = jack_rig_status(r);
		for (; r->n_steps < s.next_step && r->n_steps < r->max_steps; r->n_steps++)
			if (!plan_read(&r->plan, r->n_steps, &r->step[r->n_steps]))
				memset(&r->step[r->n_steps], 0, sizeof *r->step);
		jack_rig_sleep(0.001);
	}
	return NULL;
}

/* Every instrument is one click of a single frame, so that an onset is a frame and nothing overlaps. */
static kit_set *
clicks(void)
{
	kit_set *set = calloc(1, sizeof *set);
	kit *k = kit_new(JACK_RIG_RATE);
	for (int i = 0; set && k && i < INSTRUMENTS; i++) {
		kit_layer *l;
		if (kit_add_layer(k, i, 1, 1, &l, NULL) != DR_OK)
			exit(1);
		l->sample.channel[0][0] = 0.9f;
	}
	kit_finish(k);
	set->corner[0] = k;
	set->n_corners = 1;
	return set;
}

static bool
open_witness(jack_rig *r)
{
	r->witness = jack_server_client(&server, "witness");
	if (!r->witness)
		return false;
	for (int i = 0; i < INSTRUMENTS; i++)
		r->ear[i] = jack_port_register(r->witness, instrument_name(i), JACK_DEFAULT_AUDIO_TYPE,
					       JackPortIsInput, 0);
	r->hand = jack_port_register(r->witness, "hand", JACK_DEFAULT_MIDI_TYPE, JackPortIsOutput, 0);
	r->eye = jack_port_register(r->witness, "eye", JACK_DEFAULT_MIDI_TYPE, JackPortIsInput, 0);
	jack_port_set_alias(r->eye, "a Launchpad");
	jack_set_process_callback(r->witness, process, r);
	jack_set_xrun_callback(r->witness, on_xrun, r);
	return jack_activate(r->witness) == 0;
}

static bool
start_drumlin(jack_rig *r)
{
	dr_error err;
	const host_options o = {.client_name = "drumlin"};
	char *path = model_find("default", &err);
	params_reset(&r->params);
	plan_init(&r->plan);
	midi_map_default(&r->map);
	const bool ok = path && model_load(path, &r->model, &err) == DR_OK &&
			engine_new(&r->params, &r->plan, &r->map, JACK_RIG_RATE, &r->engine, &err) == DR_OK &&
			composer_new(r->model, &r->params, &r->plan, look, r, &r->composer, &err) == DR_OK &&
			composer_start(r->composer, &err) == DR_OK &&
			host_jack_open(&o, &r->host, &err) == DR_OK;
	free(path);
	if (!ok) {
		fprintf(stderr, "%s\n", err.text);
		return false;
	}
	control_init(&r->control, &r->params, r->engine);
	engine_publish_kits(r->engine, clicks());
	return host_start(r->host, r->engine, &err) == DR_OK &&
	       pthread_create(&r->keeper, NULL, keep, r) == 0;
}

void
jack_rig_freeze(double seconds)
{
	kill(server.pid, SIGSTOP);
	jack_rig_sleep(seconds);
	kill(server.pid, SIGCONT);
}

void
jack_rig_end_server(void)
{
	jack_server_end(&server, SIGKILL);
}

bool
jack_rig_start(jack_rig *r, int64_t max_steps)
{
	/* A test that failed has left its own running, threads and all. */
	jack_rig_stop(r);
	if (getenv("DRUMLIN_NO_REALTIME")) {
		printf("skipped: no time is kept here (DRUMLIN_NO_REALTIME)\n");
		return false;
	}
	const jack_server_options o = {.name = "test", .rate = JACK_RIG_RATE, .period = JACK_RIG_PERIOD};
	r->max_steps = max_steps;
	r->step = calloc((size_t)max_steps, sizeof *r->step);
	r->onsets = calloc(JACK_RIG_ONSETS, sizeof *r->onsets);
	if (!jack_server_start(&server, &o) || !open_witness(r)) {
		printf("skipped: no jackd runs here\n");
		return false;
	}
	if (!start_drumlin(r))
		exit(1);
	for (int i = 0; i < INSTRUMENTS; i++) {
		char from[64], to[64];
		snprintf(from, sizeof from, "drumlin:%s_left", instrument_name(i));
		snprintf(to, sizeof to, "witness:%s", instrument_name(i));
		jack_connect(r->witness, from, to);
	}
	jack_connect(r->witness, "witness:hand", "drumlin:midi_in");
	jack_rig_sleep(0.2);
	return true;
}

void
jack_rig_leave(jack_rig *r)
{
	atomic_store(&r->over, true);
	if (!r->engine)
		return;
	pthread_join(r->keeper, NULL);
	host_close(r->host);
	composer_stop(r->composer);
	composer_free(r->composer);
	engine_free(r->engine);
	control_destroy(&r->control);
	model_free(r->model);
	r->engine = NULL;
}

void
jack_rig_stop(jack_rig *r)
{
	jack_rig_leave(r);
	if (r->witness)
		jack_client_close(r->witness);
	jack_server_end(&server, SIGTERM);
	free(r->step);
	free(r->onsets);
	memset(r, 0, sizeof *r);
}

void
jack_rig_midi(jack_rig *r, uint8_t status, uint8_t a, uint8_t b)
{
	atomic_store(&r->midi, (uint32_t)status << 16 | (uint32_t)a << 8 | b);
	while (atomic_load(&r->midi))
		jack_rig_sleep(0.0005);
}

void
jack_rig_master(jack_rig *r, double bpm)
{
	if (bpm > 0.0) {
		const bool already = atomic_exchange(&r->master_bpm, bpm) > 0.0;
		if (!already)
			jack_set_timebase_callback(r->witness, 0, timebase, r);
	} else {
		jack_release_timebase(r->witness);
		atomic_store(&r->master_bpm, 0.0);
	}
}

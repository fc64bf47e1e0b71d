/* From the hand to the sound on a real JACK server: how many frames lie between a message and what is heard
 * of it, by JACK MIDI and by OSC. What is in the server's own frames is asserted; what passes through other
 * threads is told. DRUMLIN_ROUNDS: strokes of each kind. */
#include "tests/test.h"

#include "osc/osc_server.h"
#include "tests/jack/jack_rig.h"

#include <arpa/inet.h>
#include <jack/midiport.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { ROUNDS_MOST = 2000 };

static jack_rig rig;
static osc_server *osc;
static int line = -1; /* to it */

/* A client that comes before Drumlin and has nothing behind it: the witness's own way in would close a
 * circle. */
static struct {
	jack_client_t *client;
	jack_port_t *out;
	_Atomic uint32_t message, at; /* three bytes, 0 none; frame of the period */
	_Atomic uint32_t time, period;
	_Atomic bool sent;
} hand;

typedef struct figures {
	int n;
	double way[ROUNDS_MOST]; /* frames */
} figures;

static int
strike(jack_nframes_t frames, void *arg)
{
	(void)arg;
	void *out = jack_port_get_buffer(hand.out, frames);
	jack_midi_clear_buffer(out);
	const uint32_t m = atomic_exchange(&hand.message, 0), at = atomic_load(&hand.at) % frames;
	if (!m)
		return 0;
	jack_midi_event_write(
	    out, at, (const jack_midi_data_t[]){(uint8_t)(m >> 16), (uint8_t)(m >> 8), (uint8_t)m}, 3);
	atomic_store(&hand.period, jack_last_frame_time(hand.client));
	atomic_store(&hand.time, atomic_load(&hand.period) + at);
	atomic_store(&hand.sent, true);
	return 0;
}

/* Returns the server's frame in which it was sent. */
static uint32_t
by_midi(uint8_t status, uint8_t a, uint8_t b, uint32_t at)
{
	atomic_store(&hand.sent, false);
	atomic_store(&hand.at, at);
	atomic_store(&hand.message, (uint32_t)status << 16 | (uint32_t)a << 8 | b);
	assert_true(jack_rig_until(atomic_load(&hand.sent)));
	return atomic_load(&hand.time);
}

/* Returns when, in the server's microseconds. */
static uint64_t
by_osc(const char *path, float value)
{
	unsigned char packet[64] = {0};
	uint32_t bits;
	const size_t length = (strlen(path) / 4 + 1) * 4;
	memcpy(packet, path, strlen(path));
	memcpy(packet + length, ",f", 2);
	memcpy(&bits, &value, sizeof bits);
	bits = htonl(bits);
	memcpy(packet + length + 4, &bits, sizeof bits);
	const uint64_t now = jack_get_time();
	assert_int_equal(send(line, packet, length + 8, 0), (ssize_t)length + 8);
	return now;
}

/* From a time to a period that was heard, in frames. */
static double
told_us(const onset *heard, uint64_t from)
{
	return (double)(int64_t)(heard->us - from) * JACK_RIG_RATE * 1e-6;
}

static kit_set *
drone(void)
{
	kit_set *set = calloc(1, sizeof *set);
	kit *k = kit_new(JACK_RIG_RATE);
	kit_layer *l;
	const uint32_t frames = 20 * JACK_RIG_RATE;
	assert_ok(kit_add_layer(k, INST_BD, frames, 1, &l, &test_error));
	for (uint32_t f = 0; f < frames; f++)
		l->sample.channel[0][f] = 0.5f;
	kit_finish(k);
	set->corner[0] = k;
	set->n_corners = 1;
	return set;
}

static int
rounds(void)
{
	const char *wanted = getenv("DRUMLIN_ROUNDS");
	const int n = wanted ? atoi(wanted) : 40;
	return n < 1 ? 1 : n < ROUNDS_MOST ? n : ROUNDS_MOST;
}

static int
by_size(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

static void
tell(const char *what, figures *f)
{
	if (f->n == 0)
		print_message("%s: not a stroke without an xrun\n", what);
	assert_true(f->n > 0);
	qsort(f->way, (size_t)f->n, sizeof *f->way, by_size);
	const double ms = 1000.0 / JACK_RIG_RATE;
	print_message("%-28s %5d  least %7.2f  median %7.2f  99 %% %7.2f  most %7.2f ms\n", what, f->n,
		      f->way[0] * ms, f->way[f->n / 2] * ms, f->way[f->n * 99 / 100] * ms,
		      f->way[f->n - 1] * ms);
}

static int
open_all(void **state)
{
	(void)state;
	const osc_options o = {0};
	if (!jack_rig_start(&rig, 4096)) {
		jack_rig_stop(&rig);
		return 0;
	}
	jack_disconnect(rig.witness, "witness:hand", "drumlin:midi_in");
	hand.client = jack_client_open("hand", JackNoStartServer, NULL);
	assert_non_null(hand.client);
	hand.out = jack_port_register(hand.client, "out", JACK_DEFAULT_MIDI_TYPE, JackPortIsOutput, 0);
	jack_set_process_callback(hand.client, strike, NULL);
	assert_int_equal(jack_activate(hand.client), 0);
	assert_int_equal(jack_connect(hand.client, "hand:out", "drumlin:midi_in"), 0);
	assert_ok(osc_server_start(&rig.control, &o, &osc, &test_error));
	const struct sockaddr_in to = {.sin_family = AF_INET,
				       .sin_port = htons((uint16_t)osc_server_port(osc)),
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	line = socket(AF_INET, SOCK_DGRAM, 0);
	return connect(line, (const struct sockaddr *)&to, sizeof to);
}

static int
close_all(void **state)
{
	(void)state;
	if (!hand.client)
		return 0;
	jack_client_close(hand.client);
	osc_server_stop(osc);
	close(line);
	jack_rig_stop(&rig);
	return 0;
}

static void
a_pad_sounds_in_the_period_in_which_it_comes(void **state)
{
	(void)state;
	static figures midi, net;
	if (!hand.client)
		skip();
	for (int n = 0; n < 40 * rounds() && (midi.n < rounds() || net.n < rounds()); n++) {
		const uint32_t before = atomic_load(&rig.n_onsets), xruns = atomic_load(&rig.xruns);
		const uint64_t us = n % 2 ? by_osc("/drumlin/BD/trigger", 1.0f) : 0;
		const uint32_t at = n % 2 ? 0 : by_midi(0x99, 36, 100, (uint32_t)(n * 7));
		const bool heard = jack_rig_until(atomic_load(&rig.n_onsets) > before);
		jack_rig_sleep(0.01 + 0.0001 * (n % 13));
		if (atomic_load(&rig.xruns) != xruns)
			continue; /* the server has lost periods, of us or of the witness */
		assert_true(heard);
		const onset *o = &rig.onsets[before];
		if (n % 2) {
			if (net.n < ROUNDS_MOST)
				net.way[net.n++] = told_us(o, us);
		} else {
			if (midi.n < ROUNDS_MOST)
				midi.way[midi.n++] = (int32_t)(o->time - at);
			assert_int_equal(o->period, atomic_load(&hand.period));
			assert_int_equal(o->time, at);
		}
	}
	tell("pad, JACK MIDI", &midi);
	tell("pad, OSC", &net);
}

static void
a_level_moves_within_a_period(void **state)
{
	(void)state;
	static figures midi, net;
	if (!hand.client)
		skip();
	const int level = param_slot(PARAM_LEVEL, INST_BD);
	kit_set *old = engine_publish_kits(rig.engine, drone());
	kit_set_free(old);
	jack_rig_sleep(0.2);
	by_midi(0xb0, 0, 89, 0); /* the fader meets the level */
	for (int n = 0; n < 40 * rounds() && (midi.n < rounds() || net.n < rounds()); n++) {
		if (n % 64 == 0)
			by_midi(0x99, 36, 127, 0);
		const int64_t still = __atomic_load_n(&rig.frame, __ATOMIC_RELAXED) + JACK_RIG_RATE / 5;
		assert_true(jack_rig_until(__atomic_load_n(&rig.frame, __ATOMIC_RELAXED) > still));
		const float now = params_get(&rig.params, level), other = now > 0.6f ? 0.5f : 0.7f;
		const uint32_t xruns = atomic_load(&rig.xruns);
		atomic_store(&rig.watching, true);
		const uint64_t us = n % 2 ? by_osc("/drumlin/BD/level", other) : 0;
		const uint32_t at = n % 2 ? 0 : by_midi(0xb0, 0, other > 0.6f ? 89 : 64, (uint32_t)(n * 7));
		const bool heard = jack_rig_until(!atomic_load(&rig.watching));
		if (n % 2) /* the fader lets go where another hand has moved: it meets the level again */
			by_midi(0xb0, 0, other > 0.6f ? 89 : 64, 0);
		jack_rig_sleep(0.005);
		if (atomic_load(&rig.xruns) != xruns)
			continue;
		assert_true(heard);
		if (n % 2) {
			if (net.n < ROUNDS_MOST)
				net.way[net.n++] = told_us(&rig.moved, us);
		} else {
			if (midi.n < ROUNDS_MOST)
				midi.way[midi.n++] = (int32_t)(rig.moved.time - at);
			assert_int_equal(rig.moved.period, atomic_load(&hand.period));
		}
	}
	tell("level, JACK MIDI", &midi);
	tell("level, OSC", &net);
}

static int
hits_of(int64_t step)
{
	int n = 0;
	for (int i = 0; step < rig.n_steps && i < INSTRUMENTS; i++)
		n += rig.step[step].hits.hit[i].velocity > 0;
	return n;
}

/* From everything to nothing at 120 bpm: the hits of the four steps that begin after the message. */
static void
density_is_another_on_the_next_step(void **state)
{
	(void)state;
	int after[2] = {0, 0}, before = 0, n = 0;
	if (!hand.client)
		skip();
	params_set(&rig.params, PARAM_TEMPO, 120.0f, 0);
	control_set(&rig.control, PARAM_DENSITY, 1.0f, PARAM_SOURCE_SCREEN);
	composer_wake(rig.composer);
	control_command(&rig.control, COMMAND_PLAY, -1, 1.0f);
	assert_true(jack_rig_until(jack_rig_status(&rig).position > 2.0));
	for (; n < 8; n++) {
		by_osc("/drumlin/density", 1.0f);
		assert_true(jack_rig_until(params_get(&rig.params, PARAM_DENSITY) == 1.0f));
		const int64_t from = jack_rig_status(&rig).next_step;
		assert_true(jack_rig_until(rig.n_steps > from + 6));
		if (n % 2) {
			by_osc("/drumlin/density", 0.0f);
		} else {
			by_midi(0xb0, 17, 127, 0);
			by_midi(0xb0, 17, 0, 0);
		}
		assert_true(jack_rig_until(params_get(&rig.params, PARAM_DENSITY) == 0.0f));
		const int64_t next = (int64_t)floor(jack_rig_status(&rig).position) + 1;
		assert_true(jack_rig_until(rig.n_steps > next + 5));
		for (int k = 0; k < 4; k++) {
			before += hits_of(next - 4 + k);
			after[n % 2] += hits_of(next + k);
		}
	}
	print_message("density 1 to 0: hits a step before %.2f, in the four steps after %.2f by JACK MIDI, "
		      "%.2f by OSC\n",
		      before / 32.0, after[0] / 16.0, after[1] / 16.0);
	control_command(&rig.control, COMMAND_STOP, -1, 1.0f);
	/* Of four steps at most the one that was taken already is as before. */
	assert_true(before > 0 && after[0] + after[1] < before);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_pad_sounds_in_the_period_in_which_it_comes),
	    cmocka_unit_test(density_is_another_on_the_next_step),
	    cmocka_unit_test(a_level_moves_within_a_period),
	};
	return cmocka_run_group_tests(tests, open_all, close_all);
}

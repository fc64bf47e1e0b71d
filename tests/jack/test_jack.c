/* Drumlin on a real JACK server: onsets against the plan, controls on the next step, periods that change and
 * freewheeling, a server and a composer that stand still. DRUMLIN_SECONDS lengthens the first (10 minutes in
 * make soak-jack). */
#include "tests/test.h"

#include "tests/jack/jack_rig.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static jack_rig rig;

typedef struct stroke {
	double ideal; /* frames from the top */
	int instrument;
} stroke;

static int
by_time(const void *a, const void *b)
{
	const stroke *x = a, *y = b;
	return (x->ideal > y->ideal) - (x->ideal < y->ideal);
}

/* The plan's own ideal times of one instrument, in exact arithmetic of doubles from the top. */
static size_t
ideal_times(const jack_rig *r, int instrument, double tempo, double swing, int64_t steps, stroke *out)
{
	const double frames_per_step = 15.0 * JACK_RIG_RATE / tempo;
	size_t n = 0;
	for (int64_t s = 0; s < steps; s++) {
		const step_hit *h = &r->step[s].hits.hit[instrument];
		for (int k = 0; h->velocity && k < h->ratchet; k++) {
			const double late = s % 2 ? swing / 2.0 : 0.0;
			const double at =
			    (double)s + h->offset / 65536.0 + late + (1.0 - late) * k / h->ratchet;
			out[n++] = (stroke){fmax(0.0, at * frames_per_step), instrument};
		}
	}
	qsort(out, n, sizeof *out, by_time);
	return n;
}

static void
every_onset_is_within_a_sample_of_the_plan(void **state)
{
	(void)state;
	const char *wanted = getenv("DRUMLIN_SECONDS");
	const double seconds = wanted ? atof(wanted) : 12.0;
	const float tempo = 174.3f, swing = 0.6f;
	const int64_t steps = (int64_t)(seconds * (double)tempo / 15.0);
	jack_rig_or_skip(&rig, steps + 64);
	params_set(&rig.params, PARAM_TEMPO, tempo, 0);
	params_set(&rig.params, PARAM_SWING, swing, 0);
	params_set(&rig.params, PARAM_DENSITY, 0.7f, 0);
	composer_wake(rig.composer);
	jack_rig_sleep(0.2);
	control_command(&rig.control, COMMAND_PLAY, -1, 1.0f);
	for (double t = 0.0; t < 10.0 * seconds && jack_rig_status(&rig).position < (double)steps; t += 0.1)
		jack_rig_sleep(0.1); /* by the server's time, which a busy machine stretches */
	control_command(&rig.control, COMMAND_STOP, -1, 1.0f);
	jack_rig_sleep(0.1);
	const engine_status s = jack_rig_status(&rig);
	const int64_t checked = rig.n_steps - 4; /* the last ones may not have sounded when it stopped */
	assert_true(checked > steps / 2);
	stroke *ideal = calloc((size_t)rig.n_steps * 4, sizeof *ideal);
	const double exact_tempo = (double)llrint((double)tempo * 1e6) * 1e-6;
	long matched = 0, shifts = 0;
	double worst = 0.0;
	int64_t shift = INT64_MIN;
	for (uint32_t n = 0; n < rig.n_onsets; n++) /* the first onset of all fixes the start */
		if (shift == INT64_MIN) {
			double first = 1e18;
			for (int i = 0; i < INSTRUMENTS; i++)
				if (ideal_times(&rig, i, exact_tempo, (double)swing, checked, ideal) &&
				    ideal[0].ideal < first)
					first = ideal[0].ideal;
			shift = rig.onsets[0].frame - llround(first);
		}
	for (int i = 0; i < INSTRUMENTS; i++) {
		const size_t n = ideal_times(&rig, i, exact_tempo, (double)swing, checked, ideal);
		int64_t own = shift;
		uint32_t at = 0;
		for (size_t k = 0; k < n; k++) {
			if (k && ideal[k].ideal - ideal[k - 1].ideal < 2.0)
				continue; /* two strokes on one click are one onset */
			while (at < rig.n_onsets && rig.onsets[at].instrument != i)
				at++;
			assert_true(at < rig.n_onsets);
			double error = (double)(rig.onsets[at].frame - own) - ideal[k].ideal;
			if (fabs(error) > 1.0) {
				/* A period that JACK itself lost moves everything after it by whole periods.
				 */
				const double periods = error / JACK_RIG_PERIOD;
				if (atomic_load(&rig.xruns) > 0 && fabs(periods - round(periods)) < 0.02) {
					own += llround(periods) * JACK_RIG_PERIOD;
					error -= round(periods) * JACK_RIG_PERIOD;
					shifts++;
				}
			}
			worst = fmax(worst, fabs(error));
			at++;
			matched++;
		}
	}
	print_message("%.0f s at %.1f bpm, swing %.1f: %ld onsets, worst error %.3f samples, %u underruns, "
		      "%u xruns of the "
		      "server (%ld shifts by them)\n",
		      seconds, (double)tempo, (double)swing, matched, worst, s.underruns,
		      atomic_load(&rig.xruns), shifts);
	free(ideal);
	jack_rig_stop(&rig);
	assert_true(matched > (long)(seconds * 4.0));
	assert_true(worst <= 1.0);
	assert_true(shifts <= (long)rig.xruns * INSTRUMENTS);
}

static int
hits_of(const jack_rig *r, int64_t step)
{
	return step < r->n_steps ? __builtin_popcount(step_mask(&r->step[step].hits)) : -1;
}

/* Density between its ends, by MIDI and straight: at most the step that is already taken plays as before. */
static void
density_is_heard_on_the_next_step(void **state)
{
	(void)state;
	jack_rig_or_skip(&rig, 4096);
	params_set(&rig.params, PARAM_TEMPO, 240.0f, 0);
	params_set(&rig.params, PARAM_DENSITY, 0.0f, 0);
	composer_wake(rig.composer);
	jack_rig_sleep(0.2);
	control_command(&rig.control, COMMAND_PLAY, -1, 1.0f);
	jack_rig_sleep(1.0);
	long full = 0, empty = 0;
	const int rounds = 12;
	jack_rig_midi(&rig, 0xb0, 17, 0); /* the knob meets the density */
	for (int round = 0; round < rounds; round++)
		for (int up = 1; up >= 0; up--) {
			if (round % 2)
				jack_rig_midi(&rig, 0xb0, 17, up ? 127 : 0);
			else
				control_set(&rig.control, PARAM_DENSITY, up ? 1.0f : 0.0f,
					    PARAM_SOURCE_SCREEN);
			/* Steps from the position on: the first may be old, those after it may not. */
			const int64_t step = (int64_t)ceil(jack_rig_status(&rig).position) + 1;
			assert_true(jack_rig_until(rig.n_steps > step + 6));
			for (int64_t n = step; n < step + 6; n++)
				*(up ? &full : &empty) += hits_of(&rig, n);
		}
	print_message("six steps after a turn: %.2f hits a step at density 1, %.2f at 0\n",
		      (double)full / rounds / 6, (double)empty / rounds / 6);
	jack_rig_stop(&rig);
	assert_true(full >= rounds * 6);
	assert_true(empty <= rounds * 6 / 4);
}

static void
controllers_are_known_by_name_and_get_their_lights(void **state)
{
	(void)state;
	static char from[HOST_PEERS], to[HOST_PEERS];
	jack_rig_or_skip(&rig, 16);
	/* Once only does it say so. */
	bool news = false;
	assert_true(jack_rig_until(news = news || host_midi_peers(rig.host, from, to)));
	assert_non_null(strstr(from, "witness:hand\n"));
	assert_string_equal(to, "");
	assert_false(host_midi_peers(rig.host, from, to)); /* nothing new */
	jack_connect(rig.witness, "drumlin:lights_out", "witness:eye");
	news = false;
	assert_true(jack_rig_until(news = news || (host_midi_peers(rig.host, from, to) && *to)));
	assert_string_equal(to, "witness:eye\na Launchpad\n");
	assert_true(engine_send_light(rig.engine, (const uint8_t[]){0xf0, 1, 2, 3, 0xf7}, 5));
	assert_true(engine_send_light(rig.engine, (const uint8_t[]){0x90, 81, 21}, 3));
	assert_true(jack_rig_until(atomic_load(&rig.lights) == 0x905115));
	/* More than a period takes: none is lost, the last comes last. */
	for (int i = 0; i < 1000; i++)
		assert_true(engine_send_light(rig.engine, (const uint8_t[]){0x90, 1, (uint8_t)(i % 128)}, 3));
	assert_true(engine_send_light(rig.engine, (const uint8_t[]){0xb0, 91, 3}, 3));
	assert_true(jack_rig_until(atomic_load(&rig.lights) == 0xb05b03));
	jack_rig_stop(&rig);
}

static void
a_midi_pad_sounds_within_two_periods(void **state)
{
	(void)state;
	jack_rig_or_skip(&rig, 16);
	for (int n = 0; n < 50; n++) {
		const uint32_t before = atomic_load(&rig.n_onsets);
		jack_rig_midi(&rig, 0x99, 38, 100);
		assert_true(jack_rig_until(atomic_load(&rig.n_onsets) > before));
		assert_int_equal(rig.onsets[before].instrument, INST_SD);
		/* The witness sends at a period's start; its own input is at most one period behind its
		 * output. */
		assert_int_equal(rig.onsets[before].frame % JACK_RIG_PERIOD, 0);
		jack_rig_sleep(0.004);
	}
	jack_rig_stop(&rig);
}

static void
it_survives_other_periods_and_freewheeling(void **state)
{
	(void)state;
	jack_rig_or_skip(&rig, 1 << 16);
	control_command(&rig.control, COMMAND_PLAY, -1, 1.0f);
	assert_true(jack_rig_until(jack_rig_status(&rig).rolling));
	static const jack_nframes_t periods[] = {1024, 16, 256, 64};
	for (int p = 0; p < 4; p++) {
		assert_int_equal(jack_set_buffer_size(rig.witness, periods[p]), 0);
		const double place = jack_rig_status(&rig).position;
		assert_true(jack_rig_until(jack_rig_status(&rig).period == periods[p]));
		assert_true(jack_rig_until(jack_rig_status(&rig).position > place + 1.0));
	}
	const uint32_t underruns = jack_rig_status(&rig).underruns;
	const int64_t step = jack_rig_status(&rig).next_step;
	assert_int_equal(jack_set_freewheel(rig.witness, 1), 0);
	jack_rig_sleep(1.0);
	assert_int_equal(jack_set_freewheel(rig.witness, 0), 0);
	/* More steps than a second holds, and not one that the composer had not written. */
	const engine_status s = jack_rig_status(&rig);
	print_message("freewheeling: %ld steps in a second, %u underruns\n", (long)(s.next_step - step),
		      s.underruns - underruns);
	assert_true(s.next_step > step + 20);
	assert_int_equal(s.underruns, underruns);
	const double place = s.position;
	assert_true(jack_rig_until(jack_rig_status(&rig).position > place + 2.0));
	jack_rig_stop(&rig);
}

static void
a_stalled_composer_is_played_over(void **state)
{
	(void)state;
	jack_rig_or_skip(&rig, 4096);
	params_set(&rig.params, PARAM_TEMPO, 120.0f, 0);
	control_command(&rig.control, COMMAND_PLAY, -1, 1.0f);
	jack_rig_sleep(3.0);
	assert_int_equal(jack_rig_status(&rig).underruns, 0);
	const uint32_t before = atomic_load(&rig.n_onsets);
	composer_hold(rig.composer, true);
	jack_rig_sleep(5.0);
	const uint32_t during = jack_rig_status(&rig).underruns, heard = atomic_load(&rig.n_onsets) - before;
	composer_hold(rig.composer, false);
	jack_rig_sleep(0.1);
	const uint32_t last = jack_rig_status(&rig).underruns;
	jack_rig_sleep(2.0); /* a bar */
	print_message(
	    "stalled for 5 s: %u steps repeated, %u strokes heard, %u underruns after it came back\n", during,
	    heard, jack_rig_status(&rig).underruns - last);
	/* 40 steps of which a bar was planned; the bar before is repeated for the others. */
	assert_in_range(during, 15, 30);
	assert_true(heard > 10);
	assert_int_equal(jack_rig_status(&rig).underruns, last);
	jack_rig_stop(&rig);
}

/* Half a minute at most: on a busy machine the server itself is late. */
static bool
comes_to(double position)
{
	for (int tries = 0; tries < 3000 && jack_rig_status(&rig).position < position; tries++)
		jack_rig_sleep(0.01);
	return jack_rig_status(&rig).position >= position;
}

/* A server that stands still for five seconds: play goes on by itself when it does, with all that was set. */
static void
a_frozen_server_is_waited_for(void **state)
{
	(void)state;
	host_status h;
	jack_rig_or_skip(&rig, 4096);
	params_set(&rig.params, PARAM_DENSITY, 0.83f, 0);
	(void)engine_command(rig.engine, COMMAND_PLAY, -1, 1.0f);
	assert_true(comes_to(4.0));
	jack_rig_freeze(5.0);
	const double there = jack_rig_status(&rig).position;
	const uint32_t heard = atomic_load(&rig.n_onsets);
	assert_true(comes_to(there + 20.0));
	assert_true(atomic_load(&rig.n_onsets) > heard);
	assert_true(jack_rig_status(&rig).rolling);
	assert_float_equal(params_get(&rig.params, PARAM_DENSITY), 0.83f, 1e-6f);
	host_poll(rig.host, &h);
	assert_true(h.alive);
	jack_rig_stop(&rig);
}

static jack_latency_range_t
latency_of(const char *port, jack_latency_callback_mode_t mode)
{
	jack_latency_range_t range = {UINT32_MAX, UINT32_MAX};
	jack_port_t *p = jack_port_by_name(rig.witness, port);
	assert_non_null(p);
	jack_port_get_latency_range(p, mode, &range);
	return range;
}

/* Recorders line tracks up by it: the main outputs are late for the limiter's look-ahead, the instruments'
 * own and the notes are not. */
static void
the_look_ahead_is_told(void **state)
{
	(void)state;
	jack_rig_or_skip(&rig, 16);
	const uint32_t late = engine_latency(rig.engine);
	assert_true(late > 0);
	assert_true(jack_rig_until(latency_of("drumlin:main_left", JackCaptureLatency).min == late));
	const uint32_t in = latency_of("drumlin:midi_in", JackCaptureLatency).max;
	assert_int_equal(latency_of("drumlin:main_left", JackCaptureLatency).max, in + late);
	assert_int_equal(latency_of("drumlin:main_right", JackCaptureLatency).max, in + late);
	assert_int_equal(latency_of("drumlin:BD_left", JackCaptureLatency).max, in);
	assert_int_equal(latency_of("drumlin:PC_right", JackCaptureLatency).max, in);
	assert_int_equal(latency_of("drumlin:midi_out", JackCaptureLatency).max, in);
	const uint32_t out = latency_of("drumlin:main_left", JackPlaybackLatency).max;
	assert_int_equal(latency_of("drumlin:midi_in", JackPlaybackLatency).max, out + late);
	jack_rig_stop(&rig);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_onset_is_within_a_sample_of_the_plan),
	    cmocka_unit_test(density_is_heard_on_the_next_step),
	    cmocka_unit_test(a_midi_pad_sounds_within_two_periods),
	    cmocka_unit_test(controllers_are_known_by_name_and_get_their_lights),
	    cmocka_unit_test(it_survives_other_periods_and_freewheeling),
	    cmocka_unit_test(a_frozen_server_is_waited_for),
	    cmocka_unit_test(the_look_ahead_is_told),
	    cmocka_unit_test(a_stalled_composer_is_played_over),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

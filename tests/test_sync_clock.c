/* The engine under MIDI clock, and sending it: what is heard, and on which frame. */
#include "tests/sync_rig.h"

static void
midi_clock_leads_every_stroke(void **state)
{
	(void)state;
	engine_rig *r = every_step();
	clock_master m = {2000.0, 60.0 * RIG_RATE / (140.0 * 24.0), 0.0, 1, 2000.0};
	heard h = {.n = 0};
	params_set(&r->params, PARAM_SYNC, SYNC_MIDI, 0);
	params_set(&r->params, PARAM_TEMPO, 90.0f, 0);
	follow_master(r, &m, 12000, true, &h);
	engine_status s;
	engine_get_status(r->engine, &s);
	assert_true(s.rolling && s.clock_locked && s.master_tempo);
	assert_true(fabs(s.tempo - 140.0) < 0.01);
	assert_true(h.n > 100);
	double worst = 0.0;
	for (int i = 8; i < h.n; i++) /* two beats to lock */
		worst = fmax(worst, fabs(h.frame[i] - (2000.0 + i * 6.0 * m.period)));
	print_message("worst stroke: %.2f frames from the master's sixteenth\n", worst);
	assert_true(worst < 2.0);
	rig_free(r);
}

/* Cycles that are lost take the clock's ticks with them: the strokes are where the master is all the same. */
static void
lost_cycles_lose_no_place(void **state)
{
	(void)state;
	engine_rig *r = every_step();
	uint64_t seed = test_seed();
	clock_master m = {2000.0, 60.0 * RIG_RATE / (140.0 * 24.0), 0.0, 1, 2000.0};
	heard h = {.n = 0};
	double quiet_from = 0.0, worst = 0.0;
	int judged = 0;
	params_set(&r->params, PARAM_SYNC, SYNC_MIDI, 0);
	for (int p = 0; p < 12000; p++) {
		engine_midi in[32];
		if (p > 3000 && rng_next(&seed) % 1000 == 0) {
			r->lose = PERIOD * (1 + (uint32_t)(rng_next(&seed) % 60)); /* up to 80 ms */
			(void)master_period(&m, r->played + r->lose - PERIOD, in); /* nobody hears these */
			quiet_from = (double)r->played + RIG_RATE;                 /* a second to settle */
		}
		uint32_t n = master_period(&m, r->played + r->lose, in);
		if (p == 0)
			in[n++] = (engine_midi){10, 1, {0xfa, 0, 0}};
		const int before = h.n;
		play(r, in, n, &h);
		for (int i = before; i < h.n; i++) {
			const double sixteenths = (h.frame[i] - 2000.0) / (6.0 * m.period);
			if (h.frame[i] < quiet_from || i < 8)
				continue;
			worst = fmax(worst, fabs(sixteenths - round(sixteenths)) * 6.0 * m.period);
			judged++;
		}
	}
	print_message("worst of %d strokes: %.1f frames\n", judged, worst);
	assert_true(judged > 50 && worst < 20.0);
	rig_free(r);
}

/* The composer works from where the engine waits: it must be there before the start, or the first strokes are
 * missing. */
static void
a_song_position_is_cued_before_it_starts(void **state)
{
	(void)state;
	engine_rig *r = rig_new(true);
	heard h = {.n = 0};
	params_set(&r->params, PARAM_SYNC, SYNC_MIDI, 0);
	play(r, NULL, 0, &h);
	play(r, &(engine_midi){3, 3, {0xf2, 37, 1}}, 1, &h);
	engine_status s;
	engine_get_status(r->engine, &s);
	assert_true(!s.rolling && s.next_step == 128 + 37 && s.position == 128.0 + 37.0);
	const uint32_t epoch = s.epoch;
	for (int p = 0; p < 10; p++)
		play(r, NULL, 0, &h);
	engine_get_status(r->engine, &s);
	assert_true(s.epoch == epoch && s.next_step == 165); /* once */
	play(r, &(engine_midi){3, 1, {0xfa, 0, 0}}, 1, &h);
	engine_get_status(r->engine, &s);
	assert_true(!s.rolling && s.next_step == 0);
	rig_free(r);
}

static void
a_jittering_clock_leads_within_a_millisecond(void **state)
{
	(void)state;
	engine_rig *r = every_step();
	const uint64_t seed = test_seed();
	clock_master m = {2000.0, 60.0 * RIG_RATE / (130.0 * 24.0), 0.003 * RIG_RATE, seed, 2000.0};
	heard h = {.n = 0};
	params_set(&r->params, PARAM_SYNC, SYNC_MIDI, 0);
	follow_master(r, &m, 20000, true, &h);
	double sum = 0.0;
	for (int i = 8; i < h.n; i++)
		sum += pow((h.frame[i] - (2000.0 + i * 6.0 * m.period)) / RIG_RATE, 2.0);
	const double rms = sqrt(sum / (h.n - 8));
	print_message("%d strokes, %.3f ms rms\n", h.n, rms * 1e3);
	assert_true(h.n > 150 && rms < 0.001);
	rig_free(r);
}

/* The engine steers by the clock's every tick; the echoes keep to the tempo, or they would be faded from one
 * length to the next without end. */
static void
echoes_do_not_tremble_with_the_clock(void **state)
{
	(void)state;
	engine_rig *r = every_step();
	clock_master m = {2000.0, 60.0 * RIG_RATE / (130.0 * 24.0), 0.001 * RIG_RATE, test_seed(), 2000.0};
	heard h = {.n = 0};
	int moves = 0;
	uint32_t tap = 0;
	params_set(&r->params, PARAM_SYNC, SYNC_MIDI, 0);
	params_set(&r->params, param_slot(PARAM_SEND_DELAY, INST_BD), 1.0f, 0);
	params_set(&r->params, PARAM_DELAY_TIME, 11.0f, 0); /* a bar: nothing is as sensitive */
	for (int p = 0; p < 16000; p++) {
		follow_master(r, &m, 1, p == 0, &h);
		moves += p > 4000 && r->engine->mixer.delay.next_tap != tap;
		tap = r->engine->mixer.delay.next_tap;
	}
	print_message("%d moves of the echo in 16 seconds\n", moves);
	assert_true(fabs(tap / (16.0 * 6.0 * m.period) - 1.0) < 0.002);
	assert_true(moves <= 8);
	rig_free(r);
}

/* Another back end with another rate takes over while a MIDI clock leads: it still leads, and from the same
 * place. */
static void
the_clock_leads_on_at_another_rate(void **state)
{
	(void)state;
	engine_rig *r = every_step();
	clock_master m = {2000.0, 60.0 * RIG_RATE / (120.0 * 24.0), 0.0, 1, 2000.0};
	heard h = {.n = 0};
	engine_status s;
	params_set(&r->params, PARAM_SYNC, SYNC_MIDI, 0);
	follow_master(r, &m, 3000, true, &h);
	engine_get_status(r->engine, &s);
	const double before = s.position;
	const uint32_t epoch = s.epoch;
	assert_true(s.rolling && s.clock_locked);
	m.period *= 2.0;
	m.at = m.due = (double)r->played + 2.0 * (m.due - (double)r->played);
	for (int p = 0; p < 3000; p++) { /* two seconds at twice the rate: sixteen steps */
		engine_midi in[32];
		const uint32_t n = master_period(&m, r->played, in);
		r->io = (engine_io){.frames = PERIOD,
				    .rate = 2 * RIG_RATE,
				    .main = {r->left, r->right},
				    .midi_in = in,
				    .n_midi_in = n,
				    .midi_out = r->midi_out,
				    .midi_out_capacity = RIG_MIDI};
		engine_process(r->engine, &r->io);
		r->played += PERIOD;
		engine_get_status(r->engine, &s);
		assert_true(s.rolling && s.epoch == epoch);
	}
	assert_true(fabs(s.tempo - 120.0) < 0.1);
	assert_true(fabs(s.position - before - 16.0) < 0.1);
	rig_free(r);
}

static void
the_clock_that_stops_coming_is_coasted_and_stop_stops(void **state)
{
	(void)state;
	engine_rig *r = every_step();
	clock_master m = {0.0, 1000.0, 0.0, 1, 0.0};
	heard h = {.n = 0};
	engine_status s;
	params_set(&r->params, PARAM_SYNC, SYNC_MIDI, 0);
	for (int p = 0; p < 3000; p++) {
		engine_midi in[32];
		uint32_t n = master_period(&m, r->played, in);
		if (p == 0)
			in[n++] = (engine_midi){0, 1, {0xfa, 0, 0}};
		if (p > 1500 && p < 1500 + 24 * 1000 / PERIOD)
			n = 0; /* a beat is lost */
		play(r, in, n, &h);
		engine_get_status(r->engine, &s);
		assert_true(s.rolling || p < 20);
	}
	for (int i = 8; i < h.n; i++)
		assert_true(fabs(h.frame[i] - h.frame[i - 1] - 6000.0) <= 2.0);
	play(r, &(engine_midi){5, 1, {0xfc, 0, 0}}, 1, &h);
	engine_get_status(r->engine, &s);
	assert_false(s.rolling);
	/* By hand: stop while the master rolls, and in again where it is. */
	play(r, &(engine_midi){5, 1, {0xfb, 0, 0}}, 1, &h);
	follow_master(r, &m, 100, false, &h);
	assert_true(engine_command(r->engine, COMMAND_STOP, -1, 1.0f));
	play(r, NULL, 0, &h);
	engine_get_status(r->engine, &s);
	assert_false(s.rolling);
	assert_true(engine_command(r->engine, COMMAND_PLAY, -1, 1.0f));
	play(r, NULL, 0, &h);
	engine_get_status(r->engine, &s);
	assert_true(s.rolling && s.position > 10.0);
	rig_free(r);
}

static void
clock_goes_out_with_start_stop_and_position(void **state)
{
	(void)state;
	engine_rig *r = rig_new(true);
	for (int64_t n = 0; n < 250; n++)
		rig_plan(r, n, 0);
	heard h = {.n = 0};
	params_set(&r->params, PARAM_TEMPO, 125.0f, 0); /* 960 frames a tick */
	params_set(&r->params, PARAM_CLOCK_OUT, 1.0f, 0);
	for (int p = 0; p < 50; p++)
		play(r, NULL, 0, &h);
	assert_int_equal(h.n, 0);
	engine_command(r->engine, COMMAND_PLAY, -1, 1.0f);
	while (h.n < 100)
		play(r, NULL, 0, &h);
	assert_int_equal(h.status[0], 0xfa);
	for (int i = 1; i < h.n; i++) {
		assert_int_equal(h.status[i], 0xf8);
		assert_int_equal((int)(h.frame[i] - h.frame[1]), (i - 1) * 960);
	}
	assert_true(h.frame[1] == h.frame[0]);
	engine_command(r->engine, COMMAND_STOP, -1, 1.0f);
	const int stopped = h.n;
	for (int p = 0; p < 50; p++)
		play(r, NULL, 0, &h);
	assert_true(h.n == stopped + 1 && h.status[stopped] == 0xfc);
	engine_command(r->engine, COMMAND_CONTINUE, -1, 1.0f);
	for (int p = 0; p < 3; p++)
		play(r, NULL, 0, &h);
	/* The position is a 16th, and the next tick after "continue" is that 16th's: it waits until then. */
	const int said = stopped + 1;
	int began = said;
	for (int p = 0; p < 60; p++)
		play(r, NULL, 0, &h);
	while (began < h.n && h.status[began] != 0xfb)
		began++;
	assert_int_equal(h.status[said], 0xf2);
	assert_true(began + 1 < h.n);
	const double passed = (double)(h.frame[stopped] - h.frame[1]) / 5760.0;
	const double left = ceil(passed) - passed;
	assert_int_equal(h.frame[began + 1], h.frame[began]);
	assert_true(fabs((double)(h.frame[began] - h.frame[said]) - left * 5760.0) < 1.0);
	for (int i = said + 1; i < began; i++)
		assert_int_equal(h.status[i], 0xf8);
	params_set(&r->params, PARAM_CLOCK_OUT, 2.0f, 0);
	engine_command(r->engine, COMMAND_STOP, -1, 1.0f);
	play(r, NULL, 0, &h);
	const int idle = h.n;
	for (int p = 0; p < 150; p++)
		play(r, NULL, 0, &h);
	assert_in_range(h.n - idle, 9, 11); /* 9600 frames */
	rig_free(r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(midi_clock_leads_every_stroke),
	    cmocka_unit_test(lost_cycles_lose_no_place),
	    cmocka_unit_test(a_song_position_is_cued_before_it_starts),
	    cmocka_unit_test(a_jittering_clock_leads_within_a_millisecond),
	    cmocka_unit_test(echoes_do_not_tremble_with_the_clock),
	    cmocka_unit_test(the_clock_leads_on_at_another_rate),
	    cmocka_unit_test(the_clock_that_stops_coming_is_coasted_and_stop_stops),
	    cmocka_unit_test(clock_goes_out_with_start_stop_and_position),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

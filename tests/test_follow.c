/* Another's transport, as it really moves: places between two frames, lost cycles, stops in mid-step. */
#include "tests/bbt.h"
#include "tests/engine_rig.h"

/* A rig that follows JACK at 130 bpm, with a kick on every step. */
static engine_rig *
follower(void)
{
	engine_rig *r = rig_new(true);
	for (int64_t n = 0; n < 200; n++)
		rig_plan(r, n, 1u << INST_BD);
	params_set(&r->params, PARAM_TEMPO, 130.0f, 0);
	params_set(&r->params, PARAM_SYNC, SYNC_JACK, 0);
	r->io.transport = (transport_view){.present = true};
	rig_play(r, 64, NULL, 0);
	return r;
}

/* Rolls until `frame` and counts the strokes. */
static int
roll_to(engine_rig *r, uint64_t frame)
{
	int strokes = 0;
	r->io.transport.rolling = true;
	while (r->io.transport.frame < frame) {
		rig_play(r, 64, NULL, 0);
		for (uint32_t m = 0; m < r->io.n_midi_out; m++)
			strokes += r->midi_out[m].data[0] == 0x99;
		r->io.transport.frame += 64;
	}
	return strokes;
}

static void
locate(engine_rig *r, uint64_t frame)
{
	r->io.transport.rolling = false;
	r->io.transport.frame = frame;
	rig_play(r, 64, NULL, 0);
}

/* A bar line lies between two frames, and whoever locates there gives the nearer one. */
static void
a_bar_line_between_two_frames_is_not_missed(void **state)
{
	(void)state;
	engine_rig *r = follower();
	for (int bar = 1; bar < 12; bar++) {
		const uint64_t frame = (uint64_t)llround(bar * 240.0 * RIG_RATE / 130.0);
		locate(r, frame);
		assert_int_equal(roll_to(r, frame + 512), 1);
	}
	rig_free(r);
}

static void
a_masters_tick_does_not_hide_the_bar_line(void **state)
{
	(void)state;
	engine_rig *r = follower();
	/* The master rounds up to its next tick: 0.002 steps past the line. */
	r->io.transport.bbt = (transport_bbt){.valid = true,
					      .bar = 3,
					      .beat = 1,
					      .tick = 1,
					      .ticks_per_beat = 1920,
					      .beats_per_bar = 4,
					      .beat_type = 4,
					      .bpm = 130};
	locate(r, 12345);
	r->io.transport.rolling = true;
	rig_play(r, 64, NULL, 0);
	assert_int_equal(r->io.n_midi_out, 1);
	rig_free(r);
}

/* After an xrun JACK's frame count has gone on without us. */
static void
a_lost_cycle_neither_doubles_nor_drops_a_hit(void **state)
{
	(void)state;
	for (int lost = 0; lost < 90; lost++) {
		engine_rig *r = follower();
		/* One hit a step, early or late by 0.4. */
		for (int64_t n = 0; n < 8; n++) {
			step_event e;
			memset(&e, 0, sizeof e);
			e.bar_len = 16;
			e.bar_step = (uint8_t)n;
			e.hits.hit[INST_BD] = (step_hit){127, 1, (int16_t)(n % 2 ? -26214 : 26214)};
			plan_write(&r->plan, n, &e);
		}
		int strokes = roll_to(r, 5538 + 64 * (uint64_t)lost);
		r->io.transport.frame += 128;
		strokes += roll_to(r, 5538 * 15 / 2);
		assert_int_equal(strokes, 8);
		rig_free(r);
	}
}

/* Steps whose strokes can be told apart: a kick on each, early or late by 0.4, as loud as its number. */
static void
plan_numbers(engine_rig *r, int n)
{
	for (int i = 0; i < n; i++) {
		step_event e;
		memset(&e, 0, sizeof e);
		e.bar_len = 16;
		e.bar_step = (uint8_t)(i % 16);
		e.hits.hit[INST_BD] = (step_hit){(uint8_t)(i + 1), 1, (int16_t)(i % 2 ? -26214 : 26214)};
		plan_write(&r->plan, i, &e);
	}
}

/* Another becomes timebase master while the transport rolls, from where the song is, in our tempo or in its
 * own, and gives that up again: every step sounds once, in its order. */
static void
a_master_that_comes_and_goes_costs_no_step(void **state)
{
	(void)state;
	enum { STEPS = 40 };
	for (int moment = 0; moment < 180; moment++) {
		engine_rig *r = follower();
		engine_status s = {.position = 0.0};
		const double bpm = moment % 2 ? 130.0 : 97.0;
		const int comes = 100 + moment, goes = comes + 87 * 3 + moment * 7 % 87;
		double quarters = 0.0;
		int sounded = 0;
		plan_numbers(r, STEPS);
		r->io.transport.rolling = true;
		for (int p = 0; s.position < STEPS - 0.2; p++) {
			const bool led = p >= comes && p < goes;
			if (p == comes)
				quarters = s.position / 4.0;
			r->io.transport.bbt = led ? bbt_at(quarters, bpm) : (transport_bbt){.valid = false};
			rig_play(r, 64, NULL, 0);
			for (uint32_t m = 0; m < r->io.n_midi_out; m++)
				if (r->midi_out[m].data[0] == 0x99)
					assert_int_equal(r->midi_out[m].data[2], ++sounded);
			engine_get_status(r->engine, &s);
			assert_int_equal(s.master_tempo, led);
			assert_true(fabs(s.tempo - (led ? bpm : 130.0)) < 1e-5);
			r->io.transport.frame += 64;
			quarters += 64.0 * bpm / 60.0 / RIG_RATE;
		}
		assert_int_equal(sounded, STEPS);
		assert_int_equal(s.underruns, 0);
		rig_free(r);
	}
}

static void
a_stop_before_a_step_keeps_it_for_the_next_start(void **state)
{
	(void)state;
	engine_rig *r = follower();
	const uint64_t step = 5538;
	assert_int_equal(roll_to(r, step * 7 + step * 3 / 4), 8);
	r->io.transport.rolling = false;
	rig_play(r, 64, NULL, 0);
	rig_play(r, 64, NULL, 0);
	assert_int_equal(roll_to(r, step * 8 + 1000), 1);
	rig_free(r);
}

/* Where the song is after so many periods under a master of 97 bpm who has located to its 40th quarter, and
 * its tempo. */
static double
led(engine_rig *r, uint64_t from, int periods, double *tempo)
{
	engine_status s;
	r->io.transport.rolling = true;
	for (int p = 0; p < periods; p++) {
		r->io.transport.frame = from + 64 * (uint64_t)p;
		r->io.transport.bbt = bbt_at(40.0 + 64.0 * p * 97.0 / 60.0 / RIG_RATE, 97.0);
		rig_play(r, 64, NULL, 0);
	}
	engine_get_status(r->engine, &s);
	*tempo = s.tempo;
	assert_int_equal(s.rolling, 1);
	assert_int_equal(s.master_tempo, params_get(&r->params, PARAM_SYNC_TEMPO) >= 0.5f);
	return s.position;
}

/* What is taken of another's time, by sync/tempo and sync/position: its tempo and bars, its place, both, or
 * that it rolls. */
static void
only_what_the_switches_say_is_taken(void **state)
{
	(void)state;
	enum { FROM = 1000000, PERIODS = 500 };
	for (int taken = 0; taken < 4; taken++) {
		engine_rig *r = follower();
		const bool tempo = taken & 1, position = taken & 2;
		const double frames = PERIODS * 64.0, bpm = tempo ? 97.0 : 130.0;
		const double began = !position ? 0.0 : tempo ? 160.0 : FROM * 130.0 / 15.0 / RIG_RATE;
		double own;
		params_set(&r->params, PARAM_SYNC_TEMPO, tempo, 0);
		params_set(&r->params, PARAM_SYNC_POSITION, position, 0);
		const double at = led(r, FROM, PERIODS, &own);
		print_message("tempo %d, position %d: %.2f bpm, step %.4f\n", tempo, position, own, at);
		assert_true(fabs(own - bpm) < 1e-5);
		/* A tick is 1/480 step. */
		assert_true(fabs(at - began - frames * bpm / 15.0 / RIG_RATE) < 2.5 / 480.0);
		rig_free(r);
	}
}

/* JACK asks before each cycle of a start whether we are there; we are when the plan is of that place. */
static void
a_slow_start_waits_for_its_own_place(void **state)
{
	(void)state;
	engine_rig *r = follower();
	roll_to(r, 5538 * 4);
	const uint64_t target = 5538 * 64;
	assert_false(engine_sync_ready(r->engine, target)); /* still at the old place */
	r->io.transport.rolling = false;
	r->io.transport.frame = target;
	r->io.frames = 64;
	engine_process(r->engine, &r->io);
	assert_false(engine_sync_ready(r->engine, target)); /* there, but the plan is of the old place */
	rig_play(r, 64, NULL, 0);
	assert_true(engine_sync_ready(r->engine, target));
	params_set(&r->params, PARAM_SYNC, SYNC_INTERNAL, 0);
	rig_play(r, 64, NULL, 0);
	plan_init(&r->plan);
	assert_true(engine_sync_ready(r->engine, 0)); /* who does not follow delays nobody */
	rig_free(r);
}

static void
a_start_that_waited_does_not_outlive_a_change_of_sync(void **state)
{
	(void)state;
	engine_rig *r = rig_new(true);
	engine_status s;
	r->io.transport = (transport_view){.present = true};
	engine_command(r->engine, COMMAND_PLAY, -1, 1.0f);
	rig_play(r, 64, NULL, 0); /* nothing is planned: it waits */
	params_set(&r->params, PARAM_SYNC, SYNC_JACK, 0);
	for (int i = 0; i < 60; i++) {
		rig_play(r, 64, NULL, 0);
		engine_get_status(r->engine, &s);
		assert_false(s.rolling);
	}
	rig_free(r);
}

/* The server dies, and another host takes over later: the song is where it would have been, and no step that
 * passed unheard sounds. */
static void
a_gap_between_hosts_is_made_up(void **state)
{
	(void)state;
	for (int told = 0; told < 2; told++) {
		engine_rig *r = rig_new(true);
		engine_status before, after;
		for (int64_t n = 0; n < 200; n++)
			rig_plan(r, n, 1u << INST_BD);
		params_set(&r->params, PARAM_TEMPO, 120.0f, 0);
		rig_play(r, 64, NULL, 0);
		engine_command(r->engine, COMMAND_PLAY, -1, 1.0f);
		for (int i = 0; i < 150; i++)
			rig_play(r, 64, NULL, 0);
		engine_get_status(r->engine, &before);
		r->played += 48000; /* a second, 8 steps, in which nobody called */
		if (told)
			engine_change_host(r->engine);
		rig_play(r, 64, NULL, 0);
		engine_get_status(r->engine, &after);
		assert_true(after.rolling);
		assert_int_equal(rig_onset(r, INST_BD), -1);
		const double steps = after.position - before.position - 64.0 / 6000.0;
		assert_true(fabs(steps - (told ? 8.0 : 0.0)) < 0.001);
		rig_free(r);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_bar_line_between_two_frames_is_not_missed),
	    cmocka_unit_test(a_masters_tick_does_not_hide_the_bar_line),
	    cmocka_unit_test(a_lost_cycle_neither_doubles_nor_drops_a_hit),
	    cmocka_unit_test(a_master_that_comes_and_goes_costs_no_step),
	    cmocka_unit_test(a_stop_before_a_step_keeps_it_for_the_next_start),
	    cmocka_unit_test(only_what_the_switches_say_is_taken),
	    cmocka_unit_test(a_slow_start_waits_for_its_own_place),
	    cmocka_unit_test(a_gap_between_hosts_is_made_up),
	    cmocka_unit_test(a_start_that_waited_does_not_outlive_a_change_of_sync),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

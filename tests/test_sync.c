/* The engine under Link and other sources of time, and with other metres: what is heard, and on which frame.
 */
#include "tests/sync_rig.h"

static void
a_timeline_starts_on_its_bar_line_and_leads(void **state)
{
	(void)state;
	engine_rig *r = every_step();
	heard h = {.n = 0};
	params_set(&r->params, PARAM_SYNC, SYNC_LINK, 0);
	/* Beat 10 at frame 0; all start at beat 12, that is at 57600 frames less 2000 of latency (100 bpm).
	 */
	engine_timeline t = {
	    .time_us = RIG_BEGAN_US, .quarter = 10.0, .tempo = 100.0, .playing = true, .start = 12.0};
	engine_set_timeline(r->engine, &t);
	for (int p = 0; p < 3000; p++) {
		play(r, NULL, 0, &h);
		if (p == 1500) {
			/* The same line, seen later and with a tempo that a peer has turned. */
			const double us = (double)r->played * 1e6 / RIG_RATE;
			t.quarter = 10.0 + us * 100.0 / 60e6;
			t.time_us = RIG_BEGAN_US + (uint64_t)us;
			t.tempo = 125.0;
			engine_set_timeline(r->engine, &t);
		}
	}
	assert_true(h.n > 16);
	const double turn = 1501.0 * PERIOD, turned = 10.0 + turn * 100.0 / (60.0 * RIG_RATE) - 12.0;
	for (int i = 0; i < h.n; i++) {
		const double quarter = i / 4.0;
		const double ideal =
		    quarter < turned ? 57600.0 + quarter * 28800.0 : turn + (quarter - turned) * 23040.0;
		/* Whole microseconds are 0.05 frames; the turn is made up within a tenth of a second. */
		const double slack = quarter > turned && ideal < turn + 9600.0 ? 40.0 : 1.5;
		assert_true(fabs(h.frame[i] - ideal) <= slack);
	}
	t.playing = false;
	engine_set_timeline(r->engine, &t);
	play(r, NULL, 0, &h);
	engine_status s;
	engine_get_status(r->engine, &s);
	assert_false(s.rolling);
	/* Started on the line; then the next look at it is 50 us off. */
	t.playing = true;
	t.start = t.quarter = 64.0;
	t.time_us = RIG_BEGAN_US + r->played * 1000000u / RIG_RATE;
	for (int p = 0; p < 3; p++) {
		engine_set_timeline(r->engine, &t);
		play(r, NULL, 0, &h);
		engine_get_status(r->engine, &s);
		assert_true(s.rolling);
		t.time_us += 64u * 1000000u / RIG_RATE * 2u + 50u;
	}
	t.playing = false;
	engine_set_timeline(r->engine, &t);
	play(r, NULL, 0, &h);
	engine_get_status(r->engine, &s);
	assert_true(!s.rolling && s.position == 0.0 && s.sync == SYNC_LINK);
	rig_free(r);
}

/* Joins a session in mid-roll with bars of its own behind it, and the session begins anew while it plays: the
 * bars are the session's each time. */
static void
bars_are_the_sessions_after_a_join_and_a_restart(void **state)
{
	(void)state;
	engine_rig *r = every_step();
	heard h = {.n = 0};
	engine_status s;
	engine_timeline t = {.tempo = 120.0, .playing = true};
	params_set(&r->params, PARAM_TEMPO, 120.0f, 0);
	params_set(&r->params, PARAM_METRE, METRE_5_4, 0);
	engine_command(r->engine, COMMAND_PLAY, -1, 1.0f);
	while (h.n < 5)
		play(r, NULL, 0, &h);
	engine_get_status(r->engine, &s);
	assert_int_equal(s.place.len, 20);                 /* set and started in one breath */
	params_set(&r->params, PARAM_METRE, METRE_4_4, 0); /* a bar line at step 20 */
	params_set(&r->params, PARAM_TRIPLETS, 1.0f, 0);
	while (h.n < 30)
		play(r, NULL, 0, &h);
	/* Now 6.5 quarters into the song: near where we are, but its bars are whole. */
	t.time_us = RIG_BEGAN_US + r->played * 1000000u / RIG_RATE;
	t.quarter = 6.5;
	engine_set_timeline(r->engine, &t);
	params_set(&r->params, PARAM_SYNC, SYNC_LINK, 0);
	play(r, NULL, 0, &h);
	engine_get_status(r->engine, &s);
	assert_true(s.rolling && s.sync == SYNC_LINK);
	assert_true(s.place.bar == 1 && s.place.step == 15 && s.place.len == 24);
	/* Sixteenths again from a line on, then the session begins anew from its top. */
	params_set(&r->params, PARAM_TRIPLETS, 0.0f, 0);
	for (int p = 0; p < 2000; p++)
		play(r, NULL, 0, &h);
	t.time_us = RIG_BEGAN_US + r->played * 1000000u / RIG_RATE;
	t.quarter = 0.25;
	engine_set_timeline(r->engine, &t);
	play(r, NULL, 0, &h);
	engine_get_status(r->engine, &s);
	const uint32_t epoch = s.epoch;
	assert_true(s.rolling && s.place.bar == 0 && s.place.len == 16);
	assert_true(fabs(s.position - 1.0) < 0.1);
	const int before = h.n;
	for (int p = 0; p < 750; p++) /* a second: eight sixteenths */
		play(r, NULL, 0, &h);
	engine_get_status(r->engine, &s);
	assert_int_equal(s.epoch, epoch);
	assert_in_range(h.n - before, 7, 9);
	rig_free(r);
}

/* Triplets back and forth at each line, under every source of time: the grid and the bars agree. */
static void
grid_and_bars_agree_whatever_leads(void **state)
{
	(void)state;
	uint64_t seed = test_seed();
	engine_rig *r = every_step();
	engine_status s;
	heard h = {.n = 0};
	uint64_t frame = 0;
	clock_master m = {0.0, 60.0 * RIG_RATE / (120.0 * 24.0), 20.0, seed, 0.0};
	engine_timeline t = {.tempo = 120.0, .playing = true, .time_us = RIG_BEGAN_US};
	params_set(&r->params, PARAM_TEMPO, 120.0f, 0);
	engine_command(r->engine, COMMAND_PLAY, -1, 1.0f);
	for (int round = 0; round < 400; round++) {
		const uint64_t bits = rng_next(&seed);
		params_set(&r->params, PARAM_SYNC, (float)(bits % 5), 0);
		params_set(&r->params, PARAM_METRE, (float)(bits >> 8 & 7), 0);
		params_set(&r->params, PARAM_TRIPLETS, (float)(bits >> 16 & 1), 0);
		params_set(&r->params, PARAM_CLOCK_OUT, (float)(bits >> 17 & 3), 0);
		if ((bits >> 20 & 7) == 0)
			frame = bits >> 24 & 0xfffff;
		if ((bits >> 45 & 7) == 0)
			engine_command(r->engine, (command_id)(bits >> 48 & 3), -1, 1.0f);
		if ((bits >> 52 & 7) == 0) {
			t.start = (double)(bits >> 55 & 15) * 4.0;
			t.playing = bits >> 60 & 7;
			engine_set_timeline(r->engine, &t);
		}
		const int periods = (int)(bits >> 30 & 511);
		for (int p = 0; p < periods; p++) {
			engine_midi in[34];
			uint32_t n = master_period(&m, r->played, in);
			if (p == 0 && (bits >> 40 & 3) == 0)
				in[n++] =
				    (engine_midi){PERIOD - 1, 1, {(uint8_t)(0xfa + (bits >> 42 & 1)), 0, 0}};
			if (p == 0 && (bits >> 40 & 7) == 1)
				in[n++] =
				    (engine_midi){PERIOD - 1, 3, {0xf2, (uint8_t)(bits >> 21 & 127), 1}};
			r->io.transport = (transport_view){.present = true, .rolling = true, .frame = frame};
			frame += PERIOD;
			play(r, in, n, &h);
			engine_get_status(r->engine, &s);
			assert_true(r->io.n_midi_out < 40);
			assert_true(isfinite(s.position) && s.position >= 0.0 && s.place.step < s.place.len);
			assert_true(!s.bars.changes || (double)s.bars.next.step > s.position - 2.0);
		}
		h.n = 0;
		/* A second on, whoever leads: as many steps as the grid in force has. */
		if (periods < 100 || !s.rolling || s.bars.changes)
			continue;
		const double from = s.position, spq = metre_steps_per_quarter(s.place.metre);
		const uint32_t epoch = s.epoch;
		const double tempo = s.tempo;
		for (int p = 0; p < 100; p++, frame += PERIOD) {
			engine_midi in[32];
			const uint32_t n = master_period(&m, r->played, in);
			r->io.transport.frame = frame;
			play(r, in, n, &h);
		}
		engine_get_status(r->engine, &s);
		const double steps = 100.0 * PERIOD / RIG_RATE * tempo / 60.0 * spq;
		if (s.epoch == epoch && fabs(s.position - from - steps) > 0.21 * steps + 0.1)
			fail_msg("round %d, sync %d: %.3f steps instead of %.3f", round, s.sync,
				 s.position - from, steps);
	}
	rig_free(r);
}

static void
a_metre_begins_on_the_bar_line(void **state)
{
	(void)state;
	engine_rig *r = every_step();
	heard h = {.n = 0};
	engine_status s;
	params_set(&r->params, PARAM_TEMPO, 120.0f, 0);
	engine_command(r->engine, COMMAND_PLAY, -1, 1.0f);
	while (h.n < 20)
		play(r, NULL, 0, &h);
	params_set(&r->params, PARAM_METRE, METRE_7_8, 0);
	play(r, NULL, 0, &h);
	engine_get_status(r->engine, &s);
	assert_true(s.bars.changes && s.bars.next.step == 32 && s.place.len == 16);
	while (h.n < 40)
		play(r, NULL, 0, &h);
	engine_get_status(r->engine, &s);
	assert_true(!s.bars.changes && s.bars.now.step == 32 && s.place.len == 14 && s.place.bar == 2);
	/* On the triplet grid a step is a third shorter, from the line on and not before. */
	params_set(&r->params, PARAM_METRE, METRE_3_4, 0);
	params_set(&r->params, PARAM_TRIPLETS, 1.0f, 0);
	while (h.n < 100)
		play(r, NULL, 0, &h);
	for (int i = 1; i < h.n; i++)
		assert_int_equal((int)(h.frame[i] - h.frame[i - 1]), i <= 46 ? 6000 : 4000);
	rig_free(r);
}

static void
the_masters_bbt_knows_the_metre(void **state)
{
	(void)state;
	engine_rig *r = every_step();
	transport_bbt b;
	params_set(&r->params, PARAM_TEMPO, 120.0f, 0);
	params_set(&r->params, PARAM_METRE, METRE_6_8, 0);
	params_set(&r->params, PARAM_SYNC, SYNC_MASTER, 0);
	uint64_t frame = 0;
	for (int i = 0; i < 170; i++, frame += 1000) {
		r->io.transport = (transport_view){.present = true, .rolling = true, .frame = frame};
		rig_play(r, 1000, NULL, 0);
	}
	engine_bbt(r->engine, frame, &b);
	assert_true(b.beats_per_bar == 6.0 && b.beat_type == 8.0 && fabs(b.bpm - 240.0) < 1e-9);
	const double eighths = (b.bar - 1) * 6.0 + (b.beat - 1) + b.tick / b.ticks_per_beat +
			       b.offset * 240.0 / (60.0 * RIG_RATE);
	assert_true(fabs(eighths * 2.0 - 170000.0 / 6000.0) < 1e-6);
	assert_true(fabs(b.bar_start_tick - (b.bar - 1) * 6.0 * b.ticks_per_beat) < 1e-6);
	rig_free(r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_timeline_starts_on_its_bar_line_and_leads),
	    cmocka_unit_test(bars_are_the_sessions_after_a_join_and_a_restart),
	    cmocka_unit_test(grid_and_bars_agree_whatever_leads),
	    cmocka_unit_test(a_metre_begins_on_the_bar_line),
	    cmocka_unit_test(the_masters_bbt_knows_the_metre),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* The engine under other sources of time, and with other metres: what is heard, and on which frame. */
#include "tests/engine_rig.h"

#include "rt/engine_state.h"
#include "rt/rng.h"

enum { PERIOD = 64, STROKES = 4096 };

typedef struct heard {
	double frame[STROKES];
	uint8_t status[STROKES];
	int n;
} heard;

/* Plays a period and collects the events of midi_out whose status byte is one of `wanted`. */
static void
play(engine_rig *r, const engine_midi *midi, uint32_t n_midi, heard *h)
{
	const uint64_t at = r->played + r->lose;
	rig_play(r, PERIOD, midi, n_midi);
	for (uint32_t i = 0; i < r->io.n_midi_out; i++) {
		const uint8_t status = r->midi_out[i].data[0];
		if (status == 0x89 || h->n == STROKES)
			continue;
		h->frame[h->n] = (double)(at + r->midi_out[i].frame);
		h->status[h->n++] = status;
	}
}

/* A kick on every step, wherever that is. */
static engine_rig *
every_step(void)
{
	engine_rig *r = rig_new(true);
	for (int64_t n = 0; n < 250; n++)
		rig_plan(r, n, 1u << INST_BD);
	return r;
}

/* A master that sends clock as MIDI: ticks at their frames, plus an error. */
typedef struct clock_master {
	double at, period; /* of the next tick */
	double jitter;     /* frames, each way */
	uint64_t seed;
	double due; /* frame at which it will really be sent */
} clock_master;

static uint32_t
master_period(clock_master *m, uint64_t from, engine_midi *out)
{
	uint32_t n = 0;
	while (m->due < (double)(from + PERIOD)) {
		const double frame = fmax(m->due, (double)from);
		out[n++] = (engine_midi){(uint32_t)(frame - (double)from), 1, {0xf8, 0, 0}};
		m->at += m->period;
		m->due = fmax(m->due, m->at + m->jitter * (2.0 * (double)rng_next_unit(&m->seed) - 1.0));
	}
	return n;
}

static void
midi_clock_leads_every_stroke(void **state)
{
	(void)state;
	engine_rig *r = every_step();
	clock_master m = {2000.0, 60.0 * RIG_RATE / (140.0 * 24.0), 0.0, 1, 2000.0};
	heard h = {.n = 0};
	params_set(&r->params, PARAM_SYNC, SYNC_MIDI, 0);
	params_set(&r->params, PARAM_TEMPO, 90.0f, 0);
	const engine_midi start = {10, 1, {0xfa, 0, 0}};
	for (int p = 0; p < 12000; p++) {
		engine_midi in[32];
		uint32_t n = master_period(&m, r->played, in);
		if (p == 0)
			in[n++] = start;
		play(r, in, n, &h);
	}
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
	for (int p = 0; p < 20000; p++) {
		engine_midi in[32];
		uint32_t n = master_period(&m, r->played, in);
		if (p == 0)
			in[n++] = (engine_midi){10, 1, {0xfa, 0, 0}};
		play(r, in, n, &h);
	}
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
		engine_midi in[32];
		uint32_t n = master_period(&m, r->played, in);
		if (p == 0)
			in[n++] = (engine_midi){10, 1, {0xfa, 0, 0}};
		play(r, in, n, &h);
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
	for (int p = 0; p < 3000; p++) {
		engine_midi in[32];
		uint32_t n = master_period(&m, r->played, in);
		if (p == 0)
			in[n++] = (engine_midi){10, 1, {0xfa, 0, 0}};
		play(r, in, n, &h);
	}
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
	for (int p = 0; p < 100; p++) {
		engine_midi in[32];
		const uint32_t n = master_period(&m, r->played, in);
		play(r, in, n, &h);
	}
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

/* --- Link: a line between wall clock and beats that somebody else keeps ------------------------------ */

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

/* --- metres -------------------------------------------------------------------------------------------- */

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

/* --- clock out ------------------------------------------------------------------------------------------ */

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
	    cmocka_unit_test(a_timeline_starts_on_its_bar_line_and_leads),
	    cmocka_unit_test(a_metre_begins_on_the_bar_line),
	    cmocka_unit_test(the_masters_bbt_knows_the_metre),
	    cmocka_unit_test(clock_goes_out_with_start_stop_and_position),
	    cmocka_unit_test(bars_are_the_sessions_after_a_join_and_a_restart),
	    cmocka_unit_test(grid_and_bars_agree_whatever_leads),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

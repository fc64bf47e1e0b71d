#include "tests/test.h"

#include "rt/rng.h"
#include "rt/seq.h"

#include <math.h>
#include <string.h>
#include <time.h>

static step_event
one_hit(int instrument, int velocity, int ratchet, int16_t offset, int bar_step)
{
	step_event e;
	memset(&e, 0, sizeof e);
	e.hits.hit[instrument] = (step_hit){(uint8_t)velocity, (uint8_t)ratchet, offset};
	e.bar_len = 16;
	e.bar_step = (uint8_t)bar_step;
	return e;
}

/* 120 bpm at 48 kHz: 6000 frames a step. */
static void
begin(plan *p, seq *s, song_clock *c)
{
	plan_init(p);
	seq_init(s);
	clock_init(c, 48000, 120.0);
}

/* The same roll of closed hats on each of the first steps. */
static void
hats(plan *p, int steps, int ratchet)
{
	for (int step = 0; step < steps; step++) {
		const step_event e = one_hit(INST_CH, 90, ratchet, 0, step);
		plan_write(p, step, &e);
	}
}

/* Plays `frames` in periods of `period` and counts strokes; checks each against its ideal time from the top.
 */
static uint32_t
play(seq *s, song_clock *c, const plan *p, uint32_t frames, uint32_t period, float swing)
{
	static seq_event events[SEQ_PENDING];
	uint32_t total = 0;
	for (uint32_t at = 0; at < frames; at += period) {
		const uint32_t n = seq_run(s, c, p, period, swing, 1.0f, events);
		for (uint32_t i = 0; i < n; i++) {
			const double ideal =
			    ((double)events[i].stroke.step + events[i].stroke.offset / 65536.0) * 15.0 *
			    c->rate / clock_get_tempo(c);
			assert_true(fabs(ideal - (at + events[i].frame)) <= 0.5001 || ideal < 0.0);
			assert_true(i == 0 || events[i].frame >= events[i - 1].frame);
		}
		total += n;
		clock_advance(c, period);
	}
	return total;
}

static void
every_stroke_sounds_once_on_its_frame(void **state)
{
	(void)state;
	uint64_t seed = test_seed();
	static plan p;
	static seq s;
	for (int round = 0; round < 50; round++) {
		song_clock c;
		uint32_t strokes = 0;
		plan_init(&p);
		seq_init(&s);
		for (int64_t step = 0; step < 128; step++) {
			step_event e;
			memset(&e, 0, sizeof e);
			e.bar_len = 16;
			e.bar_step = (uint8_t)(step % 16);
			for (int i = 0; i < INSTRUMENTS; i++) {
				if (rng_next(&seed) % 3)
					continue;
				const uint8_t ratchet = (uint8_t)(1 + rng_next(&seed) % 4);
				e.hits.hit[i] =
				    (step_hit){100, ratchet, (int16_t)(rng_next(&seed) % 65536 - 32768)};
				strokes += ratchet;
			}
			plan_write(&p, step, &e);
		}
		const double tempo = 20.0 + 280.0 * rng_next_unit(&seed);
		const float swing = rng_next_unit(&seed);
		clock_init(&c, 48000, tempo);
		/* Up to half a step before the end of the plan nothing is missing; two more steps let it
		 * ring. */
		const uint32_t period = 1 + (uint32_t)(rng_next(&seed) % 1024);
		const uint32_t frames = (uint32_t)(127.4 * 15.0 * 48000 / tempo) / period * period;
		const uint32_t heard = play(&s, &c, &p, frames, period, swing);
		assert_int_equal(s.underruns, 0);
		assert_int_equal(s.dropped, 0);
		assert_int_equal(heard + s.n_pending, strokes);
	}
}

static void
early_hits_sound_before_their_step(void **state)
{
	(void)state;
	static plan p;
	static seq s;
	seq_event events[SEQ_PENDING];
	song_clock c;
	begin(&p, &s, &c);
	for (int64_t step = 0; step < 3; step++) {
		const step_event e = one_hit(INST_SD, 90, 1, step == 1 ? -16384 : 0, (int)step);
		plan_write(&p, step, &e);
	}
	assert_int_equal(seq_run(&s, &c, &p, 6000, 0.0f, 1.0f, events), 2);
	assert_int_equal(events[1].frame, 4500);
	/* humanize 0 puts it on the grid */
	seq_init(&s);
	assert_int_equal(seq_run(&s, &c, &p, 6000, 0.0f, 0.0f, events), 1);
	clock_advance(&c, 6000);
	assert_int_equal(seq_run(&s, &c, &p, 100, 0.0f, 0.0f, events), 1);
	assert_int_equal(events[0].frame, 0);
}

static void
swing_delays_every_second_step(void **state)
{
	(void)state;
	static plan p;
	static seq s;
	seq_event events[SEQ_PENDING];
	song_clock c;
	begin(&p, &s, &c);
	hats(&p, 4, 1);
	assert_int_equal(seq_run(&s, &c, &p, 18001, 1.0f, 1.0f, events), 3);
	assert_int_equal(events[0].frame, 0);
	assert_int_equal(events[1].frame, 9000); /* step 1, half a step late */
	assert_int_equal(events[2].frame, 12000);
}

/* A roll on a swung step is over before the next step, whose own strokes would run into it. */
static void
a_swung_roll_stays_within_its_step(void **state)
{
	(void)state;
	static plan p;
	static seq s;
	seq_event events[SEQ_PENDING];
	song_clock c;
	begin(&p, &s, &c);
	hats(&p, 3, 4);
	assert_int_equal(seq_run(&s, &c, &p, 12000, 1.0f, 1.0f, events), 8);
	for (uint32_t k = 0; k < 4; k++) {
		assert_int_equal(events[k].frame, 1500 * k);
		assert_int_equal(events[4 + k].frame, 9000 + 750 * k);
	}
}

static void
a_missing_step_repeats_the_bar(void **state)
{
	(void)state;
	static plan p;
	static seq s;
	seq_event events[SEQ_PENDING];
	song_clock c;
	begin(&p, &s, &c);
	for (int64_t step = 0; step < 16; step++) {
		const step_event e = one_hit((int)step % INSTRUMENTS, 90, 1, 0, (int)step);
		plan_write(&p, step, &e);
	}
	for (int64_t step = 0; step < 48; step++) {
		assert_int_equal(seq_run(&s, &c, &p, 6000, 0.0f, 1.0f, events), 1);
		assert_int_equal(events[0].stroke.instrument, (int)(step % 16) % INSTRUMENTS);
		clock_advance(&c, 6000);
	}
	assert_int_equal(s.underruns, 33); /* steps 16 to 48, the last one's window being open */
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_stroke_sounds_once_on_its_frame),
	    cmocka_unit_test(early_hits_sound_before_their_step),
	    cmocka_unit_test(swing_delays_every_second_step),
	    cmocka_unit_test(a_swung_roll_stays_within_its_step),
	    cmocka_unit_test(a_missing_step_repeats_the_bar),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

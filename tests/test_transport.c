#include "tests/test.h"

#include "rt/rng.h"
#include "tests/bbt.h"

#include <string.h>

enum { RATE = 48000, PERIOD = 64 };

static const transport_rules obedient = {
    .tempo = 120.0, .metre = {4, 4, false}, .take_tempo = true, .take_position = true};

static void
follow(transport_state *t, song_clock *c, const transport_view *v, double tempo)
{
	static bar_map bars;
	transport_rules rules = obedient;
	rules.tempo = tempo;
	if (!t->seen)
		bars = bar_map_make(rules.metre);
	transport_follow(t, c, &bars, v, PERIOD, &rules);
}

static void
begin(transport_state *t, song_clock *c, double tempo)
{
	memset(t, 0, sizeof *t);
	clock_init(c, RATE, tempo);
}

static void
frames_alone_give_the_position(void **state)
{
	(void)state;
	song_clock c;
	transport_state t;
	begin(&t, &c, 120.0);
	transport_view v = {.present = true, .rolling = true, .frame = 6000 * 10};
	follow(&t, &c, &v, 120.0);
	assert_true(t.located && t.rolling);
	assert_int_equal(c.now.step, 10);
	clock_advance(&c, PERIOD);
	v.frame += PERIOD;
	follow(&t, &c, &v, 120.0);
	assert_false(t.located);
	v.frame = 0; /* a locate */
	follow(&t, &c, &v, 120.0);
	assert_true(t.located && c.now.step == 0 && c.now.frac == 0);
}

/* Hydrogen 1.2 counts the ticks of a bar of four quarters to 192 and says that 192 are one beat of four: its
 * place moves at a quarter of its tempo, and jumps at the bar line. */
static void
a_bar_that_is_called_a_beat_is_seen_through(void **state)
{
	(void)state;
	song_clock c;
	transport_state t;
	begin(&t, &c, 90.0);
	double worst = 0.0;
	for (int cycle = 0; cycle < 12000; cycle++) {
		/* Located once, in mid-roll. */
		const uint64_t frame = (uint64_t)cycle * PERIOD + (cycle >= 6000 ? 1000000 : 0);
		const double quarters = (double)frame / 24000.0;
		transport_view v = {
		    .present = true, .rolling = true, .frame = frame, .bbt = bbt_at(quarters, 120.0)};
		v.bbt.beat = 1;
		v.bbt.ticks_per_beat = 192.0;
		v.bbt.tick = floor(fmod(quarters, 4.0) * 48.0 + 1e-9);
		follow(&t, &c, &v, 90.0);
		if (cycle > 200) /* a quarter of a second to see it, once */
			worst = fmax(worst, fabs(clock_steps(&c) - quarters * 4.0));
		clock_advance(&c, PERIOD);
	}
	print_message("worst %.1f frames\n", worst * 6000.0);
	assert_true(worst * 6000.0 < 600.0); /* a tick is 500 */
}

/* Whole ticks of ten milliseconds: the edges between them say more than that. */
static void
coarse_ticks_leave_no_offset(void **state)
{
	(void)state;
	song_clock c;
	transport_state t;
	begin(&t, &c, 90.0);
	double sum = 0.0;
	int n = 0;
	for (int cycle = 0; cycle < 6000; cycle++) {
		const uint64_t frame = (uint64_t)cycle * PERIOD + 777;
		const double quarters = (double)frame / 24000.0;
		transport_view v = {
		    .present = true, .rolling = true, .frame = frame, .bbt = bbt_at(quarters, 120.0)};
		v.bbt.ticks_per_beat = 48.0;
		v.bbt.tick = floor(fmod(quarters, 1.0) * 48.0);
		follow(&t, &c, &v, 90.0);
		if (cycle > 1000) {
			sum += clock_steps(&c) - quarters * 4.0;
			n++;
		}
		clock_advance(&c, PERIOD);
	}
	print_message("mean %.1f frames\n", sum / n * 6000.0);
	assert_true(fabs(sum / n) * 6000.0 < 70.0);
}

static void
a_masters_tempo_change_is_followed_in_one_cycle(void **state)
{
	(void)state;
	song_clock c;
	transport_state t;
	begin(&t, &c, 90.0);
	double quarters = 0.0, bpm = 140.0;
	uint64_t frame = 0;
	for (int cycle = 0; cycle < 20000; cycle++) {
		if (cycle == 10000)
			bpm = 97.5;
		const transport_view v = {
		    .present = true, .rolling = true, .frame = frame, .bbt = bbt_at(quarters, bpm)};
		follow(&t, &c, &v, 90.0);
		assert_true(fabs(clock_get_tempo(&c) - bpm) < 1e-5);
		/* Never further from the master than two of its ticks (a tick is 1/480 step). */
		assert_true(fabs(clock_steps(&c) - quarters * 4.0) < 2.5 / 480.0);
		assert_true(cycle == 0 || !t.located);
		clock_advance(&c, PERIOD);
		quarters += PERIOD * bpm / 60.0 / RATE;
		frame += PERIOD;
	}
}

static void
nonsense_from_a_master_is_coasted_over(void **state)
{
	(void)state;
	const transport_bbt good = bbt_at(0.0, 120.0);
	transport_bbt bad[8];
	for (int i = 0; i < 8; i++)
		bad[i] = good;
	bad[0].bpm = NAN;
	bad[1].bpm = 0.0;
	bad[2].bpm = 50000.0;
	bad[3].beat = 5;
	bad[4].bar = 0;
	bad[5].tick = -3.0;
	bad[6].ticks_per_beat = 0.0;
	bad[7].beat_type = NAN;
	for (int i = 0; i < 8; i++) {
		song_clock c;
		transport_state t;
		begin(&t, &c, 100.0);
		assert_true(transport_bbt_usable(&good));
		assert_false(transport_bbt_usable(&bad[i]));
		transport_view v = {.present = true, .rolling = true, .bbt = good};
		follow(&t, &c, &v, 100.0);
		for (int cycle = 1; cycle < 100; cycle++) {
			clock_advance(&c, PERIOD);
			v.frame += PERIOD;
			v.bbt = bad[i];
			follow(&t, &c, &v, 100.0);
			assert_true(t.rolling && !t.located);
			assert_true(fabs(clock_get_tempo(&c) - 120.0) < 1e-6);
		}
		assert_true(fabs(clock_steps(&c) - 99.0 * PERIOD / 6000.0) < 1e-6);
	}
}

/* A server that hands the master's place on a period late (PipeWire): stopped, started and located by hand,
 * the song is where the master is, not where it was; with offsets as without. */
static void
a_place_that_comes_a_period_late_is_seen_through(void **state)
{
	(void)state;
	uint64_t seed = test_seed();
	for (int kind = 0; kind < 4; kind++) {
		const int late = kind & 1;
		song_clock c;
		transport_state t;
		double worst = 0.0;
		uint64_t frame = 0, before = 0;
		begin(&t, &c, 90.0);
		for (int round = 0; round < 60; round++) {
			const uint64_t bits = rng_next(&seed);
			const bool rolling = round % 3 != 0;
			const int periods = rolling ? 200 + (int)(bits & 1023) : 10 + (int)(bits & 31);
			if (round % 3 != 1) /* at rest, and in mid-roll */
				frame = bits >> 20 & 0xffffff;
			for (int p = 0; p < periods; p++) {
				transport_view v = {
				    .present = true, .rolling = rolling, .hearsay = true, .frame = frame};
				const uint64_t place = late ? before : frame;
				const uint32_t back = kind & 2 && place > 127 ? rng_next(&seed) & 127 : 0;
				v.bbt = bbt_at((double)(place - back) / 24000.0, 120.0);
				v.bbt.offset = back;
				before = frame;
				follow(&t, &c, &v, 90.0);
				/* The first start tells; a jump, a few periods later. */
				if (round > 3 && p > 2)
					worst = fmax(worst, fabs(clock_steps(&c) - (double)frame / 6000.0));
				if (rolling) {
					clock_advance(&c, PERIOD);
					frame += PERIOD;
				}
			}
		}
		assert_int_equal(t.late, late);
		print_message("%s%s: worst %.1f frames\n", late ? "late" : "prompt",
			      kind & 2 ? ", offsets" : "", worst * 6000.0);
		assert_true(worst * 6000.0 < 26.0); /* a tick is 12.5 */
	}
}

/* One period in ten says what cannot be: a beat or a bar too many, ticks beyond the beat or below it, no
 * number. The song goes on as if it had not been said, through starts and locates. */
static void
nonsense_now_and_then_moves_nothing(void **state)
{
	(void)state;
	uint64_t seed = test_seed();
	song_clock c;
	transport_state t;
	uint64_t frame = 0;
	begin(&t, &c, 120.0);
	for (int period = 0; period < 50000; period++) {
		const uint64_t bits = rng_next(&seed);
		transport_view v = {.present = true, .rolling = true, .frame = frame};
		v.bbt = bbt_at((double)frame / 24000.0, 120.0);
		if (bits % 10 == 0) {
			switch (bits >> 8 & 7) {
			case 0: v.bbt.beat = 5; break;
			case 1: v.bbt.bar = -(int32_t)(bits >> 16 & 1); break;
			case 2: v.bbt.tick = -1.0 - (double)(bits >> 16 & 0xffff); break;
			case 3: v.bbt.tick = 1921.0 + (double)(bits >> 16 & 0xffff); break;
			case 4: v.bbt.beat = -2; break;
			case 5: v.bbt.offset = (uint32_t)-64; break;
			case 6: v.bbt.beats_per_bar = 0.0; break;
			default: v.bbt.tick = NAN;
			}
		}
		follow(&t, &c, &v, 120.0);
		if (fabs(clock_steps(&c) - (double)frame / 6000.0) * 6000.0 > 26.0)
			fail_msg("period %d: %.3f steps instead of %.3f", period, clock_steps(&c),
				 (double)frame / 6000.0);
		clock_advance(&c, PERIOD);
		frame = bits >> 40 & 255 ? frame + PERIOD : bits >> 20 & 0xffffff;
	}
}

/* A place that was passed some frames ago, at a tick or between two: with the offset it is ours to the frame,
 * at rest, at starts and locates, as it rolls, over bar lines. */
static void
a_masters_offset_counts_to_the_frame(void **state)
{
	(void)state;
	uint64_t seed = test_seed();
	double worst = 0.0;
	for (int run = 0; run < 100; run++) {
		const bool whole = run % 2; /* ticks of 500 frames, or fractions of one */
		const double bpm = whole ? 120.0 : 40.0 + (double)(rng_next(&seed) % 2000) * 0.1;
		const double quarter = 60.0 * RATE / bpm; /* frames */
		song_clock c;
		transport_state t;
		uint64_t frame = rng_next(&seed) & 0xffffff;
		begin(&t, &c, 90.0);
		for (int p = 0; p < 500; p++) {
			const uint64_t bits = rng_next(&seed);
			const bool rolling = p % 100 >= 10;
			const uint32_t back = bits & 2047;
			if ((bits >> 20) % 100 == 0)
				frame = bits >> 30 & 0xffffff;
			const uint64_t mark = whole ? frame / 500 * 500 - back / 500 * 500 : frame - back;
			transport_view v = {
			    .present = true, .rolling = rolling, .hearsay = run & 2, .frame = frame};
			if (mark > frame)
				continue; /* before the top */
			v.bbt = bbt_at((double)mark / quarter, bpm);
			v.bbt.ticks_per_beat = whole ? 48.0 : 1920.0;
			v.bbt.tick = fmod((double)mark / quarter, 1.0) * v.bbt.ticks_per_beat;
			v.bbt.tick = whole ? nearbyint(v.bbt.tick) : v.bbt.tick;
			v.bbt.offset = (uint32_t)(frame - mark);
			follow(&t, &c, &v, 90.0);
			worst = fmax(worst, fabs(clock_steps(&c) * quarter / 4.0 - (double)frame));
			if (rolling) {
				clock_advance(&c, PERIOD);
				frame += PERIOD;
			}
		}
	}
	print_message("worst %.3f frames\n", worst);
	assert_true(worst < 0.5);
}

/* A transport that anybody starts, stops, locates and loses cycles of, under a tempo that turns: the song is
 * where a slow model has it, which adds up all that has been since the last locate, in exact rationals (60 x
 * rate x 10^6 / 4 to the step). */
static void
random_histories_agree_with_an_exact_model(void **state)
{
	(void)state;
	enum { PERIODS = 400 };
	static struct {
		int64_t frames, tempo;
	} past[PERIODS];
	uint64_t seed = test_seed();
	const __int128 unit = (__int128)60 * RATE * 1000000 / 4;
	long checked = 0;
	for (int run = 0; run < 200; run++) {
		song_clock c;
		transport_state t;
		uint64_t frame = 0, from = 0;
		int64_t tempo = 120000000, from_tempo = tempo;
		int n = 0;
		bool rolling = false, rolled = false;
		begin(&t, &c, 120.0);
		for (int p = 0; p < PERIODS; p++) {
			const uint64_t bits = rng_next(&seed);
			if (bits % 7 == 0)
				tempo = 20000000 + (int64_t)(bits >> 8 & 0xfffffff); /* to 288 bpm */
			if ((bits >> 40) % 11 == 0)
				rolling = !rolling;
			/* Lost cycles, or another place; to 0 now and then. */
			const bool lost = rolled && rolling && (bits >> 44) % 13 == 0;
			const bool moved = !lost && (bits >> 48) % 17 == 0;
			const int64_t gap = lost ? PERIOD * (1 + (int64_t)(bits >> 52 & 7)) : 0;
			frame = moved ? ((bits >> 59) ? bits >> 20 & 0xfffffff : 0) : frame + (uint64_t)gap;
			const transport_view v = {.present = true, .rolling = rolling, .frame = frame};
			const bool jumps = p == 0 || (moved && frame != t.next_frame);
			/* A short way forwards, while it rolls, looks like lost cycles. */
			const __int128 ahead = ((__int128)frame - t.next_frame) * tempo;
			if (jumps && !(p && rolled && rolling && ahead > 0 && ahead < unit)) {
				from = frame;
				from_tempo = tempo;
				n = 0;
			} else if (jumps || gap) {
				past[n].frames = jumps ? (int64_t)(frame - t.next_frame) : gap;
				past[n++].tempo = tempo;
			}
			follow(&t, &c, &v, (double)tempo * 1e-6);
			__int128 exact = (__int128)from * from_tempo;
			for (int i = 0; i < n; i++)
				exact += (__int128)past[i].frames * past[i].tempo;
			const __int128 own = (__int128)c.now.step * c.unit + c.now.frac;
			if (own != exact)
				fail_msg("run %d, period %d: %.9f steps off", run, p,
					 (double)(own - exact) / (double)unit);
			checked++;
			rolled = rolling;
			if (!rolling)
				continue;
			clock_advance(&c, PERIOD);
			frame += PERIOD;
			if (n == PERIODS - 2)
				break;
			past[n].frames = PERIOD;
			past[n++].tempo = tempo;
		}
	}
	print_message("%ld places, none off by anything\n", checked);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(frames_alone_give_the_position),
	    cmocka_unit_test(a_bar_that_is_called_a_beat_is_seen_through),
	    cmocka_unit_test(coarse_ticks_leave_no_offset),
	    cmocka_unit_test(a_masters_tempo_change_is_followed_in_one_cycle),
	    cmocka_unit_test(nonsense_from_a_master_is_coasted_over),
	    cmocka_unit_test(a_place_that_comes_a_period_late_is_seen_through),
	    cmocka_unit_test(nonsense_now_and_then_moves_nothing),
	    cmocka_unit_test(a_masters_offset_counts_to_the_frame),
	    cmocka_unit_test(random_histories_agree_with_an_exact_model),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

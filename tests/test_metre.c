#include "tests/test.h"

#include "rt/clock.h"
#include "rt/metre.h"
#include "rt/rng.h"
#include "rt/step.h"

#include <math.h>
#include <pthread.h>
#include <string.h>

static void
metres_have_whole_bars(void **state)
{
	(void)state;
	static const int steps[METRES] = {16, 12, 20, 12, 14, 24}, beat[METRES] = {4, 4, 4, 2, 2, 2};
	for (int i = 0; i < METRES; i++) {
		const metre m = metre_make(i, false);
		assert_int_equal(metre_steps(m), steps[i]);
		assert_int_equal(metre_steps_per_beat(m), beat[i]);
		const metre t = metre_make(i, true);
		/* Triplets only where the beat is a quarter. */
		assert_int_equal(metre_steps(t), m.beat_type == 4 ? steps[i] * 3 / 2 : steps[i]);
		assert_true(metre_steps(t) >= STEP_MIN_BAR && metre_steps(t) <= STEP_MAX_BAR);
		assert_int_equal(metre_compound(t), t.triplets || i == METRE_6_8 || i == METRE_12_8);
	}
	assert_true(metre_equal(metre_make(-3, false), metre_make(METRE_4_4, false)));
	assert_true(metre_equal(metre_make(99, false), metre_make(METRE_12_8, false)));
}

static void
anothers_metre_is_taken_or_refused(void **state)
{
	(void)state;
	metre m = {1, 1, true};
	assert_true(metre_from_bbt(4, 4, false, &m) && metre_steps(m) == 16);
	assert_true(metre_from_bbt(7, 8, true, &m) && metre_steps(m) == 14 && !m.triplets);
	assert_true(metre_from_bbt(3, 4, true, &m) && metre_steps(m) == 18);
	assert_true(metre_from_bbt(2, 2, false, &m) && metre_steps(m) == 16);
	static const double bad[][2] = {{1, 4},  {11, 32}, {64, 4}, {4.5, 4}, {4, 0},
					{4, -4}, {4, 3},   {0, 4},  {9, 4},   {NAN, 4}};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		const metre before = m;
		assert_false(metre_from_bbt(bad[i][0], bad[i][1], false, &m));
		assert_true(metre_equal(m, before));
	}
}

static void
bars_are_counted_across_a_change(void **state)
{
	(void)state;
	bar_map map = bar_map_make(metre_make(METRE_4_4, false));
	bar_map_change(&map, metre_make(METRE_3_4, false), 17);
	assert_true(map.changes && map.next.step == 32 && map.next.bar == 2);
	for (int64_t step = 0; step < 100; step++) {
		const bar_place at = bar_map_at(&map, step);
		assert_int_equal(at.len, step < 32 ? 16 : 12);
		assert_int_equal(at.step, step < 32 ? step % 16 : (step - 32) % 12);
		assert_int_equal(at.bar, step < 32 ? step / 16 : 2 + (step - 32) / 12);
	}
	assert_int_equal(bar_map_line(&map, 31), 32);
	assert_int_equal(bar_map_line(&map, 32), 32);
	assert_int_equal(bar_map_line(&map, 33), 44);
	bar_map_advance(&map, 31);
	assert_true(map.changes);
	bar_map_advance(&map, 32);
	assert_true(!map.changes && map.now.step == 32);
	assert_int_equal(bar_map_at(&map, 20).step, 0); /* backwards, as if it had always been so */
	bar_map_change(&map, metre_make(METRE_5_4, false), 40);
	bar_map_change(&map, metre_make(METRE_3_4, false), 41); /* thought better of it */
	assert_false(map.changes);
}

typedef struct sharer {
	bar_map_shared shared;
	_Atomic bool done;
} sharer;

static void *
read_always(void *arg)
{
	sharer *s = arg;
	long torn = 0;
	while (!atomic_load(&s->done)) {
		const bar_map m = bar_map_read(&s->shared);
		torn += m.now.bar != m.now.step + 1 || m.next.step != m.now.step + 2 ||
			m.next.bar != m.now.step + 3 || m.changes != (m.now.step % 2 == 1);
	}
	return (void *)torn;
}

static void
a_shared_map_is_never_torn(void **state)
{
	(void)state;
	sharer s;
	pthread_t reader;
	memset(&s, 0, sizeof s);
	for (int64_t i = 0; i < 200000; i++) {
		const bar_map m = {.now = {i, i + 1, {4, 4, false}},
				   .next = {i + 2, i + 3, {3, 4, true}},
				   .changes = i % 2 == 1};
		bar_map_publish(&s.shared, &m);
		if (i == 0)
			assert_int_equal(pthread_create(&reader, NULL, read_always, &s), 0);
		const bar_map back = bar_map_read(&s.shared);
		assert_true(bar_map_equal(&back, &m));
	}
	void *torn;
	atomic_store(&s.done, true);
	pthread_join(reader, &torn);
	assert_null(torn);
}

/* --- the clock under grids that turn ------------------------------------------------------------------ */

/* A slow model: all time that has passed in exact units (of 1/(60e6 rate) quarter), and every turn of the
 * grid as a table. */
typedef struct exact_song {
	__int128 units; /* since the last turn */
	int64_t turn_step, unit, next_turn, next_unit;
} exact_song;

static int64_t
rounded(__int128 n, __int128 d)
{
	const __int128 a = 2 * n + d, b = 2 * d;
	return (int64_t)(a / b - (a % b < 0));
}

static void
the_clock_agrees_with_exact_rationals_across_turns_of_the_grid(void **state)
{
	(void)state;
	uint64_t seed = test_seed();
	static const uint32_t rates[] = {44100, 48000, 96000};
	const uint32_t rate = rates[rng_next(&seed) % 3];
	song_clock c;
	clock_init(&c, rate, 120.0);
	exact_song m = {0, 0, c.unit, INT64_MAX, 0};
	for (int i = 0; i < 300000; i++) {
		if (rng_next(&seed) % 5 == 0)
			clock_set_tempo(&c, 20.0 + 280.0 * rng_next_unit(&seed));
		if (rng_next(&seed) % 50 == 0) {
			const int spq = rng_next(&seed) % 2 ? 4 : 6;
			const int64_t from = c.now.step + 1 + (int64_t)(rng_next(&seed) % 40);
			clock_turn_grid(&c, from, spq);
			m.next_unit = 60000000ll / spq * rate;
			m.next_turn = m.next_unit == m.unit ? INT64_MAX : from;
		}
		/* Where is a step, from the model's last turn on? */
		const int64_t step = c.now.step + (int64_t)(rng_next(&seed) % 80);
		const int64_t offset = (int64_t)(rng_next(&seed) % 65536) - 32768;
		const bool beyond = step >= m.next_turn;
		__int128 at = beyond ? (__int128)(m.next_turn - m.turn_step) * m.unit +
					   (__int128)(step - m.next_turn) * m.next_unit
				     : (__int128)(step - m.turn_step) * m.unit;
		at = (at - m.units) * 65536 + (__int128)offset * (beyond ? m.next_unit : m.unit);
		assert_int_equal(clock_frames_until(&c, step, offset),
				 rounded(at, (__int128)c.tempo * 65536));
		const uint32_t frames = (uint32_t)(rng_next(&seed) % 5000);
		/* Every open step begins within half of its own length of the end; the first closed one does
		 * not. */
		const int64_t open = clock_open_step(&c, frames);
		assert_true(clock_frames_until(&c, open - 1, -32768) <= (int64_t)frames);
		assert_true(clock_frames_until(&c, open, -32768) >= (int64_t)frames - 1);
		clock_advance(&c, frames);
		m.units += (__int128)c.tempo * frames;
		const __int128 to_turn = m.next_turn == INT64_MAX
					     ? (__int128)1 << 100
					     : (__int128)(m.next_turn - m.turn_step) * m.unit;
		if (m.units >= to_turn) {
			m = (exact_song){m.units - to_turn, m.next_turn, m.next_unit, INT64_MAX, 0};
		}
		assert_true(c.now.step == m.turn_step + (int64_t)(m.units / m.unit) &&
			    c.now.frac == (int64_t)(m.units % m.unit));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(metres_have_whole_bars),
	    cmocka_unit_test(anothers_metre_is_taken_or_refused),
	    cmocka_unit_test(bars_are_counted_across_a_change),
	    cmocka_unit_test(a_shared_map_is_never_torn),
	    cmocka_unit_test(the_clock_agrees_with_exact_rationals_across_turns_of_the_grid),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

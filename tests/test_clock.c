#include "tests/test.h"

#include "rt/clock.h"
#include "rt/rng.h"

#include <math.h>
#include <stdlib.h>
#include <time.h>

/* The rounded frame of `step` from the top at a constant tempo, in exact rationals: step * 15e6 * rate / T.
 */
static int64_t
exact_frame(int64_t step, int64_t rate, int64_t micro_bpm)
{
	const __int128 n = (__int128)step * 15000000 * rate, d = micro_bpm;
	return (int64_t)((2 * n + d) / (2 * d));
}

static void
steps_fall_on_their_rounded_frames_for_24_hours(void **state)
{
	(void)state;
	static const double tempi[] = {20.0, 174.3, 300.0, 133.333333, 120.0};
	static const uint32_t rates[] = {44100, 48000, 192000};
	for (int t = 0; t < 5; t++)
		for (int r = 0; r < 3; r++) {
			song_clock c;
			clock_init(&c, rates[r], tempi[t]);
			uint64_t played = 0;
			const uint64_t day = 86400ull * rates[r];
			/* Periods of an odd size, and of a large one to get through the day. */
			for (uint64_t period = 63; played < day; period = period == 63 ? 1000003 : 63) {
				const int64_t step = clock_open_step(&c, 0);
				assert_int_equal((int64_t)played + clock_frames_until(&c, step, 0),
						 exact_frame(step, rates[r], c.tempo));
				clock_advance(&c, (uint32_t)period);
				played += period;
			}
		}
}

/* A slow model: position as a sum of exact products, tempo by tempo. */
typedef struct exact_song {
	__int128 units;
	int64_t tempo, unit;
} exact_song;

static void
random_tempo_changes_agree_with_an_exact_model(void **state)
{
	(void)state;
	uint64_t seed = test_seed();
	song_clock c;
	clock_init(&c, 48000, 120.0);
	exact_song m = {0, c.tempo, c.unit};
	for (int i = 0; i < 200000; i++) {
		const uint32_t frames = (uint32_t)(rng_next(&seed) % 4096);
		if (rng_next(&seed) % 3 == 0) {
			clock_set_tempo(&c, 20.0 + 280.0 * rng_next_unit(&seed));
			m.tempo = c.tempo;
		}
		const int64_t step = (int64_t)(m.units / m.unit) + (int64_t)(rng_next(&seed) % 64);
		const int64_t offset = (int64_t)(rng_next(&seed) % 131072) - 32768;
		const __int128 ahead =
		    ((__int128)step * m.unit - m.units) * 65536 + (__int128)offset * m.unit;
		const __int128 n = 2 * ahead + (__int128)m.tempo * 65536, d = 2 * (__int128)m.tempo * 65536;
		int64_t expected = (int64_t)(n / d);
		if (n % d < 0)
			expected--;
		assert_int_equal(clock_frames_until(&c, step, offset), expected);
		clock_advance(&c, frames);
		m.units += (__int128)m.tempo * frames;
		assert_true(c.now.step == (int64_t)(m.units / m.unit) &&
			    c.now.frac == (int64_t)(m.units % m.unit));
	}
}

static void
a_window_opens_half_a_step_early(void **state)
{
	(void)state;
	song_clock c;
	clock_init(&c, 48000, 120.0);                   /* 6000 frames a step */
	assert_int_equal(clock_open_step(&c, 0), 1);    /* step 0 is open, step 1 is not */
	assert_int_equal(clock_open_step(&c, 3000), 1); /* step 1 opens at frame 3000 */
	assert_int_equal(clock_open_step(&c, 3001), 2);
	assert_int_equal(clock_frames_until(&c, 1, -32768), 3000);
	assert_int_equal(clock_frames_until(&c, 1, 65536), 12000);
}

static void
locating_and_rates_keep_the_position(void **state)
{
	(void)state;
	song_clock c;
	clock_init(&c, 48000, 120.0);
	clock_locate(&c, 17.25);
	assert_int_equal(c.now.step, 17);
	assert_int_equal(clock_frames_until(&c, 18, 0), 4500);
	clock_set_rate(&c, 96000);
	assert_int_equal(clock_frames_until(&c, 18, 0), 9000);
	clock_locate(&c, -3.0);
	assert_int_equal(c.now.step, 0);
	clock_set_rate(&c, 48000);
	clock_locate_frame(&c, 6000ull * 1000 + 1500);
	assert_int_equal(c.now.step, 1000);
	assert_int_equal(clock_frames_until(&c, 1001, 0), 4500);
}

/* Moved beyond the line where the grid turns, by whatever: the grid has turned. */
static void
locating_beyond_the_turn_of_the_grid_turns_it(void **state)
{
	(void)state;
	static const double beyond[] = {64.0, 64.5, 70.25};
	for (int i = 0; i < 3; i++) {
		song_clock c;
		clock_init(&c, 48000, 120.0);
		clock_locate(&c, 60.0);
		clock_turn_grid(&c, 64, 6); /* steps of 4000 frames from 64 on */
		clock_locate(&c, beyond[i]);
		assert_true(fabs(clock_steps(&c) - beyond[i]) < 1e-6);
		assert_int_equal(clock_frames_until(&c, 72, 0), llround((72.0 - beyond[i]) * 4000.0));
		clock_advance(&c, 400000);
		assert_true(fabs(clock_steps(&c) - beyond[i] - 100.0) < 1e-6);
	}
	song_clock c;
	clock_init(&c, 48000, 120.0);
	clock_locate(&c, 60.0);
	clock_turn_grid(&c, 64, 6);
	clock_locate(&c, 8.0); /* and one that stays before it still has it ahead */
	assert_int_equal(clock_frames_until(&c, 65, 0), 56 * 6000 + 4000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(steps_fall_on_their_rounded_frames_for_24_hours),
	    cmocka_unit_test(random_tempo_changes_agree_with_an_exact_model),
	    cmocka_unit_test(a_window_opens_half_a_step_early),
	    cmocka_unit_test(locating_and_rates_keep_the_position),
	    cmocka_unit_test(locating_beyond_the_turn_of_the_grid_turns_it),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

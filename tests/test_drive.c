#include "tests/test.h"
#include "tests/tone.h"

#include "rt/drive.h"
#include "rt/rng.h"

#include <string.h>

enum { RATE = 48000, N = 4096 };

/* A sine of `cycles` in N through the drive; the last N frames of the left channel. */
static const float *
driven(int cycles, float level, float amount)
{
	static float x[2][4 * N];
	drive d;
	const drive_gain g = drive_gain_of(amount);
	drive_reset(&d);
	for (int i = 0; i < 4 * N; i++)
		x[0][i] = x[1][i] = level * (float)sin(2.0 * M_PI * cycles * i / N);
	for (int at = 0; at < 4 * N; at += 64)
		drive_run(&d, g, g, 64, x[0] + at, x[1] + at);
	return x[0] + 3 * N;
}

/* Loudest part below 15 kHz that is no harmonic, beside the fundamental. The tones are odd numbers of
 * periods: no alias falls on a harmonic. */
static double
alias(int cycles, float amount)
{
	const float *y = driven(cycles, 0.7f, amount);
	double worst = 0.0;
	for (int bin = 1; bin < N * 15 / 48; bin++)
		if (bin % cycles)
			worst = fmax(worst, tone_amplitude(y, N, bin, 0));
	return decibel(worst / tone_amplitude(y, N, cycles, 0));
}

static void
aliases_are_low(void **state)
{
	(void)state;
	static const struct {
		int cycles;
		float amount;
		double most;
	} at[] = {{107, 0.5f, -100.0}, {107, 0.75f, -80.0}, {107, 1.0f, -58.0},
		  {427, 0.5f, -90.0},  {427, 0.75f, -54.0}, {427, 1.0f, -42.0}};
	for (size_t i = 0; i < sizeof at / sizeof *at; i++) {
		const double found = alias(at[i].cycles, at[i].amount);
		print_message("%.0f Hz at drive %.2f: aliases at %.1f dB\n", (double)at[i].cycles * RATE / N,
			      (double)at[i].amount, found);
		assert_true(found < at[i].most);
	}
}

/* A little drive is the sound itself, DRIVE_DELAY frames late and flat to 15 kHz; more of it adds odd
 * harmonics only, and keeps a peak of 0.7 where it was. */
static void
it_goes_from_clean_to_square(void **state)
{
	(void)state;
	for (int cycles = 11; cycles < N * 15 / 48; cycles += 97) {
		const float *y = driven(cycles, 0.7f, 0.0f);
		assert_true(fabs(decibel(tone_amplitude(y, N, cycles, 0) / 0.7)) < 0.75);
	}
	const float *clean = driven(43, 0.7f, 0.0f);
	for (int i = 0; i < N; i++)
		assert_true(fabs((double)clean[i] - 0.7 * sin(2.0 * M_PI * 43 * (i - DRIVE_DELAY) / N)) <
			    0.02);
	double last = -200.0;
	for (float amount = 0.1f; amount <= 1.0f; amount += 0.1f) {
		const float *y = driven(11, 0.7f, amount);
		const double third = decibel(tone_amplitude(y, N, 33, 0) / tone_amplitude(y, N, 11, 0));
		assert_true(third > last && tone_amplitude(y, N, 22, 0) < 1e-4);
		last = third;
		float peak = 0.0f;
		for (int i = 0; i < N; i++)
			peak = fmaxf(peak, fabsf(y[i]));
		assert_true(fabsf(peak - 0.7f) < 0.02f);
	}
	assert_true(last > -11.0); /* a square's is at -9.5 */
}

static void
any_input_stays_bounded(void **state)
{
	(void)state;
	static float x[2][DRIVE_CHUNK];
	uint64_t seed = test_seed();
	drive d;
	drive_reset(&d);
	drive_gain from = drive_gain_of(0.0f);
	for (int block = 0; block < 100000; block++) {
		const uint64_t bits = rng_next(&seed);
		const uint32_t frames = 1 + (uint32_t)(bits >> 8) % DRIVE_CHUNK;
		const drive_gain to = drive_gain_of(bits & 1 ? rng_next_unit(&seed) : (float)(bits >> 1 & 1));
		for (uint32_t i = 0; i < frames; i++) {
			x[0][i] = (bits & 4 ? 1000.0f : 1.0f) * (2.0f * rng_next_unit(&seed) - 1.0f);
			x[1][i] = i & 8 ? 1.0f : -1.0f;
		}
		drive_run(&d, from, to, frames, x[0], x[1]);
		from = to;
		for (uint32_t i = 0; i < frames; i++)
			assert_true(fabsf(x[0][i]) < 16.0f && fabsf(x[1][i]) < 16.0f);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(aliases_are_low),
	    cmocka_unit_test(it_goes_from_clean_to_square),
	    cmocka_unit_test(any_input_stays_bounded),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

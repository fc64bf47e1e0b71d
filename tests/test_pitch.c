#include "tests/test.h"
#include "tests/tone.h"

#include "rt/pitch.h"
#include "rt/rng.h"

#include <string.h>

enum { N = 8192, MARGIN = 64 };

/* Resamples a sine of `cycles` periods in N frames by a whole ratio up or 1/2 down, and returns the loudest
 * part below `top` (in output cycles of N) that is not the sine, beside full scale; *own: the sine itself. */
static double
worst_stranger(double cycles, double ratio, int top, double *own)
{
	static float x[4 * N + 2 * MARGIN], y[N];
	const double step = 2.0 * M_PI * cycles / N;
	for (int i = 0; i < 4 * N + 2 * MARGIN; i++)
		x[i] = (float)sin(step * (i - PITCH_BEFORE));
	const uint64_t increment = (uint64_t)(ratio * 0x1p32);
	pitch_run(pitch_band(increment), x, NULL, 0, increment, N, y, NULL);
	const double wanted = cycles * ratio;
	double worst = 0.0;
	static double part[N / 2];
	if (top > 0)
		tone_spectrum(y, N, part);
	for (int bin = 8; bin < top; bin++)
		if (fabs(bin - wanted) > 8.0)
			worst = fmax(worst, part[bin]);
	*own = wanted < N / 2 ? tone_amplitude(y, N, wanted, 1) : 0.0;
	return decibel(worst);
}

/* Whatever tone goes in, an octave up or down, nothing else is heard below 5/12 of the rate (20 kHz of 48):
 * aliases and images lie at -78 dB and lower. */
static void
an_octave_up_or_down_is_clean(void **state)
{
	(void)state;
	double worst_up = -200.0, worst_down = -200.0, own;
	pitch_setup();
	for (double cycles = 50.0; cycles < 0.4999 * N; cycles += 233.3) {
		worst_up = fmax(worst_up, worst_stranger(cycles, 2.0, N * 5 / 12, &own));
		if (cycles < N * 5 / 12)
			worst_down = fmax(worst_down, worst_stranger(cycles, 0.5, N * 5 / 12, &own));
	}
	print_message("12 semitones up: aliases at %.1f dB; down: images at %.1f dB\n", worst_up, worst_down);
	assert_true(worst_up < -78.0);
	assert_true(worst_down < -78.0);
}

static void
what_should_be_heard_is(void **state)
{
	(void)state;
	double own;
	pitch_setup();
	/* Down: flat to 20 kHz of 48 going in. Up: to 12 kHz coming out. */
	for (double cycles = 100.0; cycles < N * 0.41; cycles += 97.7) {
		worst_stranger(cycles, 0.5, 0, &own);
		assert_true(fabs(decibel(own)) < (cycles < N / 3.0 ? 0.05 : 1.0));
	}
	for (double cycles = 100.0; cycles < N / 8.0; cycles += 31.3) {
		worst_stranger(cycles, 2.0, 0, &own);
		assert_true(fabs(decibel(own)) < 0.1);
	}
}

/* Every ratio of the instruments' tuning: a low tone comes out at its pitch and level, and nothing from above
 * folds back. */
static void
every_ratio_is_clean(void **state)
{
	(void)state;
	uint64_t seed = test_seed();
	pitch_setup();
	for (int n = 0; n < 30; n++) {
		const double ratio = exp2(4.0 * (double)rng_next_unit(&seed) - 2.0);
		double own;
		const double low = 20.0 + 50.0 * (double)rng_next_unit(&seed);
		const double stranger = worst_stranger(low, ratio, N * 5 / 12, &own);
		assert_true(fabs(decibel(own)) < 0.1 && stranger < -75.0);
		if (ratio > 1.25) {
			const double high = N * (0.595 + 0.4 * (double)rng_next_unit(&seed)) / ratio;
			assert_true(high > N / 2.0 || worst_stranger(high, ratio, N * 5 / 12, &own) < -75.0);
		}
	}
}

static void
on_the_frames_lies_the_sample(void **state)
{
	(void)state;
	static float x[2][256], y[2][64];
	uint64_t seed = test_seed();
	pitch_setup();
	/* Band-limited noise, so that the low pass at 5/12 takes nothing of it. */
	for (int c = 0; c < 2; c++) {
		for (int i = 0; i < 256; i++)
			x[c][i] = 0.0f;
		for (int t = 0; t < 20; t++) {
			const double f = 0.3 * (double)rng_next_unit(&seed),
				     p = 6.28 * (double)rng_next_unit(&seed);
			for (int i = 0; i < 256; i++)
				x[c][i] += (float)(0.05 * sin(2.0 * M_PI * f * i + p));
		}
	}
	pitch_run(0, x[0], x[1], 0, 1ull << 32, 64, y[0], y[1]);
	for (int c = 0; c < 2; c++)
		for (int i = 0; i < 64; i++)
			assert_true(fabsf(y[c][i] - x[c][i + PITCH_BEFORE]) < 2e-4f);
	/* Stereo is mono twice. */
	float mono[64];
	pitch_run(3, x[1], NULL, 12345678, 0x16a09e667ull, 64, mono, NULL);
	pitch_run(3, x[0], x[1], 12345678, 0x16a09e667ull, 64, y[0], y[1]);
	for (int i = 0; i < 64; i++)
		assert_true(fabsf(mono[i] - y[1][i]) < 1e-6f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(an_octave_up_or_down_is_clean),
	    cmocka_unit_test(what_should_be_heard_is),
	    cmocka_unit_test(every_ratio_is_clean),
	    cmocka_unit_test(on_the_frames_lies_the_sample),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

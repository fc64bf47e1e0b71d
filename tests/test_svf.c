#include "tests/test.h"
#include "tests/tone.h"

#include "rt/rng.h"
#include "rt/svf.h"

#include <complex.h>
#include <string.h>

enum { RATE = 48000, N = 4800 };
static const svf_mode modes[] = {{.off = 1}, {.low = 1}, {.band = 1}, {.high = 1}};

/* The analogue prototype at the frequency that the trapezoidal rule warps to. */
static double
theory(int mode, double hz, double cutoff, double k)
{
	const double complex s = I * tan(M_PI * hz / RATE) / tan(M_PI * cutoff / RATE);
	const double complex under = s * s + k * s + 1.0;
	const double complex over[] = {under, 1.0, k * s, s * s};
	return cabs(over[mode] / under);
}

static double
measured(int mode, double hz, float cutoff, float resonance)
{
	static float x[2][5 * N];
	svf f;
	const svf_shape shape = svf_design(modes[mode], cutoff, resonance, RATE);
	svf_reset(&f, shape);
	for (int i = 0; i < 5 * N; i++)
		x[0][i] = x[1][i] = (float)sin(2.0 * M_PI * hz * i / RATE);
	for (int at = 0; at < 5 * N; at += 64)
		svf_run(&f, shape, 64, x[0] + at, x[1] + at);
	return tone_amplitude(x[1] + 4 * N, N, hz * N / RATE, 0);
}

static void
the_response_is_the_theorys(void **state)
{
	(void)state;
	static const float cutoffs[] = {60.0f, 1000.0f, 9000.0f}, resonances[] = {0.0f, 0.5f, 0.9f};
	for (int mode = 0; mode < 4; mode++)
		for (int c = 0; c < 3; c++)
			for (int r = 0; r < 3; r++)
				for (double hz = 50.0; hz < 20000.0; hz *= 2.0) {
					const double k = 1.0 / (0.70710678 * pow(20.0 / 0.70710678,
										 (double)resonances[r]));
					const double t = theory(mode, hz, (double)cutoffs[c], k);
					const double m = measured(mode, hz, cutoffs[c], resonances[r]);
					assert_true(fabs(decibel(m) - decibel(t)) < 0.1 ||
						    (t < 1e-4 && m < 2e-4));
				}
	/* Butterworth without resonance; Q 20 with all of it. */
	assert_true(fabs(decibel(measured(1, 1000.0, 1000.0f, 0.0f)) + 3.01) < 0.02);
	assert_true(fabs(decibel(measured(1, 1000.0, 1000.0f, 1.0f)) - 26.02) < 0.2);
}

/* Everything moves at random, extremes included, for ten minutes of sound: it stays finite and bounded. */
static void
it_is_stable_whatever_moves(void **state)
{
	(void)state;
	static float x[2][64];
	uint64_t seed = test_seed();
	svf f;
	svf_reset(&f, svf_design(modes[0], 1000.0f, 0.0f, RATE));
	float peak = 0.0f;
	for (int block = 0; block < 450000; block++) {
		const uint64_t bits = rng_next(&seed);
		for (int i = 0; i < 64; i++) {
			x[0][i] = bits & 16 ? 2.0f * rng_next_unit(&seed) - 1.0f : 0.0f;
			x[1][i] = bits & 32 ? 1.0f : -1.0f;
		}
		const float cutoff = bits & 64    ? 20.0f * powf(1000.0f, rng_next_unit(&seed))
				     : bits & 128 ? 20.0f
						  : 20000.0f;
		const float resonance = bits & 256 ? 1.0f : rng_next_unit(&seed);
		svf_run(&f, svf_design(modes[bits % 4], cutoff, resonance, RATE), 1 + (bits >> 16) % 64, x[0],
			x[1]);
		for (int i = 0; i < 64; i++) {
			assert_true(isfinite(x[0][i]) && isfinite(x[1][i]));
			peak = fmaxf(peak, fmaxf(fabsf(x[0][i]), fabsf(x[1][i])));
		}
	}
	print_message("peak %.1f\n", (double)peak);
	assert_true(peak < 200.0f); /* Q 20 lifts full scale to 20; moving the cutoff adds some */
	for (int block = 0; block < 1000; block++) {
		memset(x, 0, sizeof x);
		svf_run(&f, svf_design(modes[1], 1000.0f, 1.0f, RATE), 64, x[0], x[1]);
	}
	assert_true(fabsf(x[0][63]) < 1e-9f && fabsf(x[1][63]) < 1e-9f);
}

static void
off_changes_nothing(void **state)
{
	(void)state;
	float x[2][64], y[2][64];
	uint64_t seed = test_seed();
	svf f;
	const svf_shape off = svf_design(modes[0], 300.0f, 0.7f, RATE);
	svf_reset(&f, off);
	for (int i = 0; i < 64; i++)
		x[0][i] = y[0][i] = x[1][i] = y[1][i] = rng_next_unit(&seed);
	svf_run(&f, off, 64, x[0], x[1]);
	assert_memory_equal(x, y, sizeof x);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_response_is_the_theorys),
	    cmocka_unit_test(it_is_stable_whatever_moves),
	    cmocka_unit_test(off_changes_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

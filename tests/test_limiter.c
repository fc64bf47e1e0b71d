#include "tests/test.h"
#include "tests/tone.h"

#include "rt/limiter.h"
#include "rt/rng.h"

#include <stdlib.h>
#include <string.h>

enum { LENGTH = 96000 };

static float x[2][LENGTH];

static void
run(limiter *l, int frames, uint32_t chunk)
{
	for (int at = 0; at < frames; at += (int)chunk)
		limiter_run(l, x[0] + at, x[1] + at,
			    frames - at < (int)chunk ? (uint32_t)(frames - at) : chunk);
}

/* What stays under the threshold comes out bit for bit, late by the latency, before loud passages and after
 * them. */
static void
what_is_not_too_loud_passes_untouched(void **state)
{
	(void)state;
	static float in[2][LENGTH];
	static const uint32_t rates[] = {8000, 44100, 48000, 96000, 192000, 384000};
	uint64_t seed = test_seed();
	for (size_t r = 0; r < sizeof rates / sizeof *rates; r++) {
		limiter l;
		limiter_init(&l, rates[r]);
		const int late = (int)limiter_latency(&l);
		assert_true(late > 0 && late < LIMITER_RING - LIMITER_CHUNK);
		assert_true(rates[r] > 192000 || (double)late < 0.001 * rates[r] + LIMITER_TAPS);
		for (int c = 0; c < 2; c++)
			for (int i = 0; i < LENGTH; i++)
				in[c][i] = x[c][i] =
				    (i > 10000 && i < 11000 ? 6.0f : 0.8f) * (rng_next_unit(&seed) - 0.5f);
		run(&l, LENGTH, 100);
		assert_true(l.reduction < 0.6f);
		for (int c = 0; c < 2; c++)
			for (int i = 0; i < 9000; i++)
				assert_true(x[c][i + late] == in[c][i]);
		if (rates[r] <= 48000)
			for (int i = 60000; i < LENGTH - late; i++)
				assert_true(x[0][i + late] == in[0][i]);
	}
}

/* The meter of ITU-R BS.1770-4, annex 2: four times the rate by 48 taps. */
static double
meter(const float *y)
{
	static const double phase[2][12] = {
	    {0.0017089843750, 0.0109863281250, -0.0196533203125, 0.0332031250000, -0.0594482421875,
	     0.1373291015625, 0.9721679687500, -0.1022949218750, 0.0476074218750, -0.0266113281250,
	     0.0148925781250, -0.0083007812500},
	    {-0.0291748046875, 0.0292968750000, -0.0517578125000, 0.0891113281250, -0.1665039062500,
	     0.4650878906250, 0.7797851562500, -0.2003173828125, 0.1015625000000, -0.0582275390625,
	     0.0330810546875, -0.0189208984375}};
	double peak = 0.0;
	for (int i = 11; i < LENGTH; i++)
		for (int p = 0; p < 4; p++) {
			double sum = 0.0;
			for (int k = 0; k < 12; k++)
				sum += phase[p == 1 || p == 2][p > 1 ? 11 - k : k] * (double)y[i - k];
			peak = fmax(peak, fabs(sum));
		}
	return peak;
}

typedef float (*maker)(int i, uint64_t *seed);

/* A quarter of the rate, struck between its samples: 3 dB between them. */
static float
between(int i, uint64_t *seed)
{
	(void)seed;
	return 1.3f * (float)sin(M_PI / 2.0 * i + M_PI / 4.0);
}

static float
bursts(int i, uint64_t *seed)
{
	(void)seed;
	return (i / 3000 % 2 ? 1.4f : 0.1f) *
	       (float)sin(2.0 * M_PI * (0.21 + 0.03 * (i / 6000)) * i + i / 6000);
}

static float
noise(int i, uint64_t *seed)
{
	return (i / 2000 % 3 ? 20.0f : 0.01f) * (2.0f * rng_next_unit(seed) - 1.0f);
}

static float
clicks(int i, uint64_t *seed)
{
	(void)i;
	return rng_next(seed) % 97 == 0 ? (rng_next(seed) & 1 ? 8.0f : -8.0f) : 0.0f;
}

static float
square(int i, uint64_t *seed)
{
	(void)seed;
	return i / 37 % 2 ? 3.0f : -3.0f;
}

/* The interpolator's worst input: signs alternate but for one place, where all its taps add. It lies at half
 * the rate itself, where the peak between samples has no bound: the longer the filter, the higher. Only a
 * meter says something. */
static float
conspiracy(int i, uint64_t *seed)
{
	(void)seed;
	const int place = i % 1000;
	return (place < 500 ? place % 2 : (place + 1) % 2) ? 1.0f : -1.0f;
}

static float
chirp(int i, uint64_t *seed)
{
	(void)seed;
	return 4.0f * (float)sin(M_PI * 0.45 * (double)i * i / LENGTH);
}

static void
the_true_peak_never_exceeds_the_ceiling(void **state)
{
	(void)state;
	static const struct {
		const char *name;
		maker make;
		double most; /* true peak by a meter at sixteen times the rate */
	} signals[] = {{"quarter rate", between, (double)LIMITER_CEILING},
		       {"bursts", bursts, (double)LIMITER_CEILING},
		       /* White up to half the rate itself, where four times the rate sees least. */
		       {"noise", noise, 1.0},
		       {"clicks", clicks, (double)LIMITER_CEILING},
		       {"square", square, (double)LIMITER_CEILING},
		       {"chirp", chirp, (double)LIMITER_CEILING},
		       {"alternating signs", conspiracy, INFINITY}};
	uint64_t seed = test_seed();
	for (size_t s = 0; s < sizeof signals / sizeof *signals; s++) {
		limiter l;
		limiter_init(&l, 48000);
		for (int i = 0; i < LENGTH; i++) {
			x[0][i] = signals[s].make(i, &seed);
			x[1][i] = 0.5f * x[0][i];
		}
		run(&l, LENGTH, 64);
		const double peak = fmax(true_peak(x[0], LENGTH), true_peak(x[1], LENGTH));
		print_message("%-18s %.2f dBTP (by BS.1770's meter %.2f)\n", signals[s].name, decibel(peak),
			      decibel(meter(x[0])));
		assert_true(peak <= signals[s].most);
		assert_true(meter(x[0]) <= (double)LIMITER_CEILING);
		assert_true(peak > 0.4); /* and it is not simply quiet */
	}
}

static void
chunks_make_no_difference(void **state)
{
	(void)state;
	static float whole[LENGTH];
	uint64_t seed = test_seed();
	for (int round = 0; round < 2; round++) {
		uint64_t own = seed;
		limiter l;
		limiter_init(&l, 48000);
		for (int i = 0; i < LENGTH; i++)
			x[0][i] = x[1][i] = i % 9000 < 3000 ? noise(i, &own) : 0.001f;
		for (int at = 0; at < LENGTH;) {
			const int n = round ? 1 + (int)(rng_next(&own) % 256) : 256;
			const int fit = n < LENGTH - at ? n : LENGTH - at;
			limiter_run(&l, x[0] + at, x[1] + at, (uint32_t)fit);
			at += fit;
		}
		if (!round)
			memcpy(whole, x[0], sizeof whole);
		/* The signal itself is drawn from the same numbers; only the chunks differ. */
	}
	for (int i = 0; i < LENGTH; i++)
		assert_true(fabsf(whole[i] - x[0][i]) < 1e-6f);
}

static void
what_is_no_number_becomes_silence(void **state)
{
	(void)state;
	uint64_t seed = test_seed();
	limiter l;
	limiter_init(&l, 48000);
	for (int i = 0; i < LENGTH; i++) {
		x[0][i] = i % 1000 ? 2e6f * (rng_next_unit(&seed) - 0.5f) : i % 2000 ? NAN : INFINITY;
		x[1][i] = i % 777 ? 0.1f : -INFINITY;
	}
	run(&l, LENGTH, 64);
	for (int i = 0; i < LENGTH; i++)
		assert_true(fabsf(x[0][i]) <= LIMITER_CEILING && fabsf(x[1][i]) <= LIMITER_CEILING);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_is_not_too_loud_passes_untouched),
	    cmocka_unit_test(the_true_peak_never_exceeds_the_ceiling),
	    cmocka_unit_test(chunks_make_no_difference),
	    cmocka_unit_test(what_is_no_number_becomes_silence),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

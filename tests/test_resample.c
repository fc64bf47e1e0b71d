#include "tests/test.h"

#include "model/resample.h"

#include <math.h>
#include <samplerate.h>
#include <stdlib.h>

enum { LENGTH = 24000 };

typedef dr_status convert_fn(float **data, uint32_t *frames, int channels, uint32_t from, uint32_t to,
			     dr_error *err);

static dr_status
library(float **data, uint32_t *frames, int channels, uint32_t from, uint32_t to, dr_error *err)
{
	const long room = (long)((double)*frames * to / from) + 2;
	float *out = malloc((size_t)room * (size_t)channels * sizeof *out);
	assert_non_null(out);
	SRC_DATA job = {.data_in = *data,
			.data_out = out,
			.input_frames = (long)*frames,
			.output_frames = room,
			.src_ratio = (double)to / from};
	if (src_simple(&job, SRC_SINC_BEST_QUALITY, channels) != 0)
		return error_set(err, DR_FAILED, "libsamplerate");
	free(*data);
	*data = out;
	*frames = (uint32_t)job.output_frames_gen;
	return DR_OK;
}

/* A sine of that frequency, resampled; what is left of it by least squares, and of all else, in dB. */
static void
through(convert_fn *convert, uint32_t from, uint32_t to, double hz, double *level, double *rest)
{
	float *x = malloc(LENGTH * sizeof *x);
	assert_non_null(x);
	uint32_t n = LENGTH;
	for (int i = 0; i < LENGTH; i++)
		x[i] = (float)sin(2.0 * M_PI * hz * i / from);
	assert_ok(convert(&x, &n, 1, from, to, &test_error));
	assert_true(llabs((long long)n - (long long)LENGTH * to / from) <= 2);
	double xs = 0.0, xc = 0.0, ss = 0.0, cc = 0.0, sc = 0.0, total = 0.0;
	uint32_t count = 0;
	for (uint32_t i = n / 4; i < 3 * n / 4; i++, count++) {
		const double v = (double)x[i], sine = sin(2.0 * M_PI * hz * i / to),
			     cosine = cos(2.0 * M_PI * hz * i / to);
		xs += v * sine;
		xc += v * cosine;
		ss += sine * sine;
		cc += cosine * cosine;
		sc += sine * cosine;
		total += v * v;
	}
	const double s = (xs * cc - xc * sc) / (ss * cc - sc * sc),
		     c = (xc * ss - xs * sc) / (ss * cc - sc * sc);
	*level = 20.0 * log10(hypot(s, c) + 1e-12);
	double error = 0.0;
	for (uint32_t i = n / 4; i < 3 * n / 4; i++) {
		const double fit = s * sin(2.0 * M_PI * hz * i / to) + c * cos(2.0 * M_PI * hz * i / to);
		error += ((double)x[i] - fit) * ((double)x[i] - fit);
	}
	*rest = 10.0 * log10((*level < -100.0 ? total : error) / count * 2.0 + 1e-24);
	free(x);
}

static const struct {
	uint32_t from, to;
} ratios[] = {{48000, 44100}, {44100, 48000}, {48000, 96000},  {96000, 48000}, {48000, 192000},
	      {44100, 96000}, {22050, 48000}, {192000, 44100}, {8000, 48000},  {48000, 44101}};

static void
tones_pass_unchanged(void **state)
{
	(void)state;
	for (size_t r = 0; r < sizeof ratios / sizeof *ratios; r++) {
		const double half = 0.5 * fmin(ratios[r].from, ratios[r].to);
		static const double where[] = {0.0123, 0.1, 0.5, 0.8, 0.92};
		for (size_t i = 0; i < sizeof where / sizeof *where; i++) {
			double level, rest;
			through(resample, ratios[r].from, ratios[r].to, where[i] * half, &level, &rest);
			/* The odd ratio is libsamplerate's own. */
			const double floor = ratios[r].to == 44101 ? -130.0 : -145.0;
			if (fabs(level) > 0.0005 || rest > floor)
				fail_msg("%u to %u, %.0f Hz: level %.4f dB, rest %.1f dB", ratios[r].from,
					 ratios[r].to, where[i] * half, level, rest);
		}
	}
}

/* What the project's own filter is for: libsamplerate's best in less time, and no worse. */
static void
no_worse_than_the_library(void **state)
{
	(void)state;
	static const double where[] = {0.05, 0.5, 0.9};
	for (size_t r = 0; r < 6; r++)
		for (size_t i = 0; i < sizeof where / sizeof *where; i++) {
			const double hz = 0.5 * where[i] * fmin(ratios[r].from, ratios[r].to);
			double level, rest, level_library, rest_library;
			through(resample, ratios[r].from, ratios[r].to, hz, &level, &rest);
			through(library, ratios[r].from, ratios[r].to, hz, &level_library, &rest_library);
			if (fabs(level) > fabs(level_library) + 1e-4 || rest > fmax(-150.0, rest_library))
				fail_msg(
				    "%u to %u, %.0f Hz: level %.5f dB, rest %.1f dB; the library: %.5f, %.1f",
				    ratios[r].from, ratios[r].to, hz, level, rest, level_library,
				    rest_library);
		}
}

static void
what_would_fold_is_gone(void **state)
{
	(void)state;
	static const double hz[] = {22060.0, 22500.0, 23500.0};
	for (size_t i = 0; i < sizeof hz / sizeof *hz; i++) {
		double level, rest;
		through(resample, 48000, 44100, hz[i], &level, &rest);
		if (rest > -145.0)
			fail_msg("%.0f Hz leaves %.1f dB", hz[i], rest);
	}
}

static void
nothing_is_delayed_and_channels_stay_apart(void **state)
{
	(void)state;
	for (size_t r = 0; r < sizeof ratios / sizeof *ratios; r++) {
		float *x = calloc(2 * LENGTH, sizeof *x);
		assert_non_null(x);
		uint32_t n = LENGTH, peak = 0;
		x[2 * 6000] = 1.0f;
		assert_ok(resample(&x, &n, 2, ratios[r].from, ratios[r].to, &test_error));
		for (uint32_t i = 0; i < n; i++) {
			if (fabsf(x[2 * i]) > fabsf(x[2 * peak]))
				peak = i;
			assert_true(x[2 * i + 1] == 0.0f);
		}
		assert_true(fabs(peak - 6000.0 * ratios[r].to / ratios[r].from) <= 1.0);
		free(x);
	}
}

static void
a_constant_stays_what_it_is(void **state)
{
	(void)state;
	float *x = malloc(LENGTH * sizeof *x);
	assert_non_null(x);
	for (int i = 0; i < LENGTH; i++)
		x[i] = 0.5f;
	uint32_t n = LENGTH;
	assert_ok(resample(&x, &n, 1, 48000, 44100, &test_error));
	for (uint32_t i = 1000; i < n - 1000; i++)
		assert_true(fabsf(x[i] - 0.5f) < 1e-5f);
	free(x);
}

static void
edges(void **state)
{
	(void)state;
	float *x = calloc(1, sizeof *x);
	assert_non_null(x);
	uint32_t n = 1;
	x[0] = 0.25f;
	assert_ok(resample(&x, &n, 1, 48000, 48000, &test_error));
	assert_true(n == 1 && x[0] == 0.25f);
	assert_int_equal(resample(&x, &n, 1, 1, 48000, &test_error), DR_BAD_INPUT);
	assert_ok(resample(&x, &n, 1, 48000, 44100, &test_error));
	assert_int_equal(n, 1);
	free(x);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(tones_pass_unchanged),
	    cmocka_unit_test(no_worse_than_the_library),
	    cmocka_unit_test(what_would_fold_is_gone),
	    cmocka_unit_test(nothing_is_delayed_and_channels_stay_apart),
	    cmocka_unit_test(a_constant_stays_what_it_is),
	    cmocka_unit_test(edges),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "tests/test.h"

#include "rt/reverb.h"
#include "rt/rng.h"
#include "rt/svf.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Impulse response of a room, `frames` long, both channels. */
static void
respond(uint32_t rate, reverb_settings s, int frames, float *left, float *right)
{
	reverb r;
	assert_ok(reverb_new(&r, &test_error));
	reverb_reset(&r, rate);
	assert_false(reverb_sounds(&r));
	memset(left, 0, (size_t)frames * sizeof *left);
	memset(right, 0, (size_t)frames * sizeof *right);
	left[0] = right[0] = 1.0f;
	for (int at = 0; at < frames; at += 64)
		reverb_run(&r, s, frames - at < 64 ? (uint32_t)(frames - at) : 64, left + at, right + at);
	reverb_free(&r);
}

/* Decay time from the backward integral (Schroeder, 1965), -5 to -35 dB, of a band around `hz`. */
static double
decay_time(const float *x, int frames, uint32_t rate, float hz)
{
	float *y = malloc((size_t)frames * sizeof *y), *unused = calloc((size_t)frames, sizeof *unused);
	memcpy(y, x, (size_t)frames * sizeof *y);
	const svf_shape band = svf_design((svf_mode){.band = 1.0f}, hz, 0.4f, rate);
	for (int pass = 0; pass < 4; pass++) {
		svf f;
		svf_reset(&f, band);
		svf_run(&f, band, (uint32_t)frames, y, unused);
	}
	double sum = 0.0, left = 0.0;
	for (int i = 0; i < frames; i++)
		sum += (double)y[i] * y[i];
	int from = -1, to = -1;
	left = sum;
	for (int i = 0; i < frames && to < 0; i++) {
		left -= (double)y[i] * y[i];
		if (from < 0 && left < sum * pow(10.0, -0.5))
			from = i;
		if (left < sum * pow(10.0, -3.5))
			to = i;
	}
	free(y);
	free(unused);
	return 2.0 * (to - from) / rate;
}

static void
it_decays_in_the_time_that_is_asked(void **state)
{
	(void)state;
	enum { MOST = 8 * 96000 };
	float *left = malloc(MOST * sizeof *left), *right = malloc(MOST * sizeof *right);
	static const uint32_t rates[] = {44100, 48000, 96000};
	static const float seconds[] = {0.5f, 1.5f, 4.0f};
	for (int r = 0; r < 3; r++)
		for (int s = 0; s < 3; s++) {
			const int frames = (int)(2.0f * seconds[s] * (float)rates[r]);
			respond(rates[r], (reverb_settings){seconds[s], 0.5f}, frames, left, right);
			const double low = decay_time(left, frames, rates[r], 300.0f),
				     high = decay_time(right, frames, rates[r], 6000.0f);
			print_message("%u Hz, %.1f s: %.2f s at 300 Hz, %.2f s at 6 kHz\n", rates[r],
				      (double)seconds[s], low, high);
			assert_true(fabs(low / (double)seconds[s] - 1.0) < 0.12);
			/* Half of the damping: shorter by 10^0.5. */
			assert_true(fabs(high / (double)seconds[s] - 0.316) < 0.08);
		}
	free(left);
	free(right);
}

/* Dense (most samples of the late part are near its RMS, as in noise), decorrelated between the ears, without
 * DC. */
static void
it_sounds_like_a_room(void **state)
{
	(void)state;
	enum { FRAMES = 48000 };
	static float left[FRAMES], right[FRAMES];
	respond(48000, (reverb_settings){2.0f, 0.3f}, FRAMES, left, right);
	double ll = 0.0, rr = 0.0, lr = 0.0, four = 0.0;
	for (int i = 7200; i < 12000; i++) {
		ll += (double)left[i] * left[i];
		rr += (double)right[i] * right[i];
		lr += (double)left[i] * right[i];
		four += pow((double)left[i], 4.0);
	}
	const double kurtosis = four * 4800 / (ll * ll);
	print_message("kurtosis %.1f after 150 ms (noise has 3), correlation of the ears %.2f\n", kurtosis,
		      lr / sqrt(ll * rr));
	assert_true(kurtosis < 5.0);
	assert_true(fabs(lr) < 0.25 * sqrt(ll * rr));
	assert_true(fabs(10.0 * log10(ll / rr)) < 2.0);
}

static void
it_is_bounded_whatever_moves_and_ends(void **state)
{
	(void)state;
	static float left[256], right[256];
	uint64_t seed = test_seed();
	reverb r;
	assert_ok(reverb_new(&r, &test_error));
	reverb_reset(&r, 48000);
	reverb_settings s = {1.0f, 0.5f};
	float peak = 0.0f;
	for (int block = 0; block < 100000; block++) {
		const uint64_t bits = rng_next(&seed);
		const uint32_t frames = 1 + (uint32_t)(bits >> 8) % 256;
		if (bits % 8 == 0)
			s = (reverb_settings){0.2f * powf(50.0f, bits & 64 ? 1.0f : rng_next_unit(&seed)),
					      bits & 128 ? 0.0f : rng_next_unit(&seed)};
		for (uint32_t i = 0; i < frames; i++) {
			left[i] = 2.0f * rng_next_unit(&seed) - 1.0f;
			right[i] = 2.0f * rng_next_unit(&seed) - 1.0f;
		}
		reverb_run(&r, s, frames, left, right);
		for (uint32_t i = 0; i < frames; i++) {
			assert_true(isfinite(left[i]) && isfinite(right[i]));
			peak = fmaxf(peak, fmaxf(fabsf(left[i]), fabsf(right[i])));
		}
	}
	print_message("peak %.1f\n", (double)peak);
	assert_true(peak < 60.0f); /* full-scale noise for minutes into ten seconds of reverberation */
	int blocks = 0;
	for (; reverb_sounds(&r) && blocks < 20000; blocks++) {
		memset(left, 0, sizeof left);
		memset(right, 0, sizeof right);
		reverb_run(&r, (reverb_settings){0.5f, 0.5f}, 256, left, right);
	}
	assert_true(blocks < 20000);
	/* And a reset is silence. */
	left[0] = 1.0f;
	reverb_run(&r, s, 256, left, right);
	reverb_reset(&r, 44100);
	for (blocks = 0; blocks < 100; blocks++) {
		memset(left, 0, sizeof left);
		memset(right, 0, sizeof right);
		reverb_run(&r, s, 256, left, right);
		for (int i = 0; i < 256; i++)
			assert_true(left[i] == 0.0f && right[i] == 0.0f);
	}
	reverb_free(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(it_decays_in_the_time_that_is_asked),
	    cmocka_unit_test(it_sounds_like_a_room),
	    cmocka_unit_test(it_is_bounded_whatever_moves_and_ends),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

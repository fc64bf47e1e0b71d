#include "tests/test.h"

#include "rt/delay.h"
#include "rt/rng.h"

#include <math.h>
#include <string.h>

enum { RATE = 48000, LENGTH = 60000 };

static float out[2][LENGTH];

/* Sends x (or silence) in chunks of 60 and keeps what comes back. */
static void
run(delay *d, const delay_settings *s, const float *x, int frames)
{
	static const float nothing[60];
	for (int at = 0; at < frames; at += 60)
		delay_run(d, s, x ? x + at : nothing, 60, out[0] + at, out[1] + at);
}

static void
echoes_come_on_time_from_side_to_side(void **state)
{
	(void)state;
	static float click[LENGTH];
	delay d;
	const delay_settings s = {.frames = 6000.4f, .feedback = 0.5f, .tone = 20000.0f};
	assert_ok(delay_new(&d, &test_error));
	delay_reset(&d, RATE);
	assert_false(delay_sounds(&d));
	memset(click, 0, sizeof click);
	click[7] = 1.0f;
	run(&d, &s, click, LENGTH);
	assert_true(delay_sounds(&d));
	double last = 0.0;
	for (int n = 1; n < 8; n++) {
		const float *near = out[(n + 1) % 2] + 7 + 6000 * n, *far = out[n % 2] + 7 + 6000 * n;
		double mine = 0.0, other = 0.0;
		for (int i = -20; i < 200; i++) {
			mine += (double)near[i] * near[i];
			other += (double)far[i] * far[i];
			assert_true(i >= 0 || fabsf(near[i]) < 0.02f);
		}
		assert_true(fabsf(near[0]) > 0.3f * powf(0.4f, (float)(n - 1)));
		assert_true(other < 1e-4 * mine);
		assert_true(n == 1 || (mine < 0.27 * last && mine > 0.05 * last));
		last = mine;
	}
	delay_free(&d);
}

/* The tone takes treble from each echo once more; the base goes too: nothing can pile up at 0 Hz. */
static void
each_pass_is_darker_and_has_no_dc(void **state)
{
	(void)state;
	static float click[LENGTH];
	delay d;
	const delay_settings s = {.frames = 6000.0f, .feedback = 0.95f, .tone = 1000.0f};
	assert_ok(delay_new(&d, &test_error));
	delay_reset(&d, RATE);
	memset(click, 0, sizeof click);
	click[0] = 1.0f;
	run(&d, &s, click, LENGTH);
	double last = 1.0;
	for (int n = 1; n < 8; n++) {
		const float *e = out[(n + 1) % 2] + 6000 * n;
		double all = 0.0, steps = 0.0, sum = 0.0;
		for (int i = 0; i < 5900; i++) {
			all += (double)e[i] * e[i];
			steps += ((double)e[i + 1] - e[i]) * ((double)e[i + 1] - e[i]);
			sum += e[i];
		}
		assert_true(steps / all < last);
		last = steps / all;
		assert_true(fabs(sum) < 0.05);
	}
	delay_free(&d);
}

/* The time is swept at random while a slow sine is echoed: nothing jumps. */
static void
a_new_time_fades_in(void **state)
{
	(void)state;
	static float x[LENGTH];
	delay d;
	uint64_t seed = test_seed();
	assert_ok(delay_new(&d, &test_error));
	delay_reset(&d, RATE);
	for (int i = 0; i < LENGTH; i++)
		x[i] = 0.5f * (float)sin(2.0 * M_PI * 200.0 * i / RATE);
	delay_settings s = {.frames = 3000.0f, .feedback = 0.0f, .tone = 20000.0f};
	for (int at = 0; at < LENGTH; at += 60) {
		if (rng_next(&seed) % 20 == 0)
			s.frames = 50.0f + 4000.0f * rng_next_unit(&seed);
		delay_run(&d, &s, x + at, 60, out[0] + at, out[1] + at);
	}
	/* The sine's own steps, and a full swing within the 30 ms of a fade. */
	for (int i = 6000; i < LENGTH; i++)
		assert_true(fabsf(out[0][i] - out[0][i - 1]) <
			    0.5f * 6.2832f * 200.0f / RATE + 1.0f / 1440.0f + 1e-4f);
	delay_free(&d);
}

static void
it_is_bounded_and_ends(void **state)
{
	(void)state;
	static float in[256];
	delay d;
	uint64_t seed = test_seed();
	assert_ok(delay_new(&d, &test_error));
	delay_reset(&d, RATE);
	delay_settings s = {.frames = 100.0f, .feedback = 0.95f, .tone = 20000.0f};
	float peak = 0.0f;
	for (int block = 0; block < 60000; block++) {
		const uint64_t bits = rng_next(&seed);
		const uint32_t frames = 1 + (uint32_t)(bits >> 8) % 256;
		if (bits % 16 == 0)
			s = (delay_settings){.frames = bits & 64 ? 1e9f : 20000.0f * rng_next_unit(&seed),
					     .feedback = bits & 128 ? 0.95f : rng_next_unit(&seed),
					     .tone = 200.0f * powf(100.0f, rng_next_unit(&seed))};
		for (uint32_t i = 0; i < frames; i++)
			in[i] = 2.0f * rng_next_unit(&seed) - 1.0f;
		delay_run(&d, &s, in, frames, out[0], out[1]);
		for (uint32_t i = 0; i < frames; i++) {
			assert_true(isfinite(out[0][i]) && isfinite(out[1][i]));
			peak = fmaxf(peak, fmaxf(fabsf(out[0][i]), fabsf(out[1][i])));
		}
	}
	print_message("peak %.1f\n", (double)peak);
	assert_true(peak <= 25.0f); /* 1/(1 - 0.95), and the high pass's overshoot */
	s = (delay_settings){.frames = 4800.0f, .feedback = 0.5f, .tone = 5000.0f};
	memset(in, 0, sizeof in);
	int blocks = 0;
	while (delay_sounds(&d) && blocks < 20000) {
		delay_run(&d, &s, in, 256, out[0], out[1]);
		blocks++;
	}
	assert_true(blocks < 20000);
	delay_free(&d);
}

static void
a_reset_forgets_in_no_time(void **state)
{
	(void)state;
	static float noise[6000];
	delay d;
	uint64_t seed = test_seed();
	const delay_settings s = {.frames = 3000.0f, .feedback = 0.9f, .tone = 20000.0f};
	assert_ok(delay_new(&d, &test_error));
	delay_reset(&d, RATE);
	for (int i = 0; i < 6000; i++)
		noise[i] = rng_next_unit(&seed);
	run(&d, &s, noise, 6000);
	delay_reset(&d, RATE);
	assert_false(delay_sounds(&d));
	run(&d, &s, NULL, LENGTH);
	for (int i = 0; i < LENGTH; i++)
		assert_true(out[0][i] == 0.0f && out[1][i] == 0.0f);
	delay_free(&d);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(echoes_come_on_time_from_side_to_side),
	    cmocka_unit_test(each_pass_is_darker_and_has_no_dc),
	    cmocka_unit_test(a_new_time_fades_in),
	    cmocka_unit_test(it_is_bounded_and_ends),
	    cmocka_unit_test(a_reset_forgets_in_no_time),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "tests/test.h"

#include "rt/rng.h"
#include "rt/strip.h"

#include <math.h>
#include <string.h>

enum { RATE = 48000 };

static params p;
static float x[2][64];

static void
tone(int block)
{
	for (int i = 0; i < 64; i++)
		x[0][i] = x[1][i] = 0.5f * (float)sin(2.0 * M_PI * 300.0 * (block * 64 + i) / RATE);
}

static void
set(int param, float value)
{
	params_set(&p, param_slot(param, INST_SD), value, 0);
}

static void
off_it_touches_nothing(void **state)
{
	(void)state;
	strip s;
	params_reset(&p);
	strip_reset(&s);
	/* Whatever the controls of what is off say. */
	set(PARAM_FILTER_CUTOFF, 200.0f);
	set(PARAM_FILTER_RESONANCE, 1.0f);
	for (int block = 0; block < 100; block++) {
		float before[2][64];
		tone(block);
		memcpy(before, x, sizeof x);
		assert_false(strip_run(&s, &p, INST_SD, RATE, 64, x[0], x[1]));
		assert_memory_equal(before, x, sizeof x);
	}
}

/* Drive and filter come and go while a tone plays: the steps between samples stay those of a tone. */
static void
on_and_off_it_does_not_click(void **state)
{
	(void)state;
	strip s;
	float last = 0.0f, worst = 0.0f;
	uint64_t seed = test_seed();
	params_reset(&p);
	strip_reset(&s);
	for (int block = 0; block < 20000; block++) {
		const uint64_t bits = rng_next(&seed);
		if (bits % 16 == 0)
			set(PARAM_DRIVE, bits & 64 ? 0.0f : 0.3f);
		if (bits % 16 == 1)
			set(PARAM_FILTER_MODE, (float)(bits >> 8 & 3));
		tone(block);
		strip_run(&s, &p, INST_SD, RATE, 64, x[0], x[1]);
		for (int i = 0; i < 64; i++) {
			assert_true(x[0][i] == x[1][i]);
			worst = fmaxf(worst, fabsf(x[0][i] - last));
			last = x[0][i];
		}
	}
	/* 0.5 at 300 Hz moves by 0.02; a bypassed filter at once would jump by up to half a volt of it. */
	print_message("largest step %.3f\n", (double)worst);
	assert_true(worst < 0.045f);
	/* And at the end of it all it is off again, to the bit. */
	set(PARAM_DRIVE, 0.0f);
	set(PARAM_FILTER_MODE, 0.0f);
	bool acts = true;
	for (int block = 0; block < 200; block++) {
		tone(block);
		acts = strip_run(&s, &p, INST_SD, RATE, 64, x[0], x[1]);
	}
	assert_false(acts);
}

static void
modes_do_what_they_are_called(void **state)
{
	(void)state;
	static const float tones[] = {50.0f, 1000.0f, 15000.0f};
	static const bool passes[4][3] = {{1, 1, 1}, {1, 1, 0}, {0, 1, 0}, {0, 1, 1}};
	for (int mode = 0; mode < 4; mode++)
		for (int t = 0; t < 3; t++) {
			strip s;
			double energy = 0.0;
			char name[PARAM_CHOICE_MAX];
			params_reset(&p);
			strip_reset(&s);
			set(PARAM_FILTER_MODE, (float)mode);
			for (int block = 0; block < 200; block++) {
				for (int i = 0; i < 64; i++)
					x[0][i] = x[1][i] = (float)sin(2.0 * M_PI * (double)tones[t] *
								       (block * 64 + i) / RATE);
				strip_run(&s, &p, INST_SD, RATE, 64, x[0], x[1]);
				for (int i = 0; i < 64 && block >= 100; i++)
					energy += (double)x[0][i] * x[0][i] / 3200.0;
			}
			param_choice_name(param_slot(PARAM_FILTER_MODE, INST_SD), mode, name);
			if ((energy > 0.4) != passes[mode][t])
				fail_msg("%s: %.0f Hz comes out at %.2f", name, (double)tones[t], energy);
		}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(off_it_touches_nothing),
	    cmocka_unit_test(on_and_off_it_does_not_click),
	    cmocka_unit_test(modes_do_what_they_are_called),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

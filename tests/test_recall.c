#include "tests/test.h"

#include "model/recall.h"
#include "rt/rng.h"

#include <math.h>
#include <string.h>

enum { STEPS = 400 };

typedef struct past {
	step_hits step[STEPS];
	uint16_t mask[STEPS];
	history h;
} past;

static void
put(past *p, int step, unsigned mask, int velocity)
{
	memset(&p->step[step], 0, sizeof p->step[step]);
	for (int i = 0; i < INSTRUMENTS; i++)
		if (mask >> i & 1)
			p->step[step].hit[i] = (step_hit){(uint8_t)velocity, 1, 0};
	p->mask[step] = (uint16_t)mask;
}

static void
see(past *p, int n)
{
	p->h = (history){p->step, p->mask, UINT32_MAX, n};
}

static void
without_a_past_it_says_nothing(void **state)
{
	(void)state;
	static past p;
	float x[RECALL_SIZE] = {0};
	see(&p, 0);
	recall_build(&p.h, 16, 4, x);
	for (int k = 0; k < RECALL_SIZE; k++)
		assert_true(x[k] == 0.0f);
}

/* Two random bars, over and over: both what lies at the same place and what followed the same steps say the
 * truth about the step to come. */
static void
a_loop_is_recalled(void **state)
{
	(void)state;
	uint64_t seed = test_seed();
	static past p;
	unsigned loop[32];
	for (int s = 0; s < 32; s++)
		loop[s] = (unsigned)(rng_next(&seed) & 0xfff);
	for (int s = 0; s < STEPS; s++)
		put(&p, s, loop[s % 32], 20 + s % 32);
	const float *narrow;
	for (int n = 96; n < 200; n++) {
		float x[RECALL_SIZE] = {0};
		see(&p, n);
		recall_build(&p.h, 16, 4, x);
		narrow = x + RECALL_AT_KERNEL + (RECALL_KERNELS - 1) * INSTRUMENTS;
		for (int i = 0; i < INSTRUMENTS; i++) {
			const bool hit = loop[n % 32] >> i & 1;
			assert_true(hit ? narrow[i] > 0.95f : narrow[i] < 0.05f);
			if (hit)
				assert_true(fabsf(x[RECALL_AT_VELOCITY + i] * 127.0f - (float)(20 + n % 32)) <
					    1.5f);
		}
	}
}

static void
averages_fade_with_age(void **state)
{
	(void)state;
	static past p;
	for (int s = 0; s < STEPS; s++)
		put(&p, s, 0, 0);
	/* At place 3 of the bar: hits one and two bars ago, none before. */
	put(&p, 3 + 16 * 9, 1u << INST_BD, 100);
	put(&p, 3 + 16 * 8, 1u << INST_BD, 50);
	float x[RECALL_SIZE] = {0};
	see(&p, 3 + 16 * 10);
	recall_build(&p.h, 16, 4, x);
	/* Weights 1, 1/2 ... 1/32 of six bars. */
	assert_true(fabsf(x[RECALL_AT_AVERAGE + INST_BD] - 1.5f / 1.96875f) < 1e-5f);
	assert_true(x[RECALL_AT_AVERAGE + INST_SD] == 0.0f);
	const float velocity = (100.0f + 0.8f * 50.0f) / 1.8f / 127.0f;
	assert_true(fabsf(x[RECALL_AT_BAR_VELOCITY + INST_BD] - velocity) < 1e-5f);
}

/* Nothing of the present or of later steps: what lies beyond the history's end changes nothing. */
static void
it_is_causal_and_finite(void **state)
{
	(void)state;
	uint64_t seed = test_seed();
	static past p, q;
	for (int run = 0; run < 200; run++) {
		const int n = (int)(rng_next(&seed) % STEPS), bar = 8 + (int)(rng_next(&seed) % 25);
		for (int s = 0; s < STEPS; s++) {
			const unsigned mask = (unsigned)(rng_next(&seed) & rng_next(&seed) & 0xfff);
			put(&p, s, mask, 1 + s % 127);
			put(&q, s, s < n ? mask : ~mask & 0xfff, 1 + s % 127);
		}
		float x[RECALL_SIZE] = {0}, y[RECALL_SIZE] = {0};
		see(&p, n);
		see(&q, n);
		recall_build(&p.h, bar, 4, x);
		recall_build(&q.h, bar, 4, y);
		assert_memory_equal(x, y, sizeof x);
		for (int k = 0; k < RECALL_SIZE; k++)
			assert_true(isfinite(x[k]) && fabsf(x[k]) < 20.0f);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(without_a_past_it_says_nothing),
	    cmocka_unit_test(a_loop_is_recalled),
	    cmocka_unit_test(averages_fade_with_age),
	    cmocka_unit_test(it_is_causal_and_finite),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

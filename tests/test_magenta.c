/* The leaderboard's yardstick: a distribution over all 512 vectors, which training makes better. */
#include "tests/test.h"

#include "tests/bench/magenta.h"
#include "tests/patterns.h"

#include <math.h>

static void
vectors_sum_to_one(void **state)
{
	(void)state;
	magenta m;
	float log_p[MAGENTA_EVENTS];
	assert_ok(magenta_init(&m, 16, 2, 5, &test_error));
	float *own = weights_alloc(m.trunk.type->state_size(&m.trunk));
	for (int step = 0; step < 70; step++) {
		double sum = 0;
		magenta_step(&m, own, step, (uint16_t)(step * 37 % MAGENTA_EVENTS), log_p);
		for (int v = 0; v < MAGENTA_EVENTS; v++)
			sum += exp((double)log_p[v]);
		assert_true(fabs(sum - 1.0) < 1e-5);
	}
	free(own);
	magenta_clear(&m);
}

static void
inputs_are_the_last_step_and_a_counter(void **state)
{
	(void)state;
	float x[MAGENTA_INPUTS];
	magenta_input(0, 77, x);
	for (int v = 0; v < MAGENTA_EVENTS; v++)
		assert_true(x[v] == 0.0f);
	magenta_input(37, 300, x);
	for (int v = 0; v < MAGENTA_EVENTS; v++)
		assert_true(x[v] == (v == 300 ? 1.0f : 0.0f));
	for (int i = 0; i < MAGENTA_COUNTER; i++)
		assert_true(x[MAGENTA_EVENTS + i] == (37 >> i & 1 ? 1.0f : -1.0f));
}

static double
score_of(magenta *m, const hit_set *set)
{
	score s;
	assert_ok(scorer_run(magenta_scorer, m, set, &s, &test_error));
	return tally_mean(s.part[TALLY_WHOLE]);
}

static void
training_learns_and_the_future_stays_unknown(void **state)
{
	(void)state;
	corpus c = groove_corpus(24);
	hit_set train, validation;
	magenta m;
	assert_ok(hit_set_build(&c, -1, PART_TRAIN, CLASSES_FOLDED, &train, &test_error));
	assert_ok(hit_set_build(&c, -1, PART_VALIDATION, CLASSES_FOLDED, &validation, &test_error));
	assert_ok(magenta_init(&m, 24, 2, 3, &test_error));
	const double before = score_of(&m, &validation);
	assert_ok(magenta_train(&m, &train, &validation, c.n_collections, 0.03, 3, NULL, &test_error));
	const double after = score_of(&m, &validation);
	if (!(before > 8.0 && after < 4.0))
		fail_msg("%.3f bits per step before, %.3f after training", before, after);
	/* The last step's hits cost what they cost; those before it no more and no less for it. */
	double bits[2][64];
	model_score none;
	hit_line line = validation.item[0];
	uint16_t mask[64];
	memcpy(mask, line.mask, (size_t)line.n_steps * sizeof *mask);
	line.mask = mask;
	for (int k = 0; k < 2; k++) {
		assert_ok(magenta_scorer(&m, &line, bits[k], &none, &test_error));
		mask[line.n_steps - 1] ^= 0x1ff;
	}
	for (int t = 0; t < line.n_steps - 1; t++)
		assert_true(bits[0][t] == bits[1][t]);
	assert_true(bits[0][line.n_steps - 1] != bits[1][line.n_steps - 1]);
	hit_set_clear(&train);
	hit_set_clear(&validation);
	magenta_clear(&m);
	corpus_clear(&c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(vectors_sum_to_one),
	    cmocka_unit_test(inputs_are_the_last_step_and_a_counter),
	    cmocka_unit_test(training_learns_and_the_future_stays_unknown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

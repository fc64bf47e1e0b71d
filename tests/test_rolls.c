/* The odds of rolls by themselves: a network that begins too seldom, or too often, comes to what is wanted.
 */
#include "tests/test.h"

#include "model/rolls.h"
#include "rt/rng.h"

#include <math.h>

static double
odds(double p)
{
	return p / (1 - p);
}

static void
a_control_asks_for_other_odds(void **state)
{
	(void)state;
	assert_true(fabsf(rolls_target(0.1f, 0.0f) - 0.1f) < 1e-6f);
	assert_true(fabs(odds((double)rolls_target(0.1f, 0.7f)) - exp(0.7) * odds(0.1)) < 1e-6);
	assert_true(rolls_target(0.1f, -1e4f) == 0.0f);
	assert_true(rolls_target(0.0f, 0.7f) == 0.0f);
	assert_true(rolls_target(1.0f, 5.0f) <= 1.0f); /* a style of nothing but rolls */
}

/* A network whose own odds are these plays until the share is the wanted one, in so many hits; what it has
 * played before that is not counted. */
static void
the_share_comes(void **state)
{
	(void)state;
	static const float own[] = {0.002f, 0.01f, 0.1f, 0.4f}, wanted[] = {0.01f, 0.03f, 0.1f, 0.2f};
	uint64_t seed = test_seed();
	for (size_t o = 0; o < sizeof own / sizeof *own; o++)
		for (size_t w = 0; w < sizeof wanted / sizeof *wanted; w++) {
			enum { BEFORE = 2000, HITS = 20000 };
			rolls_state s = {0};
			int rolled = 0;
			for (int n = 0; n < BEFORE + HITS; n++) {
				const float logit =
				    logf(own[o] / (1.0f - own[o])) + rolls_shift(&s, wanted[w]);
				const bool roll = rng_next_unit(&seed) < 1.0f / (1.0f + expf(-logit));
				rolls_learn(&s, wanted[w], roll);
				rolled += n >= BEFORE && roll;
			}
			/* What is missing is summed up: only what the trim holds may be owed. */
			assert_true(fabs((double)rolled / HITS - (double)wanted[w]) < 8.0 / 0.3 / HITS);
		}
}

/* From a style that rolls to one that does not: what was learned for the one is nothing to the other, and
 * there again when it comes back. */
static void
who_wants_none_has_and_teaches_nothing(void **state)
{
	(void)state;
	rolls_state s = {3.0f};
	assert_true(rolls_shift(&s, 0.1f) == 3.0f);
	assert_true(rolls_shift(&s, 0.0f) == 0.0f);
	for (int n = 0; n < 100; n++)
		rolls_learn(&s, 0.0f, n % 2);
	assert_true(rolls_shift(&s, 0.1f) == 3.0f);
}

/* Networks that can never roll, or do nothing else, leave it within bounds, and it comes back soon. */
static void
it_does_not_run_away(void **state)
{
	(void)state;
	for (int roll = 0; roll < 2; roll++) {
		rolls_state s = {0};
		for (int n = 0; n < 100000; n++)
			rolls_learn(&s, 0.3f, roll);
		assert_true(fabsf(s.trim) <= 6.0f);
		int back = 0;
		while (roll ? s.trim < 0.0f : s.trim > 0.0f)
			rolls_learn(&s, 0.3f, !roll), back++;
		assert_in_range(back, 1, 80);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_control_asks_for_other_odds),
	    cmocka_unit_test(the_share_comes),
	    cmocka_unit_test(who_wants_none_has_and_teaches_nothing),
	    cmocka_unit_test(it_does_not_run_away),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

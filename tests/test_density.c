/* The density control by itself: what it takes for strong, and what it makes of silence. */
#include "tests/test.h"

#include "model/density.h"

enum { BAR = 16 };

/* Place and instrument settle what is about as likely, and nothing else: as density falls the likelier hits
 * stay. */
static void
likelier_is_stronger(void **state)
{
	(void)state;
	for (int step = 0; step < BAR; step++)
		for (int i = 0; i < INSTRUMENTS; i++)
			for (float logit = -7.0f; logit <= 7.0f; logit += 1.0f) {
				assert_true(density_strength(logit, i, step, BAR) > 0.0f);
				for (int k = 0; k < INSTRUMENTS; k++)
					assert_true(density_strength(logit + 1.0f, i, step, BAR) >
						    density_strength(logit, k, 0, BAR));
			}
	assert_true(density_strength(2.0f, INST_BD, 0, BAR) > density_strength(2.0f, INST_CH, 0, BAR));
	assert_true(density_strength(2.0f, INST_CH, 8, BAR) > density_strength(2.0f, INST_CH, 7, BAR));
}

/* A bar of silence may end with what is likely, wherever it is drawn; three end on the bar line, with
 * anything. */
static void
silence_ends_with_what_is_likely_first(void **state)
{
	(void)state;
	density_state s;
	density_init(&s);
	density_count_silence(&s, true);
	for (int step = 1; step < 5 * BAR; step++) {
		const density_call call = density_called(&s, step % BAR, BAR);
		/* step - 1 steps of silence lie before this one */
		const density_call wanted = step % BAR == 0 && step > 3 * BAR ? DENSITY_ANY
					    : step > BAR                      ? DENSITY_LIKELY
									      : DENSITY_REST;
		if (call != wanted)
			fail_msg("after %d steps of silence %d, not %d", step - 1, (int)call, (int)wanted);
		density_count_silence(&s, false);
	}
	density_count_silence(&s, true);
	assert_int_equal(density_called(&s, 0, BAR), DENSITY_REST);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(likelier_is_stronger),
	    cmocka_unit_test(silence_ends_with_what_is_likely_first),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Where phrases end, what of them comes again, and the pad between styles: pure functions. */
#include "tests/test.h"

#include "model/form.h"
#include "model/style_pad.h"
#include "rt/rng.h"

#include <math.h>

static bar_place
place(int64_t bar, int step, int len)
{
	return (bar_place){bar, step, len, {4, 4, false}};
}

static void
endings_close_groups(void **state)
{
	(void)state;
	for (int64_t bar = 0; bar < 64; bar++)
		for (int step = 0; step < 16; step++) {
			const bar_place at = place(bar, step, 16);
			for (int bars = 1; bars <= 4; bars *= 2)
				assert_int_equal(form_in_ending(bars, &at), bar % 4 == 3 && step >= 8);
			assert_int_equal(form_in_ending(8, &at), bar % 8 == 7);
			assert_int_equal(form_in_ending(16, &at), bar % 16 == 15);
		}
	const bar_place seven = place(3, 7, 14), before = place(3, 6, 14);
	assert_true(form_in_ending(4, &seven) && !form_in_ending(4, &before));
}

static void
repeat_is_a_share_that_only_grows(void **state)
{
	(void)state;
	uint64_t seed = test_seed();
	int n[5] = {0};
	for (int64_t bar = 0; bar < 2000; bar++)
		for (int half = 0; half < 2; half++) {
			bool before = false;
			for (int k = 0; k <= 4; k++) {
				const bar_place at = place(bar, 8 * half, 16),
						later = place(bar, 8 * half + 7, 16);
				const bool again = form_repeats(0.25f * (float)k, seed, &at);
				assert_int_equal(again, form_repeats(0.25f * (float)k, seed, &later));
				assert_true(again || !before);
				before = again;
				n[k] += again;
			}
		}
	assert_int_equal(n[0], 0);
	assert_int_equal(n[4], 4000);
	for (int k = 1; k < 4; k++)
		assert_true(abs(n[k] - 1000 * k) < 150);
}

/* How many of 12000 cells open and are left out. */
static void
count(const form_knobs *k, uint64_t seed, int *open, int *dropped)
{
	*open = *dropped = 0;
	for (int64_t step = 0; step < 1000; step++)
		for (int i = 0; i < INSTRUMENTS; i++) {
			*open += form_opens_rest(k, seed, step, i);
			*dropped += form_drops_hit(k, seed, step, i);
		}
}

static void
the_phrase_follows_the_densities(void **state)
{
	(void)state;
	uint64_t seed = test_seed();
	int open, dropped;
	count(&(form_knobs){0.5f, 0.5f, 0.5f}, seed, &open, &dropped);
	assert_true(open == 0 && dropped == 0);
	count(&(form_knobs){0.5f, 1.0f, 0.5f}, seed, &open, &dropped);
	assert_true(open == 12000 && dropped == 0);
	count(&(form_knobs){0.8f, 0.7f, 0.5f}, seed, &open, &dropped);
	assert_true(open == 0);
	count(&(form_knobs){0.5f, 0.75f, 0.5f}, seed, &open, &dropped);
	assert_true(abs(open - 6000) < 300);
	count(&(form_knobs){0.5f, 0.5f, 0.0f}, seed, &open, &dropped);
	assert_true(open == 0 && dropped == 12000);
	count(&(form_knobs){0.5f, 0.5f, 0.75f}, seed, &open, &dropped);
	assert_true(abs(open - 6000) < 300 && dropped == 0);
}

/* Of two cells the first is chosen in proportion to its surprise. */
static void
doubtful_cells_change_first(void **state)
{
	(void)state;
	uint64_t seed = test_seed();
	int first = 0;
	for (uint32_t draw = 0; draw < 4000; draw++)
		first += form_doubt(0.4f, true, seed, draw, 3, 0) > form_doubt(0.2f, false, seed, draw, 3, 1);
	assert_true(abs(first - 3000) < 150);
}

static void
weights_are(const int corner[4], float x, float y, const float wanted[4])
{
	float weight[MODEL_MAX_STYLES];
	style_pad_weights(corner, x, y, 4, weight);
	for (int i = 0; i < 4; i++)
		if (fabsf(weight[i] - wanted[i]) > 0.002f)
			fail_msg("style %d has %g at %g, %g, not %g", i + 1, (double)weight[i], (double)x,
				 (double)y, (double)wanted[i]);
}

static void
the_pad_lies_between_styles(void **state)
{
	(void)state;
	const int all[4] = {1, 2, 3, 4}, two[4] = {1, 2, 0, 0}, one[4] = {0, 0, 0, 3}, none[4] = {0, 0, 0, 0};
	const int strange[4] = {9, 2, 0, 0}, same[4] = {2, 2, 2, 1}, left[4] = {1, 0, 3, 0};
	weights_are(all, 0, 0, (float[4]){1, 0, 0, 0});
	weights_are(all, 1, 0, (float[4]){0, 1, 0, 0});
	weights_are(all, 0, 1, (float[4]){0, 0, 1, 0});
	weights_are(all, 1, 1, (float[4]){0, 0, 0, 1});
	weights_are(all, 0.25f, 0.5f, (float[4]){0.375f, 0.125f, 0.375f, 0.125f});
	weights_are(two, 0.25f, 0.7f, (float[4]){0.75f, 0.25f, 0, 0});
	weights_are(two, 0.25f, 1, (float[4]){0.75f, 0.25f, 0, 0});
	weights_are(one, 0, 0, (float[4]){0, 0, 1, 0});
	weights_are(none, 0.5f, 0.5f, (float[4]){0, 0, 0, 0});
	weights_are(strange, 0, 0, (float[4]){0, 1, 0, 0});
	weights_are(same, 0.5f, 0.5f, (float[4]){0.25f, 0.75f, 0, 0});
	weights_are(left, 1, 0.25f, (float[4]){0.75f, 0, 0.25f, 0});
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(endings_close_groups),
	    cmocka_unit_test(repeat_is_a_share_that_only_grows),
	    cmocka_unit_test(the_phrase_follows_the_densities),
	    cmocka_unit_test(doubtful_cells_change_first),
	    cmocka_unit_test(the_pad_lies_between_styles),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

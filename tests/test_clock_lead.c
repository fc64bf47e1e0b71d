/* Two clocks compared under interruptions. */
#include "tests/test.h"

#include "rt/clock_lead.h"
#include "rt/rng.h"

#include <math.h>

/* Ours runs faster by some millionths, which change; each reading may be interrupted for milliseconds, on
 * either side of theirs. The lead is right to some microseconds, and never moves by what an interruption
 * took. */
static void
interruptions_move_nothing(void **state)
{
	(void)state;
	uint64_t seed = test_seed();
	clock_lead c = {0};
	double ours = 5e9, lead = 123456789.0, worst = 0.0, jump = 0.0;
	int64_t before_lead = 0;
	for (int n = 0; n < 20000; n++) {
		const double slew = n % 2000 < 1000 ? 50e-6 : -300e-6;
		ours += 100000.0;
		lead += slew * 100000.0;
		/* Four readings in a row; when the machine is busy each of them is interrupted. */
		const bool busy = rng_next(&seed) % 3 == 0;
		for (int i = 0; i < 4; i++) {
			const double first = busy ? 3000.0 * (double)rng_next_unit(&seed) : 0.3;
			const double second = busy ? 3000.0 * (double)rng_next_unit(&seed) : 0.3;
			clock_lead_take(&c, (int64_t)ours, (int64_t)(ours + first - lead),
					(int64_t)(ours + first + second));
			ours += first + second;
			lead += slew * (first + second);
		}
		if (n > 20) {
			worst = fmax(worst, fabs((double)c.lead - lead));
			jump = fmax(jump, fabs((double)(c.lead - before_lead)));
		}
		before_lead = c.lead;
	}
	print_message("worst %.0f us off; moved by %.0f us at once\n", worst, jump);
	/* Some busy looks in a row while a clock is slewed by 30 us from one to the next: 25, say, never
	 * come. */
	assert_true(worst < 750.0);
	assert_true(jump < 750.0);
	assert_true(c.known);
}

static void
the_first_reading_counts_and_another_clock_is_taken_over(void **state)
{
	(void)state;
	clock_lead c = {0};
	clock_lead_take(&c, 1000, 400, 1002);
	assert_in_range(c.lead, 600, 602);
	clock_lead_take(&c, 101000, 100398, 103000); /* between 602 and 2602 */
	assert_in_range(c.lead, 600, 603);
	clock_lead_take(&c, 201000, 5000000, 201002); /* set by hours */
	assert_true(llabs(c.lead - (201001 - 5000000)) <= 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(interruptions_move_nothing),
	    cmocka_unit_test(the_first_reading_counts_and_another_clock_is_taken_over),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "tests/test.h"

#include "rt/duck.h"
#include "rt/rng.h"

#include <math.h>

enum { RATE = 48000 };

static void
it_goes_down_at_once_and_comes_back_in_its_time(void **state)
{
	(void)state;
	static float e[12000];
	duck d;
	duck_init(&d);
	assert_false(duck_run(&d, 4800.0f, 64, e));
	duck_hit(&d, 1.0f, RATE);
	for (int at = 0; at < 12000; at += 48)
		if (!duck_run(&d, 4800.0f, 48, e + at))
			for (int i = 0; i < 48; i++)
				e[at + i] = 0.0f;
	assert_true(e[0] > 0.0f && e[0] < 0.05f && e[48] > 0.999f); /* a millisecond */
	for (int i = 49; i < 12000; i++)
		assert_true(e[i] <= e[i - 1]);
	assert_true(fabsf(e[48 + 2400] - 0.5f) < 0.01f);
	assert_true(e[48 + 4700] > 0.0f && e[48 + 4810] == 0.0f);
	assert_false(duck_run(&d, 4800.0f, 64, e));
}

/* However kicks and lengths come, no step is larger than the attack's, and a kick is never weaker than asked.
 */
static void
no_kick_makes_it_jump(void **state)
{
	(void)state;
	float e[64], last = 0.0f;
	uint64_t seed = test_seed();
	duck d;
	duck_init(&d);
	for (int block = 0; block < 200000; block++) {
		const uint64_t bits = rng_next(&seed);
		if (bits % 50 == 0)
			duck_hit(&d, rng_next_unit(&seed), RATE);
		const uint32_t frames = 1 + (uint32_t)(bits >> 16) % 64;
		if (!duck_run(&d, 100.0f + 20000.0f * rng_next_unit(&seed), frames, e)) {
			assert_true(last == 0.0f);
			continue;
		}
		for (uint32_t i = 0; i < frames; i++) {
			assert_true(e[i] >= 0.0f && e[i] <= 1.0f &&
				    fabsf(e[i] - last) <= 1.0f / 48.0f + 1e-5f);
			last = e[i];
		}
	}
	duck_hit(&d, 0.9f, RATE);
	duck_run(&d, 1000.0f, 10, e);
	duck_hit(&d, 0.1f, RATE);
	float most = 0.0f;
	for (int n = 0; n < 2; n++) {
		duck_run(&d, 1000.0f, 64, e);
		for (int i = 0; i < 64; i++)
			most = fmaxf(most, e[i]);
	}
	assert_true(most >= 0.899f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(it_goes_down_at_once_and_comes_back_in_its_time),
	    cmocka_unit_test(no_kick_makes_it_jump),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* What every test includes: cmocka with what it wants before it, and assertions that stay on. */
#ifndef DRUMLIN_TEST_H
#define DRUMLIN_TEST_H

#undef NDEBUG
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "rt/status.h"

#include <stdlib.h>
#include <time.h>

/* Fails with the error's own line. */
#define assert_ok(call)                                                                                      \
	do {                                                                                                 \
		dr_error *assert_ok_err = &test_error;                                                       \
		if ((call) != DR_OK)                                                                         \
			fail_msg("%s: %s", #call, assert_ok_err->text);                                      \
	} while (0)

static dr_error test_error __attribute__((unused)); /* pass &test_error to what assert_ok wraps */

/* A seed for a randomised test: another one each time, and printed; DRUMLIN_SEED=N in the environment replays
 * N. */
static inline uint64_t
test_seed(void)
{
	const char *wanted = getenv("DRUMLIN_SEED");
	const uint64_t seed = wanted ? strtoull(wanted, NULL, 10) : (uint64_t)time(NULL);
	print_message("seed %llu\n", (unsigned long long)seed);
	return seed;
}

#endif

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

/* Fails with the error's own line. */
#define assert_ok(call)                                                                                      \
	do {                                                                                                 \
		dr_error *assert_ok_err = &test_error;                                                       \
		if ((call) != DR_OK)                                                                         \
			fail_msg("%s: %s", #call, assert_ok_err->text);                                      \
	} while (0)

static dr_error test_error __attribute__((unused)); /* pass &test_error to what assert_ok wraps */

#endif

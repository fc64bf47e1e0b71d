/* Memory that is not there: every allocation of a scenario fails in turn, alone and with all that come after
 * it. What failed says so, leaves nothing behind, and works the next time. A program that is linked with this
 * has its malloc. */
#ifndef DRUMLIN_TESTS_ALLOC_FAULTS_H
#define DRUMLIN_TESTS_ALLOC_FAULTS_H

#include "tests/test.h"

#include <stdio.h>

typedef struct alloc_scenario {
	const char *name;
	dr_status (*run)(dr_error *err); /* has freed all when it returns */
	const char *spared; /* libraries that do not survive their own want of memory; may be NULL */
} alloc_scenario;

/* Runs it in a child, again and again. Fails the test where it crashes, fails without a word, leaves memory
 * behind or does not recover. Skips it under sanitizers, which have a malloc of their own. */
void alloc_each_fails(const alloc_scenario *sc);

/* From here on nothing fails, until alloc_go_on() with what this returned. */
long alloc_hold(void);
void alloc_go_on(long left);

/* An assertion for the child, in which cmocka must not go on. */
#define HOLDS(condition)                                                                                     \
	do {                                                                                                 \
		if (!(condition)) {                                                                          \
			fprintf(stderr, "%s: not so: %s\n", __func__, #condition);                           \
			abort();                                                                             \
		}                                                                                            \
	} while (0)

#endif

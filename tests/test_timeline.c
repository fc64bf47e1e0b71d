#include "tests/test.h"

#include "rt/timeline.h"

#include <math.h>
#include <pthread.h>

static timeline_shared shared;
static _Atomic bool stop;

/* Every field is derived from one number, so a torn read shows. */
static engine_timeline
numbered(uint32_t n)
{
	return (engine_timeline){
	    .time_us = n, .quarter = n * 2.0, .tempo = n + 20.0, .playing = n % 2, .start = n * 3.0};
}

static void *
write_all(void *arg)
{
	(void)arg;
	for (uint32_t n = 1; !atomic_load_explicit(&stop, memory_order_relaxed); n++) {
		const engine_timeline t = numbered(n);
		timeline_write(&shared, &t);
	}
	return NULL;
}

static void
a_line_is_read_whole_or_not_at_all(void **state)
{
	(void)state;
	pthread_t writer;
	uint64_t last = 0;
	int whole = 0;
	engine_timeline t;
	assert_true(timeline_read(&shared, &t) && t.time_us == 0);
	assert_int_equal(pthread_create(&writer, NULL, write_all, NULL), 0);
	for (long tries = 0; whole < 20000 && tries < 200000000; tries++) {
		if (!timeline_read(&shared, &t) || t.time_us == 0)
			continue;
		const engine_timeline expected = numbered((uint32_t)t.time_us);
		assert_true(t.quarter == expected.quarter && t.tempo == expected.tempo &&
			    t.start == expected.start && t.playing == expected.playing);
		assert_true(t.time_us >= last);
		last = t.time_us;
		whole++;
	}
	atomic_store(&stop, true);
	pthread_join(writer, NULL);
	assert_int_equal(whole, 20000);
}

static void
time_becomes_quarters(void **state)
{
	(void)state;
	const engine_timeline t = {.time_us = 1000000, .quarter = 10.0, .tempo = 120.0, .start = 4.0};
	assert_true(fabs(timeline_quarters(&t, 1000000.0) - 6.0) < 1e-9);
	assert_true(fabs(timeline_quarters(&t, 1500000.0) - 7.0) < 1e-9);
	assert_true(fabs(timeline_quarters(&t, 0.0) - 4.0) < 1e-9);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_line_is_read_whole_or_not_at_all),
	    cmocka_unit_test(time_becomes_quarters),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

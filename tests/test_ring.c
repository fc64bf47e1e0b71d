#include "tests/test.h"

#include "rt/plan.h"
#include "rt/ring.h"
#include "rt/rng.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

typedef struct message {
	uint64_t number, check;
} message;

static void
a_full_ring_refuses_and_an_empty_one_has_nothing(void **state)
{
	(void)state;
	ring r;
	message m = {0, 0};
	assert_ok(ring_init(&r, 8, sizeof m, &test_error));
	assert_false(ring_pop(&r, &m));
	for (uint64_t i = 0; i < 8; i++) {
		m.number = i;
		assert_true(ring_push(&r, &m));
	}
	assert_false(ring_push(&r, &m));
	for (uint64_t i = 0; i < 8; i++) {
		assert_true(ring_pop(&r, &m));
		assert_int_equal(m.number, i);
	}
	assert_false(ring_pop(&r, &m));
	ring_free(&r);
}

enum { MESSAGES = 400000 };

static void *
write_messages(void *arg)
{
	ring *r = arg;
	for (uint64_t i = 1; i <= MESSAGES;) {
		const message m = {i, rng_mix(i)};
		i += ring_push(r, &m);
	}
	return NULL;
}

static void
two_threads_lose_and_invent_nothing(void **state)
{
	(void)state;
	ring r;
	pthread_t writer;
	assert_ok(ring_init(&r, 64, sizeof(message), &test_error));
	assert_int_equal(pthread_create(&writer, NULL, write_messages, &r), 0);
	for (uint64_t expected = 1; expected <= MESSAGES;) {
		message m;
		if (!ring_pop(&r, &m))
			continue;
		assert_int_equal(m.number, expected);
		assert_int_equal(m.check, rng_mix(expected));
		expected++;
	}
	pthread_join(writer, NULL);
	ring_free(&r);
}

/* Every field of a step is derived from one number, so a torn read shows. */
static step_event
numbered(uint32_t number)
{
	step_event e;
	memset(&e, 0, sizeof e);
	for (int i = 0; i < INSTRUMENTS; i++) {
		const uint64_t bits = rng_hash(number, (uint64_t)i, 0);
		e.hits.hit[i] = (step_hit){(uint8_t)bits, (uint8_t)(bits >> 8), (int16_t)(bits >> 16)};
		e.heat[i] = (uint8_t)(bits >> 32);
	}
	e.hits.hit[0] = (step_hit){(uint8_t)number, (uint8_t)(number >> 8), (int16_t)(number >> 16)};
	e.bar_step = (uint8_t)(number >> 3);
	e.bar_len = (uint8_t)(number >> 5);
	e.flags = (uint8_t)(number >> 7);
	return e;
}

typedef struct shared_plan {
	plan plan;
	_Atomic bool stop;
} shared_plan;

static void *
rewrite(void *arg)
{
	shared_plan *s = arg;
	for (uint32_t n = 1; !atomic_load(&s->stop); n++) {
		const step_event e = numbered(n);
		plan_write(&s->plan, n % 4 ? 5 : 5 + PLAN_STEPS, &e);
	}
	return NULL;
}

static void
a_step_is_read_whole_or_not_at_all(void **state)
{
	(void)state;
	static shared_plan s;
	pthread_t writer;
	long whole = 0, tries = 0;
	plan_init(&s.plan);
	assert_int_equal(pthread_create(&writer, NULL, rewrite, &s), 0);
	for (; whole < 20000 && tries < 200000000; tries++) {
		step_event e;
		memset(&e, 0, sizeof e);
		if (!plan_read(&s.plan, 5, &e))
			continue;
		const step_hit *h = &e.hits.hit[0];
		const uint32_t number =
		    h->velocity | (uint32_t)h->ratchet << 8 | (uint32_t)(uint16_t)h->offset << 16;
		const step_event expected = numbered(number);
		assert_memory_equal(&e, &expected, sizeof e);
		assert_true(number % 4 != 0);
		whole++;
	}
	atomic_store(&s.stop, true);
	pthread_join(writer, NULL);
	assert_true(whole == 20000);
}

static void
the_plan_knows_what_it_has(void **state)
{
	(void)state;
	static plan p;
	step_event e = numbered(7), got;
	plan_init(&p);
	assert_false(plan_read(&p, 3, &got));
	plan_write(&p, 3, &e);
	assert_true(plan_read(&p, 3, &got));
	assert_false(plan_read(&p, 3 + PLAN_STEPS, &got));
	assert_false(plan_read(&p, -1, &got));
	plan_write(&p, 3 + PLAN_STEPS, &e);
	assert_false(plan_read(&p, 3, &got));
	plan_init(&p);
	assert_false(plan_read(&p, 3 + PLAN_STEPS, &got));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_full_ring_refuses_and_an_empty_one_has_nothing),
	    cmocka_unit_test(two_threads_lose_and_invent_nothing),
	    cmocka_unit_test(a_step_is_read_whole_or_not_at_all),
	    cmocka_unit_test(the_plan_knows_what_it_has),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

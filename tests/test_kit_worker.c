/* The kit worker: what it is asked for is its own from then on, whatever becomes of the names. */
#include "tests/engine_rig.h"

#include "app/kit_worker.h"

#include <stdio.h>
#include <time.h>

static _Atomic int complaints;

static void
say(void *user, const char *line)
{
	(void)user;
	print_message("%s\n", line);
	if (!strstr(line, "loading"))
		atomic_fetch_add(&complaints, 1);
}

static void
rest(void)
{
	nanosleep(&(struct timespec){0, 2000000}, NULL);
}

/* Plays a period, and hands back what has retired. */
static void
play(engine_rig *r, kit_worker *w)
{
	report got;
	rig_play(r, 64, NULL, 0);
	while (engine_take_report(r->engine, &got))
		if (got.kind == REPORT_KITS)
			kit_worker_retire(w, got.kits);
}

/* Names that change and go while the worker loads, as a session that is switched takes its own with it. */
static void
names_are_the_workers_own(void **state)
{
	(void)state;
	static const char *const names[] = {DRUMLIN_SOURCE_DATADIR "/kits/basalt",
					    DRUMLIN_SOURCE_DATADIR "/kits/slag"};
	engine_rig *r = rig_new(false);
	kit_worker *w;
	engine_status s;
	atomic_store(&complaints, 0);
	assert_ok(kit_worker_start(r->engine, &r->params, say, NULL, &w, &test_error));
	for (int round = 0; round < 12; round++) {
		char *name = strdup(names[round % 2]);
		const music_options o = {.kit = {name}, .n_kits = 1};
		assert_ok(kit_worker_choose(w, &o, RIG_RATE, &test_error));
		memset(name, '?', strlen(name));
		free(name);
		for (int i = 0; i < round; i++)
			rest();
		play(r, w);
		kit_worker_load(w, round % 3 ? RIG_RATE : 44100); /* the same ones at another rate */
	}
	for (int tries = 0; tries < 5000; tries++) {
		play(r, w);
		engine_get_status(r->engine, &s);
		if (s.has_kits)
			break;
		rest();
	}
	assert_true(s.has_kits);
	kit_worker_stop(w);
	assert_int_equal(atomic_load(&complaints), 0);
	rig_free(r);
}

/* Leaving while it loads: nothing is waited for but the sample in hand, nothing is lost. */
static void
it_ends_in_the_middle_of_a_load(void **state)
{
	(void)state;
	static const music_options o = {
	    .kit = {DRUMLIN_SOURCE_DATADIR "/kits/basalt", DRUMLIN_SOURCE_DATADIR "/kits/slag"}, .n_kits = 2};
	for (int round = 0; round < 6; round++) {
		engine_rig *r = rig_new(false);
		kit_worker *w;
		assert_ok(kit_worker_start(r->engine, &r->params, say, NULL, &w, &test_error));
		assert_ok(kit_worker_choose(w, &o, 44100, &test_error));
		for (int i = 0; i < 4 * round; i++)
			rest();
		kit_worker_stop(w);
		rig_free(r);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(names_are_the_workers_own),
	    cmocka_unit_test(it_ends_in_the_middle_of_a_load),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

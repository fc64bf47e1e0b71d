/* What passes between the audio thread and another while both run: kits, maps, tapes. Nothing is lost,
 * nothing is freed that is still played; ThreadSanitizer sees whether anything is touched by both at once. */
#include "tests/engine_rig.h"

#include "rt/rng.h"
#include "rt/tape.h"

#include <pthread.h>
#include <sched.h>

typedef struct played {
	engine_rig *rig;
	_Atomic bool stop;
	_Atomic uint32_t periods;
} played;

static void *
audio(void *arg)
{
	static const engine_midi turned = {.frame = 7, .size = 3, .data = {0xbf, 119, 1}};
	played *p = arg;
	while (!atomic_load_explicit(&p->stop, memory_order_relaxed)) {
		rig_play(p->rig, 64, &turned, 1);
		atomic_fetch_add_explicit(&p->periods, 1, memory_order_relaxed);
		sched_yield();
	}
	return NULL;
}

/* A whole period has passed. Relaxed: what is posted must be ordered by its mailbox alone. */
static void
let_play(played *p)
{
	const uint32_t from = atomic_load_explicit(&p->periods, memory_order_relaxed);
	while (atomic_load_explicit(&p->periods, memory_order_relaxed) - from < 2)
		sched_yield();
}

static int
take_reports(engine *e, int *maps)
{
	int kits = 0;
	report r;
	while (engine_take_report(e, &r)) {
		if (r.kind == REPORT_KITS) {
			kit_set_free(r.kits);
			kits++;
		} else if (r.kind == REPORT_MAP) {
			memset(r.map, 0xff, sizeof *r.map);
			free(r.map);
			(*maps)++;
		}
	}
	return kits;
}

static void
start(played *p, pthread_t *thread)
{
	p->rig = rig_new(true);
	atomic_init(&p->stop, false);
	atomic_init(&p->periods, 0);
	assert_int_equal(pthread_create(thread, NULL, audio, p), 0);
}

static void
end(played *p, pthread_t thread)
{
	atomic_store(&p->stop, true);
	pthread_join(thread, NULL);
}

/* All but the last kit and the last map come back, one way or the other. */
static void
kits_and_maps_come_back(void **state)
{
	(void)state;
	uint64_t seed = test_seed();
	enum { ROUNDS = 20 };
	played p;
	pthread_t thread;
	int kits = 0, maps = 0;
	start(&p, &thread);
	engine *e = p.rig->engine;
	for (int i = 0; i < ROUNDS; i++) {
		midi_map *map = malloc(sizeof *map);
		midi_map_default(map);
		map = engine_publish_map(e, map);
		maps += map != NULL;
		free(map);
		kit_set *back = engine_publish_kits(e, rig_kits(1 + (int)(rng_next(&seed) % 2)));
		kits += back != NULL;
		kit_set_free(back);
		for (uint64_t periods = rng_next(&seed) % 3; periods > 0; periods--)
			let_play(&p);
		for (int k = 0; k < INSTRUMENTS; k++)
			(void)engine_command(e, COMMAND_TRIGGER, k, 100.0f);
		kits += take_reports(e, &maps);
	}
	for (int i = 0; i < 1000 && (kits < ROUNDS || maps < ROUNDS - 1); i++) {
		let_play(&p);
		kits += take_reports(e, &maps);
	}
	for (int i = 0; i < 40; i++) /* until no voice sounds: the present set stays all the same */
		let_play(&p);
	kits += take_reports(e, &maps);
	let_play(&p);
	end(&p, thread);
	assert_int_equal(kits, ROUNDS); /* the rig had one */
	assert_int_equal(maps, ROUNDS - 1);
	rig_free(p.rig);
}

/* Nobody takes reports for a while: a map that has had its day waits for room, and the one after it waits
 * too. */
static void
a_map_waits_for_room_among_the_reports(void **state)
{
	(void)state;
	enum { MAPS = 4 };
	engine_rig *r = rig_new(true);
	int maps = 0;
	for (int i = 0; i < 1200; i++) {
		(void)engine_command(r->engine, COMMAND_TRIGGER, INST_BD, 100.0f);
		rig_play(r, 8, NULL, 0);
	}
	for (int i = 0; i < MAPS; i++) {
		midi_map *map = malloc(sizeof *map);
		midi_map_default(map);
		map = engine_publish_map(r->engine, map);
		maps += map != NULL;
		free(map);
		rig_play(r, 8, NULL, 0);
		rig_play(r, 8, NULL, 0);
	}
	for (int i = 0; i < 10; i++) {
		(void)take_reports(r->engine, &maps);
		rig_play(r, 8, NULL, 0);
	}
	assert_int_equal(maps, MAPS - 1);
	rig_free(r);
}

static void
wait_for_turn(const engine *e, uint32_t turn)
{
	while (!engine_has_turned(e, turn))
		sched_yield();
}

static void
a_tape_is_let_go_of_before_it_is_freed(void **state)
{
	(void)state;
	enum { ROUNDS = 150 };
	static float sound[4096 * TAPE_MAIN];
	played p;
	pthread_t thread;
	uint64_t frames = 0, hits = 0;
	start(&p, &thread);
	engine *e = p.rig->engine;
	for (int i = 0; i < ROUNDS; i++) {
		tape *t;
		tape_hit hit;
		assert_ok(tape_new(false, RIG_RATE, &t, &test_error));
		wait_for_turn(e, engine_set_tape(e, t));
		engine_command(e, COMMAND_TRIGGER, INST_BD, 100.0f);
		let_play(&p);
		for (int k = 0; i % 2 && k < 4; k++)
			frames += tape_read(t, sound, 4096);
		wait_for_turn(e, engine_set_tape(e, NULL));
		/* Every second one unread: then the count alone says that it may be freed. */
		for (uint32_t n; i % 2 && (n = tape_read(t, sound, 4096)) > 0;)
			frames += n;
		while (i % 2 && tape_read_hit(t, &hit))
			hits++;
		tape_free(t);
		int maps = 0;
		(void)take_reports(e, &maps);
	}
	end(&p, thread);
	assert_true(frames > 0);
	print_message("%llu frames, %llu hits\n", (unsigned long long)frames, (unsigned long long)hits);
	rig_free(p.rig);
}

/* Without a second thread, so that no luck is needed. */
static void
a_tape_is_held_until_a_period_has_ended(void **state)
{
	(void)state;
	engine_rig *r = rig_new(true);
	tape *t;
	assert_ok(tape_new(false, RIG_RATE, &t, &test_error));
	uint32_t turn = engine_set_tape(r->engine, t);
	assert_false(engine_has_turned(r->engine, turn));
	rig_play(r, 64, NULL, 0);
	assert_true(engine_has_turned(r->engine, turn));
	turn = engine_set_tape(r->engine, NULL);
	assert_false(engine_has_turned(r->engine, turn));
	rig_play(r, 64, NULL, 0);
	assert_true(engine_has_turned(r->engine, turn));
	tape_free(t);
	rig_free(r);
}

static void *
let_go(void *arg)
{
	kit *k = arg;
	assert_true(k->instrument[0].layers[0].sample.channel[0][7] < 1.0f);
	kit_free(k);
	return NULL;
}

static void
the_last_holder_of_a_kit_frees_it(void **state)
{
	(void)state;
	for (int i = 0; i < 20; i++) {
		kit_set *set = rig_kits(1);
		pthread_t thread;
		assert_int_equal(pthread_create(&thread, NULL, let_go, kit_share(set->corner[0])), 0);
		kit_set_free(set);
		pthread_join(thread, NULL);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(kits_and_maps_come_back),
	    cmocka_unit_test(a_map_waits_for_room_among_the_reports),
	    cmocka_unit_test(a_tape_is_let_go_of_before_it_is_freed),
	    cmocka_unit_test(a_tape_is_held_until_a_period_has_ended),
	    cmocka_unit_test(the_last_holder_of_a_kit_frees_it),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

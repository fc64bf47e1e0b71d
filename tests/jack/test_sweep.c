/* A finger on the pad while kits play on a real JACK server, the kit worker morphing whenever it rests:
 * recorded, and searched for steps that are not the sounds' own. */
#include "tests/test.h"

#include "app/kit_worker.h"
#include "rt/rng.h"
#include "tests/jack/jack_rig.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { HITS = 16, FRAMES = 6 * JACK_RIG_RATE + JACK_RIG_RATE };
static const double between_hits = 0.36, tail_from = 0.08, tail_to = 0.32; /* s after a hit */

static jack_rig rig;
static kit_worker *worker;
static float recorded[FRAMES];

static void
say(void *user, const char *line)
{
	(void)user;
	print_message("%s\n", line);
}

static pthread_mutex_t leaving = PTHREAD_MUTEX_INITIALIZER; /* around worker, which goes before the rig */

static void
retire(void *user, kit_set *set)
{
	(void)user;
	pthread_mutex_lock(&leaving);
	if (worker)
		kit_worker_retire(worker, set);
	else
		kit_set_free(set);
	pthread_mutex_unlock(&leaving);
}

/* The worker publishes to the engine: it ends first. */
static void
stop_worker(void)
{
	pthread_mutex_lock(&leaving);
	kit_worker *w = worker;
	worker = NULL;
	pthread_mutex_unlock(&leaving);
	kit_worker_stop(w);
}

static void
place(float x, float y)
{
	control_set(&rig.control, PARAM_KIT_X, x, PARAM_SOURCE_SCREEN);
	control_set(&rig.control, PARAM_KIT_Y, y, PARAM_SOURCE_SCREEN);
}

/* Largest step between neighbouring frames of the tails of hits, and of the change of it. */
typedef struct steps {
	float first, second;
	int tails;
} steps;

static void
look_at_tail(uint32_t hit, steps *s)
{
	const uint32_t from = hit + (uint32_t)(tail_from * JACK_RIG_RATE),
		       to = hit + (uint32_t)(tail_to * JACK_RIG_RATE);
	for (uint32_t i = from; i < to; i++) {
		s->first = fmaxf(s->first, fabsf(recorded[i] - recorded[i - 1]));
		s->second = fmaxf(s->second, fabsf(recorded[i] - 2.0f * recorded[i - 1] + recorded[i - 2]));
	}
	s->tails++;
}

/* Plays hits, with a finger that moves and rests between them or lies still at each place of the pad in turn;
 * counts tails in which the server lost no period. */
static steps
play(bool moving, uint64_t *seed)
{
	steps s = {0};
	float x = 0.0f, y = 0.0f;
	for (int hit = 0; s.tails < HITS && hit < 4 * HITS; hit++) {
		if (!moving) { /* the corners, and places where a morph has been waited for: none is left out
				*/
			place((float)(s.tails % 4) / 3.0f, (float)(s.tails / 4) / 3.0f);
			jack_rig_sleep(0.25);
		}
		atomic_store(&rig.taped, 0);
		const uint32_t lost = atomic_load(&rig.xruns);
		control_command(&rig.control, COMMAND_TRIGGER, INST_BD, 127.0f);
		const float to_x = rng_next_unit(seed), to_y = rng_next_unit(seed);
		for (int step = 0; step < 60; step++) { /* six milliseconds each */
			if (moving && step < 45)
				place(x + (to_x - x) * (float)step / 44.0f,
				      y + (to_y - y) * (float)step / 44.0f);
			jack_rig_sleep(between_hits / 60.0);
		}
		x = to_x;
		y = to_y;
		assert_true(
		    jack_rig_until(atomic_load(&rig.taped) > (uint32_t)((tail_to + 0.02) * JACK_RIG_RATE)));
		uint32_t begins = 0;
		while (begins < FRAMES / 8 && fabsf(recorded[begins]) < 1e-3f)
			begins++;
		if (atomic_load(&rig.xruns) == lost &&
		    begins + (uint32_t)(tail_to * JACK_RIG_RATE) < atomic_load(&rig.taped))
			look_at_tail(begins, &s);
	}
	return s;
}

static void
a_live_sweep_has_no_steps_of_its_own(void **state)
{
	(void)state;
	static const music_options options = {
	    .kit = {DRUMLIN_SOURCE_DATADIR "/kits/basalt", DRUMLIN_SOURCE_DATADIR "/kits/larch",
		    DRUMLIN_SOURCE_DATADIR "/kits/moraine", DRUMLIN_SOURCE_DATADIR "/kits/slag"},
	    .n_kits = 4};
	uint64_t seed = test_seed();
	if (!jack_rig_start(&rig, 16)) {
		jack_rig_stop(&rig);
		skip();
	}
	rig.tape = recorded;
	rig.tape_frames = FRAMES;
	assert_ok(kit_worker_start(rig.engine, &rig.params, say, NULL, &worker, &test_error));
	rig.retire = retire;
	place(0.5f, 0.5f);
	assert_ok(kit_worker_choose(worker, &options, JACK_RIG_RATE, &test_error));
	/* Until the samples are taken apart and the first morphs are there: half a minute, on a slow machine.
	 */
	for (int tries = 0; tries < 60 && kit_worker_morphs(worker) < INSTRUMENTS; tries++)
		jack_rig_sleep(0.5);
	assert_true(kit_worker_morphs(worker) >= INSTRUMENTS);
	const steps still = play(false, &seed);
	const uint32_t before = kit_worker_morphs(worker);
	const steps moving = play(true, &seed);
	const uint32_t morphs = kit_worker_morphs(worker) - before;
	stop_worker();
	jack_rig_stop(&rig);
	print_message("tails of %d hits with the finger still: steps of %.5f at most, changing by %.6f\n"
		      "tails of %d hits while it moves, over %u morphs: %.5f and %.6f\n",
		      still.tails, (double)still.first, (double)still.second, moving.tails, morphs,
		      (double)moving.first, (double)moving.second);
	if (still.tails < HITS || moving.tails < HITS / 4) {
		print_message("the server lost too many periods to tell\n");
		skip();
	}
	assert_true(morphs > 0);
	assert_true(still.first > 1e-4f);
	assert_true(moving.first < 1.25f * still.first);
	assert_true(moving.second < 1.5f * still.second);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_live_sweep_has_no_steps_of_its_own),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

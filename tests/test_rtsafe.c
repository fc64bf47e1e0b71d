/* The audio thread never allocates, locks, logs, calls the system or faults a page.
 *
 * Two witnesses (tests/witnesses.h) are armed while it is inside engine_process, over everything at once: a
 * real composer, all controls moving, kits of one to four corners and their morphs swapping, starts, stops,
 * relocations, and a flood of MIDI. */
#include "tests/engine_rig.h"

#include "model/composer.h"
#include "model/datafind.h"
#include "rt/control.h"
#include "rt/host_ops.h"
#include "rt/rng.h"
#include "tests/witnesses.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { PERIOD = 64, PERIODS = 450000, SWAPS = 1000 }; /* ten minutes at 48 kHz */

/* --- everything at once ------------------------------------------------------------------------------------
 */

typedef struct show {
	engine_rig *rig;
	composer *composer;
	control control;
	uint64_t seed;
	_Atomic bool over;
	_Atomic long periods_played;
	long faults_in_play;       /* of the audio thread */
	kit_set *set;              /* the kits that were published last */
	_Atomic long kits_retired; /* sets that were played and came back */
	long maps_retired;
	long last_fault; /* the period */
	bool filtered;
	tape *tape; /* the recording that is running, or NULL */
	int tapes;
} show;

static void
look(void *user, composer_view *view)
{
	const show *s = user;
	engine_status e;
	engine_get_status(s->rig->engine, &e);
	*view = (composer_view){e.epoch,
				e.next_step,
				e.position,
				e.tempo,
				e.bars,
				e.rolling,
				e.rate ? (double)e.period / e.rate : 0.0};
}

static uint32_t
flood(uint64_t *seed, engine_midi *midi, uint32_t max)
{
	const uint32_t n = (uint32_t)(rng_next(seed) % max);
	for (uint32_t i = 0; i < n; i++) {
		const uint64_t bits = rng_next(seed);
		midi[i] = (engine_midi){
		    .frame = i * PERIOD / max,
		    .size = (uint8_t)(1 + bits % 3),
		    .data = {(uint8_t)(0x80 | bits >> 8), (uint8_t)(bits >> 16), (uint8_t)(bits >> 24)}};
		if (bits >> 60 < 4) /* often a pad or a controller that means something */
			midi[i] = (engine_midi){midi[i].frame,
						3,
						{bits >> 59 & 1 ? 0x99 : 0xb0, (uint8_t)(bits >> 16) & 0x3f,
						 (uint8_t)(bits >> 24) & 0x7f}};
	}
	return n;
}

static void *
audio_thread(void *arg)
{
	show *s = arg;
	static engine_midi midi[128];
	uint64_t seed = s->seed;
	engine_rig *r = s->rig;
	host_touch_stack();
	s->filtered = witness_filter();
	/* Longer, should the other thread have been kept from swapping kits so often. */
	for (long period = 0; period < PERIODS || (s->kits_retired < SWAPS && period < 10l * PERIODS);
	     period++) {
		const uint32_t n = period % 50 == 0 ? flood(&seed, midi, 128) : 0;
		const bool jack = period / 10000 % 3 == 1;
		r->io.transport = (transport_view){.present = jack,
						   .rolling = period / 700 % 5 != 0,
						   .frame = (uint64_t)(period % 2500) * PERIOD};
		/* The first second warms caches and lazy bindings; from then on nothing may be new. */
		const long before = witness_page_faults();
		engine_light light;
		witness_armed = period >= 750;
		rig_play(r, PERIOD, midi, n);
		engine_take_light(r->engine, &light);
		witness_armed = false;
		if (period >= 750 && witness_page_faults() != before) {
			s->faults_in_play += witness_page_faults() - before;
			s->last_fault = period;
		}
		atomic_store(&s->periods_played, period);
	}
	atomic_store(&s->over, true);
	return NULL;
}

/* Begins or ends a recording, and reads some of it: often too little, so that frames are lost. */
static void
turn_tape(show *s, bool all)
{
	static float block[1024 * TAPE_ALL];
	const struct timespec pause = {0, 200000};
	if (s->tape) {
		(void)tape_read(s->tape, block, 1024);
		const uint32_t turn = engine_set_tape(s->rig->engine, NULL);
		while (!engine_has_turned(s->rig->engine, turn) && !atomic_load(&s->over))
			nanosleep(&pause, NULL);
		if (atomic_load(&s->over))
			return;
		tape_free(s->tape);
		s->tape = NULL;
	} else if (tape_new(all, RIG_RATE, &s->tape, &test_error) == DR_OK) {
		(void)engine_set_tape(s->rig->engine, s->tape);
		s->tapes++;
	}
}

/* The built-in map and bindings of every kind beside it. */
static midi_map *
any_map(uint64_t *seed)
{
	static midi_pages pages;
	midi_map *m = calloc(1, sizeof *m);
	midi_map_default(m);
	m->pages[0] = &pages;
	m->grid[0] = (midi_grid){
	    .layers = 2, .rows = 1, .columns = 8, .n_instruments = 2, .instrument = {INST_BD, INST_SD}};
	for (int i = 0; i < 200; i++) {
		const uint64_t bits = rng_next(seed);
		midi_binding b = {.from = (uint8_t)(bits % MIDI_FROMS),
				  .channel = -1,
				  .number = (uint16_t)(bits >> 8 & 63),
				  .how = (uint8_t)((bits >> 16) % (MIDI_SIGN + 1)),
				  .curve = (uint8_t)((bits >> 20) % 3),
				  .pickup = bits >> 24 & 1,
				  .layer = (uint8_t)((bits >> 25) % 3),
				  .target = {.to = (uint8_t)((bits >> 30) % 4), .instrument = -1}};
		b.target.which = (int16_t)(b.target.to == MIDI_TO_SLOT      ? (bits >> 40) % PARAM_SLOTS
					   : b.target.to == MIDI_TO_COMMAND ? (bits >> 40) % COMMANDS
									    : (bits >> 40) % MIDI_AXES);
		b.target.step = (uint8_t)(bits >> 50 & 7);
		b.target.move = (int8_t)(b.target.to == MIDI_TO_PAGE ? 1 - 2 * (int)(bits >> 53 & 1) : 0);
		if (b.target.to == MIDI_TO_SLOT && b.target.which == PARAM_VOLUME)
			continue;
		midi_map_add(m, &b);
	}
	return m;
}

static void
stir(show *s, uint64_t *seed)
{
	const uint64_t bits = rng_next(seed);
	const int slot = (int)(bits % PARAM_SLOTS);
	if (slot != PARAM_VOLUME)
		control_set(&s->control, slot, param_from_unit(slot, rng_next_unit(seed)),
			    PARAM_SOURCE_SCREEN);
	const command_id command = (command_id)(bits >> 16) % COMMANDS;
	if (bits >> 40 & 1)
		control_command(&s->control, command, (int)(bits >> 32) % INSTRUMENTS,
				(float)(bits >> 50 & 127));
	if (bits >> 41 & 1)
		control_command_at(
		    &s->control, COMMAND_TRIGGER, (int)(bits >> 32) % INSTRUMENTS, (float)(bits >> 50 & 127),
		    RIG_BEGAN_US + (uint64_t)atomic_load(&s->periods_played) * PERIOD * 1000000u / RIG_RATE +
			(bits >> 8 & 0xffff));
	if (bits >> 42 & 1)
		control_set_at(&s->control, param_slot(PARAM_PAN, INST_SD), rng_next_unit(seed), 0,
			       RIG_BEGAN_US +
				   (uint64_t)atomic_load(&s->periods_played) * PERIOD * 1000000u / RIG_RATE +
				   (bits >> 8 & 0xffff));
	/* Kits anew, and again and again the same kits with the morphs of where the fingers are. */
	if ((bits >> 45 & 15) == 0) {
		kit_set_free(s->set);
		s->set = rig_kits(1 + (int)(bits >> 49 & 3));
	}
	if ((bits >> 45 & 3) == 0) {
		kit_set *next = kit_set_copy(s->set);
		kit_set_free(engine_publish_kits(s->rig->engine, rig_morphs(next, &s->rig->params)));
	}
	if ((bits >> 58 & 7) == 0)
		turn_tape(s, (bits >> 61 & 1) != 0);
	if ((bits >> 53 & 15) == 0)
		free(engine_publish_map(s->rig->engine, any_map(seed)));
	engine_send_light(s->rig->engine, (const uint8_t[]){0x90, 1, 2}, 3);
	report got;
	while (engine_take_report(s->rig->engine, &got)) {
		if (got.kind == REPORT_KITS) {
			kit_set_free(got.kits);
			s->kits_retired++;
		} else if (got.kind == REPORT_MAP) {
			free(got.map);
			s->maps_retired++;
		} else if (got.kind == REPORT_HIT && got.by_hand)
			composer_played(s->composer, got.instrument, got.velocity, got.step);
	}
}

static void
ten_minutes_of_everything_ask_the_system_for_nothing(void **state)
{
	(void)state;
	static show s;
	model *m;
	pthread_t audio;
	witness_watch_traps();
	char *path = model_find("default", &test_error);
	assert_non_null(path);
	assert_ok(model_load(path, &m, &test_error));
	s.seed = test_seed();
	s.rig = rig_new(true);
	s.set = rig_kits(2);
	control_init(&s.control, &s.rig->params, s.rig->engine);
	assert_ok(composer_new(m, &s.rig->params, &s.rig->plan, look, &s, &s.composer, &test_error));
	/* As play does; where it is not permitted the system may page things out, which is then its doing. */
	const bool locked = mlockall(MCL_CURRENT | MCL_FUTURE) == 0;
	assert_ok(engine_warm_up(s.rig->engine, &test_error));
	memset(s.rig->channel, 0, sizeof s.rig->channel);
	assert_ok(composer_start(s.composer, &test_error));
	assert_int_equal(pthread_create(&audio, NULL, audio_thread, &s), 0);
	uint64_t seed = s.seed + 1;
	const struct timespec pause = {0, 200000};
	while (!atomic_load(&s.over)) {
		stir(&s, &seed);
		nanosleep(&pause, NULL);
	}
	pthread_join(audio, NULL);
	composer_stop(s.composer);
	composer_free(s.composer);
	print_message("%d recordings\n", s.tapes);
	tape_free(s.tape);
	control_destroy(&s.control);
	print_message("%ld periods: %ld allocations, %ld locks, %ld calls; by the kernel: %ld system "
		      "calls%s, %ld page faults (last in period %ld)\n",
		      (long)atomic_load(&s.periods_played) + 1, atomic_load(&witness_allocations),
		      atomic_load(&witness_locks), atomic_load(&witness_calls),
		      atomic_load(&witness_system_calls), s.filtered ? "" : " (no filter here)",
		      s.faults_in_play, s.last_fault);
	/* It was everything at once: kits did swap, again and again. */
	print_message("%ld kits swapped, with morphs\n", (long)s.kits_retired);
	assert_true(s.kits_retired >= SWAPS);
	assert_true(s.maps_retired >= SWAPS / 10);
	assert_int_equal(atomic_load(&witness_allocations), 0);
	assert_int_equal(atomic_load(&witness_locks), 0);
	assert_int_equal(atomic_load(&witness_calls), 0);
	assert_int_equal(atomic_load(&witness_system_calls), 0);
	if (locked)
		assert_int_equal(s.faults_in_play, 0);
	munlockall();
	kit_set_free(s.set);
	rig_free(s.rig);
	model_free(m);
	free(path);
}

/* --- the first time ----------------------------------------------------------------------------------------
 */

typedef struct first_time {
	engine_rig *rig;
	long faults;
} first_time;

/* Silence for a while; then all at once, for the first time. */
static void *
first_hits(void *arg)
{
	first_time *f = arg;
	engine_rig *r = f->rig;
	static const engine_midi pads[] = {{0, 3, {0x99, 36, 127}},
					   {0, 3, {0x99, 38, 90}},
					   {0, 3, {0x99, 42, 60}},
					   {9, 3, {0x99, 46, 100}},
					   {20, 3, {0x99, 49, 127}}};
	host_touch_stack();
	for (int p = 0; p < 20; p++)
		rig_play(r, PERIOD, NULL, 0);
	for (int i = 0; i < INSTRUMENTS; i++) {
		params_set(&r->params, param_slot(PARAM_DRIVE, i), 0.5f, 0);
		params_set(&r->params, param_slot(PARAM_FILTER_MODE, i), (float)(1 + i % 3), 0);
		params_set(&r->params, param_slot(PARAM_SEND_DELAY, i), 0.8f, 0);
		params_set(&r->params, param_slot(PARAM_SEND_REVERB, i), 0.8f, 0);
		params_set(&r->params, param_slot(PARAM_TUNE, i), 5.0f, 0);
	}
	params_set(&r->params, PARAM_DUCK_AMOUNT, 1.0f, 0);
	params_set(&r->params, PARAM_VOLUME, 1.0f, 0);
	const long before = witness_page_faults();
	for (int p = 0; p < 2000; p++)
		rig_play(r, PERIOD, pads, p % 100 == 0 ? 5 : 0);
	f->faults = witness_page_faults() - before;
	return NULL;
}

/* With the pages that play itself locks: those that have been touched. The first in this program to play,
 * since whatever has run before is warm. */
static void
the_first_use_of_every_effect_faults_no_page(void **state)
{
	(void)state;
	pthread_t thread;
	first_time f = {.rig = rig_new(true)};
	memset(f.rig->left, 0, sizeof f.rig->left);
	memset(f.rig->right, 0, sizeof f.rig->right);
	memset(f.rig->channel, 0, sizeof f.rig->channel);
	memset(f.rig->midi_out, 0, sizeof f.rig->midi_out);
	const bool locked = mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) == 0;
	assert_ok(engine_warm_up(f.rig->engine, &test_error));
	assert_int_equal(pthread_create(&thread, NULL, first_hits, &f), 0);
	pthread_join(thread, NULL);
	print_message("%ld page faults when everything is first used\n", f.faults);
	if (locked)
		assert_int_equal(f.faults, 0);
	munlockall();
	rig_free(f.rig);
}

/* The witnesses must be able to see: each offence, once, is counted. */
static void *
offend(void *arg)
{
	(void)arg;
	if (!witness_filter())
		return NULL;
	witness_armed = true;
	syscall(SYS_getppid);
	witness_armed = false;
	return NULL;
}

static void
the_witnesses_see_offences(void **state)
{
	(void)state;
	pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
	pthread_t thread;
	struct timespec t;
#ifndef SANITIZED
	witness_armed = true;
	void *volatile p = malloc(10);
	free(p);
	pthread_mutex_lock(&m);
	clock_gettime(CLOCK_MONOTONIC, &t);
	witness_armed = false;
	pthread_mutex_unlock(&m);
	assert_int_equal(atomic_exchange(&witness_allocations, 0), 2);
	assert_int_equal(atomic_exchange(&witness_locks, 0), 1);
	assert_int_equal(atomic_exchange(&witness_calls, 0), 1);
#else
	(void)m;
	(void)t;
#endif
	witness_watch_traps();
	assert_int_equal(pthread_create(&thread, NULL, offend, NULL), 0);
	pthread_join(thread, NULL);
#if defined(__x86_64__)
	assert_int_equal(atomic_exchange(&witness_system_calls, 0), 1);
#endif
}

int
main(void)
{
#ifdef SANITIZED
	puts("skipped: a sanitizer is at work, which allocates and calls the system in every thread");
	return 77;
#endif
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_first_use_of_every_effect_faults_no_page),
	    cmocka_unit_test(the_witnesses_see_offences),
	    cmocka_unit_test(ten_minutes_of_everything_ask_the_system_for_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

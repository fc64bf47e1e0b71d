#include "tests/composer_rig.h"

/* Without the byte behind the last field, which is nobody's. */
#define assert_same_step(a, b) assert_memory_equal(a, b, offsetof(step_event, flags) + 1)

static void
a_bar_is_planned_before_play(void **state)
{
	rig *r = *state;
	step_event e;
	fill(r);
	for (int64_t n = 0; n <= 16; n++) {
		assert_true(plan_read(&r->plan, n, &e));
		assert_int_equal(e.bar_step, n % 16);
		assert_int_equal(e.bar_len, 16);
	}
	assert_false(plan_read(&r->plan, 17, &e));
}

static void
the_same_seed_gives_the_same_music(void **state)
{
	rig *r = *state;
	static step_event first[128], second[128], other[128];
	play(r, 128, first);
	r->view = (composer_view){.epoch = 2, .tempo = 120.0, .bars = bars_of(16)};
	play(r, 128, second);
	assert_memory_equal(first, second, sizeof first);
	params_set(&r->params, PARAM_SEED, 99.0f, 0);
	r->view = (composer_view){.epoch = 3, .tempo = 120.0, .bars = bars_of(16)};
	play(r, 128, other);
	assert_memory_not_equal(first, other, sizeof first);
}

static void
a_turned_knob_is_heard_on_the_next_free_step(void **state)
{
	rig *r = *state;
	static step_event before[64], after[64];
	play(r, 32, before);
	fill(r);
	for (int64_t n = 32; n < 48; n++)
		assert_true(plan_read(&r->plan, n, &before[n]));
	params_set(&r->params, PARAM_DENSITY, 0.0f, 0);
	fill(r);
	int sparse = 0, dense = 0;
	for (int64_t n = 32; n < 48; n++) {
		assert_true(plan_read(&r->plan, n, &after[n]));
		sparse += hits(&after[n]);
	}
	/* Position 31.4, guard 8 ms: step 31.9 + 0.064 is past, so 32 is the first that may change, and it
	 * does. */
	assert_true(sparse <= 4);
	params_set(&r->params, PARAM_DENSITY, 1.0f, 0);
	fill(r);
	for (int64_t n = 32; n < 48; n++) {
		assert_true(plan_read(&r->plan, n, &after[n]));
		dense += hits(&after[n]);
	}
	assert_true(dense >= 16);
	/* Turned back, the music is what it would have been. */
	params_set(&r->params, PARAM_DENSITY, 0.5f, 0);
	fill(r);
	for (int64_t n = 32; n < 48; n++) {
		assert_true(plan_read(&r->plan, n, &after[n]));
		assert_same_step(&after[n], &before[n]);
	}
}

static void
steps_under_the_guard_stay_as_they_are(void **state)
{
	rig *r = *state;
	static step_event before[64];
	step_event after;
	play(r, 32, before);
	r->view.position = 31.49; /* step 32 opens in 0.01 step: 1.25 ms */
	fill(r);
	assert_true(plan_read(&r->plan, 32, &before[32]));
	assert_true(plan_read(&r->plan, 33, &before[33]));
	params_set(&r->params, PARAM_DENSITY, 0.0f, 0);
	fill(r);
	assert_true(plan_read(&r->plan, 32, &after));
	assert_same_step(&after, &before[32]);
}

static void
a_long_period_widens_the_guard(void **state)
{
	rig *r = *state;
	static step_event before[64];
	step_event after;
	play(r, 32, before);
	r->view.period = 4096.0 / 48000.0; /* two of them are 1.37 steps */
	fill(r);
	for (int64_t n = 32; n < 36; n++)
		assert_true(plan_read(&r->plan, n, &before[n]));
	params_set(&r->params, PARAM_DENSITY, 0.0f, 0);
	fill(r);
	for (int64_t n = 32; n < 34; n++) {
		assert_true(plan_read(&r->plan, n, &after));
		assert_same_step(&after, &before[n]);
	}
}

static void
a_frozen_bar_repeats(void **state)
{
	rig *r = *state;
	static step_event steps[128];
	play(r, 48, steps);
	params_set(&r->params, PARAM_FREEZE, 1.0f, 0);
	play(r, 112, steps);
	for (int64_t n = 48; n < 112; n++) {
		assert_memory_equal(&steps[n].hits, &steps[n - 16].hits, sizeof steps[n].hits);
		assert_true(steps[n].flags & STEP_FLAG_FROZEN);
	}
	params_set(&r->params, PARAM_FREEZE, 0.0f, 0);
	play(r, 128, steps);
	assert_false(steps[120].flags & STEP_FLAG_FROZEN);
}

static void
a_fill_ends_on_the_bar_line(void **state)
{
	rig *r = *state;
	static step_event steps[80];
	play(r, 36, steps);
	params_pulse(&r->params, COMMAND_FILL);
	play(r, 80, steps);
	assert_true(steps[37].flags & STEP_FLAG_FILL);
	assert_true(steps[47].flags & STEP_FLAG_FILL);
	assert_false(steps[48].flags & STEP_FLAG_FILL);
	assert_true(steps[48].hits.hit[INST_BD].velocity && steps[48].hits.hit[INST_CC].velocity);
}

static void
a_played_hit_enters_the_history(void **state)
{
	rig *r = *state;
	static step_event without[64], with[64];
	composer_stats before, after;
	play(r, 32, without);
	fill(r);
	composer_get_stats(r->composer, &before);
	for (int64_t n = 32; n < 48; n++)
		assert_true(plan_read(&r->plan, n, &without[n]));
	for (int i = 0; i < INSTRUMENTS; i++)
		composer_played(r->composer, i, 127, 31);
	fill(r);
	composer_get_stats(r->composer, &after);
	assert_true(after.replans > before.replans);
	for (int64_t n = 32; n < 48; n++)
		assert_true(plan_read(&r->plan, n, &with[n]));
	assert_memory_not_equal(&with[32], &without[32], 16 * sizeof *with);
}

static void
an_overtaken_composer_recovers_within_a_bar(void **state)
{
	rig *r = *state;
	static step_event steps[64];
	step_event e;
	play(r, 32, steps);
	move_to(r, 90); /* five seconds later */
	fill(r);
	for (int64_t n = 91; n <= 90 + 16; n++)
		assert_true(plan_read(&r->plan, n, &e));
}

static void
other_metres_are_planned(void **state)
{
	rig *r = *state;
	r->view.bars = bars_of(14);
	fill(r);
	step_event e;
	assert_true(plan_read(&r->plan, 14, &e));
	assert_true(e.bar_len == 14 && e.bar_step == 0);
	/* Five quarters from step 28 on; nothing before it changes its place. */
	r->view.bars.next = (bar_line){28, 2, {5, 4, false}};
	r->view.bars.changes = true;
	for (int64_t n = 1; n <= 20; n++) {
		move_to(r, n);
		fill(r);
	}
	for (int64_t n = 14; n < 34; n++) {
		assert_true(plan_read(&r->plan, n, &e));
		assert_int_equal(e.bar_len, n < 28 ? 14 : 20);
		assert_int_equal(e.bar_step, n < 28 ? n - 14 : n - 28);
	}
}

static void
a_stop_does_not_interrupt_the_music(void **state)
{
	rig *r = *state;
	static step_event straight[192], stopped[192];
	for (int64_t place = 70; place < 150; place += 13) {
		r->view = (composer_view){.epoch = r->view.epoch + 1, .tempo = 120.0, .bars = bars_of(16)};
		play(r, place + 32, straight);
		r->view = (composer_view){.epoch = r->view.epoch + 1, .tempo = 120.0, .bars = bars_of(16)};
		play(r, place, stopped);
		stop_and_continue(r);
		play(r, place + 32, stopped);
		assert_memory_equal(straight, stopped, (size_t)(place + 32) * sizeof *straight);
	}
}

static void
a_frozen_bar_survives_a_stop(void **state)
{
	rig *r = *state;
	static step_event steps[320];
	for (int64_t place = 48; place < 300; place += 19) {
		params_set(&r->params, PARAM_FREEZE, 0.0f, 0);
		r->view = (composer_view){.epoch = r->view.epoch + 1, .tempo = 120.0, .bars = bars_of(16)};
		play(r, place, steps);
		params_set(&r->params, PARAM_FREEZE, 1.0f, 0);
		stop_and_continue(r);
		play(r, place + 16, steps);
		for (int64_t n = place; n < place + 16; n++)
			assert_memory_equal(&steps[n].hits, &steps[n - 16].hits, sizeof steps[n].hits);
	}
}

static void
the_plan_says_which_place_it_is_of(void **state)
{
	rig *r = *state;
	fill(r);
	assert_int_equal(plan_get_epoch(&r->plan), r->view.epoch);
	r->view.epoch++;
	r->view.next_step = 500;
	composer_update(r->composer, 0);
	assert_int_not_equal(plan_get_epoch(&r->plan), r->view.epoch);
	composer_update(r->composer, 1);
	assert_int_equal(plan_get_epoch(&r->plan), r->view.epoch);
}

static void
another_metre_is_planned_at_once(void **state)
{
	rig *r = *state;
	static step_event steps[32];
	step_event e;
	play(r, 10, steps);
	fill(r);
	r->view.bars = bars_of(12);
	fill(r);
	assert_true(plan_read(&r->plan, 12, &e));
	assert_true(e.bar_len == 12 && e.bar_step == 0);
}

/* What sounded while the composer was away is what the plan still held, and a frozen bar repeats it. */
static void
what_an_old_plan_played_is_remembered(void **state)
{
	rig *r = *state;
	static step_event steps[64];
	play(r, 32, steps);
	fill(r);
	for (int64_t n = 32; n < 44; n++)
		assert_true(plan_read(&r->plan, n, &steps[n]));
	params_set(&r->params, PARAM_DENSITY, 1.0f, 0);
	composer_update(r->composer, 1); /* it turns to the new plan, and is held up for ten steps */
	assert_true(plan_read(&r->plan, 32, &steps[32]));
	move_to(r, 44);
	params_set(&r->params, PARAM_FREEZE, 1.0f, 0);
	play(r, 60, steps);
	for (int64_t n = 49; n < 60; n++)
		assert_memory_equal(&steps[n].hits, &steps[n - 16].hits, sizeof steps[n].hits);
}

static bool
planned_within(const rig *r, int64_t step, int ms)
{
	const struct timespec pause = {0, 1000000};
	step_event e;
	for (int i = 0; i < ms; i++) {
		if (plan_read(&r->plan, step, &e))
			return true;
		nanosleep(&pause, NULL);
	}
	return false;
}

static void
the_thread_plans_sleeps_stalls_and_recovers(void **state)
{
	rig *r = *state;
	assert_ok(composer_start(r->composer, &test_error));
	assert_true(planned_within(r, 16, 2000));
	composer_hold(r->composer, true);
	const struct timespec settle = {0, 50000000};
	nanosleep(&settle, NULL);
	pthread_mutex_lock(&r->lock);
	move_to(r, 60);
	pthread_mutex_unlock(&r->lock);
	assert_false(planned_within(r, 70, 200));
	composer_hold(r->composer, false);
	assert_true(planned_within(r, 76, 2000));
	composer_stop(r->composer);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    with_rig(a_bar_is_planned_before_play),
	    with_rig(the_same_seed_gives_the_same_music),
	    with_rig(a_turned_knob_is_heard_on_the_next_free_step),
	    with_rig(steps_under_the_guard_stay_as_they_are),
	    with_rig(a_long_period_widens_the_guard),
	    with_rig(a_frozen_bar_repeats),
	    with_rig(a_fill_ends_on_the_bar_line),
	    with_rig(a_played_hit_enters_the_history),
	    with_rig(an_overtaken_composer_recovers_within_a_bar),
	    with_rig(other_metres_are_planned),
	    with_rig(a_stop_does_not_interrupt_the_music),
	    with_rig(a_frozen_bar_survives_a_stop),
	    with_rig(the_plan_says_which_place_it_is_of),
	    with_rig(another_metre_is_planned_at_once),
	    with_rig(what_an_old_plan_played_is_remembered),
	    with_rig(the_thread_plans_sleeps_stalls_and_recovers),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

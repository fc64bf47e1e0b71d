/* A composer with the default model and a playhead that the test moves by hand. */
#ifndef DRUMLIN_TEST_COMPOSER_RIG_H
#define DRUMLIN_TEST_COMPOSER_RIG_H

#include "tests/test.h"

#include "model/composer.h"
#include "model/datafind.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Bars of that many steps from the top. */
static inline bar_map
bars_of(int len)
{
	return bar_map_make((metre){(uint8_t)(len / 2), 8, false});
}

typedef struct rig {
	params params;
	plan plan;
	model *model;
	composer *composer;
	composer_view view;
	pthread_mutex_t lock;
} rig;

static inline void
look(void *user, composer_view *view)
{
	rig *r = user;
	pthread_mutex_lock(&r->lock);
	*view = r->view;
	pthread_mutex_unlock(&r->lock);
}

static inline int
rig_set_up(void **state)
{
	rig *r = calloc(1, sizeof *r);
	char *path = model_find("default", &test_error);
	if (!path)
		fail_msg("%s", test_error.text);
	params_reset(&r->params);
	plan_init(&r->plan);
	pthread_mutex_init(&r->lock, NULL);
	r->view = (composer_view){.epoch = 1, .tempo = 120.0, .bars = bars_of(16)};
	assert_ok(model_load(path, &r->model, &test_error));
	assert_ok(composer_new(r->model, &r->params, &r->plan, look, r, &r->composer, &test_error));
	free(path);
	*state = r;
	return 0;
}

static inline int
rig_tear_down(void **state)
{
	rig *r = *state;
	composer_stop(r->composer);
	composer_free(r->composer);
	model_free(r->model);
	pthread_mutex_destroy(&r->lock);
	free(r);
	return 0;
}

static inline void
fill(rig *r)
{
	while (composer_update(r->composer, 8))
		;
}

/* The playhead goes on: steps before `step` are taken. */
static inline void
move_to(rig *r, int64_t step)
{
	r->view.rolling = true;
	r->view.next_step = step;
	r->view.position = (double)step - 0.6;
}

/* Plays from where the view is up to `to`, composing as an offline renderer does, into steps. */
static inline void
play(rig *r, int64_t to, step_event *steps)
{
	for (int64_t n = r->view.next_step; n < to; n++) {
		fill(r);
		assert_true(plan_read(&r->plan, n, &steps[n]));
		move_to(r, n + 1);
	}
}

static inline int
hits(const step_event *e)
{
	return __builtin_popcount(step_mask(&e->hits));
}

/* From the top, as if it had just been opened. */
static inline void
from_the_top(rig *r)
{
	r->view = (composer_view){.epoch = r->view.epoch + 1, .tempo = 120.0, .bars = bars_of(16)};
}

/* Stopped: the top is cued. Continued: the playhead is back where it was. */
static inline void
stop_and_continue(rig *r)
{
	const int64_t place = r->view.next_step;
	r->view = (composer_view){.epoch = r->view.epoch + 1, .tempo = 120.0, .bars = bars_of(16)};
	fill(r);
	r->view.epoch++;
	move_to(r, place);
}

#define with_rig(test) cmocka_unit_test_setup_teardown(test, rig_set_up, rig_tear_down)

#endif

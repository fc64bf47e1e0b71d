/* What the composer keeps. Private to composer*.c; touched by the composing thread alone except where said.
 */
#ifndef DRUMLIN_COMPOSER_STATE_H
#define DRUMLIN_COMPOSER_STATE_H

#include "model/composer.h"

#include <pthread.h>

enum {
	COMPOSER_SNAPSHOTS = 128, /* states kept: one per step ahead and some behind */
	COMPOSER_RECORD = 256,    /* steps remembered, for frozen loops and replays */
	COMPOSER_INBOX = 64
};

typedef struct composer_hit {
	int64_t step;
	uint8_t instrument, velocity;
} composer_hit;

typedef struct composer_key {
	int64_t step;     /* -1 none */
	uint64_t written; /* order of the last writing */
} composer_key;

struct composer {
	const model *model;
	params *params;
	plan *plan;
	composer_look_fn *look;
	void *user;
	sampler *sampler;

	composer_view view;
	uint32_t epoch;
	bar_map bars;           /* that the plan was made with */
	int64_t planned;        /* first step that is not written */
	uint32_t changes, fill; /* counts last seen */
	int64_t fill_from, fill_to;

	size_t state_size;
	unsigned char *states; /* the head, then COMPOSER_SNAPSHOTS of them */
	/* By step number, in no order; what was written longest ago makes room. So the steps around a place
	 * that was left outlive those that are planned elsewhere, and the music goes on there when the
	 * playhead comes back. */
	composer_key snapshot_key[COMPOSER_SNAPSHOTS];
	composer_key record_key[COMPOSER_RECORD];
	step_event record[COMPOSER_RECORD];
	uint64_t writes;

	_Atomic uint64_t steps, replans; /* read by the screen */
	_Atomic double step_us, step_us_max;

	pthread_t thread;
	bool running;
	pthread_mutex_t lock; /* guards everything below */
	pthread_cond_t news;
	bool woken, quit, held;
	composer_hit inbox[COMPOSER_INBOX];
	int n_inbox;
};

/* The state after the last composed step, and the one kept before a step. */
static inline void *
composer_head(composer *c)
{
	return c->states;
}

static inline void *
composer_snapshot(composer *c, uint64_t slot)
{
	return c->states + (slot + 1) * c->state_size;
}

/* composer_thread.c */
void composer_init_condition(composer *c);

#endif

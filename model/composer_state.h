/* What the composer keeps. Private to composer*.c; touched by the composing thread alone except where said.
 */
#ifndef DRUMLIN_COMPOSER_STATE_H
#define DRUMLIN_COMPOSER_STATE_H

#include "model/composer.h"
#include "model/form.h"

#include <pthread.h>

#define COMPOSER_NO_STEP INT64_MIN

enum {
	COMPOSER_SNAPSHOTS = 128, /* states kept: one per step ahead and some behind */
	COMPOSER_RECORD = 1024,   /* steps remembered: the longest phrase of the longest bars, and room */
	COMPOSER_INBOX = 64,
	COMPOSER_EDITS = 64
};

/* What is remembered of a step: what was played, and what of it comes again. */
typedef struct composer_entry {
	step_event heard;
	step_hits loop;  /* what a frozen loop, or an instrument's lock, plays again */
	step_hits full;  /* what the phrase plays again: all that the network believes was played */
	step_hits shown; /* what the density let through of it */
	float density;   /* that `full` was composed under; at least the middle */
	uint64_t knobs;  /* of the densities that `shown` was played under */
	uint64_t theme;  /* of the seed, styles and hand that `full` was composed under */
	float seed;
	float hand;                /* that the head was in */
	uint8_t steps_per_quarter; /* the grid's */
} composer_entry;

/* A cell of what repeats that was changed by hand. */
typedef struct composer_edit {
	int64_t step;
	uint8_t instrument;
	bool hit;
} composer_edit;

/* A bar that is to be composed anew. */
typedef struct composer_variation {
	int64_t from, to;
	uint64_t salt; /* 0: none */
} composer_variation;

typedef struct composer_hit {
	int64_t step;
	uint8_t instrument, velocity;
} composer_hit;

typedef struct composer_key {
	int64_t step;     /* COMPOSER_NO_STEP: none; those of a primer are negative */
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
	bar_map bars;                         /* that the plan was made with */
	int64_t planned;                      /* first step that is not written */
	uint32_t changes, fill, vary, mutate; /* counts last seen */
	int64_t fill_from, fill_to;
	composer_variation variation[2]; /* the one before, which may still be playing, and the latest */
	composer_edit edit[COMPOSER_EDITS];
	int n_edits;

	step_hits primer[COMPOSER_PRIMER];
	int n_primer;

	size_t state_size;
	unsigned char *states; /* the head, the ear, one for trying, then COMPOSER_SNAPSHOTS of them */
	/* A second ear that has heard nothing before `ear_from`, and is ready for step ear_step. To the head,
	 * what has come round often will come again; variations are drawn from the ear. */
	int64_t ear_from, ear_step; /* -1: it has heard nothing */
	float ear_hand;             /* that it has heard it in */
	/* Whose hand (hand.h) the head takes its past for; 0: nobody's yet. And as it was before the steps
	 * kept. */
	float hand, snapshot_hand[COMPOSER_SNAPSHOTS];
	/* By step number, in no order; what was written longest ago makes room. So the steps around a place
	 * that was left outlive those that are planned elsewhere, and the music goes on there when the
	 * playhead comes back. */
	composer_key snapshot_key[COMPOSER_SNAPSHOTS];
	composer_key record_key[COMPOSER_RECORD];
	composer_entry record[COMPOSER_RECORD];
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
	return c->states + (slot + 3) * c->state_size;
}

static inline void *
composer_ear(composer *c)
{
	return c->states + c->state_size;
}

static inline void *
composer_trial(composer *c)
{
	return c->states + 2 * c->state_size;
}

/* composer_record.c: the states before steps, and what was played on them. */
void composer_forget(composer *c); /* all of it; before anything else */
void composer_keep(composer *c, int64_t step);
bool composer_restore(composer *c, int64_t step);              /* false: not known any more */
composer_entry *composer_recorded(composer *c, int64_t step);  /* NULL: not known */
composer_entry *composer_entry_for(composer *c, int64_t step); /* over what is there, or the oldest */

/* composer_form.c: what comes again on a step. */
typedef struct composer_reprise {
	unsigned looping; /* instruments whose loop goes on, and what it has here */
	unsigned held;    /* those that are locked: not even variations and fills play over them */
	step_hits loop;
	bool loop_plays; /* false while a variation or a fill plays over a frozen loop */
	bool phrase;     /* a phrase goes on, and what it has here */
	step_hits full, shown;
	bool phrase_plays;
	int64_t ear_from; /* drawn by an ear that has heard nothing before; -1: by the head */
	float density;
	uint64_t knobs;
} composer_reprise;
composer_reprise composer_get_reprise(composer *c, int64_t step, const sampler_controls *k);
uint64_t composer_salt(const composer *c, int64_t step); /* of the variation that it lies in; 0 none */
void composer_cue_variation(composer *c, int64_t free_step);
void composer_mutate(composer *c, int64_t free_step, uint32_t cells);
uint64_t composer_knobs(const sampler_controls *k);
uint64_t composer_theme(const composer *c, const sampler_controls *k);

/* composer_step.c: one step. */
void composer_controls(const composer *c, int64_t step, sampler_controls *k);
unsigned composer_cells(const composer *c, int64_t step, step_hits *fixed); /* instruments that cells fix */
void composer_compose(composer *c, int64_t step);                           /* draws it and plans it */
/* Takes a step into the history as it was heard, without planning it. */
void composer_relive(composer *c, int64_t step, const step_event *heard);
void composer_recall(composer *c, int64_t step,
		     const step_event *heard); /* without keeping the state before */

/* composer_thread.c */
void composer_init_condition(composer *c);

#endif

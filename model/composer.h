/* The composer: keeps the plan filled ahead of the playhead by asking the network.
 *
 * composer_update() does one pass and is the whole of it; the thread only repeats it, and the offline
 * renderer calls it in step with the engine instead (promise 6). Before every step the state it is drawn
 * from is kept, so that a turned knob rewinds to the first step that can still be changed and composes anew
 * from there (promise 3). */
#ifndef DRUMLIN_COMPOSER_H
#define DRUMLIN_COMPOSER_H

#include "model/sampler.h"
#include "rt/metre.h"
#include "rt/param.h"
#include "rt/plan.h"

typedef struct composer composer;

/* Where the music is, as the composer sees it. */
typedef struct composer_view {
	uint32_t epoch;    /* counts relocations */
	int64_t next_step; /* first step that the audio thread has not taken */
	double position;   /* in steps */
	double tempo;      /* bpm */
	bar_map bars;      /* where the bar lines are */
	bool rolling;
	double period; /* seconds of a period of the audio thread; 0 unknown */
} composer_view;
typedef void composer_look_fn(void *user, composer_view *view);

/* All pointers are borrowed and must outlive the composer. look is called by whoever calls
 * composer_update. Errors: DR_FAILED (memory). */
dr_status composer_new(const model *m, params *p, plan *steps, composer_look_fn *look, void *user,
		       composer **out, dr_error *err) DR_CHECKED;
void composer_free(composer *c); /* after composer_stop */

/* What has been played, as it were, before step 0: the last COMPOSER_PRIMER of n steps, copied. Every start
 * from the top begins with it, a phrase that repeats begins with it, and another seed forgets it. [set-up] */
enum { COMPOSER_PRIMER = 256 };
void composer_prime(composer *c, const step_hits *steps, int n);

/* One pass: looks at playhead and controls, rewinds if they ask for it, and writes up to `limit` steps.
 * Returns true while the plan is not yet full (call again). [composer, or the offline renderer] */
bool composer_update(composer *c, int limit);

/* Runs composer_update in a thread of low priority until composer_stop. */
dr_status composer_start(composer *c, dr_error *err) DR_CHECKED;
void composer_stop(composer *c);

/* News (a control moved): look now instead of at the next poll. [any but audio] */
void composer_wake(composer *c);

/* A hit that a hand played at about this step enters the history, and what follows answers it. [control] */
void composer_played(composer *c, int instrument, int velocity, int64_t step);

/* While held the thread does nothing, as if it got no processor: for tests and drills. [any but audio] */
void composer_hold(composer *c, bool hold);

/* Figures for the screen. [any] */
typedef struct composer_stats {
	uint64_t steps, replans;     /* drawn steps; rewinds */
	double step_us, step_us_max; /* time per drawn step: recent mean, and worst since start */
} composer_stats;
void composer_get_stats(const composer *c, composer_stats *s);

#endif

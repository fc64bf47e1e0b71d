/* Finds a model's touch (touch.h): lets it play and compares with the corpus. One thread. */
#ifndef DRUMLIN_TOUCH_FIT_H
#define DRUMLIN_TOUCH_FIT_H

#include "model/corpus.h"
#include "model/touch.h"

enum {
	TOUCH_ENOUGH = 40, /* hits that a cell needs on both sides */
	TOUCH_TAKES = 5    /* patterns in which the corpus has them: a take or two are not a style */
};

/* Hits by cell and velocity, and by cell and interval of the line of offsets. All zero: none. */
typedef struct touch_counts {
	long velocity[TOUCH_CELLS][MODEL_VELOCITIES];
	long offset[TOUCH_CELLS][MODEL_OFFSETS];
	long takes[TOUCH_CELLS], last[TOUCH_CELLS]; /* how many takes have hits in the cell; the last one */
	long hits;
} touch_counts;

/* Counts a step of a take; takes are numbered from 1, and come one after the other. */
void touch_count(touch_counts *c, long take, int bar_step, const step_hits *hits);

/* The maps that make `played`, which was played without one, come out like `wanted`. Returns in how many
 * cells; those with fewer hits than TOUCH_ENOUGH, or fewer takes than TOUCH_TAKES, on either side stay. */
int touch_learn(const touch_counts *played, const touch_counts *wanted, touch_cell map[TOUCH_CELLS]);

typedef struct touch_options {
	long least;                                     /* a style needs so many hits there */
	int seeds;                                      /* players that are listened to, eight bars each */
	void (*progress)(void *user, const char *line); /* once per style; may be NULL */
	void *user;
} touch_options;

/* Gives the model a touch for each style that the corpus's train split has enough of, in 4/4, without fills,
 * in the hand that plays most of it; touches of other styles stay. Returns how many in *found. Errors:
 * DR_FAILED (memory); what was found so far stays. */
dr_status touch_fit(model *m, const corpus *c, const touch_options *options, int *found,
		    dr_error *err) DR_CHECKED;

#endif

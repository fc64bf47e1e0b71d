/* How near a model's touch comes to the corpus's: overlap of the distributions of velocity and microtiming,
 * for each instrument and metrical position; and the share of hits with more than one stroke. One thread. */
#ifndef DRUMLIN_EVAL_GROOVE_H
#define DRUMLIN_EVAL_GROOVE_H

#include "model/corpus.h"
#include "model/touch.h"

#include <stdio.h>

enum {
	GROOVE_VELOCITIES = 16, /* bins of eight */
	GROOVE_OFFSETS = 13,    /* of a twelfth of a step, around 0 */
	GROOVE_ENOUGH = 40      /* hits that a cell must have on both sides to count */
};

typedef struct groove_counts {
	long velocity[TOUCH_CELLS][GROOVE_VELOCITIES], offset[TOUCH_CELLS][GROOVE_OFFSETS];
	long hits, rolled; /* rolled: of two strokes and more */
} groove_counts;

void groove_add(groove_counts *g, int step, const step_hits *hits);

/* Overlap coefficient, the sum of the lesser shares, over the bins: 1 alike, 0 apart. Mean over the cells
 * that have enough hits in both, weighted by a's. NAN if there is none. */
double groove_velocity_overlap(const groove_counts *a, const groove_counts *b);
double groove_offset_overlap(const groove_counts *a, const groove_counts *b);

/* A table or one JSON object by style: the model over `seeds` seeds against the corpus's patterns in 4/4, and
 * beside it one half of these against the other, which is what chance and differing players leave. The
 * model plays at the style's tempo, and as often in a drummer's hand and in a machine's as its training
 * patterns were played. Errors: DR_FAILED (memory, output). */
dr_status eval_groove(const model *m, const corpus *c, int seeds, bool json, FILE *out,
		      dr_error *err) DR_CHECKED;

#endif

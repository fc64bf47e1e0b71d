/* What the whole past suggests for the coming step: averages over the places that are like it, and what
 * followed the passages that resemble the last steps most. Pure; any thread.
 *
 * The averages are those of an adaptive position model: hits one, two, three ... periods ago, fading. The
 * resemblance is a fixed attention over the history, as an induction head does it (Olsson et al., "In-context
 * Learning and Induction Heads", 2022) or a context-mixing compressor (Cleary and Witten, "Data Compression
 * Using Adaptive Coding and Partial String Matching", 1984): each lag weighs as the steps before it match the
 * last ones, and its weight goes to what came then. */
#ifndef DRUMLIN_RECALL_H
#define DRUMLIN_RECALL_H

#include "model/features.h"

enum {
	RECALL_REACH = 192, /* lags looked at: twelve bars of 4/4 */
	RECALL_LENGTH = 16, /* steps compared at each */
	RECALL_AVERAGES = 6,
	RECALL_KERNELS = 2
};

/* Where its parts lie in RECALL_SIZE floats. */
enum {
	RECALL_AT_AVERAGE = 0, /* hits: bar (fading quickly, slowly), half bar, beat, half beat, every step */
	RECALL_AT_BAR_VELOCITY = RECALL_AVERAGES * INSTRUMENTS, /* mean velocity at this place of the bar */
	RECALL_AT_KERNEL = RECALL_AT_BAR_VELOCITY + INSTRUMENTS,
	RECALL_AT_VELOCITY = RECALL_AT_KERNEL + RECALL_KERNELS * INSTRUMENTS, /* of the narrow kernel */
	RECALL_AT_OFFSET = RECALL_AT_VELOCITY + INSTRUMENTS,
	RECALL_AT_TRUST =
	    RECALL_AT_OFFSET + INSTRUMENTS, /* best match; share of the heaviest lag, per kernel */
	RECALL_SIZE = RECALL_AT_TRUST + 1 + RECALL_KERNELS
};

/* beat: steps per beat. Adds nothing where there is no past: x[RECALL_SIZE] must be zero before. */
void recall_build(const history *h, int bar_len, int beat, float *x);

#endif

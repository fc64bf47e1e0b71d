/* What a layer looks back on: the last rows of each lane's stream. In a trunk's state they are a ring of
 * `reach` rows (a power of two) beside a clock; over a sequence batch they are unrolled in front of its own
 * rows, so that row `reach + t` is step t and row `reach + t - k` is k steps before it, whichever batch that
 * was in. Nothing is learned through the rows of earlier batches (as in Transformer-XL, Dai et al., ACL
 * 2019). Pure but for the state, which belongs to the caller; no allocation. */
#ifndef DRUMLIN_PAST_H
#define DRUMLIN_PAST_H

#include "model/trunk.h"

typedef struct past {
	int reach, width;
} past;

/* A clock is one float, padded: how many steps its stream has had. All zero is a stream that begins. */
enum { PAST_CLOCK = WEIGHT_ALIGN };

/* Floats of a ring; and of the rows of a sequence with what was before it. */
size_t past_ring_size(past p);
size_t past_rows_size(past p, int steps, int lanes);

/* Over a sequence. clock and ring are the first lane's; the next lane's lie `stride` floats on.
 * depth[steps][lanes]: how many steps the stream has had before each. */
void past_depths(const sequence *s, const float *clock, size_t stride, float *depth);
/* Unrolls the rings into the first `reach` rows; what never was is 0. */
void past_unroll(past p, int lanes, const float *clock, const float *ring, size_t stride, float *rows);
/* Moves the clocks to the end of the sequence. */
void past_pass(const sequence *s, float *clock, size_t stride);
/* With the clocks moved: rolls the last rows up again. */
void past_roll_up(past p, int steps, int lanes, const float *clock, const float *rows, float *ring,
		  size_t stride);

/* One step at a time. The row of the present step, to be written; the one `back` steps before (1..reach),
 * or NULL; and the end of the step. */
float *past_now(past p, const float *clock, float *ring);
const float *past_back(past p, const float *clock, const float *ring, int back);
void past_tick(float *clock);

#endif

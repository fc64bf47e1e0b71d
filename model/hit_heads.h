/* Velocity, microtiming and ratchet of a hit, given that it happens, which other instruments hit in
 * the same step, the trunk's output h and the input x:
 *   a = h A + x B + b + I_i + sum over hits j of M_j + own O     out = tanh(a) P + Q_i
 * `own` is the part of x about instrument i (features_own); out holds 127 + 25 + 4 logits.
 * Computed for hits only, gathered into rows. Pure; any thread. */
#ifndef DRUMLIN_HIT_HEADS_H
#define DRUMLIN_HIT_HEADS_H

#include "model/features.h"
#include "model/small.h"

enum {
	HEADS_MAX_HIDDEN = 128, /* below HEADS_OUT: backward reuses rows */
	HEADS_VELOCITY = 0,     /* places in out */
	HEADS_OFFSET = MODEL_VELOCITIES,
	HEADS_RATCHET = HEADS_OFFSET + MODEL_OFFSETS,
	HEADS_OUT = HEADS_RATCHET + STEP_MAX_RATCHET,

	HEADS_BASE_TRUNK = 0, /* A [trunk][K] */
	HEADS_BASE_INPUT,     /* B [FEATURES][K] */
	HEADS_BASE_BIAS,      /* b [K] */
	HEADS_INSTRUMENT,     /* I [12][K] */
	HEADS_MASK,           /* M [12][K] */
	HEADS_OWN,            /* O [FEATURE_OWN][K] */
	HEADS_READ,           /* P [K][HEADS_OUT] */
	HEADS_READ_BIAS,      /* Q [12][HEADS_OUT] */
	HEADS_TENSORS
};

typedef struct hit_heads {
	int trunk, hidden;
	size_t at[HEADS_TENSORS];
} hit_heads;

/* Sums over hits, in nats; offset_folded counts "exactly 0" as bin 12 (doc/eval.md, rule 5). */
typedef struct heads_loss {
	double velocity, offset, offset_folded, ratchet;
	long hits;
} heads_loss;

/* The hits of n rows of targets, gathered, and room for their layers. */
typedef struct heads_work {
	int capacity, hits;
	int *row, *instrument; /* [capacity] */
	float *hidden;         /* [capacity][K]: tanh(a) */
	float *out;            /* [capacity][HEADS_OUT]: log-probabilities; backward: gradient of a */
	float *own;            /* [capacity][FEATURE_OWN] */
} heads_work;

/* For batches of up to `rows` rows, which may have twelve hits each. Errors: false without memory. */
bool heads_work_init(heads_work *k, const hit_heads *c, int rows);
void heads_work_clear(heads_work *k);

void heads_declare(hit_heads *c, int trunk, int hidden, weight_table *p);

/* Gathers the hits of rows with weight != 0 and computes their log-probabilities; base[n][K] is
 * overwritten. */
void heads_forward(const hit_heads *c, const float *w, int n, const float *h, const float *x,
		   const step_hits *target, const float *weight, float *base, heads_work *k);

/* The losses of what forward gathered, added to sums[group[row]]. */
void heads_sum(const heads_work *k, const step_hits *target, const uint8_t *group, heads_loss *sums);

/* Gradient of sum over hits of weight[row] * scale * (velocity + offset + ratchet loss): adds the
 * tensors' to dw; adds to dh[n][trunk], and to dx unless NULL. base gets its gradient. */
void heads_backward(const hit_heads *c, const float *w, int n, const float *h, const float *x,
		    const step_hits *target, const float *weight, float scale, float *base, heads_work *k,
		    float *dw, float *dh, float *dx);

/* One step: base[K]; then for any hit of it out[HEADS_OUT], log-probabilities. No allocation, no BLAS. */
void heads_step(const hit_heads *c, const step_weights *w, const float *h, const float *x, float *base);
void heads_hit(const hit_heads *c, const step_weights *w, const float *base, const float *x, int instrument,
	       unsigned mask, float out[HEADS_OUT]);

/* The class 0..24 of an offset. */
int heads_offset_class(int16_t offset);

#endif

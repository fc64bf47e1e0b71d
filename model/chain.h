/* The joint distribution of a step's hits: a NADE over the twelve instruments (Larochelle and Murray,
 * "The Neural Autoregressive Distribution Estimator", AISTATS 2011) given the trunk's output h and
 * the input x:
 *   a_0 = h A + x B + b     d = h C + x D + c     (base and direct)
 *   logit_i = d_i + R_i . tanh(a_i)     a_{i+1} = a_i + hit_i W_i
 * The hidden vector changes only where an instrument hits, so a step costs few tanhs.
 * N rows are independent. Pure; any thread. Work arrays belong to the caller. */
#ifndef DRUMLIN_CHAIN_H
#define DRUMLIN_CHAIN_H

#include "model/small.h"
#include "rt/instrument.h"

enum {
	CHAIN_MAX_HIDDEN = 256,
	CHAIN_BASE_TRUNK = 0, /* A [trunk][K] */
	CHAIN_BASE_INPUT,     /* B [inputs][K] */
	CHAIN_BASE_BIAS,      /* b [K] */
	CHAIN_HIT,            /* W [12][K] */
	CHAIN_READ,           /* R [12][K] */
	CHAIN_DIRECT_TRUNK,   /* C [trunk][12] */
	CHAIN_DIRECT_INPUT,   /* D [inputs][12] */
	CHAIN_DIRECT_BIAS,    /* c [12] */
	CHAIN_TENSORS
};

typedef struct chain {
	int trunk, inputs, hidden; /* widths of h, x and a */
	size_t at[CHAIN_TENSORS];
} chain;

void chain_declare(chain *c, int trunk, int inputs, int hidden, weight_table *p);

/* base[n][K] and direct[n][12] from h[n][trunk] and x[n][inputs]. */
void chain_forward(const chain *c, const float *w, int n, const float *h, const float *x, float *base,
		   float *direct);

/* loss[n]: -ln P(mask[n]), in nats. */
void chain_loss(const chain *c, const float *w, int n, const float *base, const float *direct,
		const uint16_t *mask, float *loss);

/* chance[n][12]: of each hit, given those of mask[n] before it. */
void chain_chances(const chain *c, const float *w, int n, const float *base, const float *direct,
		   const uint16_t *mask, float *chance);

/* Gradient of sum of weight[n] * loss[n]: adds the tensors' to dw, writes dh, and dx unless NULL.
 * base and direct, as forward left them, are replaced by their gradients. With chance[n][12] (may be NULL)
 * of the cross-entropy against that, and not against mask, which is what was heard. */
void chain_backward(const chain *c, const float *w, int n, const float *h, const float *x,
		    const uint16_t *mask, const float *chance, const float *weight, float *base,
		    float *direct, float *dw, float *dh, float *dx);

/* One step at a time: base and direct for one row, without allocation or BLAS. */
void chain_step(const chain *c, const step_weights *w, const float *h, const float *x, float *base,
		float *direct);
/* Takes a hit of instrument i into a. tanh_a is its tanh, which chain_logit reads. */
void chain_push(const chain *c, const float *w, int i, float *a, float *tanh_a);
float chain_logit(const chain *c, const float *w, int i, const float *tanh_a, const float *direct);

/* Changes that a performer makes to the chain: every logit l_i becomes l_i * scale + shift[i]; instruments
 * in `fixed` are as in `value`. */
typedef struct chain_tilt {
	float scale, shift[INSTRUMENTS];
	unsigned fixed, value;
} chain_tilt;

/* ln P of all 4096 hit vectors under the tilted chain; -infinity for those that differ from the fixed
 * instruments (the others sum to the probability of what is fixed). */
void chain_table(const chain *c, const float *w, const float *base, const float *direct,
		 const chain_tilt *tilt, float log_p[1 << INSTRUMENTS]);

#endif

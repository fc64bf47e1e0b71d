/* Causal self-attention with relative positions (Shaw, Uszkoreit and Vaswani, "Self-Attention with Relative
 * Position Representations", NAACL 2018) over the last `reach` steps, this one included:
 *   s_d = q_t . (k_(t-d) + r_d) / sqrt(width of a head)    a = softmax(s)    o_t = sum of a_d v_(t-d)
 * for each head apart. A row of qkv is q, k, v [width] each; what past.h remembers of it is k, v. Pure; any
 * thread; no allocation. */
#ifndef DRUMLIN_LAYER_RELATIVE_H
#define DRUMLIN_LAYER_RELATIVE_H

#include "model/past.h"

enum { RELATIVE_REACH = 64 }; /* four bars of 4/4 */

typedef struct relative {
	int width, heads; /* heads divide the width */
} relative;

/* What is remembered: rows of k and v. */
past relative_memory(relative r);

/* Floats of the shares a, and of work space, for a sequence. */
size_t relative_shares_size(relative r, int steps, int lanes);
size_t relative_work_size(int steps);

/* distance[reach][width] is r. rows: as past_unroll leaves them; the present steps' k and v are put there.
 * o[N][width]. */
void relative_forward(relative r, const float *distance, const sequence *s, const float *depth,
		      const float *qkv, float *rows, float *shares, float *work, float *o);

/* From dout to dqkv[N][3 width], which is written; adds to ddistance. drows: as big as rows, overwritten. */
void relative_backward(relative r, const float *distance, const sequence *s, const float *qkv,
		       const float *rows, const float *shares, const float *dout, float *work, float *drows,
		       float *ddistance, float *dqkv);

/* One step of one lane; the clock is not moved. */
void relative_step(relative r, const float *distance, const float *qkv, const float *clock, float *ring,
		   float *o);

#endif

/* A causal convolution of two taps, `dilation` steps apart, over the rows that past.h unrolls:
 *   y_t = x_t W0 + x_(t - dilation) W1 + b
 * where what was before the stream began is 0. Pure; any thread. */
#ifndef DRUMLIN_LAYER_CONV_H
#define DRUMLIN_LAYER_CONV_H

#include "model/past.h"

typedef struct conv_weights {
	size_t near, far, bias; /* offsets of W0 [in][out], W1 [in][out], b [out] */
} conv_weights;

/* in.reach is the dilation and in.width the width of x; rows as past_unroll and the caller have filled them.
 * far[steps*lanes][in] receives the rows of the second tap. y[steps*lanes][out]. */
void conv_forward(past in, int out, const float *w, const conv_weights *at, const sequence *s,
		  const float *depth, const float *rows, float *far, float *y);

/* rows and far as forward left them; far is overwritten. Adds to dw, and to dx[steps*lanes][in]. */
void conv_backward(past in, int out, const float *w, const conv_weights *at, const sequence *s,
		   const float *depth, const float *rows, float *far, const float *dy, float *dw, float *dx);

/* One step: x_t and the row a dilation before it (NULL: none). No allocation. */
void conv_step(past in, int out, const step_weights *w, const conv_weights *at, const float *x,
	       const float *far, float *y);

#endif

/* A dense layer without its nonlinearity: Y = X W + b. Rows are independent. Pure; any thread. */
#ifndef DRUMLIN_LAYER_DENSE_H
#define DRUMLIN_LAYER_DENSE_H

#include "model/small.h"

/* y[n][out] = x[n][in] w[in][out] + bias[out]; without a bias (NULL) it is added to what y holds. */
void dense_forward(int n, int in, int out, const float *x, const float *w, const float *bias, float *y);

/* dw += X^T dY; dbias (may be NULL) += column sums of dY; dx (may be NULL) = dY W^T, added where add is set.
 */
void dense_backward(int n, int in, int out, const float *x, const float *w, const float *dy, float *dw,
		    float *dbias, float *dx, int add);

enum { DENSE_ADD = -1 };

/* One row: y[out] = x w + bias, or y += x w with DENSE_ADD for the bias. w and bias are offsets among the
 * weights. No allocation. */
void dense_step(const step_weights *s, int in, int out, const float *x, size_t w, ptrdiff_t bias, float *y);

#endif

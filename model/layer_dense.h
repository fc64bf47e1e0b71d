/* A dense layer without its nonlinearity: Y = X W + b. Rows are independent. Pure; any thread. */
#ifndef DRUMLIN_LAYER_DENSE_H
#define DRUMLIN_LAYER_DENSE_H

#include "model/small.h"

/* y[n][out] = x[n][in] w[in][out] + bias[out]; without a bias (NULL) it is added to what y holds. */
void dense_forward(int n, int in, int out, const float *x, const float *w, const float *bias, float *y);

/* dw += X^T dY; dbias (may be NULL) += column sums of dY; dx (may be NULL) = dY W^T, or += with add. */
void dense_backward(int n, int in, int out, const float *x, const float *w, const float *dy, float *dw,
		    float *dbias, float *dx, int add);

/* One row: y[out] = x w + bias, where w and bias are offsets among the weights. What shall be added to y
 * instead has no bias: small_matvec. No allocation. */
void dense_step(const step_weights *s, int in, int out, const float *x, size_t w, size_t bias, float *y);

#endif

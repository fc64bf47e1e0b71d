/* Layer normalisation (Ba, Kiros and Hinton, 2016): each row to mean 0 and variance 1, then
 * y = (1 + gain) x + bias, so that saved weights start at 0. Rows are independent. Pure; any thread. */
#ifndef DRUMLIN_LAYER_NORM_H
#define DRUMLIN_LAYER_NORM_H

#include <stddef.h>

/* y[n][width] from x[n][width] */
void norm_forward(size_t n, int width, const float *x, const float *gain, const float *bias, float *y);

/* Adds to dgain and dbias; adds the gradient of x to dx. */
void norm_backward(size_t n, int width, const float *x, const float *gain, const float *dy, float *dgain,
		   float *dbias, float *dx);

#endif

/* The gated unit of WaveNet (van den Oord et al., 2016): y = tanh(a) * s(b), a the first half of a row and b
 * the second. Rows are independent. Pure; any thread. */
#ifndef DRUMLIN_LAYER_GATE_H
#define DRUMLIN_LAYER_GATE_H

#include <stddef.h>

/* y[n][width] from x[n][2 * width] */
void gate_forward(size_t n, int width, const float *x, float *y);

/* Replaces x by its gradient. */
void gate_backward(size_t n, int width, const float *dy, float *x);

#endif

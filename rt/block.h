/* The loops over a block of samples that a mixer is made of. Pure. [audio] */
#ifndef DRUMLIN_BLOCK_H
#define DRUMLIN_BLOCK_H

#include <stdint.h>

/* y += x */
void block_add(uint32_t n, const float *x, float *y);

/* y[i] += x[i] * (gain + (i + 1) * step) */
void block_add_ramp(uint32_t n, const float *x, float gain, float step, float *y);

/* x[i] *= gain + (i + 1) * step */
void block_ramp(uint32_t n, float gain, float step, float *x);

/* x[i] *= 1 - envelope[i] * (depth + (i + 1) * step) */
void block_duck(uint32_t n, const float *envelope, float depth, float step, float *x);

/* Largest magnitude (not-a-number is passed over). */
float block_peak(uint32_t n, const float *x);

#endif

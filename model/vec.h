/* The few vector loops that networks are made of, fast on whatever CPU runs them.
 *
 * Plain C that the compiler vectorises; one copy per instruction set is built and the right one is
 * chosen at load time (function multiversioning), so one binary serves every x86-64, and other CPUs
 * get the plain copy. Pure; any thread. Vectors need no alignment but are faster on 64 bytes. */
#ifndef DRUMLIN_VEC_H
#define DRUMLIN_VEC_H

#include "rt/simd.h"

#include <stdint.h>
#include <string.h>

#define VEC_CLONES SIMD_CLONES_WIDE
#define VEC_INLINE SIMD_INLINE

/* exp(x), relative error below 2e-7, clamped to x in [-87, 88]. Cephes' polynomial (Moshier, "Methods
 * and Programs for Mathematical Functions", 1989) without branches. */
VEC_INLINE float
vec_exp1(float x)
{
	x = x < -87.0f ? -87.0f : x;
	x = x > 88.0f ? 88.0f : x;
	float shifted = x * 1.44269504f + 12582912.0f; /* 1.5 * 2^23: rounds to the nearest integer */
	float n = shifted - 12582912.0f;
	float r = x - n * 0.693359375f;
	r = r + n * 2.12194440e-4f;
	float p = 1.9875691500e-4f;
	p = p * r + 1.3981999507e-3f;
	p = p * r + 8.3334519073e-3f;
	p = p * r + 4.1665795894e-2f;
	p = p * r + 1.6666665459e-1f;
	p = p * r + 5.0000001201e-1f;
	p = p * r * r + r + 1.0f;
	int32_t bits = ((int32_t)n + 127) << 23;
	float scale;
	memcpy(&scale, &bits, sizeof scale);
	return p * scale;
}

VEC_INLINE float
vec_sigmoid1(float x)
{
	return 1.0f / (1.0f + vec_exp1(-x));
}

VEC_INLINE float
vec_tanh1(float x)
{
	return 1.0f - 2.0f / (vec_exp1(2.0f * x) + 1.0f);
}

/* Number of bits set. */
VEC_INLINE int
vec_bits(unsigned mask)
{
	mask = mask - (mask >> 1 & 0x55555555u);
	mask = (mask & 0x33333333u) + (mask >> 2 & 0x33333333u);
	return (int)(((mask + (mask >> 4)) & 0x0f0f0f0fu) * 0x01010101u >> 24);
}

/* x[i] = tanh(x[i]) */
void vec_tanh(int n, float *x);

/* y += a x */
void vec_axpy(int n, float a, const float *x, float *y);

/* sum of x[i] y[i] */
float vec_dot(int n, const float *x, const float *y);

/* y[0..out) += x[0..in) W, W of shape [in][out] with rows ld apart. Inputs that are 0 cost nothing. */
void vec_matvec(int in, int out, const float *x, const float *w, int ld, float *y);

/* Turns logits into log-probabilities in place. */
void vec_log_softmax(int n, float *x);

#endif

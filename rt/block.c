#include "rt/block.h"

#include "rt/simd.h"

#include <math.h>

SIMD_CLONES void
block_add(uint32_t n, const float *restrict x, float *restrict y)
{
	for (uint32_t i = 0; i < n; i++)
		y[i] += x[i];
}

SIMD_CLONES void
block_add_ramp(uint32_t n, const float *restrict x, float gain, float step, float *restrict y)
{
	for (uint32_t i = 0; i < n; i++)
		y[i] += x[i] * (gain + step * (float)(int32_t)(i + 1));
}

SIMD_CLONES void
block_ramp(uint32_t n, float gain, float step, float *x)
{
	for (uint32_t i = 0; i < n; i++)
		x[i] *= gain + step * (float)(int32_t)(i + 1);
}

SIMD_CLONES void
block_duck(uint32_t n, const float *restrict envelope, float depth, float step, float *restrict x)
{
	for (uint32_t i = 0; i < n; i++)
		x[i] *= 1.0f - envelope[i] * (depth + step * (float)(int32_t)(i + 1));
}

/* In eight lanes: a single running maximum would have to be taken in order. */
SIMD_CLONES float
block_peak(uint32_t n, const float *x)
{
	float lane[8] = {0}, peak = 0.0f;
	uint32_t i = 0;
	for (; i + 8 <= n; i += 8)
		for (uint32_t j = 0; j < 8; j++) {
			const float a = fabsf(x[i + j]);
			lane[j] = a > lane[j] ? a : lane[j];
		}
	for (; i < n; i++)
		peak = fabsf(x[i]) > peak ? fabsf(x[i]) : peak;
	for (uint32_t j = 0; j < 8; j++)
		peak = lane[j] > peak ? lane[j] : peak;
	return peak;
}

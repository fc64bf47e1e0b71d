#include "model/layer_norm.h"

#include "model/vec.h"

#include <math.h>

#define LEAST_VARIANCE 1e-5f

typedef struct moments {
	float mean, scale; /* 1 / standard deviation */
} moments;

VEC_CLONES static moments
measure(int width, const float *restrict x)
{
	float sum[16] = {0}, square[16] = {0}, total = 0.0f, squares = 0.0f;
	for (int i = 0; i < width; i++)
		sum[i & 15] += x[i];
	for (int k = 0; k < 16; k++)
		total += sum[k];
	const float mean = total / (float)width;
	for (int i = 0; i < width; i++)
		square[i & 15] += (x[i] - mean) * (x[i] - mean);
	for (int k = 0; k < 16; k++)
		squares += square[k];
	return (moments){mean, 1.0f / sqrtf(squares / (float)width + LEAST_VARIANCE)};
}

VEC_CLONES static void
forward_row(int width, moments m, const float *restrict x, const float *restrict gain,
	    const float *restrict bias, float *restrict y)
{
	for (int i = 0; i < width; i++)
		y[i] = (1.0f + gain[i]) * ((x[i] - m.mean) * m.scale) + bias[i];
}

void
norm_forward(size_t n, int width, const float *x, const float *gain, const float *bias, float *y)
{
	for (size_t row = 0; row < n; row++) {
		const size_t at = row * (size_t)width;
		forward_row(width, measure(width, x + at), x + at, gain, bias, y + at);
	}
}

VEC_CLONES static void
backward_row(int width, moments m, const float *restrict x, const float *restrict gain,
	     const float *restrict dy, float *restrict dgain, float *restrict dbias, float *restrict dx)
{
	float along = 0.0f, sum = 0.0f;
	for (int i = 0; i < width; i++) {
		const float unit = (x[i] - m.mean) * m.scale, d = dy[i] * (1.0f + gain[i]);
		dgain[i] += dy[i] * unit;
		dbias[i] += dy[i];
		along += d * unit;
		sum += d;
	}
	along /= (float)width;
	sum /= (float)width;
	for (int i = 0; i < width; i++) {
		const float unit = (x[i] - m.mean) * m.scale, d = dy[i] * (1.0f + gain[i]);
		dx[i] += m.scale * (d - sum - unit * along);
	}
}

void
norm_backward(size_t n, int width, const float *x, const float *gain, const float *dy, float *dgain,
	      float *dbias, float *dx)
{
	for (size_t row = 0; row < n; row++) {
		const size_t at = row * (size_t)width;
		backward_row(width, measure(width, x + at), x + at, gain, dy + at, dgain, dbias, dx + at);
	}
}

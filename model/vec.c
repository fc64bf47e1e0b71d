#include "model/vec.h"

#include <math.h>

VEC_CLONES void
vec_tanh(int n, float *x)
{
	for (int i = 0; i < n; i++)
		x[i] = vec_tanh1(x[i]);
}

VEC_CLONES void
vec_axpy(int n, float a, const float *restrict x, float *restrict y)
{
	for (int i = 0; i < n; i++)
		y[i] += a * x[i];
}

VEC_CLONES float
vec_dot(int n, const float *restrict x, const float *restrict y)
{
	float part[16] = {0};
	int i = 0;
	for (; i + 16 <= n; i += 16)
		for (int k = 0; k < 16; k++)
			part[k] += x[i + k] * y[i + k];
	float sum = 0;
	for (; i < n; i++)
		sum += x[i] * y[i];
	for (int k = 0; k < 16; k++)
		sum += part[k];
	return sum;
}

VEC_CLONES static void
add_rows8(int out, const float *a, const float *const *row, float *restrict y)
{
	const float *restrict r0 = row[0], *restrict r1 = row[1], *restrict r2 = row[2],
			      *restrict r3 = row[3];
	const float *restrict r4 = row[4], *restrict r5 = row[5], *restrict r6 = row[6],
			      *restrict r7 = row[7];
	for (int j = 0; j < out; j++)
		y[j] += (a[0] * r0[j] + a[1] * r1[j]) + (a[2] * r2[j] + a[3] * r3[j]) +
			((a[4] * r4[j] + a[5] * r5[j]) + (a[6] * r6[j] + a[7] * r7[j]));
}

void
vec_matvec(int in, int out, const float *x, const float *w, int ld, float *y)
{
	float a[8];
	const float *row[8];
	int n = 0;
	for (int i = 0; i < in; i++) {
		if (x[i] == 0.0f)
			continue;
		a[n] = x[i];
		row[n++] = w + (size_t)i * (size_t)ld;
		if (n == 8) {
			add_rows8(out, a, row, y);
			n = 0;
		}
	}
	for (int k = 0; k < n; k++)
		vec_axpy(out, a[k], row[k], y);
}

void
vec_log_softmax(int n, float *x)
{
	float top = x[0];
	for (int i = 1; i < n; i++)
		top = x[i] > top ? x[i] : top;
	float sum = 0;
	for (int i = 0; i < n; i++)
		sum += vec_exp1(x[i] - top);
	float log_sum = top + logf(sum);
	for (int i = 0; i < n; i++)
		x[i] -= log_sum;
}

#include "model/layer_attend.h"

#include "model/vec.h"

VEC_CLONES static float
resonance(int width, const float *restrict k, const float *restrict q, const float *restrict v)
{
	float part[16] = {0}, sum = 0.0f;
	int i = 0;
	for (; i + 16 <= width; i += 16)
		for (int j = 0; j < 16; j++)
			part[j] += v[i + j] * vec_tanh1(k[i + j] + q[i + j]);
	for (; i < width; i++)
		sum += v[i] * vec_tanh1(k[i] + q[i]);
	for (int j = 0; j < 16; j++)
		sum += part[j];
	return sum;
}

void
attend_forward(int width, const float *v, const float *q, const float *const *memory, int n, float *a,
	       float *c)
{
	memset(c, 0, (size_t)width * sizeof *c);
	for (int j = 0; j < n; j++)
		a[j] = resonance(width, memory[j] + width, q, v);
	if (n > 0)
		vec_log_softmax(n, a);
	for (int j = 0; j < n; j++) {
		a[j] = vec_exp1(a[j]);
		vec_axpy(width, a[j], memory[j], c);
	}
}

VEC_CLONES static void
through_resonance(int width, float de, const float *restrict k, const float *restrict q,
		  const float *restrict v, float *restrict dv, float *restrict dq, float *restrict dk)
{
	for (int i = 0; i < width; i++) {
		const float value = vec_tanh1(k[i] + q[i]), d = de * v[i] * (1.0f - value * value);
		dv[i] += de * value;
		dq[i] += d;
		dk[i] += d;
	}
}

void
attend_backward(int width, const float *v, const float *q, const float *const *memory, int n, const float *a,
		const float *dc, float *dv, float *dq, float *const *dmemory)
{
	float da[ATTEND_MOST], mean = 0.0f;
	for (int j = 0; j < n; j++) {
		da[j] = vec_dot(width, dc, memory[j]);
		mean += a[j] * da[j];
		vec_axpy(width, a[j], dc, dmemory[j]);
	}
	for (int j = 0; j < n; j++)
		through_resonance(width, a[j] * (da[j] - mean), memory[j] + width, q, v, dv, dq,
				  dmemory[j] + width);
}

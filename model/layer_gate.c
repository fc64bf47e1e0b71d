#include "model/layer_gate.h"

#include "model/vec.h"

VEC_CLONES static void
forward_row(int width, const float *restrict x, float *restrict y)
{
	for (int i = 0; i < width; i++)
		y[i] = vec_tanh1(x[i]) * vec_sigmoid1(x[width + i]);
}

void
gate_forward(size_t n, int width, const float *x, float *y)
{
	for (size_t row = 0; row < n; row++)
		forward_row(width, x + row * (size_t)(2 * width), y + row * (size_t)width);
}

VEC_CLONES static void
backward_row(int width, const float *restrict dy, float *restrict x)
{
	for (int i = 0; i < width; i++) {
		const float value = vec_tanh1(x[i]), open = vec_sigmoid1(x[width + i]);
		x[i] = dy[i] * open * (1.0f - value * value);
		x[width + i] = dy[i] * value * open * (1.0f - open);
	}
}

void
gate_backward(size_t n, int width, const float *dy, float *x)
{
	for (size_t row = 0; row < n; row++)
		backward_row(width, dy + row * (size_t)width, x + row * (size_t)(2 * width));
}

#include "model/layer_dense.h"

#include "model/blas.h"
#include "model/vec.h"

void
dense_forward(int n, int in, int out, const float *x, const float *w, const float *bias, float *y)
{
	for (int row = 0; row < n && bias; row++)
		memcpy(y + (size_t)row * (size_t)out, bias, (size_t)out * sizeof *y);
	blas_gemm(false, false, n, out, in, x, in, w, out, 1.0f, y, out);
}

void
dense_backward(int n, int in, int out, const float *x, const float *w, const float *dy, float *dw,
	       float *dbias, float *dx, int add)
{
	blas_gemm(true, false, in, out, n, x, in, dy, out, 1.0f, dw, out);
	for (int row = 0; row < n && dbias; row++)
		vec_axpy(out, 1.0f, dy + (size_t)row * (size_t)out, dbias);
	if (dx)
		blas_gemm(false, true, n, in, out, dy, out, w, out, add ? 1.0f : 0.0f, dx, in);
}

void
dense_step(const step_weights *s, int in, int out, const float *x, size_t w, size_t bias, float *y)
{
	memcpy(y, s->w + bias, (size_t)out * sizeof *y);
	small_matvec(s, w, in, out, x, y);
}

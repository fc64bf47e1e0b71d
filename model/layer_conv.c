#include "model/layer_conv.h"

#include "model/blas.h"
#include "model/layer_dense.h"
#include "model/vec.h"

static const float *
present(past in, const sequence *s, const float *rows)
{
	return rows + past_rows_size(in, 0, s->lanes);
}

void
conv_forward(past in, int out, const float *w, const conv_weights *at, const sequence *s, const float *depth,
	     const float *rows, float *far, float *y)
{
	const size_t n = (size_t)s->steps * (size_t)s->lanes, wide = (size_t)in.width;
	/* Row t of what was unrolled is a dilation before step t. */
	memcpy(far, rows, n * wide * sizeof *far);
	for (size_t row = 0; row < n; row++)
		if (depth[row] < (float)in.reach)
			memset(far + row * wide, 0, wide * sizeof *far);
	dense_forward((int)n, in.width, out, present(in, s, rows), w + at->near, w + at->bias, y);
	dense_forward((int)n, in.width, out, far, w + at->far, NULL, y);
}

void
conv_backward(past in, int out, const float *w, const conv_weights *at, const sequence *s, const float *depth,
	      const float *rows, float *far, const float *dy, float *dw, float *dx)
{
	const size_t n = (size_t)s->steps * (size_t)s->lanes, wide = (size_t)in.width;
	const size_t before = (size_t)in.reach * (size_t)s->lanes;
	dense_backward((int)n, in.width, out, present(in, s, rows), w + at->near, dy, dw + at->near,
		       dw + at->bias, dx, 1);
	blas_gemm(true, false, in.width, out, (int)n, far, in.width, dy, out, 1.0f, dw + at->far, out);
	blas_gemm(false, true, (int)n, in.width, out, dy, out, w + at->far, out, 0.0f, far, in.width);
	for (size_t row = before; row < n; row++)
		if (depth[row] >= (float)in.reach)
			vec_axpy(in.width, 1.0f, far + row * wide, dx + (row - before) * wide);
}

void
conv_step(past in, int out, const step_weights *w, const conv_weights *at, const float *x, const float *far,
	  float *y)
{
	dense_step(w, in.width, out, x, at->near, at->bias, y);
	if (far)
		small_matvec(w, at->far, in.width, out, far, y);
}

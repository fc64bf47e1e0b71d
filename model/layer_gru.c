/* Gated recurrent unit (Cho et al., "Learning Phrase Representations using RNN Encoder-Decoder", 2014),
 * with the reset gate after the product, as cuDNN and PyTorch have it:
 *   r = s(xr + hr)  z = s(xz + hz)  n = tanh(xn + r hn)  h = (1 - z) n + z h' */
#include "model/recurrent.h"

#include "model/vec.h"

/* saved: r, z, n, hn */

/* One lane. The arrays are arguments, for only then does the compiler believe that they are apart. */
VEC_CLONES static void
forward_row(int hidden, const float *restrict x, const float *restrict u, float *restrict h,
	    float *restrict k)
{
	for (int i = 0; i < hidden; i++) {
		float r = vec_sigmoid1(x[i] + u[i]);
		float z = vec_sigmoid1(x[hidden + i] + u[hidden + i]);
		float hn = u[2 * hidden + i];
		float n = vec_tanh1(x[2 * hidden + i] + r * hn);
		h[i] = n + z * (h[i] - n);
		k[i] = r;
		k[hidden + i] = z;
		k[2 * hidden + i] = n;
		k[3 * hidden + i] = hn;
	}
}

static void
gru_forward(int rows, int hidden, const float *gx, const float *gh, float *state, size_t stride, float *saved)
{
	for (size_t row = 0; row < (size_t)rows; row++) {
		const size_t gates = row * (size_t)(3 * hidden);
		forward_row(hidden, gx + gates, gh + gates, state + row * stride,
			    saved + row * (size_t)(4 * hidden));
	}
}

VEC_CLONES static void
backward_row(int hidden, const float *restrict h, const float *restrict k, float *restrict dh,
	     float *restrict dx, float *restrict du)
{
	for (int i = 0; i < hidden; i++) {
		float r = k[i], z = k[hidden + i], n = k[2 * hidden + i], hn = k[3 * hidden + i];
		float dn = dh[i] * (1.0f - z) * (1.0f - n * n);
		float dz = dh[i] * (h[i] - n) * z * (1.0f - z);
		float dr = dn * hn * r * (1.0f - r);
		dx[i] = du[i] = dr;
		dx[hidden + i] = du[hidden + i] = dz;
		dx[2 * hidden + i] = dn;
		du[2 * hidden + i] = dn * r;
		dh[i] *= z;
	}
}

static void
gru_backward(int rows, int hidden, const float *before, const float *saved, float *dstate, float *dgx,
	     float *dgh)
{
	for (size_t row = 0; row < (size_t)rows; row++) {
		const size_t gates = row * (size_t)(3 * hidden);
		backward_row(hidden, before + row * (size_t)hidden, saved + row * (size_t)(4 * hidden),
			     dstate + row * (size_t)(hidden), dgx + gates, dgh + gates);
	}
}

const recurrent_cell cell_gru = {
    .gates = 3,
    .states = 1,
    .saved = 4,
    .forward = gru_forward,
    .backward = gru_backward,
};

const trunk_type trunk_gru = {
    .name = "gru",
    .hidden = 384,
    .layers = 1,
    .declare = recurrent_declare,
    .state_size = recurrent_state_size,
    .cache_size = recurrent_cache_size,
    .forward = recurrent_forward,
    .backward = recurrent_backward,
    .step = recurrent_step,
    .cell = &cell_gru,
};

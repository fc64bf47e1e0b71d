/* Gated recurrent unit (Cho et al., "Learning Phrase Representations using RNN Encoder-Decoder", 2014),
 * with the reset gate after the product, as cuDNN and PyTorch have it:
 *   r = s(xr + hr)  z = s(xz + hz)  n = tanh(xn + r hn)  h = (1 - z) n + z h' */
#include "model/recurrent.h"

#include "model/vec.h"

/* saved: r, z, n, hn */
VEC_CLONES static void
gru_forward(int rows, int hidden, const float *gx, const float *gh, float *state, size_t stride, float *saved)
{
	for (int row = 0; row < rows; row++) {
		const float *restrict x = gx + (size_t)row * (size_t)(3 * hidden);
		const float *restrict u = gh + (size_t)row * (size_t)(3 * hidden);
		float *restrict h = state + (size_t)row * stride;
		float *restrict k = saved + (size_t)row * (size_t)(4 * hidden);
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
}

VEC_CLONES static void
gru_backward(int rows, int hidden, const float *before, const float *saved, float *dstate, float *dgx,
	     float *dgh)
{
	for (int row = 0; row < rows; row++) {
		const float *restrict h = before + (size_t)row * (size_t)hidden;
		const float *restrict k = saved + (size_t)row * (size_t)(4 * hidden);
		float *restrict dh = dstate + (size_t)row * (size_t)hidden;
		float *restrict dx = dgx + (size_t)row * (size_t)(3 * hidden);
		float *restrict du = dgh + (size_t)row * (size_t)(3 * hidden);
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

/* Long short-term memory (Hochreiter and Schmidhuber, Neural Computation 9(8), 1997; forget gate of
 * Gers, Schmidhuber and Cummins, 2000):
 *   i, f, o = s(x + u)  g = tanh(xg + ug)  c = f c' + i g  h = o tanh(c)
 * The forget gate starts open by 1 (Jozefowicz, Zaremba and Sutskever, ICML 2015), added here so that
 * saved weights start at 0. */
#include "model/recurrent.h"

#include "model/vec.h"

#define FORGET_OPEN 1.0f

/* State: h, c. saved: i, f, g, o; tanh(c) is made again from the gates. */

/* One lane. The arrays are arguments, for only then does the compiler believe that they are apart. */
VEC_CLONES static void
forward_row(int hidden, const float *restrict x, const float *restrict u, float *restrict h,
	    float *restrict k)
{
	for (int j = 0; j < hidden; j++) {
		float i = vec_sigmoid1(x[j] + u[j]);
		float f = vec_sigmoid1(x[hidden + j] + u[hidden + j] + FORGET_OPEN);
		float g = vec_tanh1(x[2 * hidden + j] + u[2 * hidden + j]);
		float o = vec_sigmoid1(x[3 * hidden + j] + u[3 * hidden + j]);
		float c = f * h[hidden + j] + i * g;
		h[hidden + j] = c;
		h[j] = o * vec_tanh1(c);
		k[j] = i;
		k[hidden + j] = f;
		k[2 * hidden + j] = g;
		k[3 * hidden + j] = o;
	}
}

static void
lstm_forward(int rows, int hidden, const float *gx, const float *gh, float *state, size_t stride,
	     float *saved)
{
	for (size_t row = 0; row < (size_t)rows; row++) {
		const size_t gates = row * (size_t)(4 * hidden);
		forward_row(hidden, gx + gates, gh + gates, state + row * stride,
			    saved + row * (size_t)(4 * hidden));
	}
}

VEC_CLONES static void
cell_row(int hidden, const float *restrict c_before, const float *restrict k, float *restrict c)
{
	for (int j = 0; j < hidden; j++)
		c[j] = k[hidden + j] * c_before[j] + k[j] * k[2 * hidden + j];
}

VEC_CLONES static void
backward_row(int hidden, const float *restrict c_before, const float *restrict tanh_c,
	     const float *restrict k, float *restrict dh, float *restrict dx, float *restrict du)
{
	for (int j = 0; j < hidden; j++) {
		float i = k[j], f = k[hidden + j], g = k[2 * hidden + j], o = k[3 * hidden + j];
		float tc = tanh_c[j];
		float dc = dh[hidden + j] + dh[j] * o * (1.0f - tc * tc);
		dx[j] = du[j] = dc * g * i * (1.0f - i);
		dx[hidden + j] = du[hidden + j] = dc * c_before[j] * f * (1.0f - f);
		dx[2 * hidden + j] = du[2 * hidden + j] = dc * i * (1.0f - g * g);
		dx[3 * hidden + j] = du[3 * hidden + j] = dh[j] * tc * o * (1.0f - o);
		dh[hidden + j] = dc * f;
		dh[j] = 0.0f;
	}
}

static void
lstm_backward(int rows, int hidden, const float *before, const float *saved, float *dstate, float *dgx,
	      float *dgh)
{
	_Alignas(64) float tanh_c[TRUNK_MAX_HIDDEN];
	for (size_t row = 0; row < (size_t)rows; row++) {
		const size_t gates = row * (size_t)(4 * hidden);
		const float *c_before = before + row * (size_t)(2 * hidden) + hidden;
		const float *k = saved + gates;
		cell_row(hidden, c_before, k, tanh_c);
		vec_tanh(hidden, tanh_c);
		backward_row(hidden, c_before, tanh_c, k, dstate + row * (size_t)(2 * hidden), dgx + gates,
			     dgh + gates);
	}
}

const recurrent_cell cell_lstm = {
    .gates = 4,
    .states = 2,
    .saved = 4,
    .forward = lstm_forward,
    .backward = lstm_backward,
};

const trunk_type trunk_lstm = {
    .name = "lstm",
    .hidden = 320,
    .layers = 1,
    .declare = recurrent_declare,
    .state_size = recurrent_state_size,
    .cache_size = recurrent_cache_size,
    .forward = recurrent_forward,
    .backward = recurrent_backward,
    .step = recurrent_step,
    .cell = &cell_lstm,
};

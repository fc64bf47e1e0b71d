/* A recurrent net that is fed with itself as it was one and two bars ago, after Magenta's lookback RNN
 * (Waite, "Generating Long-Term Structure in Songs and Stories", 2016). That one is given the events one and
 * two bars ago, and whether the last step repeated them. Here every architecture is given those (features.h);
 * this one adds what it made of them: its first layer's outputs when they had just been heard, g_t = W x_t +
 * E [h_(t-15), h_(t-31)] + U h_(t-1) + b in 16-step bars (in other metres the features alone look back by
 * bars). Two layers of LSTM, as there. State: the recurrent layers', a clock, and a ring of the first layer's
 * outputs. */
#include "model/blas.h"
#include "model/past.h"
#include "model/recurrent.h"
#include "model/vec.h"

#include <math.h>

enum { ECHOES = 2, REACH = 32 };
static const int lag[ECHOES] = {15, 31};

static past
memory_of(const trunk *t)
{
	return (past){REACH, t->hidden};
}

static size_t
echo_at(const trunk *t)
{
	return t->at[t->layers * RECURRENT_TENSORS];
}

static void
lookback_declare(trunk *t, weight_table *p)
{
	recurrent_declare(t, p);
	t->at[t->layers * RECURRENT_TENSORS] =
	    weights_add(p, "trunk.echo", ECHOES * t->hidden, t->type->cell->gates * t->hidden,
			1.0f / sqrtf((float)(ECHOES * t->hidden)));
}

static size_t
lookback_state_size(const trunk *t)
{
	return recurrent_state_size(t) + PAST_CLOCK + past_ring_size(memory_of(t));
}

/* Behind the recurrent layers' cache. */
typedef struct lookback_cache {
	float *depth; /* [N] */
	float *echo;  /* [N][2H] */
	float *decho; /* [lanes][2H] */
	float *rows;  /* the first layer's outputs, with the past in front */
} lookback_cache;

static size_t
lookback_cache_size(const trunk *t, int steps, int lanes)
{
	const size_t n = (size_t)steps * (size_t)lanes, wide = (size_t)(ECHOES * t->hidden);
	return recurrent_cache_size(t, steps, lanes) + n + (n + (size_t)lanes) * wide +
	       past_rows_size(memory_of(t), steps, lanes);
}

static lookback_cache
cache_at(const trunk *t, float *cache, const sequence *s)
{
	const size_t n = (size_t)s->steps * (size_t)s->lanes, wide = (size_t)(ECHOES * t->hidden);
	lookback_cache c = {.depth = cache + recurrent_cache_size(t, s->steps, s->lanes)};
	c.echo = c.depth + n;
	c.decho = c.echo + n * wide;
	c.rows = c.decho + (size_t)s->lanes * wide;
	return c;
}

/* Gathers what a step's lanes hear of themselves; what was before their streams is 0. */
static void
gather(const trunk *t, const sequence *s, int step, const lookback_cache *c)
{
	const size_t h = (size_t)t->hidden, lanes = (size_t)s->lanes;
	for (size_t b = 0; b < lanes; b++)
		for (int k = 0; k < ECHOES; k++) {
			const size_t row = (size_t)step * lanes + b;
			float *echo = c->echo + (row * ECHOES + (size_t)k) * h;
			if (c->depth[row] >= (float)lag[k])
				memcpy(echo, c->rows + ((size_t)(REACH + step - lag[k]) * lanes + b) * h,
				       h * sizeof *echo);
			else
				memset(echo, 0, h * sizeof *echo);
		}
}

static void
lookback_forward(const trunk *t, const float *w, const sequence *s, const float *x, float *state, float *y,
		 float *cache)
{
	const int h = t->hidden, gates = t->type->cell->gates * h, heard = ECHOES * h;
	const size_t lanes = (size_t)s->lanes, stride = lookback_state_size(t);
	float *clock = state + recurrent_state_size(t), *ring = clock + PAST_CLOCK;
	const lookback_cache c = cache_at(t, cache, s);
	const recurrent_layer l = recurrent_layer_at(t, cache, 0, s);
	past_depths(s, clock, stride, c.depth);
	past_unroll(memory_of(t), s->lanes, clock, ring, stride, c.rows);
	recurrent_take_input(t, w, 0, s, x, &l);
	for (int step = 0; step < s->steps; step++) {
		const size_t first = (size_t)step * lanes;
		gather(t, s, step, &c);
		blas_gemm(false, false, s->lanes, gates, heard, c.echo + first * (size_t)heard, heard,
			  w + echo_at(t), gates, 1.0f, l.gx + first * (size_t)gates, gates);
		recurrent_pass_step(t, w, 0, s, step, state, &l);
		memcpy(c.rows + ((size_t)REACH * lanes + first) * (size_t)h, l.y + first * (size_t)h,
		       lanes * (size_t)h * sizeof *l.y);
	}
	past_pass(s, clock, stride);
	past_roll_up(memory_of(t), s->steps, s->lanes, clock, c.rows, ring, stride);
	recurrent_forward_from(t, w, 1, s, l.y, state, y, cache);
}

/* From a step's gates to the outputs that it heard, as far as they are of this sequence. */
static void
scatter(const trunk *t, const float *w, const sequence *s, int step, const recurrent_layer *l,
	const lookback_cache *c, float *dout)
{
	const int h = t->hidden, gates = t->type->cell->gates * h, heard = ECHOES * h;
	const size_t lanes = (size_t)s->lanes, first = (size_t)step * lanes;
	blas_gemm(false, true, s->lanes, heard, gates, l->gx + first * (size_t)gates, gates, w + echo_at(t),
		  gates, 0.0f, c->decho, heard);
	for (size_t b = 0; b < lanes; b++)
		for (int k = 0; k < ECHOES; k++)
			if (step >= lag[k] && c->depth[first + b] >= (float)lag[k])
				vec_axpy(h, 1.0f, c->decho + (b * ECHOES + (size_t)k) * (size_t)h,
					 dout + ((size_t)(step - lag[k]) * lanes + b) * (size_t)h);
}

static void
lookback_backward(const trunk *t, const float *w, const sequence *s, const float *x, float *dy, float *cache,
		  float *dw, float *dx)
{
	const int gates = t->type->cell->gates * t->hidden, heard = ECHOES * t->hidden;
	const lookback_cache c = cache_at(t, cache, s);
	const recurrent_layer l = recurrent_layer_at(t, cache, 0, s);
	float *dout = t->layers > 1 ? l.dy : dy;
	if (t->layers > 1)
		recurrent_backward_from(t, w, 1, s, l.y, dy, cache, dw, dout);
	recurrent_begin_back(t, s, &l);
	for (int step = s->steps - 1; step >= 0; step--) {
		recurrent_back_step(t, w, 0, s, step, dout + (size_t)(step * s->lanes * t->hidden), &l);
		scatter(t, w, s, step, &l, &c, dout);
	}
	blas_gemm(true, false, heard, gates, s->steps * s->lanes, c.echo, heard, l.gx, gates, 1.0f,
		  dw + echo_at(t), gates);
	recurrent_add_gradient(t, w, 0, s, x, &l, dw, dx);
}

static void
lookback_step(const trunk *t, const step_weights *w, const float *x, float *state, float *y)
{
	_Alignas(64) float gx[RECURRENT_MAX_GATES * TRUNK_MAX_HIDDEN];
	const int h = t->hidden, gates = t->type->cell->gates * h;
	float *clock = state + recurrent_state_size(t), *ring = clock + PAST_CLOCK;
	recurrent_step_input(t, w, 0, x, gx);
	for (int k = 0; k < ECHOES; k++) {
		const float *echo = past_back(memory_of(t), clock, ring, lag[k]);
		if (echo)
			small_matvec(w, echo_at(t) + (size_t)(k * h) * (size_t)gates, h, gates, echo, gx);
	}
	recurrent_step_layer(t, w, 0, gx, state);
	memcpy(past_now(memory_of(t), clock, ring), state, (size_t)h * sizeof *ring);
	past_tick(clock);
	if (t->layers > 1)
		recurrent_step_from(t, w, 1, state, state, y);
	else
		memcpy(y, state, (size_t)h * sizeof *y);
}

const trunk_type trunk_lookback = {
    .name = "lookback",
    .hidden = 192,
    .layers = 2,
    .declare = lookback_declare,
    .state_size = lookback_state_size,
    .cache_size = lookback_cache_size,
    .forward = lookback_forward,
    .backward = lookback_backward,
    .step = lookback_step,
    .cell = &cell_lstm,
};

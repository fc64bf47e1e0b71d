/* A recurrent net that looks at its own last 32 outputs, as Magenta's attention RNN does (Waite,
 * "Generating Long-Term Structure in Songs and Stories", 2016; the wrapper is TensorFlow's
 * AttentionCellWrapper). The first layer, step by step:
 *   h_t = cell(W x_t + F c_(t-1), h_(t-1))    c_t = attention of Q h_t over o_(t-32) .. o_(t-1)
 *   o_t = tanh(A h_t + B c_t + b), remembered with its key K o_t
 * Plain layers stand above it. There, o_t is linear and goes round through c into the next step and the
 * memory, so that it may grow without end; the tanh bounds it, and with it all that is remembered.
 * State: the recurrent layers', a clock, a ring of o and key, and c. */
#include "model/blas.h"
#include "model/layer_attend.h"
#include "model/layer_dense.h"
#include "model/past.h"
#include "model/recurrent.h"
#include "model/vec.h"

#include <math.h>

/* Tensors behind those of the recurrent layers. */
enum { FEED, QUERY, QUERY_BIAS, KEY, SCORE, OUT_STATE, OUT_CONTEXT, OUT_BIAS, OWN };

static size_t
own_at(const trunk *t, int which)
{
	return t->at[t->layers * RECURRENT_TENSORS + which];
}

static past
memory_of(const trunk *t)
{
	return (past){ATTEND_MOST, 2 * t->hidden};
}

static void
attention_declare(trunk *t, weight_table *p)
{
	const int h = t->hidden;
	const float spread = 1.0f / sqrtf((float)h);
	const struct {
		const char *name;
		int rows, cols;
		float spread;
	} own[OWN] = {
	    {"trunk.attention.feed", h, t->type->cell->gates * h, spread},
	    {"trunk.attention.query", h, h, spread},
	    {"trunk.attention.query.bias", 1, h, 0.0f},
	    {"trunk.attention.key", h, h, spread},
	    {"trunk.attention.score", 1, h, spread},
	    {"trunk.attention.out.state", h, h, spread},
	    {"trunk.attention.out.context", h, h, spread},
	    {"trunk.attention.out.bias", 1, h, 0.0f},
	};
	recurrent_declare(t, p);
	for (int i = 0; i < OWN; i++)
		t->at[t->layers * RECURRENT_TENSORS + i] =
		    weights_add(p, own[i].name, own[i].rows, own[i].cols, own[i].spread);
}

/* The parts of a state. */
typedef struct parts {
	float *clock, *ring, *context;
} parts;

static parts
parts_of(const trunk *t, float *state)
{
	parts p = {.clock = state + recurrent_state_size(t)};
	p.ring = p.clock + PAST_CLOCK;
	p.context = p.ring + past_ring_size(memory_of(t));
	return p;
}

static size_t
attention_state_size(const trunk *t)
{
	return recurrent_state_size(t) + PAST_CLOCK + past_ring_size(memory_of(t)) + (size_t)t->hidden;
}

/* What forward leaves for backward, behind the recurrent layers' cache. [N][H] but for depth, shares, and the
 * rows of memory and their gradient. */
typedef struct attention_cache {
	float *depth, *shares, *rows, *drows;
	float *fed;               /* the context that the step before left */
	float *query, *context;   /* backward puts dquery into query */
	float *out, *dpre, *dkey; /* dpre: gradient before the tanh */
	float *dcontext, *dh;     /* [lanes][H] */
} attention_cache;

static size_t
attention_cache_size(const trunk *t, int steps, int lanes)
{
	const size_t n = (size_t)steps * (size_t)lanes, h = (size_t)t->hidden;
	return recurrent_cache_size(t, steps, lanes) + n * (1 + ATTEND_MOST) + 6 * n * h +
	       2 * (size_t)lanes * h + 2 * past_rows_size(memory_of(t), steps, lanes);
}

static attention_cache
cache_at(const trunk *t, float *cache, const sequence *s)
{
	const size_t n = (size_t)s->steps * (size_t)s->lanes, wide = n * (size_t)t->hidden;
	const size_t rows = past_rows_size(memory_of(t), s->steps, s->lanes);
	attention_cache c = {.depth = cache + recurrent_cache_size(t, s->steps, s->lanes)};
	c.shares = c.depth + n;
	c.rows = c.shares + n * ATTEND_MOST;
	c.drows = c.rows + rows;
	c.fed = c.drows + rows;
	c.query = c.fed + wide;
	c.context = c.query + wide;
	c.out = c.context + wide;
	c.dpre = c.out + wide;
	c.dkey = c.dpre + wide;
	c.dcontext = c.dkey + wide;
	c.dh = c.dcontext + (size_t)s->lanes * (size_t)t->hidden;
	return c;
}

/* The rows that a step of a lane remembers, latest first, in what was unrolled; returns how many. */
static int
remembered(const trunk *t, const sequence *s, int step, int lane, float depth, float *rows,
	   float *memory[ATTEND_MOST])
{
	const past p = memory_of(t);
	const int n = depth < ATTEND_MOST ? (int)depth : ATTEND_MOST;
	for (int back = 1; back <= n; back++)
		memory[back - 1] =
		    rows +
		    ((size_t)(p.reach + step - back) * (size_t)s->lanes + (size_t)lane) * (size_t)p.width;
	return n;
}

static float *
row_of(const trunk *t, const sequence *s, size_t row, float *rows)
{
	const past p = memory_of(t);
	return rows + ((size_t)p.reach * (size_t)s->lanes + row) * (size_t)p.width;
}

/* The context that each lane's step before left. */
static void
feed(const trunk *t, const sequence *s, int step, float *state, const attention_cache *c)
{
	const size_t h = (size_t)t->hidden, lanes = (size_t)s->lanes, stride = attention_state_size(t);
	for (size_t b = 0; b < lanes; b++) {
		const size_t row = (size_t)step * lanes + b;
		const float *from =
		    step ? c->context + (row - lanes) * h : parts_of(t, state + b * stride).context;
		if (s->reset[row])
			memset(c->fed + row * h, 0, h * sizeof *c->fed);
		else
			memcpy(c->fed + row * h, from, h * sizeof *c->fed);
	}
}

/* Attention, output and key of a step of all lanes. */
static void
attend(const trunk *t, const float *w, const sequence *s, int step, const float *state_out,
       const attention_cache *c)
{
	const int h = t->hidden, lanes = s->lanes;
	const size_t wide = (size_t)h, first = (size_t)step * (size_t)lanes;
	float *out = c->out + first * wide, *key = c->dkey + first * wide;
	dense_forward(lanes, h, h, state_out, w + own_at(t, QUERY), w + own_at(t, QUERY_BIAS),
		      c->query + first * wide);
	for (int b = 0; b < lanes; b++) {
		const size_t row = first + (size_t)b;
		float *memory[ATTEND_MOST];
		const int n = remembered(t, s, step, b, c->depth[row], c->rows, memory);
		attend_forward(h, w + own_at(t, SCORE), c->query + row * wide, (const float *const *)memory,
			       n, c->shares + row * ATTEND_MOST, c->context + row * wide);
	}
	dense_forward(lanes, h, h, state_out, w + own_at(t, OUT_STATE), w + own_at(t, OUT_BIAS), out);
	dense_forward(lanes, h, h, c->context + first * wide, w + own_at(t, OUT_CONTEXT), NULL, out);
	vec_tanh(lanes * h, out);
	blas_gemm(false, false, lanes, h, h, out, h, w + own_at(t, KEY), h, 0.0f, key, h);
	for (int b = 0; b < lanes; b++) {
		float *row = row_of(t, s, first + (size_t)b, c->rows);
		memcpy(row, out + (size_t)b * wide, wide * sizeof *row);
		memcpy(row + wide, key + (size_t)b * wide, wide * sizeof *row);
	}
}

static void
attention_forward(const trunk *t, const float *w, const sequence *s, const float *x, float *state, float *y,
		  float *cache)
{
	const int h = t->hidden, gates = t->type->cell->gates * h;
	const size_t lanes = (size_t)s->lanes, wide = (size_t)h, stride = attention_state_size(t);
	const parts p = parts_of(t, state);
	const attention_cache c = cache_at(t, cache, s);
	const recurrent_layer l = recurrent_layer_at(t, cache, 0, s);
	past_depths(s, p.clock, stride, c.depth);
	past_unroll(memory_of(t), s->lanes, p.clock, p.ring, stride, c.rows);
	recurrent_take_input(t, w, 0, s, x, &l);
	for (int step = 0; step < s->steps; step++) {
		const size_t first = (size_t)step * lanes;
		feed(t, s, step, state, &c);
		blas_gemm(false, false, s->lanes, gates, h, c.fed + first * wide, h, w + own_at(t, FEED),
			  gates, 1.0f, l.gx + first * (size_t)gates, gates);
		recurrent_pass_step(t, w, 0, s, step, state, &l);
		attend(t, w, s, step, l.y + first * wide, &c);
	}
	for (size_t b = 0; b < lanes; b++)
		memcpy(p.context + b * stride, c.context + ((size_t)(s->steps - 1) * lanes + b) * wide,
		       wide * sizeof *p.context);
	past_pass(s, p.clock, stride);
	past_roll_up(memory_of(t), s->steps, s->lanes, p.clock, c.rows, p.ring, stride);
	recurrent_forward_from(t, w, 1, s, c.out, state, y, cache);
}

/* One step back, to the gradient of the gates: dout is that of the step's outputs from above; c->dcontext
 * that of its context from the step after. */
static void
back_step(const trunk *t, const float *w, const sequence *s, int step, const float *dout,
	  const recurrent_layer *l, const attention_cache *c, float *dw)
{
	const int h = t->hidden, lanes = s->lanes;
	const size_t wide = (size_t)h, first = (size_t)step * (size_t)lanes, at = first * wide;
	float *dpre = c->dpre + at, *dkey = c->dkey + at, *dquery = c->dh;
	for (int b = 0; b < lanes; b++) {
		const float *row = row_of(t, s, first + (size_t)b, c->drows);
		memcpy(dpre + (size_t)b * wide, row, wide * sizeof *row);
		memcpy(dkey + (size_t)b * wide, row + wide, wide * sizeof *row);
	}
	vec_axpy(lanes * h, 1.0f, dout, dpre);
	blas_gemm(false, true, lanes, h, h, dkey, h, w + own_at(t, KEY), h, 1.0f, dpre, h);
	for (size_t i = 0; i < (size_t)lanes * wide; i++)
		dpre[i] *= 1.0f - c->out[at + i] * c->out[at + i];
	blas_gemm(false, true, lanes, h, h, dpre, h, w + own_at(t, OUT_CONTEXT), h, 1.0f, c->dcontext, h);
	memset(dquery, 0, (size_t)lanes * wide * sizeof *dquery);
	for (int b = 0; b < lanes; b++) {
		const size_t row = first + (size_t)b;
		float *memory[ATTEND_MOST], *dmemory[ATTEND_MOST];
		const int n = remembered(t, s, step, b, c->depth[row], c->rows, memory);
		remembered(t, s, step, b, c->depth[row], c->drows, dmemory);
		attend_backward(h, w + own_at(t, SCORE), c->query + row * wide, (const float *const *)memory,
				n, c->shares + row * ATTEND_MOST, c->dcontext + (size_t)b * wide,
				dw + own_at(t, SCORE), dquery + (size_t)b * wide, dmemory);
	}
	memcpy(c->query + at, dquery, (size_t)lanes * wide * sizeof *dquery);
	blas_gemm(false, true, lanes, h, h, c->query + at, h, w + own_at(t, QUERY), h, 0.0f, c->dh, h);
	blas_gemm(false, true, lanes, h, h, dpre, h, w + own_at(t, OUT_STATE), h, 1.0f, c->dh, h);
	recurrent_back_step(t, w, 0, s, step, c->dh, l);
}

/* What flows from a step's gates to the context before it. */
static void
back_feed(const trunk *t, const float *w, const sequence *s, int step, const recurrent_layer *l,
	  const attention_cache *c)
{
	const int h = t->hidden, gates = t->type->cell->gates * h;
	const size_t first = (size_t)step * (size_t)s->lanes, wide = (size_t)h;
	blas_gemm(false, true, s->lanes, h, gates, l->gx + first * (size_t)gates, gates, w + own_at(t, FEED),
		  gates, 0.0f, c->dcontext, h);
	for (size_t b = 0; b < (size_t)s->lanes; b++)
		if (s->reset[first + b])
			memset(c->dcontext + b * wide, 0, wide * sizeof *c->dcontext);
}

static void
attention_backward(const trunk *t, const float *w, const sequence *s, const float *x, float *dy, float *cache,
		   float *dw, float *dx)
{
	const int h = t->hidden, n = s->steps * s->lanes, gates = t->type->cell->gates * h;
	const size_t step_wide = (size_t)s->lanes * (size_t)h;
	const attention_cache c = cache_at(t, cache, s);
	const recurrent_layer l = recurrent_layer_at(t, cache, 0, s);
	float *dout = t->layers > 1 ? l.dy : dy;
	if (t->layers > 1)
		recurrent_backward_from(t, w, 1, s, c.out, dy, cache, dw, dout);
	memset(c.drows, 0, past_rows_size(memory_of(t), s->steps, s->lanes) * sizeof *c.drows);
	memset(c.dcontext, 0, step_wide * sizeof *c.dcontext);
	recurrent_begin_back(t, s, &l);
	for (int step = s->steps - 1; step >= 0; step--) {
		back_step(t, w, s, step, dout + (size_t)step * step_wide, &l, &c, dw);
		back_feed(t, w, s, step, &l, &c);
	}
	dense_backward(n, h, h, c.out, w + own_at(t, KEY), c.dkey, dw + own_at(t, KEY), NULL, NULL, 0);
	dense_backward(n, h, h, l.y, w + own_at(t, QUERY), c.query, dw + own_at(t, QUERY),
		       dw + own_at(t, QUERY_BIAS), NULL, 0);
	dense_backward(n, h, h, l.y, w + own_at(t, OUT_STATE), c.dpre, dw + own_at(t, OUT_STATE),
		       dw + own_at(t, OUT_BIAS), NULL, 0);
	dense_backward(n, h, h, c.context, w + own_at(t, OUT_CONTEXT), c.dpre, dw + own_at(t, OUT_CONTEXT),
		       NULL, NULL, 0);
	dense_backward(n, h, gates, c.fed, w + own_at(t, FEED), l.gx, dw + own_at(t, FEED), NULL, NULL, 0);
	recurrent_add_gradient(t, w, 0, s, x, &l, dw, dx);
}

static void
attention_step(const trunk *t, const step_weights *w, const float *x, float *state, float *y)
{
	_Alignas(64) float gx[RECURRENT_MAX_GATES * TRUNK_MAX_HIDDEN], query[TRUNK_MAX_HIDDEN],
	    out[TRUNK_MAX_HIDDEN];
	const int h = t->hidden, gates = t->type->cell->gates * h;
	const size_t bytes = (size_t)h * sizeof(float);
	const past memory_size = memory_of(t);
	const parts p = parts_of(t, state);
	const float *memory[ATTEND_MOST];
	float shares[ATTEND_MOST];
	int n = 0;
	recurrent_step_input(t, w, 0, x, gx);
	small_matvec(w, own_at(t, FEED), h, gates, p.context, gx);
	recurrent_step_layer(t, w, 0, gx, state);
	dense_step(w, h, h, state, own_at(t, QUERY), own_at(t, QUERY_BIAS), query);
	while (n < ATTEND_MOST && (memory[n] = past_back(memory_size, p.clock, p.ring, n + 1)))
		n++;
	attend_forward(h, w->w + own_at(t, SCORE), query, memory, n, shares, p.context);
	dense_step(w, h, h, state, own_at(t, OUT_STATE), own_at(t, OUT_BIAS), out);
	small_matvec(w, own_at(t, OUT_CONTEXT), h, h, p.context, out);
	vec_tanh(h, out);
	float *now = past_now(memory_size, p.clock, p.ring);
	memcpy(now, out, bytes);
	memset(now + h, 0, bytes);
	small_matvec(w, own_at(t, KEY), h, h, out, now + h);
	past_tick(p.clock);
	if (t->layers > 1)
		recurrent_step_from(t, w, 1, out, state, y);
	else
		memcpy(y, out, bytes);
}

const trunk_type trunk_attention = {
    .name = "attention",
    .hidden = 256,
    .layers = 1,
    .declare = attention_declare,
    .state_size = attention_state_size,
    .cache_size = attention_cache_size,
    .forward = attention_forward,
    .backward = attention_backward,
    .step = attention_step,
    .cell = &cell_gru,
};

const trunk_type trunk_attention_lstm = {
    .name = "attention-lstm",
    .hidden = 256,
    .layers = 3,
    .declare = attention_declare,
    .state_size = attention_state_size,
    .cache_size = attention_cache_size,
    .forward = attention_forward,
    .backward = attention_backward,
    .step = attention_step,
    .cell = &cell_lstm,
};

#include "model/recurrent.h"

#include "model/blas.h"
#include "model/vec.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Tensors of a layer, in the order of trunk.at. */
enum { INPUT, RECURRENT, BIAS, PER_LAYER };

/* A layer's part of the cache: what forward leaves for backward. */
typedef struct layer_cache {
	float *gx;     /* [N][G*H]; backward puts its gradient there */
	float *dgh;    /* [N][G*H] */
	float *before; /* [N][S*H]: the state that each step found */
	float *saved;  /* [N][K*H] */
	float *y;      /* [N][H] */
	float *dy;     /* [N][H] */
	float *dstate; /* [lanes][S*H] */
} layer_cache;

static size_t
layer_cache_size(const trunk *t, size_t n, size_t lanes)
{
	const recurrent_cell *c = t->type->cell;
	size_t per_row = (size_t)(2 * c->gates + c->states + c->saved + 2);
	return (n * per_row + lanes * (size_t)c->states) * (size_t)t->hidden;
}

static layer_cache
layer_cache_at(const trunk *t, float *cache, int layer, int steps, int lanes)
{
	const recurrent_cell *c = t->type->cell;
	size_t h = (size_t)t->hidden, n = (size_t)steps * (size_t)lanes;
	layer_cache l;
	l.gx = cache + (size_t)layer * layer_cache_size(t, n, (size_t)lanes);
	l.dgh = l.gx + n * h * (size_t)c->gates;
	l.before = l.dgh + n * h * (size_t)c->gates;
	l.saved = l.before + n * h * (size_t)c->states;
	l.y = l.saved + n * h * (size_t)c->saved;
	l.dy = l.y + n * h;
	l.dstate = l.dy + n * h;
	return l;
}

static const float *
tensor(const trunk *t, const float *w, int layer, int which)
{
	return w + t->at[layer * PER_LAYER + which];
}

void
recurrent_declare(trunk *t, weight_table *p)
{
	int wide = t->type->cell->gates * t->hidden;
	for (int l = 0; l < t->layers; l++) {
		int in = l == 0 ? t->inputs : t->hidden;
		float spread = 1.0f / sqrtf((float)t->hidden);
		char name[WEIGHT_NAME];
		snprintf(name, sizeof name, "trunk.%d.input", l);
		t->at[l * PER_LAYER + INPUT] = weights_add(p, name, in, wide, spread);
		snprintf(name, sizeof name, "trunk.%d.recurrent", l);
		t->at[l * PER_LAYER + RECURRENT] = weights_add(p, name, t->hidden, wide, spread);
		snprintf(name, sizeof name, "trunk.%d.bias", l);
		t->at[l * PER_LAYER + BIAS] = weights_add(p, name, 1, wide, 0.0f);
	}
}

size_t
recurrent_state_size(const trunk *t)
{
	return (size_t)t->layers * (size_t)(t->type->cell->states * t->hidden);
}

size_t
recurrent_cache_size(const trunk *t, int steps, int lanes)
{
	return (size_t)t->layers * layer_cache_size(t, (size_t)steps * (size_t)lanes, (size_t)lanes);
}

static void
fill_bias(const float *bias, int wide, size_t rows, float *out)
{
	for (size_t r = 0; r < rows; r++)
		memcpy(out + r * (size_t)wide, bias, (size_t)wide * sizeof *out);
}

static void
forward_layer(const trunk *t, const float *w, int layer, const sequence *s, const float *x, float *state,
	      layer_cache *c)
{
	const recurrent_cell *cell = t->type->cell;
	int h = t->hidden, in = layer == 0 ? t->inputs : h, wide = cell->gates * h, n = s->steps * s->lanes;
	size_t lanes = (size_t)s->lanes, stride = recurrent_state_size(t), own = (size_t)(cell->states * h);
	float *first = state + (size_t)layer * own;
	fill_bias(tensor(t, w, layer, BIAS), wide, (size_t)n, c->gx);
	blas_gemm(false, false, n, wide, in, x, in, tensor(t, w, layer, INPUT), wide, 1.0f, c->gx, wide);
	for (int step = 0; step < s->steps; step++) {
		size_t row = (size_t)step * lanes;
		float *before = c->before + row * own, *gh = c->dgh + row * (size_t)wide;
		for (size_t b = 0; b < lanes; b++) {
			float *lane = first + b * stride;
			if (s->reset[row + b])
				memset(lane, 0, own * sizeof *lane);
			memcpy(before + b * own, lane, own * sizeof *lane);
		}
		blas_gemm(false, false, s->lanes, wide, h, before, (int)own, tensor(t, w, layer, RECURRENT),
			  wide, 0.0f, gh, wide);
		cell->forward(s->lanes, h, c->gx + row * (size_t)wide, gh, first, stride,
			      c->saved + row * (size_t)(cell->saved * h));
		for (size_t b = 0; b < lanes; b++)
			memcpy(c->y + (row + b) * (size_t)h, first + b * stride, (size_t)h * sizeof *c->y);
	}
}

void
recurrent_forward(const trunk *t, const float *w, const sequence *s, const float *x, float *state, float *y,
		  float *cache)
{
	const float *in = x;
	for (int l = 0; l < t->layers; l++) {
		layer_cache c = layer_cache_at(t, cache, l, s->steps, s->lanes);
		forward_layer(t, w, l, s, in, state, &c);
		in = c.y;
	}
	memcpy(y, in, (size_t)s->steps * (size_t)s->lanes * (size_t)t->hidden * sizeof *y);
}

/* Through time: from dy to the gradients of the gates. */
static void
backward_time(const trunk *t, const float *w, int layer, const sequence *s, const float *dy, layer_cache *c)
{
	const recurrent_cell *cell = t->type->cell;
	int h = t->hidden, wide = cell->gates * h;
	size_t lanes = (size_t)s->lanes, own = (size_t)(cell->states * h);
	memset(c->dstate, 0, lanes * own * sizeof *c->dstate);
	for (int step = s->steps - 1; step >= 0; step--) {
		size_t row = (size_t)step * lanes;
		for (size_t b = 0; b < lanes; b++)
			vec_axpy(h, 1.0f, dy + (row + b) * (size_t)h, c->dstate + b * own);
		float *dgh = c->dgh + row * (size_t)wide;
		cell->backward(s->lanes, h, c->before + row * own, c->saved + row * (size_t)(cell->saved * h),
			       c->dstate, c->gx + row * (size_t)wide, dgh);
		blas_gemm(false, true, s->lanes, h, wide, dgh, wide, tensor(t, w, layer, RECURRENT), wide,
			  1.0f, c->dstate, (int)own);
		for (size_t b = 0; b < lanes; b++)
			if (s->reset[row + b])
				memset(c->dstate + b * own, 0, own * sizeof *c->dstate);
	}
}

void
recurrent_backward(const trunk *t, const float *w, const sequence *s, const float *x, float *dy, float *cache,
		   float *dw, float *dx)
{
	const recurrent_cell *cell = t->type->cell;
	int h = t->hidden, wide = cell->gates * h, n = s->steps * s->lanes, own = cell->states * h;
	const float *dout = dy;
	for (int l = t->layers - 1; l >= 0; l--) {
		layer_cache c = layer_cache_at(t, cache, l, s->steps, s->lanes), below = c;
		if (l > 0)
			below = layer_cache_at(t, cache, l - 1, s->steps, s->lanes);
		int in = l == 0 ? t->inputs : h;
		const float *input = l == 0 ? x : below.y;
		float *din = l == 0 ? dx : below.dy;
		const size_t *at = t->at + l * PER_LAYER;
		backward_time(t, w, l, s, dout, &c);
		blas_gemm(true, false, in, wide, n, input, in, c.gx, wide, 1.0f, dw + at[INPUT], wide);
		blas_gemm(true, false, h, wide, n, c.before, own, c.dgh, wide, 1.0f, dw + at[RECURRENT],
			  wide);
		for (int row = 0; row < n; row++)
			vec_axpy(wide, 1.0f, c.gx + (size_t)row * (size_t)wide, dw + at[BIAS]);
		if (din)
			blas_gemm(false, true, n, in, wide, c.gx, wide, tensor(t, w, l, INPUT), wide, 0.0f,
				  din, in);
		dout = din;
	}
}

void
recurrent_step(const trunk *t, const float *w, const float *x, float *state, float *y)
{
	const recurrent_cell *cell = t->type->cell;
	int h = t->hidden, wide = cell->gates * h;
	_Alignas(64) float gx[RECURRENT_MAX_GATES * TRUNK_MAX_HIDDEN],
	    gh[RECURRENT_MAX_GATES * TRUNK_MAX_HIDDEN];
	_Alignas(64) float saved[RECURRENT_MAX_GATES * TRUNK_MAX_HIDDEN];
	for (int l = 0; l < t->layers; l++) {
		float *own = state + (size_t)l * (size_t)(cell->states * h);
		memcpy(gx, tensor(t, w, l, BIAS), (size_t)wide * sizeof *gx);
		memset(gh, 0, (size_t)wide * sizeof *gh);
		vec_matvec(l == 0 ? t->inputs : h, wide, l == 0 ? x : y, tensor(t, w, l, INPUT), wide, gx);
		vec_matvec(h, wide, own, tensor(t, w, l, RECURRENT), wide, gh);
		cell->forward(1, h, gx, gh, own, 0, saved);
		memcpy(y, own, (size_t)h * sizeof *y);
	}
}

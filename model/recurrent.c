#include "model/recurrent.h"

#include "model/blas.h"
#include "model/vec.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Tensors of a layer, in the order of trunk.at. */
enum { INPUT, RECURRENT, BIAS, PER_LAYER = RECURRENT_TENSORS };

static size_t
layer_cache_size(const trunk *t, size_t n, size_t lanes)
{
	const recurrent_cell *c = t->type->cell;
	size_t per_row = (size_t)(2 * c->gates + c->states + c->saved + 2);
	return (n * per_row + lanes * (size_t)c->states) * (size_t)t->hidden;
}

recurrent_layer
recurrent_layer_at(const trunk *t, float *cache, int layer, const sequence *s)
{
	const recurrent_cell *c = t->type->cell;
	size_t h = (size_t)t->hidden, n = (size_t)s->steps * (size_t)s->lanes;
	recurrent_layer l;
	l.gx = cache + (size_t)layer * layer_cache_size(t, n, (size_t)s->lanes);
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

static int
input_width(const trunk *t, int layer)
{
	return layer == 0 ? t->inputs : t->hidden;
}

void
recurrent_take_input(const trunk *t, const float *w, int layer, const sequence *s, const float *x,
		     const recurrent_layer *c)
{
	int wide = t->type->cell->gates * t->hidden, n = s->steps * s->lanes, in = input_width(t, layer);
	fill_bias(tensor(t, w, layer, BIAS), wide, (size_t)n, c->gx);
	blas_gemm(false, false, n, wide, in, x, in, tensor(t, w, layer, INPUT), wide, 1.0f, c->gx, wide);
}

void
recurrent_pass_step(const trunk *t, const float *w, int layer, const sequence *s, int step, float *state,
		    const recurrent_layer *c)
{
	const recurrent_cell *cell = t->type->cell;
	int h = t->hidden, wide = cell->gates * h;
	size_t lanes = (size_t)s->lanes, stride = t->type->state_size(t), own = (size_t)(cell->states * h);
	size_t row = (size_t)step * lanes;
	float *first = state + (size_t)layer * own;
	float *before = c->before + row * own, *gh = c->dgh + row * (size_t)wide;
	for (size_t b = 0; b < lanes; b++) {
		float *lane = first + b * stride;
		if (s->reset[row + b])
			memset(lane, 0, own * sizeof *lane);
		memcpy(before + b * own, lane, own * sizeof *lane);
	}
	blas_gemm(false, false, s->lanes, wide, h, before, (int)own, tensor(t, w, layer, RECURRENT), wide,
		  0.0f, gh, wide);
	cell->forward(s->lanes, h, c->gx + row * (size_t)wide, gh, first, stride,
		      c->saved + row * (size_t)(cell->saved * h));
	for (size_t b = 0; b < lanes; b++)
		memcpy(c->y + (row + b) * (size_t)h, first + b * stride, (size_t)h * sizeof *c->y);
}

void
recurrent_forward_from(const trunk *t, const float *w, int from, const sequence *s, const float *x,
		       float *state, float *y, float *cache)
{
	const float *in = x;
	for (int l = from; l < t->layers; l++) {
		const recurrent_layer c = recurrent_layer_at(t, cache, l, s);
		recurrent_take_input(t, w, l, s, in, &c);
		for (int step = 0; step < s->steps; step++)
			recurrent_pass_step(t, w, l, s, step, state, &c);
		in = c.y;
	}
	memcpy(y, in, (size_t)s->steps * (size_t)s->lanes * (size_t)t->hidden * sizeof *y);
}

void
recurrent_forward(const trunk *t, const float *w, const sequence *s, const float *x, float *state, float *y,
		  float *cache)
{
	recurrent_forward_from(t, w, 0, s, x, state, y, cache);
}

void
recurrent_begin_back(const trunk *t, const sequence *s, const recurrent_layer *c)
{
	memset(c->dstate, 0,
	       (size_t)s->lanes * (size_t)(t->type->cell->states * t->hidden) * sizeof *c->dstate);
}

void
recurrent_back_step(const trunk *t, const float *w, int layer, const sequence *s, int step, const float *dy,
		    const recurrent_layer *c)
{
	const recurrent_cell *cell = t->type->cell;
	int h = t->hidden, wide = cell->gates * h;
	size_t lanes = (size_t)s->lanes, own = (size_t)(cell->states * h), row = (size_t)step * lanes;
	for (size_t b = 0; b < lanes; b++)
		vec_axpy(h, 1.0f, dy + b * (size_t)h, c->dstate + b * own);
	float *dgh = c->dgh + row * (size_t)wide;
	cell->backward(s->lanes, h, c->before + row * own, c->saved + row * (size_t)(cell->saved * h),
		       c->dstate, c->gx + row * (size_t)wide, dgh);
	blas_gemm(false, true, s->lanes, h, wide, dgh, wide, tensor(t, w, layer, RECURRENT), wide, 1.0f,
		  c->dstate, (int)own);
	for (size_t b = 0; b < lanes; b++)
		if (s->reset[row + b])
			memset(c->dstate + b * own, 0, own * sizeof *c->dstate);
}

void
recurrent_add_gradient(const trunk *t, const float *w, int layer, const sequence *s, const float *x,
		       const recurrent_layer *c, float *dw, float *din)
{
	const recurrent_cell *cell = t->type->cell;
	int h = t->hidden, wide = cell->gates * h, n = s->steps * s->lanes, in = input_width(t, layer);
	const size_t *at = t->at + layer * PER_LAYER;
	blas_gemm(true, false, in, wide, n, x, in, c->gx, wide, 1.0f, dw + at[INPUT], wide);
	blas_gemm(true, false, h, wide, n, c->before, cell->states * h, c->dgh, wide, 1.0f,
		  dw + at[RECURRENT], wide);
	for (int row = 0; row < n; row++)
		vec_axpy(wide, 1.0f, c->gx + (size_t)row * (size_t)wide, dw + at[BIAS]);
	if (din)
		blas_gemm(false, true, n, in, wide, c->gx, wide, tensor(t, w, layer, INPUT), wide, 0.0f, din,
			  in);
}

void
recurrent_backward_from(const trunk *t, const float *w, int from, const sequence *s, const float *x,
			float *dy, float *cache, float *dw, float *dx)
{
	const size_t wide = (size_t)s->lanes * (size_t)t->hidden;
	const float *dout = dy;
	for (int l = t->layers - 1; l >= from; l--) {
		const recurrent_layer c = recurrent_layer_at(t, cache, l, s),
				      below = recurrent_layer_at(t, cache, l > from ? l - 1 : l, s);
		float *din = l > from ? below.dy : dx;
		recurrent_begin_back(t, s, &c);
		for (int step = s->steps - 1; step >= 0; step--)
			recurrent_back_step(t, w, l, s, step, dout + (size_t)step * wide, &c);
		recurrent_add_gradient(t, w, l, s, l > from ? below.y : x, &c, dw, din);
		dout = din;
	}
	if (from >= t->layers && dx)
		memcpy(dx, dy, (size_t)s->steps * wide * sizeof *dx);
}

void
recurrent_backward(const trunk *t, const float *w, const sequence *s, const float *x, float *dy, float *cache,
		   float *dw, float *dx)
{
	recurrent_backward_from(t, w, 0, s, x, dy, cache, dw, dx);
}

void
recurrent_step_input(const trunk *t, const step_weights *w, int layer, const float *x, float *gx)
{
	int wide = t->type->cell->gates * t->hidden;
	memcpy(gx, tensor(t, w->w, layer, BIAS), (size_t)wide * sizeof *gx);
	small_matvec(w, t->at[layer * PER_LAYER + INPUT], input_width(t, layer), wide, x, gx);
}

void
recurrent_step_layer(const trunk *t, const step_weights *w, int layer, float *gx, float *state)
{
	const recurrent_cell *cell = t->type->cell;
	int h = t->hidden, wide = cell->gates * h;
	_Alignas(64) float gh[RECURRENT_MAX_GATES * TRUNK_MAX_HIDDEN],
	    saved[RECURRENT_MAX_GATES * TRUNK_MAX_HIDDEN];
	float *own = state + (size_t)layer * (size_t)(cell->states * h);
	memset(gh, 0, (size_t)wide * sizeof *gh);
	small_matvec(w, t->at[layer * PER_LAYER + RECURRENT], h, wide, own, gh);
	cell->forward(1, h, gx, gh, own, 0, saved);
}

void
recurrent_step_from(const trunk *t, const step_weights *w, int from, const float *x, float *state, float *y)
{
	_Alignas(64) float gx[RECURRENT_MAX_GATES * TRUNK_MAX_HIDDEN];
	const size_t own = (size_t)(t->type->cell->states * t->hidden);
	const float *in = x;
	for (int l = from; l < t->layers; l++) {
		recurrent_step_input(t, w, l, in, gx);
		recurrent_step_layer(t, w, l, gx, state);
		in = state + (size_t)l * own;
	}
	memcpy(y, in, (size_t)t->hidden * sizeof *y);
}

void
recurrent_step(const trunk *t, const step_weights *w, const float *x, float *state, float *y)
{
	recurrent_step_from(t, w, 0, x, state, y);
}

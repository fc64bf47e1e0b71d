/* A temporal convolution net (Bai, Kolter and Koltun, "An Empirical Evaluation of Generic Convolutional and
 * Recurrent Networks for Sequence Modeling", 2018) with WaveNet's gated units (van den Oord et al., 2016):
 *   h = x I + i    per block l: h += gate(conv(h, dilation 2^l)) O + o    y = norm(h)
 * Six blocks see the last 64 steps: four bars. State: a clock, and per block a ring of `dilation` rows. */
#include "model/layer_conv.h"
#include "model/layer_dense.h"
#include "model/layer_gate.h"
#include "model/layer_norm.h"
#include "model/vec.h"

#include <math.h>
#include <stdio.h>

/* Tensors of a block, in the order of trunk.at; then those of the ends. */
enum { NEAR, FAR, BIAS, OUT, OUT_BIAS, PER_BLOCK };
enum { IN, IN_BIAS, GAIN, SHIFT };

static size_t
end_at(const trunk *t, int which)
{
	return t->at[t->layers * PER_BLOCK + which];
}

static conv_weights
conv_at(const trunk *t, int block)
{
	const size_t *at = t->at + block * PER_BLOCK;
	return (conv_weights){at[NEAR], at[FAR], at[BIAS]};
}

static past
reach_of(const trunk *t, int block)
{
	return (past){1 << block, t->hidden};
}

/* A block's part of the cache. */
typedef struct block_cache {
	float *rows;  /* what it is given, with the past in front */
	float *far;   /* [N][H] */
	float *gates; /* [N][2H] */
	float *gated; /* [N][H] */
} block_cache;

static size_t
block_size(const trunk *t, int block, int steps, int lanes)
{
	return past_rows_size(reach_of(t, block), steps, lanes) +
	       4 * (size_t)steps * (size_t)lanes * (size_t)t->hidden;
}

/* The cache begins with depth[N], h[N][H] (the last block's output) and dh[N][H]. */
static block_cache
block_at(const trunk *t, float *cache, int block, const sequence *s)
{
	size_t n = (size_t)s->steps * (size_t)s->lanes, wide = n * (size_t)t->hidden;
	float *p = cache + n + 2 * wide;
	for (int l = 0; l < block; l++)
		p += block_size(t, l, s->steps, s->lanes);
	block_cache c = {.rows = p};
	c.far = p + past_rows_size(reach_of(t, block), s->steps, s->lanes);
	c.gates = c.far + wide;
	c.gated = c.gates + 2 * wide;
	return c;
}

static float *
present(const trunk *t, const block_cache *c, int block, const sequence *s)
{
	return c->rows + past_rows_size(reach_of(t, block), 0, s->lanes);
}

static size_t
add(weight_table *p, int block, const char *what, int rows, int cols, float spread)
{
	char name[WEIGHT_NAME];
	snprintf(name, sizeof name, "trunk.%d.%s", block, what);
	return weights_add(p, name, rows, cols, spread);
}

static void
tcn_declare(trunk *t, weight_table *p)
{
	const int h = t->hidden;
	const float spread = 1.0f / sqrtf((float)h);
	for (int l = 0; l < t->layers; l++) {
		size_t *at = t->at + l * PER_BLOCK;
		at[NEAR] = add(p, l, "near", h, 2 * h, spread);
		at[FAR] = add(p, l, "far", h, 2 * h, spread);
		at[BIAS] = add(p, l, "bias", 1, 2 * h, 0.0f);
		at[OUT] = add(p, l, "out", h, h, spread);
		at[OUT_BIAS] = add(p, l, "out.bias", 1, h, 0.0f);
	}
	size_t *at = t->at + t->layers * PER_BLOCK;
	at[IN] = weights_add(p, "trunk.in", t->inputs, h, spread);
	at[IN_BIAS] = weights_add(p, "trunk.in.bias", 1, h, 0.0f);
	at[GAIN] = weights_add(p, "trunk.norm.gain", 1, h, 0.0f);
	at[SHIFT] = weights_add(p, "trunk.norm.bias", 1, h, 0.0f);
}

static size_t
tcn_state_size(const trunk *t)
{
	size_t size = PAST_CLOCK;
	for (int l = 0; l < t->layers; l++)
		size += past_ring_size(reach_of(t, l));
	return size;
}

static size_t
tcn_cache_size(const trunk *t, int steps, int lanes)
{
	size_t n = (size_t)steps * (size_t)lanes, size = n + 2 * n * (size_t)t->hidden;
	for (int l = 0; l < t->layers; l++)
		size += block_size(t, l, steps, lanes);
	return size;
}

static void
tcn_forward(const trunk *t, const float *w, const sequence *s, const float *x, float *state, float *y,
	    float *cache)
{
	const int h = t->hidden, n = s->steps * s->lanes;
	const size_t stride = tcn_state_size(t);
	float *depth = cache, *last = cache + n, *ring = state + PAST_CLOCK;
	block_cache c = block_at(t, cache, 0, s);
	past_depths(s, state, stride, depth);
	dense_forward(n, t->inputs, h, x, w + end_at(t, IN), w + end_at(t, IN_BIAS), present(t, &c, 0, s));
	for (int l = 0; l < t->layers; l++) {
		const past back = reach_of(t, l);
		const conv_weights at = conv_at(t, l);
		block_cache above = {0};
		if (l + 1 < t->layers)
			above = block_at(t, cache, l + 1, s);
		float *in = present(t, &c, l, s), *out = above.rows ? present(t, &above, l + 1, s) : last;
		past_unroll(back, s->lanes, state, ring, stride, c.rows);
		conv_forward(back, 2 * h, w, &at, s, depth, c.rows, c.far, c.gates);
		gate_forward((size_t)n, h, c.gates, c.gated);
		dense_forward(n, h, h, c.gated, w + t->at[l * PER_BLOCK + OUT],
			      w + t->at[l * PER_BLOCK + OUT_BIAS], out);
		vec_axpy(n * h, 1.0f, in, out);
		ring += past_ring_size(back);
		c = above;
	}
	past_pass(s, state, stride);
	ring = state + PAST_CLOCK;
	for (int l = 0; l < t->layers; l++) {
		c = block_at(t, cache, l, s);
		past_roll_up(reach_of(t, l), s->steps, s->lanes, state, c.rows, ring, stride);
		ring += past_ring_size(reach_of(t, l));
	}
	norm_forward((size_t)n, h, last, w + end_at(t, GAIN), w + end_at(t, SHIFT), y);
}

static void
tcn_backward(const trunk *t, const float *w, const sequence *s, const float *x, float *dy, float *cache,
	     float *dw, float *dx)
{
	const int h = t->hidden, n = s->steps * s->lanes;
	const float *depth = cache, *last = cache + n;
	float *dh = cache + n + (size_t)n * (size_t)h;
	memset(dh, 0, (size_t)n * (size_t)h * sizeof *dh);
	norm_backward((size_t)n, h, last, w + end_at(t, GAIN), dy, dw + end_at(t, GAIN),
		      dw + end_at(t, SHIFT), dh);
	for (int l = t->layers - 1; l >= 0; l--) {
		const block_cache c = block_at(t, cache, l, s);
		const size_t *at = t->at + l * PER_BLOCK;
		const conv_weights conv = conv_at(t, l);
		dense_backward(n, h, h, c.gated, w + at[OUT], dh, dw + at[OUT], dw + at[OUT_BIAS], dy, 0);
		gate_backward((size_t)n, h, dy, c.gates);
		conv_backward(reach_of(t, l), 2 * h, w, &conv, s, depth, c.rows, c.far, c.gates, dw, dh);
	}
	dense_backward(n, t->inputs, h, x, w + end_at(t, IN), dh, dw + end_at(t, IN), dw + end_at(t, IN_BIAS),
		       dx, 0);
}

static void
tcn_step(const trunk *t, const step_weights *w, const float *x, float *state, float *y)
{
	_Alignas(64) float gates[2 * TRUNK_MAX_HIDDEN], gated[TRUNK_MAX_HIDDEN], now[TRUNK_MAX_HIDDEN];
	const int h = t->hidden;
	const size_t bytes = (size_t)h * sizeof(float);
	float *ring = state + PAST_CLOCK;
	dense_step(w, t->inputs, h, x, end_at(t, IN), end_at(t, IN_BIAS), now);
	for (int l = 0; l < t->layers; l++) {
		const past back = reach_of(t, l);
		const conv_weights at = conv_at(t, l);
		conv_step(back, 2 * h, w, &at, now, past_back(back, state, ring, back.reach), gates);
		memcpy(past_now(back, state, ring), now, bytes);
		gate_forward(1, h, gates, gated);
		dense_step(w, h, h, gated, t->at[l * PER_BLOCK + OUT], t->at[l * PER_BLOCK + OUT_BIAS],
			   gates);
		vec_axpy(h, 1.0f, gates, now);
		ring += past_ring_size(back);
	}
	past_tick(state);
	norm_forward(1, h, now, w->w + end_at(t, GAIN), w->w + end_at(t, SHIFT), y);
}

const trunk_type trunk_tcn = {
    .name = "tcn",
    .hidden = 192,
    .layers = 6,
    .declare = tcn_declare,
    .state_size = tcn_state_size,
    .cache_size = tcn_cache_size,
    .forward = tcn_forward,
    .backward = tcn_backward,
    .step = tcn_step,
};

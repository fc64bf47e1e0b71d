/* A small Transformer (Vaswani et al., "Attention Is All You Need", 2017), normalised before each part
 * (Xiong et al., ICML 2020), with relative positions over the last four bars and gated units between:
 *   h = x I + i    per block: h += attention(norm(h)) O + o;  h += gate(norm(h) U + u) D + d    y = norm(h)
 * State: a clock, and per block a ring of keys and values. */
#include "model/layer_dense.h"
#include "model/layer_gate.h"
#include "model/layer_norm.h"
#include "model/layer_relative.h"
#include "model/vec.h"

#include <math.h>
#include <stdio.h>

/* Tensors of a block, in the order of trunk.at; then those of the ends. */
enum {
	GAIN,
	SHIFT,
	QKV,
	QKV_BIAS,
	DISTANCE,
	OUT,
	OUT_BIAS,
	INNER_GAIN,
	INNER_SHIFT,
	UP,
	UP_BIAS,
	DOWN,
	DOWN_BIAS,
	PER_BLOCK
};
enum { IN, IN_BIAS, LAST_GAIN, LAST_SHIFT, ENDS };
enum { WIDER = 2 }; /* the gated units, in widths */

_Static_assert((int)PER_BLOCK *(int)TRUNK_MAX_LAYERS + (int)ENDS <= (int)TRUNK_MAX_TENSORS,
	       "a trunk holds all its tensors");

static size_t
end_at(const trunk *t, int which)
{
	return t->at[t->layers * PER_BLOCK + which];
}

static relative
attention_of(const trunk *t)
{
	const int h = t->hidden;
	return (relative){h, h % 4 == 0 ? 4 : h % 2 == 0 ? 2 : 1};
}

static void
transformer_declare(trunk *t, weight_table *p)
{
	const int h = t->hidden;
	const float spread = 1.0f / sqrtf((float)h), narrow = 1.0f / sqrtf((float)(WIDER * h));
	const struct {
		const char *name;
		int rows, cols;
		float spread;
	} part[PER_BLOCK] = {
	    [GAIN] = {"norm.gain", 1, h, 0.0f},
	    [SHIFT] = {"norm.bias", 1, h, 0.0f},
	    [QKV] = {"qkv", h, 3 * h, spread},
	    [QKV_BIAS] = {"qkv.bias", 1, 3 * h, 0.0f},
	    [DISTANCE] = {"distance", RELATIVE_REACH, h, spread},
	    [OUT] = {"out", h, h, spread},
	    [OUT_BIAS] = {"out.bias", 1, h, 0.0f},
	    [INNER_GAIN] = {"inner.norm.gain", 1, h, 0.0f},
	    [INNER_SHIFT] = {"inner.norm.bias", 1, h, 0.0f},
	    [UP] = {"up", h, 2 * WIDER * h, spread},
	    [UP_BIAS] = {"up.bias", 1, 2 * WIDER * h, 0.0f},
	    [DOWN] = {"down", WIDER * h, h, narrow},
	    [DOWN_BIAS] = {"down.bias", 1, h, 0.0f},
	};
	for (int l = 0; l < t->layers; l++)
		for (int i = 0; i < PER_BLOCK; i++) {
			char name[WEIGHT_NAME];
			snprintf(name, sizeof name, "trunk.%d.%s", l, part[i].name);
			t->at[l * PER_BLOCK + i] =
			    weights_add(p, name, part[i].rows, part[i].cols, part[i].spread);
		}
	size_t *at = t->at + t->layers * PER_BLOCK;
	at[IN] = weights_add(p, "trunk.in", t->inputs, h, spread);
	at[IN_BIAS] = weights_add(p, "trunk.in.bias", 1, h, 0.0f);
	at[LAST_GAIN] = weights_add(p, "trunk.norm.gain", 1, h, 0.0f);
	at[LAST_SHIFT] = weights_add(p, "trunk.norm.bias", 1, h, 0.0f);
}

static size_t
transformer_state_size(const trunk *t)
{
	return PAST_CLOCK + (size_t)t->layers * past_ring_size(relative_memory(attention_of(t)));
}

/* A block's part of the cache: [N][H] but where said. */
typedef struct block_cache {
	float *in, *normed, *mid, *inner, *mixed;
	float *qkv;   /* [N][3H] */
	float *gates; /* [N][2 WIDER H] */
	float *gated; /* [N][WIDER H] */
	float *shares, *rows;
} block_cache;

static size_t
block_size(const trunk *t, int steps, int lanes)
{
	const relative r = attention_of(t);
	return (8 + 3 * WIDER) * (size_t)steps * (size_t)lanes * (size_t)t->hidden +
	       relative_shares_size(r, steps, lanes) + past_rows_size(relative_memory(r), steps, lanes);
}

/* What all blocks share: depth[N], the last output, and for backward dh, dnormed [N][H], dqkv [N][3H],
 * drows, and the attention's work space. */
typedef struct common_cache {
	float *depth, *last, *dh, *dnormed, *dqkv, *drows, *work, *blocks;
} common_cache;

static common_cache
common_at(const trunk *t, float *cache, const sequence *s)
{
	const size_t n = (size_t)s->steps * (size_t)s->lanes, wide = n * (size_t)t->hidden;
	common_cache c = {.depth = cache, .last = cache + n};
	c.dh = c.last + wide;
	c.dnormed = c.dh + wide;
	c.dqkv = c.dnormed + wide;
	c.drows = c.dqkv + 3 * wide;
	c.work = c.drows + past_rows_size(relative_memory(attention_of(t)), s->steps, s->lanes);
	c.blocks = c.work + relative_work_size(s->steps);
	return c;
}

static size_t
transformer_cache_size(const trunk *t, int steps, int lanes)
{
	const size_t n = (size_t)steps * (size_t)lanes;
	return n + 6 * n * (size_t)t->hidden +
	       past_rows_size(relative_memory(attention_of(t)), steps, lanes) + relative_work_size(steps) +
	       (size_t)t->layers * block_size(t, steps, lanes);
}

static block_cache
block_at(const trunk *t, const common_cache *common, int block, const sequence *s)
{
	const size_t wide = (size_t)s->steps * (size_t)s->lanes * (size_t)t->hidden;
	block_cache c = {.in = common->blocks + (size_t)block * block_size(t, s->steps, s->lanes)};
	c.normed = c.in + wide;
	c.mid = c.normed + wide;
	c.inner = c.mid + wide;
	c.mixed = c.inner + wide;
	c.qkv = c.mixed + wide;
	c.gates = c.qkv + 3 * wide;
	c.gated = c.gates + 2 * WIDER * wide;
	c.shares = c.gated + WIDER * wide;
	c.rows = c.shares + relative_shares_size(attention_of(t), s->steps, s->lanes);
	return c;
}

static void
block_forward(const trunk *t, const float *w, int block, const sequence *s, const common_cache *common,
	      const block_cache *c, float *out)
{
	const size_t *at = t->at + block * PER_BLOCK;
	const int h = t->hidden, n = s->steps * s->lanes;
	norm_forward((size_t)n, h, c->in, w + at[GAIN], w + at[SHIFT], c->normed);
	dense_forward(n, h, 3 * h, c->normed, w + at[QKV], w + at[QKV_BIAS], c->qkv);
	relative_forward(attention_of(t), w + at[DISTANCE], s, common->depth, c->qkv, c->rows, c->shares,
			 common->work, c->mixed);
	dense_forward(n, h, h, c->mixed, w + at[OUT], w + at[OUT_BIAS], c->mid);
	vec_axpy(n * h, 1.0f, c->in, c->mid);
	norm_forward((size_t)n, h, c->mid, w + at[INNER_GAIN], w + at[INNER_SHIFT], c->inner);
	dense_forward(n, h, 2 * WIDER * h, c->inner, w + at[UP], w + at[UP_BIAS], c->gates);
	gate_forward((size_t)n, WIDER * h, c->gates, c->gated);
	dense_forward(n, WIDER * h, h, c->gated, w + at[DOWN], w + at[DOWN_BIAS], out);
	vec_axpy(n * h, 1.0f, c->mid, out);
}

static void
transformer_forward(const trunk *t, const float *w, const sequence *s, const float *x, float *state, float *y,
		    float *cache)
{
	const int h = t->hidden, n = s->steps * s->lanes;
	const size_t stride = transformer_state_size(t);
	const past memory = relative_memory(attention_of(t));
	const common_cache common = common_at(t, cache, s);
	past_depths(s, state, stride, common.depth);
	for (int l = 0; l < t->layers; l++) {
		const block_cache c = block_at(t, &common, l, s);
		const float *ring = state + PAST_CLOCK + (size_t)l * past_ring_size(memory);
		if (l == 0)
			dense_forward(n, t->inputs, h, x, w + end_at(t, IN), w + end_at(t, IN_BIAS), c.in);
		past_unroll(memory, s->lanes, state, ring, stride, c.rows);
		block_forward(t, w, l, s, &common, &c,
			      l + 1 < t->layers ? block_at(t, &common, l + 1, s).in : common.last);
	}
	past_pass(s, state, stride);
	for (int l = 0; l < t->layers; l++)
		past_roll_up(memory, s->steps, s->lanes, state, block_at(t, &common, l, s).rows,
			     state + PAST_CLOCK + (size_t)l * past_ring_size(memory), stride);
	norm_forward((size_t)n, h, common.last, w + end_at(t, LAST_GAIN), w + end_at(t, LAST_SHIFT), y);
}

/* From the gradient of a block's output in common->dh to that of its input. */
static void
block_backward(const trunk *t, const float *w, int block, const sequence *s, const common_cache *common,
	       const block_cache *c, float *dw)
{
	const size_t *at = t->at + block * PER_BLOCK;
	const int h = t->hidden, n = s->steps * s->lanes;
	float *dh = common->dh, *dnormed = common->dnormed, *dgated = common->dqkv;
	_Static_assert(WIDER <= 3, "the gated units' gradient fits where that of q, k and v goes");
	dense_backward(n, WIDER * h, h, c->gated, w + at[DOWN], dh, dw + at[DOWN], dw + at[DOWN_BIAS], dgated,
		       0);
	gate_backward((size_t)n, WIDER * h, dgated, c->gates);
	dense_backward(n, h, 2 * WIDER * h, c->inner, w + at[UP], c->gates, dw + at[UP], dw + at[UP_BIAS],
		       dnormed, 0);
	norm_backward((size_t)n, h, c->mid, w + at[INNER_GAIN], dnormed, dw + at[INNER_GAIN],
		      dw + at[INNER_SHIFT], dh);
	dense_backward(n, h, h, c->mixed, w + at[OUT], dh, dw + at[OUT], dw + at[OUT_BIAS], dnormed, 0);
	relative_backward(attention_of(t), w + at[DISTANCE], s, c->qkv, c->rows, c->shares, dnormed,
			  common->work, common->drows, dw + at[DISTANCE], common->dqkv);
	dense_backward(n, h, 3 * h, c->normed, w + at[QKV], common->dqkv, dw + at[QKV], dw + at[QKV_BIAS],
		       dnormed, 0);
	norm_backward((size_t)n, h, c->in, w + at[GAIN], dnormed, dw + at[GAIN], dw + at[SHIFT], dh);
}

static void
transformer_backward(const trunk *t, const float *w, const sequence *s, const float *x, float *dy,
		     float *cache, float *dw, float *dx)
{
	const int h = t->hidden, n = s->steps * s->lanes;
	const common_cache common = common_at(t, cache, s);
	memset(common.dh, 0, (size_t)n * (size_t)h * sizeof *common.dh);
	norm_backward((size_t)n, h, common.last, w + end_at(t, LAST_GAIN), dy, dw + end_at(t, LAST_GAIN),
		      dw + end_at(t, LAST_SHIFT), common.dh);
	for (int l = t->layers - 1; l >= 0; l--) {
		const block_cache c = block_at(t, &common, l, s);
		block_backward(t, w, l, s, &common, &c, dw);
	}
	dense_backward(n, t->inputs, h, x, w + end_at(t, IN), common.dh, dw + end_at(t, IN),
		       dw + end_at(t, IN_BIAS), dx, 0);
}

static void
block_step(const trunk *t, const step_weights *w, int block, const float *clock, float *ring, float *h)
{
	_Alignas(64) float wide[2 * WIDER * TRUNK_MAX_HIDDEN], part[WIDER * TRUNK_MAX_HIDDEN],
	    out[TRUNK_MAX_HIDDEN];
	const size_t *at = t->at + block * PER_BLOCK;
	const int n = t->hidden;
	norm_forward(1, n, h, w->w + at[GAIN], w->w + at[SHIFT], out);
	dense_step(w, n, 3 * n, out, at[QKV], at[QKV_BIAS], wide);
	relative_step(attention_of(t), w->w + at[DISTANCE], wide, clock, ring, part);
	dense_step(w, n, n, part, at[OUT], at[OUT_BIAS], out);
	vec_axpy(n, 1.0f, out, h);
	norm_forward(1, n, h, w->w + at[INNER_GAIN], w->w + at[INNER_SHIFT], out);
	dense_step(w, n, 2 * WIDER * n, out, at[UP], at[UP_BIAS], wide);
	gate_forward(1, WIDER * n, wide, part);
	dense_step(w, WIDER * n, n, part, at[DOWN], at[DOWN_BIAS], out);
	vec_axpy(n, 1.0f, out, h);
}

static void
transformer_step(const trunk *t, const step_weights *w, const float *x, float *state, float *y)
{
	_Alignas(64) float h[TRUNK_MAX_HIDDEN];
	const size_t ring = past_ring_size(relative_memory(attention_of(t)));
	dense_step(w, t->inputs, t->hidden, x, end_at(t, IN), end_at(t, IN_BIAS), h);
	for (int l = 0; l < t->layers; l++)
		block_step(t, w, l, state, state + PAST_CLOCK + (size_t)l * ring, h);
	past_tick(state);
	norm_forward(1, t->hidden, h, w->w + end_at(t, LAST_GAIN), w->w + end_at(t, LAST_SHIFT), y);
}

const trunk_type trunk_transformer = {
    .name = "transformer",
    .hidden = 192,
    .layers = 3,
    .declare = transformer_declare,
    .state_size = transformer_state_size,
    .cache_size = transformer_cache_size,
    .forward = transformer_forward,
    .backward = transformer_backward,
    .step = transformer_step,
};

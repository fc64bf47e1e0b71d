#include "model/hit_heads.h"

#include "model/layer_dense.h"
#include "model/vec.h"

#include <math.h>
#include <stdlib.h>

enum { BINS = MODEL_OFFSETS - 1, ZERO_CLASS = BINS, ZERO_BIN = BINS / 2 };

void
heads_declare(hit_heads *c, int trunk, int hidden, weight_table *p)
{
	float read = 1.0f / sqrtf((float)hidden);
	c->trunk = trunk;
	c->hidden = hidden;
	c->at[HEADS_BASE_TRUNK] =
	    weights_add(p, "heads.base.trunk", trunk, hidden, 1.0f / sqrtf((float)trunk));
	c->at[HEADS_BASE_INPUT] = weights_add(p, "heads.base.input", FEATURES, hidden, 0.05f);
	c->at[HEADS_BASE_BIAS] = weights_add(p, "heads.base.bias", 1, hidden, 0.0f);
	c->at[HEADS_INSTRUMENT] = weights_add(p, "heads.instrument", INSTRUMENTS, hidden, 0.3f);
	c->at[HEADS_MASK] = weights_add(p, "heads.mask", INSTRUMENTS, hidden, 0.2f);
	c->at[HEADS_OWN] = weights_add(p, "heads.own", FEATURE_OWN, hidden, 0.2f);
	c->at[HEADS_READ] = weights_add(p, "heads.read", hidden, HEADS_OUT, read);
	c->at[HEADS_READ_BIAS] = weights_add(p, "heads.read.bias", INSTRUMENTS, HEADS_OUT, 0.0f);
}

bool
heads_work_init(heads_work *k, const hit_heads *c, int rows)
{
	size_t n = (size_t)rows * INSTRUMENTS;
	memset(k, 0, sizeof *k);
	k->capacity = (int)n;
	k->row = calloc(n, sizeof *k->row);
	k->instrument = calloc(n, sizeof *k->instrument);
	k->hidden = weights_alloc(n * (size_t)c->hidden);
	k->out = weights_alloc(n * HEADS_OUT);
	k->own = weights_alloc(n * FEATURE_OWN);
	if (k->row && k->instrument && k->hidden && k->out && k->own)
		return true;
	heads_work_clear(k);
	return false;
}

void
heads_work_clear(heads_work *k)
{
	free(k->row);
	free(k->instrument);
	free(k->hidden);
	free(k->out);
	free(k->own);
	memset(k, 0, sizeof *k);
}

int
heads_offset_class(int16_t offset)
{
	if (offset == 0)
		return ZERO_CLASS;
	int bin = (offset - INT16_MIN) * BINS / STEP_OFFSET_ONE;
	return bin < 0 ? 0 : bin >= BINS ? BINS - 1 : bin;
}

/* a of one hit, its own part (O) not yet added. */
static void
hit_hidden(const hit_heads *c, const float *w, const float *base, int instrument, unsigned mask, float *a)
{
	int n = c->hidden;
	memcpy(a, base, (size_t)n * sizeof *a);
	vec_axpy(n, 1.0f, w + c->at[HEADS_INSTRUMENT] + (size_t)(instrument * n), a);
	for (; mask; mask &= mask - 1)
		vec_axpy(n, 1.0f, w + c->at[HEADS_MASK] + (size_t)(__builtin_ctz(mask) * n), a);
}

static void
normalise(float out[HEADS_OUT])
{
	vec_log_softmax(MODEL_VELOCITIES, out + HEADS_VELOCITY);
	vec_log_softmax(MODEL_OFFSETS, out + HEADS_OFFSET);
	vec_log_softmax(STEP_MAX_RATCHET, out + HEADS_RATCHET);
}

static void
gather(int n, const step_hits *target, const float *weight, heads_work *k)
{
	k->hits = 0;
	for (int row = 0; row < n; row++) {
		if (weight[row] == 0.0f)
			continue;
		for (unsigned mask = step_mask(&target[row]); mask; mask &= mask - 1) {
			k->row[k->hits] = row;
			k->instrument[k->hits++] = __builtin_ctz(mask);
		}
	}
}

void
heads_forward(const hit_heads *c, const float *w, int n, const float *h, const float *x,
	      const step_hits *target, const float *weight, float *base, heads_work *k)
{
	int width = c->hidden;
	gather(n, target, weight, k);
	dense_forward(n, c->trunk, width, h, w + c->at[HEADS_BASE_TRUNK], w + c->at[HEADS_BASE_BIAS], base);
	dense_forward(n, FEATURES, width, x, w + c->at[HEADS_BASE_INPUT], NULL, base);
	for (int e = 0; e < k->hits; e++) {
		size_t row = (size_t)k->row[e];
		int i = k->instrument[e];
		hit_hidden(c, w, base + row * (size_t)width, i, step_mask(&target[row]),
			   k->hidden + (size_t)e * (size_t)width);
		features_own(x + row * FEATURES, i, k->own + (size_t)e * FEATURE_OWN);
		memcpy(k->out + (size_t)e * HEADS_OUT, w + c->at[HEADS_READ_BIAS] + (size_t)i * HEADS_OUT,
		       HEADS_OUT * sizeof *k->out);
	}
	dense_forward(k->hits, FEATURE_OWN, width, k->own, w + c->at[HEADS_OWN], NULL, k->hidden);
	vec_tanh(k->hits * width, k->hidden);
	dense_forward(k->hits, width, HEADS_OUT, k->hidden, w + c->at[HEADS_READ], NULL, k->out);
	for (int e = 0; e < k->hits; e++)
		normalise(k->out + (size_t)e * HEADS_OUT);
}

void
heads_sum(const heads_work *k, const step_hits *target, const uint8_t *group, heads_loss *sums)
{
	for (int e = 0; e < k->hits; e++) {
		const float *out = k->out + (size_t)e * HEADS_OUT;
		const step_hit *hit = &target[k->row[e]].hit[k->instrument[e]];
		heads_loss *s = &sums[group[k->row[e]]];
		int offset = heads_offset_class(hit->offset);
		double log_p = (double)out[HEADS_OFFSET + offset], folded = log_p;
		if (offset == ZERO_CLASS || offset == ZERO_BIN)
			folded = log(exp((double)out[HEADS_OFFSET + ZERO_CLASS]) +
				     exp((double)out[HEADS_OFFSET + ZERO_BIN]));
		s->velocity -= (double)out[HEADS_VELOCITY + hit->velocity - 1];
		s->offset -= log_p;
		s->offset_folded -= folded;
		s->ratchet -= (double)out[HEADS_RATCHET + hit->ratchet - 1];
		s->hits++;
	}
}

/* out: from log-probabilities to the gradient of the logits. */
VEC_CLONES static void
softmax_gradient(float *restrict out, float weight)
{
	for (int i = 0; i < HEADS_OUT; i++)
		out[i] = weight * vec_exp1(out[i]);
}

VEC_CLONES static void
tanh_gradient(int n, const float *restrict g, float *restrict dg)
{
	for (int i = 0; i < n; i++)
		dg[i] *= 1.0f - g[i] * g[i];
}

static void
logit_gradients(const hit_heads *c, const step_hits *target, const float *weight, float scale, heads_work *k,
		float *dw)
{
	for (int e = 0; e < k->hits; e++) {
		float *out = k->out + (size_t)e * HEADS_OUT, v = weight[k->row[e]] * scale;
		const step_hit *hit = &target[k->row[e]].hit[k->instrument[e]];
		softmax_gradient(out, v);
		out[HEADS_VELOCITY + hit->velocity - 1] -= v;
		out[HEADS_OFFSET + heads_offset_class(hit->offset)] -= v;
		out[HEADS_RATCHET + hit->ratchet - 1] -= v;
		vec_axpy(HEADS_OUT, 1.0f, out,
			 dw + c->at[HEADS_READ_BIAS] + (size_t)k->instrument[e] * HEADS_OUT);
	}
}

/* Adds da, a row for each hit, to the gradients of the base and of what each hit added to it. */
static void
scatter(const hit_heads *c, const step_hits *target, const heads_work *k, const float *da, float *base,
	float *dw)
{
	int width = c->hidden;
	for (int e = 0; e < k->hits; e++) {
		const float *d = da + (size_t)e * (size_t)width;
		vec_axpy(width, 1.0f, d, base + (size_t)k->row[e] * (size_t)width);
		vec_axpy(width, 1.0f, d, dw + c->at[HEADS_INSTRUMENT] + (size_t)(k->instrument[e] * width));
		for (unsigned mask = step_mask(&target[k->row[e]]); mask; mask &= mask - 1)
			vec_axpy(width, 1.0f, d,
				 dw + c->at[HEADS_MASK] + (size_t)(__builtin_ctz(mask) * width));
	}
}

/* dx of the inputs that features_own picked. */
static void
own_gradient(const hit_heads *c, const float *w, const heads_work *k, const float *da, float *dx)
{
	int width = c->hidden;
	for (int e = 0; e < k->hits; e++) {
		float *row = dx + (size_t)k->row[e] * FEATURES;
		for (int j = 0; j < FEATURE_OWN; j++)
			row[features_own_at(j, k->instrument[e])] +=
			    vec_dot(width, da + (size_t)e * (size_t)width,
				    w + c->at[HEADS_OWN] + (size_t)(j * width));
	}
}

void
heads_backward(const hit_heads *c, const float *w, int n, const float *h, const float *x,
	       const step_hits *target, const float *weight, float scale, float *base, heads_work *k,
	       float *dw, float *dh, float *dx)
{
	int width = c->hidden, hits = k->hits;
	const size_t *at = c->at;
	logit_gradients(c, target, weight, scale, k, dw);
	dense_backward(hits, width, HEADS_OUT, k->hidden, w + at[HEADS_READ], k->out, dw + at[HEADS_READ],
		       NULL, NULL, 0);
	/* The logits' gradients are used up row by row, so da can take their place. */
	float *da = k->out;
	for (int e = 0; e < hits; e++) {
		float row[HEADS_MAX_HIDDEN];
		const float *out = k->out + (size_t)e * HEADS_OUT;
		for (int j = 0; j < width; j++)
			row[j] = vec_dot(HEADS_OUT, w + at[HEADS_READ] + (size_t)j * HEADS_OUT, out);
		tanh_gradient(width, k->hidden + (size_t)e * (size_t)width, row);
		memcpy(da + (size_t)e * (size_t)width, row, (size_t)width * sizeof *da);
	}
	memset(base, 0, (size_t)n * (size_t)width * sizeof *base);
	scatter(c, target, k, da, base, dw);
	dense_backward(hits, FEATURE_OWN, width, k->own, w + at[HEADS_OWN], da, dw + at[HEADS_OWN], NULL,
		       NULL, 0);
	dense_backward(n, c->trunk, width, h, w + at[HEADS_BASE_TRUNK], base, dw + at[HEADS_BASE_TRUNK],
		       dw + at[HEADS_BASE_BIAS], dh, 1);
	dense_backward(n, FEATURES, width, x, w + at[HEADS_BASE_INPUT], base, dw + at[HEADS_BASE_INPUT], NULL,
		       dx, 1);
	if (dx)
		own_gradient(c, w, k, da, dx);
}

void
heads_step(const hit_heads *c, const step_weights *w, const float *h, const float *x, float *base)
{
	dense_step(w, c->trunk, c->hidden, h, c->at[HEADS_BASE_TRUNK], c->at[HEADS_BASE_BIAS], base);
	small_matvec(w, c->at[HEADS_BASE_INPUT], FEATURES, c->hidden, x, base);
}

void
heads_hit(const hit_heads *c, const step_weights *w, const float *base, const float *x, int instrument,
	  unsigned mask, float out[HEADS_OUT])
{
	_Alignas(64) float a[HEADS_MAX_HIDDEN];
	float own[FEATURE_OWN];
	hit_hidden(c, w->w, base, instrument, mask, a);
	features_own(x, instrument, own);
	small_matvec(w, c->at[HEADS_OWN], FEATURE_OWN, c->hidden, own, a);
	vec_tanh(c->hidden, a);
	dense_step(w, c->hidden, HEADS_OUT, a, c->at[HEADS_READ],
		   c->at[HEADS_READ_BIAS] + (size_t)instrument * HEADS_OUT, out);
	normalise(out);
}

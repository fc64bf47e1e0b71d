#include "model/chain.h"

#include "model/layer_dense.h"
#include "model/vec.h"

#include <math.h>

void
chain_declare(chain *c, int trunk, int inputs, int hidden, weight_table *p)
{
	float from_trunk = 1.0f / sqrtf((float)trunk), from_input = 0.05f, read = 1.0f / sqrtf((float)hidden);
	c->trunk = trunk;
	c->inputs = inputs;
	c->hidden = hidden;
	c->at[CHAIN_BASE_TRUNK] = weights_add(p, "chain.base.trunk", trunk, hidden, from_trunk);
	c->at[CHAIN_BASE_INPUT] = weights_add(p, "chain.base.input", inputs, hidden, from_input);
	c->at[CHAIN_BASE_BIAS] = weights_add(p, "chain.base.bias", 1, hidden, 0.0f);
	c->at[CHAIN_HIT] = weights_add(p, "chain.hit", INSTRUMENTS, hidden, 0.3f);
	c->at[CHAIN_READ] = weights_add(p, "chain.read", INSTRUMENTS, hidden, read);
	c->at[CHAIN_DIRECT_TRUNK] = weights_add(p, "chain.direct.trunk", trunk, INSTRUMENTS, from_trunk);
	c->at[CHAIN_DIRECT_INPUT] = weights_add(p, "chain.direct.input", inputs, INSTRUMENTS, from_input);
	c->at[CHAIN_DIRECT_BIAS] = weights_add(p, "chain.direct.bias", 1, INSTRUMENTS, 0.0f);
}

void
chain_forward(const chain *c, const float *w, int n, const float *h, const float *x, float *base,
	      float *direct)
{
	dense_forward(n, c->trunk, c->hidden, h, w + c->at[CHAIN_BASE_TRUNK], w + c->at[CHAIN_BASE_BIAS],
		      base);
	dense_forward(n, c->inputs, c->hidden, x, w + c->at[CHAIN_BASE_INPUT], NULL, base);
	dense_forward(n, c->trunk, INSTRUMENTS, h, w + c->at[CHAIN_DIRECT_TRUNK],
		      w + c->at[CHAIN_DIRECT_BIAS], direct);
	dense_forward(n, c->inputs, INSTRUMENTS, x, w + c->at[CHAIN_DIRECT_INPUT], NULL, direct);
}

/* ln(1 + exp(x)) */
static float
softplus(float x)
{
	return (x > 0 ? x : 0) + log1pf(expf(-fabsf(x)));
}

/* Logits of one row whose hits are given; hidden[k] is tanh(a) after the first k hits. Returns the
 * number of hidden vectors made. */
static int
row_forward(const chain *c, const float *w, const float *base, const float *direct, unsigned mask,
	    float hidden[INSTRUMENTS + 1][CHAIN_MAX_HIDDEN], float logit[INSTRUMENTS])
{
	float a[CHAIN_MAX_HIDDEN];
	int n = c->hidden, made = 1;
	memcpy(a, base, (size_t)n * sizeof *a);
	memcpy(hidden[0], base, (size_t)n * sizeof *a);
	vec_tanh(n, hidden[0]);
	for (int i = 0; i < INSTRUMENTS; i++) {
		logit[i] = chain_logit(c, w, i, hidden[made - 1], direct);
		if (!(mask >> i & 1))
			continue;
		memcpy(hidden[made], hidden[made - 1], (size_t)n * sizeof *a);
		chain_push(c, w, i, a, hidden[made++]);
	}
	return made;
}

void
chain_loss(const chain *c, const float *w, int n, const float *base, const float *direct,
	   const uint16_t *mask, float *loss)
{
	_Alignas(64) float hidden[INSTRUMENTS + 1][CHAIN_MAX_HIDDEN];
	float logit[INSTRUMENTS];
	for (int row = 0; row < n; row++) {
		row_forward(c, w, base + (size_t)row * (size_t)c->hidden, direct + (size_t)row * INSTRUMENTS,
			    mask[row], hidden, logit);
		double sum = 0;
		for (int i = 0; i < INSTRUMENTS; i++)
			sum += (double)softplus(mask[row] >> i & 1 ? -logit[i] : logit[i]);
		loss[row] = (float)sum;
	}
}

static float
sigmoid(float x)
{
	return 1.0f / (1.0f + expf(-x));
}

void
chain_chances(const chain *c, const float *w, int n, const float *base, const float *direct,
	      const uint16_t *mask, float *chance)
{
	_Alignas(64) float hidden[INSTRUMENTS + 1][CHAIN_MAX_HIDDEN];
	for (int row = 0; row < n; row++) {
		float *own = chance + (size_t)row * INSTRUMENTS;
		row_forward(c, w, base + (size_t)row * (size_t)c->hidden, direct + (size_t)row * INSTRUMENTS,
			    mask[row], hidden, own);
		for (int i = 0; i < INSTRUMENTS; i++)
			own[i] = sigmoid(own[i]);
	}
}

/* da += dg (1 - g^2) */
VEC_CLONES static void
through_tanh(int n, const float *restrict dg, const float *restrict g, float *restrict da)
{
	for (int i = 0; i < n; i++)
		da[i] += dg[i] * (1.0f - g[i] * g[i]);
}

/* Replaces the row's base and direct by their gradients. */
static void
row_backward(const chain *c, const float *w, unsigned mask, const float *chance, float weight, float *base,
	     float *direct, float *dw)
{
	_Alignas(64) float hidden[INSTRUMENTS + 1][CHAIN_MAX_HIDDEN];
	_Alignas(64) float da[CHAIN_MAX_HIDDEN] = {0}, dg[CHAIN_MAX_HIDDEN] = {0};
	float logit[INSTRUMENTS];
	int n = c->hidden;
	int at = row_forward(c, w, base, direct, mask, hidden, logit) - 1;
	for (int i = INSTRUMENTS - 1; i >= 0; i--) {
		size_t row = (size_t)(i * n);
		if (mask >> i & 1) {
			through_tanh(n, dg, hidden[at--], da);
			memset(dg, 0, (size_t)n * sizeof *dg);
			vec_axpy(n, 1.0f, da, dw + c->at[CHAIN_HIT] + row);
		}
		float dl = weight * (sigmoid(logit[i]) - (chance ? chance[i] : (float)(mask >> i & 1)));
		vec_axpy(n, dl, hidden[at], dw + c->at[CHAIN_READ] + row);
		vec_axpy(n, dl, w + c->at[CHAIN_READ] + row, dg);
		direct[i] = dl;
	}
	through_tanh(n, dg, hidden[0], da);
	memcpy(base, da, (size_t)n * sizeof *base);
}

void
chain_backward(const chain *c, const float *w, int n, const float *h, const float *x, const uint16_t *mask,
	       const float *chance, const float *weight, float *base, float *direct, float *dw, float *dh,
	       float *dx)
{
	for (int row = 0; row < n; row++) {
		float *a = base + (size_t)row * (size_t)c->hidden, *d = direct + (size_t)row * INSTRUMENTS;
		if (weight[row] != 0.0f) {
			row_backward(c, w, mask[row], chance ? chance + (size_t)row * INSTRUMENTS : NULL,
				     weight[row], a, d, dw);
		} else {
			memset(a, 0, (size_t)c->hidden * sizeof *a);
			memset(d, 0, INSTRUMENTS * sizeof *d);
		}
	}
	const size_t *at = c->at;
	dense_backward(n, c->trunk, c->hidden, h, w + at[CHAIN_BASE_TRUNK], base, dw + at[CHAIN_BASE_TRUNK],
		       dw + at[CHAIN_BASE_BIAS], dh, 0);
	dense_backward(n, c->trunk, INSTRUMENTS, h, w + at[CHAIN_DIRECT_TRUNK], direct,
		       dw + at[CHAIN_DIRECT_TRUNK], dw + at[CHAIN_DIRECT_BIAS], dh, 1);
	dense_backward(n, c->inputs, c->hidden, x, w + at[CHAIN_BASE_INPUT], base, dw + at[CHAIN_BASE_INPUT],
		       NULL, dx, 0);
	dense_backward(n, c->inputs, INSTRUMENTS, x, w + at[CHAIN_DIRECT_INPUT], direct,
		       dw + at[CHAIN_DIRECT_INPUT], NULL, dx, 1);
}

void
chain_step(const chain *c, const step_weights *w, const float *h, const float *x, float *base, float *direct)
{
	const size_t *at = c->at;
	dense_step(w, c->trunk, c->hidden, h, at[CHAIN_BASE_TRUNK], at[CHAIN_BASE_BIAS], base);
	small_matvec(w, at[CHAIN_BASE_INPUT], c->inputs, c->hidden, x, base);
	dense_step(w, c->trunk, INSTRUMENTS, h, at[CHAIN_DIRECT_TRUNK], at[CHAIN_DIRECT_BIAS], direct);
	small_matvec(w, at[CHAIN_DIRECT_INPUT], c->inputs, INSTRUMENTS, x, direct);
}

void
chain_push(const chain *c, const float *w, int i, float *a, float *tanh_a)
{
	vec_axpy(c->hidden, 1.0f, w + c->at[CHAIN_HIT] + (size_t)(i * c->hidden), a);
	memcpy(tanh_a, a, (size_t)c->hidden * sizeof *a);
	vec_tanh(c->hidden, tanh_a);
}

float
chain_logit(const chain *c, const float *w, int i, const float *tanh_a, const float *direct)
{
	return direct[i] + vec_dot(c->hidden, tanh_a, w + c->at[CHAIN_READ] + (size_t)(i * c->hidden));
}

typedef struct table_walk {
	const chain *c;
	const float *w, *direct;
	const chain_tilt *tilt;
	float *log_p;
} table_walk;

/* All vectors that begin with the instruments below i as in mask, whose log-probability is so_far. */
static void
walk(const table_walk *t, int i, unsigned mask, float so_far, const float *a, const float *tanh_a)
{
	if (i == INSTRUMENTS) {
		t->log_p[mask] = so_far;
		return;
	}
	const chain_tilt *tilt = t->tilt;
	bool fixed = tilt->fixed >> i & 1, value = tilt->value >> i & 1;
	float logit = chain_logit(t->c, t->w, i, tanh_a, t->direct) * tilt->scale + tilt->shift[i];
	float miss = -softplus(logit);
	if (!fixed || !value)
		walk(t, i + 1, mask, so_far + miss, a, tanh_a);
	if (fixed && !value)
		return;
	_Alignas(64) float next[CHAIN_MAX_HIDDEN], tanh_next[CHAIN_MAX_HIDDEN];
	memcpy(next, a, (size_t)t->c->hidden * sizeof *a);
	if (i + 1 < INSTRUMENTS)
		chain_push(t->c, t->w, i, next, tanh_next);
	walk(t, i + 1, mask | 1u << i, so_far + miss + logit, next, tanh_next);
}

void
chain_table(const chain *c, const float *w, const float *base, const float *direct, const chain_tilt *tilt,
	    float log_p[1 << INSTRUMENTS])
{
	_Alignas(64) float tanh_a[CHAIN_MAX_HIDDEN];
	const table_walk t = {c, w, direct, tilt, log_p};
	for (int v = 0; v < 1 << INSTRUMENTS && tilt->fixed; v++)
		log_p[v] = -INFINITY;
	memcpy(tanh_a, base, (size_t)c->hidden * sizeof *tanh_a);
	vec_tanh(c->hidden, tanh_a);
	walk(&t, 0, 0, 0.0f, base, tanh_a);
}

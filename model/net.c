#include "model/net.h"

#include "rt/rng.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { DEFAULT_CHAIN = 128, DEFAULT_HEADS = 64 };

dr_status
net_init(net *n, const net_config *config, dr_error *err)
{
	int chain_hidden = config->chain_hidden > 0 ? config->chain_hidden : DEFAULT_CHAIN;
	int head_hidden = config->head_hidden > 0 ? config->head_hidden : DEFAULT_HEADS;
	if (config->hidden > TRUNK_MAX_HIDDEN || config->layers > TRUNK_MAX_LAYERS || config->hidden < 0 ||
	    config->layers < 0)
		return error_set(err, DR_USAGE, "a network has at most %d units in %d layers, not %d in %d",
				 TRUNK_MAX_HIDDEN, TRUNK_MAX_LAYERS, config->hidden, config->layers);
	if (chain_hidden > CHAIN_MAX_HIDDEN || head_hidden > HEADS_MAX_HIDDEN)
		return error_set(err, DR_USAGE, "a chain has at most %d units and heads %d, not %d and %d",
				 CHAIN_MAX_HIDDEN, HEADS_MAX_HIDDEN, chain_hidden, head_hidden);
	memset(n, 0, sizeof *n);
	trunk_init(&n->trunk, config->type, FEATURES, config->hidden, config->layers, &n->weights);
	chain_declare(&n->chain, n->trunk.hidden, FEATURES, chain_hidden, &n->weights);
	heads_declare(&n->heads, n->trunk.hidden, head_hidden, &n->weights);
	return DR_OK;
}

bool
net_batch_init(net_batch *b, int steps, int lanes)
{
	size_t rows = (size_t)steps * (size_t)lanes;
	memset(b, 0, sizeof *b);
	b->steps = steps;
	b->lanes = lanes;
	b->x = weights_alloc(rows * FEATURES);
	b->target = calloc(rows, sizeof *b->target);
	b->mask = calloc(rows, sizeof *b->mask);
	b->weight = weights_alloc(rows);
	b->reset = calloc(rows, 1);
	b->group = calloc(rows, 1);
	if (b->x && b->target && b->mask && b->weight && b->reset && b->group)
		return true;
	net_batch_clear(b);
	return false;
}

void
net_batch_clear(net_batch *b)
{
	free(b->x);
	free(b->target);
	free(b->mask);
	free(b->weight);
	free(b->reset);
	free(b->group);
	memset(b, 0, sizeof *b);
}

bool
net_work_init(net_work *k, const net *n, int steps, int lanes)
{
	const trunk *t = &n->trunk;
	size_t rows = (size_t)steps * (size_t)lanes, wide = rows * (size_t)t->hidden;
	memset(k, 0, sizeof *k);
	k->steps = steps;
	k->lanes = lanes;
	k->state = weights_alloc((size_t)lanes * t->type->state_size(t));
	k->cache = weights_alloc(t->type->cache_size(t, steps, lanes));
	k->y = weights_alloc(wide);
	k->dy = weights_alloc(wide);
	k->keep = weights_alloc(wide);
	k->base = weights_alloc(rows * (size_t)n->chain.hidden);
	k->direct = weights_alloc(rows * INSTRUMENTS);
	k->heads_base = weights_alloc(rows * (size_t)n->heads.hidden);
	k->loss = weights_alloc(rows);
	if (k->state && k->cache && k->y && k->dy && k->keep && k->base && k->direct && k->heads_base &&
	    k->loss && heads_work_init(&k->heads, &n->heads, steps * lanes))
		return true;
	net_work_clear(k);
	return false;
}

void
net_work_clear(net_work *k)
{
	free(k->state);
	free(k->cache);
	free(k->y);
	free(k->dy);
	free(k->keep);
	free(k->base);
	free(k->direct);
	free(k->heads_base);
	free(k->loss);
	heads_work_clear(&k->heads);
	memset(k, 0, sizeof *k);
}

/* Multiplies y by 0 or 1/(1 - p) (Srivastava et al., JMLR 15, 2014), remembering the factors. */
static void
drop(size_t n, float p, uint64_t seed, float *y, float *keep)
{
	float scale = 1.0f / (1.0f - p);
	uint64_t limit = (uint64_t)(p * 65536.0f), bits = 0;
	for (size_t i = 0; i < n; i++) {
		bits = i % 4 ? bits >> 16 : rng_next(&seed);
		keep[i] = (bits & 0xffff) < limit ? 0.0f : scale;
		y[i] *= keep[i];
	}
}

static void
add_losses(const net_batch *b, const net_work *k, net_loss sums[NET_GROUPS])
{
	heads_loss heads[NET_GROUPS] = {0};
	heads_sum(&k->heads, b->target, b->group, heads);
	for (int row = 0; row < b->steps * b->lanes; row++) {
		if (b->weight[row] == 0.0f)
			continue;
		sums[b->group[row]].hits += (double)k->loss[row];
		sums[b->group[row]].steps++;
	}
	for (int g = 0; g < NET_GROUPS; g++) {
		heads_loss *s = &sums[g].heads;
		s->velocity += heads[g].velocity;
		s->offset += heads[g].offset;
		s->offset_folded += heads[g].offset_folded;
		s->ratchet += heads[g].ratchet;
		s->hits += heads[g].hits;
	}
}

void
net_run(const net *n, const float *w, const net_batch *b, net_work *k, net_loss sums[NET_GROUPS],
	const net_training *training)
{
	const trunk *t = &n->trunk;
	const sequence s = {b->steps, b->lanes, b->reset};
	int rows = b->steps * b->lanes;
	size_t wide = (size_t)rows * (size_t)t->hidden;
	bool dropping = training && training->dropout > 0;
	t->type->forward(t, w, &s, b->x, k->state, k->y, k->cache);
	if (dropping)
		drop(wide, training->dropout, training->seed, k->y, k->keep);
	chain_forward(&n->chain, w, rows, k->y, b->x, k->base, k->direct);
	chain_loss(&n->chain, w, rows, k->base, k->direct, b->mask, k->loss);
	heads_forward(&n->heads, w, rows, k->y, b->x, b->target, b->weight, k->heads_base, &k->heads);
	add_losses(b, k, sums);
	if (!training)
		return;
	chain_backward(&n->chain, w, rows, k->y, b->x, b->mask, training->chance, b->weight, k->base,
		       k->direct, training->dw, k->dy, training->dx);
	heads_backward(&n->heads, w, rows, k->y, b->x, b->target, b->weight, training->head_share,
		       k->heads_base, &k->heads, training->dw, k->dy, training->dx);
	for (size_t i = 0; dropping && i < wide; i++)
		k->dy[i] *= k->keep[i];
	if (!training->dx) {
		t->type->backward(t, w, &s, b->x, k->dy, k->cache, training->dw, NULL);
		return;
	}
	float *dx = weights_alloc((size_t)rows * FEATURES);
	if (!dx)
		return;
	t->type->backward(t, w, &s, b->x, k->dy, k->cache, training->dw, dx);
	for (size_t i = 0; i < (size_t)rows * FEATURES; i++)
		training->dx[i] += dx[i];
	free(dx);
}

void
net_expect(const net *n, const float *w, const net_batch *b, net_work *k, float *chance)
{
	const sequence s = {b->steps, b->lanes, b->reset};
	const int rows = b->steps * b->lanes;
	n->trunk.type->forward(&n->trunk, w, &s, b->x, k->state, k->y, k->cache);
	chain_forward(&n->chain, w, rows, k->y, b->x, k->base, k->direct);
	chain_chances(&n->chain, w, rows, k->base, k->direct, b->mask, chance);
}

void
net_count(net_counts *c, const step_hits *step, int n)
{
	c->steps += n;
	for (int s = 0; s < n; s++)
		for (unsigned mask = step_mask(&step[s]); mask; mask &= mask - 1) {
			int i = __builtin_ctz(mask);
			const step_hit *hit = &step[s].hit[i];
			c->hit[i]++;
			c->velocity[i][hit->velocity - 1]++;
			c->offset[i][heads_offset_class(hit->offset)]++;
			c->ratchet[i][hit->ratchet - 1]++;
		}
}

/* Log-frequencies of one instrument's classes, smoothed towards those of all instruments. */
static void
start_classes(int n, const double *own, const double *all, float *out)
{
	double total = 0, all_total = 0;
	for (int k = 0; k < n; k++) {
		total += own[k];
		all_total += all[k] + 0.5;
	}
	for (int k = 0; k < n; k++)
		out[k] = (float)log((own[k] + 50.0 * (all[k] + 0.5) / all_total) / (total + 50.0));
}

void
net_start_biases(const net *n, const net_counts *c, float *w)
{
	double velocity[MODEL_VELOCITIES] = {0}, offset[MODEL_OFFSETS] = {0}, ratchet[STEP_MAX_RATCHET] = {0};
	for (int i = 0; i < INSTRUMENTS; i++) {
		for (int k = 0; k < MODEL_VELOCITIES; k++)
			velocity[k] += c->velocity[i][k];
		for (int k = 0; k < MODEL_OFFSETS; k++)
			offset[k] += c->offset[i][k];
		for (int k = 0; k < STEP_MAX_RATCHET; k++)
			ratchet[k] += c->ratchet[i][k];
	}
	for (int i = 0; i < INSTRUMENTS; i++) {
		float *out = w + n->heads.at[HEADS_READ_BIAS] + (size_t)i * HEADS_OUT;
		double hits = c->hit[i] + 0.5, rests = c->steps - c->hit[i] + 0.5;
		w[n->chain.at[CHAIN_DIRECT_BIAS] + (size_t)i] = (float)log(hits / rests);
		start_classes(MODEL_VELOCITIES, c->velocity[i], velocity, out + HEADS_VELOCITY);
		start_classes(MODEL_OFFSETS, c->offset[i], offset, out + HEADS_OFFSET);
		start_classes(STEP_MAX_RATCHET, c->ratchet[i], ratchet, out + HEADS_RATCHET);
	}
}

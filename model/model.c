#include "model/model.h"

#include "model/features.h"
#include "model/hand.h"
#include "model/model_file.h"
#include "model/vec.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A state's header; the floats of model_layout follow it at the next multiple of 64 bytes. */
typedef struct state_header {
	int64_t n; /* steps taken in */
	uint16_t mask[HISTORY_RING];
	step_hits step[HISTORY_RING];
} state_header;

enum { HEADER_SIZE = (sizeof(state_header) + 63) / 64 * 64 };

static float *
part(void *state, size_t at)
{
	return (float *)((unsigned char *)state + HEADER_SIZE) + at;
}

const char *
model_corpora(const model *m)
{
	return m->info.corpora;
}

const char *
model_arch(const model *m)
{
	return m->net.trunk.type->name;
}

dr_status
model_make_small(model *m, dr_error *err)
{
	if (!m->small)
		m->small = small_new(&m->net.weights, m->w);
	return m->small ? DR_OK : error_set(err, DR_FAILED, "out of memory");
}

long
model_n_weights(const model *m)
{
	long n = 0;
	for (int i = 0; i < m->net.weights.n; i++)
		n += (long)m->net.weights.item[i].rows * m->net.weights.item[i].cols;
	return n;
}

int
model_n_styles(const model *m)
{
	return m->info.n_styles;
}

const model_style *
model_get_style(const model *m, int i)
{
	return &m->info.style[i];
}

int
model_find_style(const model *m, const char *name)
{
	for (int i = 0; i < m->info.n_styles; i++)
		if (strcmp(m->info.style[i].name, name) == 0)
			return i;
	return -1;
}

float
model_style_hand(const model_style *style)
{
	return style->drummer > 0.5f ? HAND_DRUMMER : HAND_MACHINE;
}

bool
model_knows_hands(const model *m)
{
	return m->info.hands;
}

float
model_hits_per_bar(const model *m)
{
	return m->info.hits_per_bar;
}

float
model_offset_value(const model *m, int b)
{
	return m->info.offset_value[b];
}

size_t
model_state_size(const model *m)
{
	return HEADER_SIZE + m->at.floats * sizeof(float);
}

void
model_state_init(const model *m, void *state)
{
	memset(state, 0, model_state_size(m));
}

void
model_advance(const model *m, void *state, const step_hits *previous, const model_context *ctx)
{
	state_header *head = state;
	float *x = part(state, m->at.x), *y = part(state, m->at.y);
	if (previous) {
		size_t at = (size_t)(head->n & (HISTORY_RING - 1));
		head->step[at] = *previous;
		head->mask[at] = step_mask(previous);
		head->n++;
	}
	const history past = {head->step, head->mask, HISTORY_RING - 1, head->n};
	features_build(&past, ctx, x);
	if (!m->info.hands)
		x[FEATURE_AT_HAND] = 0.0f;
	const step_weights w = {m->w, m->small};
	m->net.trunk.type->step(&m->net.trunk, &w, x, part(state, m->at.trunk), y);
	chain_step(&m->net.chain, &w, y, x, part(state, m->at.base), part(state, m->at.direct));
	heads_step(&m->net.heads, &w, y, x, part(state, m->at.heads_base));
	model_restart_step(m, state);
}

void
model_restart_step(const model *m, void *state)
{
	size_t size = (size_t)m->net.chain.hidden * sizeof(float);
	float *a = part(state, m->at.a), *tanh_a = part(state, m->at.tanh_a);
	memcpy(a, part(state, m->at.base), size);
	memcpy(tanh_a, a, size);
	vec_tanh(m->net.chain.hidden, tanh_a);
}

float
model_hit_logit(const model *m, void *state, int i)
{
	return chain_logit(&m->net.chain, m->w, i, part(state, m->at.tanh_a), part(state, m->at.direct));
}

void
model_push(const model *m, void *state, int i, bool hit)
{
	if (hit)
		chain_push(&m->net.chain, m->w, i, part(state, m->at.a), part(state, m->at.tanh_a));
}

void
model_tilted_table(const model *m, void *state, const chain_tilt *tilt, float log_p[1 << INSTRUMENTS])
{
	chain_table(&m->net.chain, m->w, part(state, m->at.base), part(state, m->at.direct), tilt, log_p);
}

void
model_hit_table(const model *m, void *state, float log_p[1 << INSTRUMENTS])
{
	const chain_tilt none = {.scale = 1.0f};
	model_tilted_table(m, state, &none, log_p);
}

void
model_get_hit_params(const model *m, void *state, int i, uint16_t mask, model_hit_params *out)
{
	float all[HEADS_OUT];
	const step_weights w = {m->w, m->small};
	heads_hit(&m->net.heads, &w, part(state, m->at.heads_base), part(state, m->at.x), i, mask, all);
	memcpy(out->velocity, all + HEADS_VELOCITY, sizeof out->velocity);
	memcpy(out->offset, all + HEADS_OFFSET, sizeof out->offset);
	memcpy(out->ratchet, all + HEADS_RATCHET, sizeof out->ratchet);
}

/* -log2 P(mask) of the step that the state is at. */
static double
hit_bits(const model *m, void *state, unsigned mask)
{
	double nats = 0;
	for (int i = 0; i < INSTRUMENTS; i++) {
		bool hit = mask >> i & 1;
		double logit = (double)model_hit_logit(m, state, i);
		double wrong = hit ? -logit : logit;
		nats += fmax(wrong, 0) + log1p(exp(-fabs(wrong)));
		model_push(m, state, i, hit);
	}
	return nats / M_LN2;
}

static void
score_hit(const model *m, void *state, int i, unsigned mask, const step_hit *hit, model_score *total)
{
	enum { ZERO_CLASS = MODEL_OFFSETS - 1, ZERO_BIN = ZERO_CLASS / 2 };
	model_hit_params p;
	model_get_hit_params(m, state, i, (uint16_t)mask, &p);
	int offset = heads_offset_class(hit->offset);
	double probability = exp((double)p.offset[offset]);
	if (offset == ZERO_CLASS || offset == ZERO_BIN)
		probability = exp((double)p.offset[ZERO_CLASS]) + exp((double)p.offset[ZERO_BIN]);
	total->velocity_bits -= (double)p.velocity[hit->velocity - 1] / M_LN2;
	total->offset_bits -= log2(probability);
	total->ratchet_bits -= (double)p.ratchet[hit->ratchet - 1] / M_LN2;
	total->hits++;
}

dr_status
model_score_pattern(const model *m, const pattern *p, int style, bool tempo_given, model_score *total,
		    float *step_bits, dr_error *err)
{
	void *state = aligned_alloc(64, model_state_size(m));
	memset(total, 0, sizeof *total);
	if (!state)
		return error_set(err, DR_FAILED, "out of memory");
	model_state_init(m, state);
	model_context ctx = features_no_wishes(0, 0, p->bar_len);
	ctx.compound = p->denominator == 8 && p->numerator % 3 == 0;
	ctx.tempo = tempo_given ? p->tempo : 0.0f;
	if (style >= 0 && style < m->info.n_styles)
		ctx.style[style] = 1.0f;
	for (int s = 0; s < p->n_steps; s++) {
		ctx.bar = s / p->bar_len;
		ctx.bar_step = s % p->bar_len;
		model_advance(m, state, s ? &p->step[s - 1] : NULL, &ctx);
		unsigned mask = step_mask(&p->step[s]);
		double bits = hit_bits(m, state, mask);
		total->hit_bits += bits;
		total->steps++;
		if (step_bits)
			step_bits[s] = (float)bits;
		for (unsigned left = mask; left; left &= left - 1)
			score_hit(m, state, __builtin_ctz(left), mask, &p->step[s].hit[__builtin_ctz(left)],
				  total);
	}
	free(state);
	return DR_OK;
}

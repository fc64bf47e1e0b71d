#include "model/sampler.h"

#include "model/sampler_state.h"
#include "rt/rng.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define NEVER (-1e4f) /* log-odds whose probability is 0 */
#define LIKELY 0.95f  /* a hit that a silence may end with */
#define COLDEST 0.05f /* at temperature 0 no chance is drawn, but locks still need probabilities */

struct sampler {
	const model *m;
	float table[1 << INSTRUMENTS];
};

/* What the draw found out. */
typedef struct outcome {
	unsigned mask;
	float p[INSTRUMENTS];       /* probability that each hit was drawn with */
	float natural[INSTRUMENTS]; /* the same without the controls */
} outcome;

static float
sigmoid(float x)
{
	return 1.0f / (1.0f + expf(-x));
}

static float
log_odds(float p)
{
	p = fmaxf(1e-6f, fminf(1.0f - 1e-6f, p));
	return logf(p / (1.0f - p));
}

/* A control's value within its range; what is no number becomes the default. */
static float
sane(float x, float most, float normal)
{
	return isnan(x) ? normal : fmaxf(0.0f, fminf(most, x));
}

dr_status
sampler_new(const model *m, sampler **out, dr_error *err)
{
	*out = calloc(1, sizeof **out);
	if (!*out)
		return error_set(err, DR_FAILED, "out of memory");
	(*out)->m = m;
	return DR_OK;
}

void
sampler_free(sampler *s)
{
	free(s);
}

size_t
sampler_state_size(const sampler *s)
{
	return SAMPLER_STATE_HEADER + model_state_size(s->m);
}

void
sampler_state_init(const sampler *s, void *state)
{
	sampler_state *own = state;
	memset(state, 0, SAMPLER_STATE_HEADER);
	density_init(&own->density);
	sampler_forget(s, state);
}

void
sampler_forget(const sampler *s, void *state)
{
	sampler_state *own = state;
	own->begun = false;
	memset(&own->believed, 0, sizeof own->believed);
	memset(&own->previous, 0, sizeof own->previous);
	model_state_init(s->m, sampler_model_part(state));
}

/* Hits per 16-step bar of the style mixture. */
static float
mean_hits(const model *m, const sampler_controls *c)
{
	float sum = 0, weights = 0;
	for (int i = 0; i < model_n_styles(m); i++) {
		sum += c->style[i] * model_get_style(m, i)->hits_per_bar;
		weights += c->style[i];
	}
	return fmaxf(0.5f, weights > 0.001f ? sum / weights : model_hits_per_bar(m));
}

/* Share of the style mixture's hits that are rolls; 0 unknown. */
static float
own_rolls(const model *m, const sampler_controls *c)
{
	float sum = 0, weights = 0;
	for (int i = 0; i < model_n_styles(m); i++) {
		sum += c->style[i] * model_get_style(m, i)->rolls;
		weights += c->style[i];
	}
	return weights > 0.001f ? sum / weights : 0.0f;
}

/* Log-odds for an instrument's own density, or for rolls. */
static float
own_shift(float density)
{
	if (density <= 0.0f)
		return NEVER;
	return fmaxf(-12.0f, fminf(5.0f, 1.5f * log_odds(density)));
}

static void
make_plan(const sampler *s, const sampler_state *own, int64_t step, const bar_place *place,
	  const sampler_controls *c, sampler_plan *p)
{
	/* Log-odds that a fill adds: fills are played on snare and toms. */
	static const float in_fill[INSTRUMENTS] = {0.3f, 1.5f, 0.3f, 0.3f, -0.2f, -0.4f,
						   1.4f, 1.4f, 1.4f, 0.0f, -0.4f, -0.4f};
	memset(p, 0, sizeof *p);
	p->step = step;
	p->bar_step = place->step;
	p->in_fours = metre_steps_per_quarter(place->metre) == 4 && !metre_compound(place->metre);
	const float fill = p->fill = sane(c->fill, 1.0f, 0.0f);
	float mean = mean_hits(s->m, c), lift = 1.0f + 0.6f * fill;
	p->mean = mean / 16.0f;
	p->ratio = density_ratio(sane(c->density, 1.0f, 0.5f), mean) * lift;
	p->thin = p->ratio;
	if (c->soft_mask)
		p->thin /= fmaxf(1.0f, density_ratio(sane(c->soft_density, 1.0f, 0.5f), mean));
	p->temperature = sane(c->temperature, 2.0f, 1.0f);
	p->roll_shift = own_shift(sane(c->rolls, 1.0f, 0.5f));
	p->roll_share = rolls_target(own_rolls(s->m, c), p->roll_shift);
	p->tilt.scale = 1.0f / fmaxf(COLDEST, p->temperature);
	p->tilt.scale /= 1.0f + 0.2f * fill; /* loosens the hold of what repeats */
	float shift = density_shift(&own->density, p->ratio, p->temperature);
	for (int i = 0; i < INSTRUMENTS; i++) {
		float wanted = sane(c->instrument_density[i], 1.0f, 0.5f);
		p->tilt.shift[i] = p->tilt.scale * (shift + own_shift(wanted) + fill * in_fill[i]);
		p->neutral |= fabsf(wanted - 0.5f) < 0.01f && !(c->lock_mask >> i & 1) ? 1u << i : 0u;
		p->u[i] =
		    p->temperature > 0 ? rng_unit(rng_hash(c->seed, (uint64_t)step, (uint64_t)i)) : 0.5f;
	}
	unsigned locked = step_mask(&c->locked) & c->lock_mask;
	p->tilt.fixed = c->lock_mask;
	p->tilt.value = locked;
}

/* Whether every fixed instrument comes before every free one: then the chain itself conditions on them. */
static bool
fixed_come_first(unsigned fixed)
{
	return ((fixed + 1) & fixed) == 0;
}

static void
draw_by_chain(const model *m, void *at, const sampler_plan *p, outcome *o)
{
	for (int i = 0; i < INSTRUMENTS; i++) {
		float logit = model_hit_logit(m, at, i);
		bool hit = p->tilt.value >> i & 1;
		o->natural[i] = sigmoid(logit);
		o->p[i] = sigmoid(logit * p->tilt.scale + p->tilt.shift[i]);
		if (!(p->tilt.fixed >> i & 1))
			hit = p->u[i] < o->p[i];
		o->mask |= hit ? 1u << i : 0u;
		model_push(m, at, i, hit);
	}
}

/* Free instruments before fixed ones are drawn from the exact posterior: sums over all vectors that agree. */
static void
draw_by_table(sampler *s, void *at, const sampler_plan *p, outcome *o)
{
	float *weight = s->table, top = -INFINITY;
	model_tilted_table(s->m, at, &p->tilt, weight);
	for (int v = 0; v < 1 << INSTRUMENTS; v++)
		top = fmaxf(top, weight[v]);
	for (int v = 0; v < 1 << INSTRUMENTS; v++)
		weight[v] = isfinite(weight[v]) ? expf(weight[v] - top) : 0.0f;
	for (int i = 0; i < INSTRUMENTS; i++) {
		unsigned below = (1u << i) - 1, bit = 1u << i;
		double with = 0, without = 0;
		for (unsigned v = o->mask; v < 1u << INSTRUMENTS; v += bit)
			if ((v & below) == o->mask)
				*(v & bit ? &with : &without) += (double)weight[v];
		float logit = model_hit_logit(s->m, at, i);
		bool hit = p->tilt.value >> i & 1, fixed = p->tilt.fixed >> i & 1;
		o->natural[i] = sigmoid(logit);
		o->p[i] = fixed ? sigmoid(logit * p->tilt.scale + p->tilt.shift[i])
				: (float)(with / (with + without));
		if (!fixed)
			hit = p->u[i] < o->p[i];
		o->mask |= hit ? bit : 0u;
		model_push(s->m, at, i, hit);
	}
}

/* Which hits of the outcome are heard. Locked ones always are. */
static unsigned
choose_heard(sampler_state *own, const sampler_plan *p, const outcome *o, int bar_len,
	     const sampler_controls *c)
{
	float strength[INSTRUMENTS], chance[INSTRUMENTS];
	for (int i = 0; i < INSTRUMENTS; i++) {
		strength[i] = density_strength(log_odds(o->natural[i]), i, p->bar_step, bar_len);
		chance[i] = p->temperature > 0
				? rng_unit(rng_hash(c->seed, (uint64_t)p->step, DRAW_THIN + (uint64_t)i))
				: 0.5f;
	}
	unsigned held = o->mask & p->tilt.fixed & ~(unsigned)c->soft_mask;
	return held | density_thin(&own->density, o->mask & ~held, strength, p->thin, bar_len, chance);
}

/* The likeliest of the instruments among these that may hit; 0 if none may. */
static unsigned
likeliest(const sampler_plan *p, const outcome *o, unsigned soft, unsigned among)
{
	unsigned free_ones = among & ~(p->tilt.fixed & ~(soft & o->mask));
	int best = -1;
	for (int i = 0; i < INSTRUMENTS; i++)
		if (free_ones >> i & 1 && o->p[i] > 0 && (best < 0 || o->natural[i] > o->natural[best]))
			best = i;
	return best < 0 ? 0 : 1u << best;
}

/* What is heard instead of a silence that lasts. What nobody expects is the last resort: as density falls,
 * the likelier hits shall stay. */
static unsigned
wake(const density_state *d, const sampler_plan *p, const outcome *o, const bar_place *place, unsigned soft)
{
	unsigned likely = 0;
	for (int i = 0; i < INSTRUMENTS; i++)
		likely |= o->natural[i] >= LIKELY ? 1u << i : 0u;
	switch (density_called(d, place->step, place->len)) {
	case DENSITY_ANY: return likeliest(p, o, soft, ~0u);
	case DENSITY_LIKELY: return likeliest(p, o, soft, o->mask & likely);
	default: return 0;
	}
}

static void
learn(sampler_state *own, const sampler_plan *p, const outcome *o)
{
	float all = 1e-6f, neutral = 0;
	for (int i = 0; i < INSTRUMENTS; i++) {
		all += o->natural[i];
		neutral += p->neutral >> i & 1 ? o->natural[i] : 0.0f;
	}
	float ratio = fmaxf(1.0f, p->ratio); /* below 1 the network plays on as by itself */
	density_learn(&own->density, (float)__builtin_popcount(o->mask & p->neutral),
		      p->mean * ratio * neutral / all);
}

static model_context
make_context(const sampler *s, const sampler_controls *c, const sampler_plan *p, const bar_place *place)
{
	model_context ctx = {.fill = p->fill,
			     .tempo = c->tempo,
			     .hand = c->hand,
			     .bar = (int)(place->bar & INT_MAX),
			     .bar_step = place->step,
			     .bar_len = place->len,
			     .compound = metre_compound(place->metre)};
	memcpy(ctx.style, c->style, sizeof ctx.style);
	ctx.density = density_label(p->ratio, 16.0f * p->mean, fmaxf(0.5f, model_hits_per_bar(s->m)));
	return ctx;
}

void
sampler_draw(sampler *s, void *state, int64_t step, const bar_place *place, const sampler_controls *c,
	     step_event *out)
{
	sampler_state *own = state;
	void *at = sampler_model_part(state);
	sampler_plan p;
	outcome o = {0};
	make_plan(s, own, step, place, c, &p);
	model_context ctx = make_context(s, c, &p, place);
	model_advance(s->m, at, own->begun ? &own->previous : NULL, &ctx);
	if (fixed_come_first(p.tilt.fixed))
		draw_by_chain(s->m, at, &p, &o);
	else
		draw_by_table(s, at, &p, &o);
	learn(own, &p, &o);
	unsigned heard = choose_heard(own, &p, &o, place->len, c);
	if (!heard && c->density > 0.05f)
		heard = wake(&own->density, &p, &o, place, c->soft_mask);
	density_count_silence(&own->density, heard);
	o.mask |= heard;
	memset(out, 0, sizeof *out);
	memset(&own->believed, 0, sizeof own->believed);
	memset(&own->previous, 0, sizeof own->previous);
	for (int i = 0; i < INSTRUMENTS; i++) {
		out->heat[i] = (uint8_t)(255.0f * o.p[i] + 0.5f);
		if (!(o.mask >> i & 1))
			continue;
		bool given = c->lock_mask >> i & 1 && c->locked.hit[i].velocity != SAMPLER_ANY;
		if (given)
			sampler_take_hit(s->m, own, i, &p, c);
		else
			sampler_draw_hit(s->m, own, i, o.mask, &p, c);
		if (heard >> i & 1)
			out->hits.hit[i] = own->believed.hit[i];
	}
	own->begun = true;
	out->bar_step = (uint8_t)place->step;
	out->bar_len = (uint8_t)place->len;
}

const step_hits *
sampler_believed(const void *state)
{
	return &((const sampler_state *)state)->believed;
}

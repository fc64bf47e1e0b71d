/* How the hits of a step are played: velocity, microtiming, strokes. */
#include "model/sampler_state.h"

#include "model/touch.h"
#include "rt/rng.h"

#include <math.h>

/* Class k with log-probabilities log_p, sharpened by the temperature; the likeliest one at 0. */
static int
draw_class(const float *log_p, int n, float temperature, uint64_t bits)
{
	int best = 0;
	double sum = 0, p[MODEL_VELOCITIES];
	for (int k = 1; k < n; k++)
		best = log_p[k] > log_p[best] ? k : best;
	if (temperature <= 0)
		return best;
	for (int k = 0; k < n; k++)
		sum += p[k] = exp((double)(log_p[k] - log_p[best]) / (double)temperature);
	double at = (double)rng_unit(bits) * sum;
	for (int k = 0; k < n; k++) {
		at -= p[k];
		if (at < 0)
			return k;
	}
	return best;
}

static bool
find_touch(const model *m, int i, const sampler_plan *how, const sampler_controls *c, touch *t)
{
	const touch_who who = {c->style, c->hand, how->fill};
	return how->in_fours && touch_mix(m, &who, touch_cell_of(i, how->bar_step), t);
}

/* A hit of classes that have been drawn, as the style would play it. */
static step_hit
touched(const touch *t, step_hit drawn, int velocity, int offset, const sampler_plan *how, uint64_t seed,
	uint64_t i)
{
	const bool cold = how->temperature <= 0;
	const uint64_t n = (uint64_t)how->step;
	drawn.velocity =
	    touch_velocity(t, velocity, cold ? 0.5f : rng_unit(rng_hash(seed, n, DRAW_LOUD + i)));
	if (t->late)
		drawn.offset = step_offset_from_float(
		    touch_offset(t, offset, cold ? 0.5f : rng_unit(rng_hash(seed, n, DRAW_LATE + i))));
	return drawn;
}

void
sampler_draw_hit(const model *m, sampler_state *own, int i, unsigned mask, const sampler_plan *how,
		 const sampler_controls *c)
{
	model_hit_params p;
	uint64_t n = (uint64_t)how->step, k = (uint64_t)i;
	float heat = fminf(how->temperature, 1.2f);
	model_get_hit_params(m, sampler_model_part(own), i, (uint16_t)mask, &p);
	for (int strokes = 1; strokes < STEP_MAX_RATCHET; strokes++)
		p.ratchet[strokes] +=
		    how->roll_shift + (heat > 0 ? rolls_shift(&own->rolls, how->roll_share) : 0.0f);
	int velocity =
	    draw_class(p.velocity, MODEL_VELOCITIES, heat, rng_hash(c->seed, n, DRAW_VELOCITY + k));
	int offset = draw_class(p.offset, MODEL_OFFSETS, heat, rng_hash(c->seed, n, DRAW_OFFSET + k));
	int ratchet = draw_class(p.ratchet, STEP_MAX_RATCHET, heat, rng_hash(c->seed, n, DRAW_RATCHET + k));
	if (heat > 0)
		rolls_learn(&own->rolls, how->roll_share, ratchet > 0);
	const step_hit drawn = {(uint8_t)(velocity + 1), (uint8_t)(ratchet + 1),
				step_offset_from_float(model_offset_value(m, offset))};
	touch t;
	own->previous.hit[i] = own->believed.hit[i] = drawn;
	if (find_touch(m, i, how, c, &t))
		own->believed.hit[i] = touched(&t, drawn, velocity, offset, how, c->seed, k);
}

void
sampler_take_hit(const model *m, sampler_state *own, int i, const sampler_plan *how,
		 const sampler_controls *c)
{
	touch t;
	own->previous.hit[i] = own->believed.hit[i] = c->locked.hit[i];
	if (find_touch(m, i, how, c, &t))
		own->previous.hit[i] = touch_undone(&t, c->locked.hit[i]);
}

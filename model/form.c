#include "model/form.h"

#include "rt/rng.h"

#include <math.h>

/* Streams of random numbers, apart from the sampler's. */
enum { DRAW_HALF = 128, DRAW_OPEN = 144, DRAW_DROP = 160, DRAW_DOUBT = 176 };

bool
form_in_ending(int phrase_bars, const bar_place *at)
{
	const int group = phrase_bars > FORM_GROUP ? phrase_bars : FORM_GROUP;
	if (at->bar % group != group - 1)
		return false;
	return group > FORM_GROUP || at->step >= (at->len + 1) / 2;
}

bool
form_repeats(float repeat, uint64_t seed, const bar_place *at)
{
	const uint64_t half = at->step >= (at->len + 1) / 2;
	return rng_unit(rng_hash(seed, (uint64_t)at->bar, DRAW_HALF + half)) < repeat;
}

bool
form_opens_rest(const form_knobs *k, uint64_t seed, int64_t step, int instrument)
{
	const float more = (k->density - k->composed) / fmaxf(0.01f, 1.0f - k->composed);
	const float chance = 1.0f - (1.0f - fmaxf(0.0f, more)) * (1.0f - fmaxf(0.0f, 2.0f * k->own - 1.0f));
	return rng_unit(rng_hash(seed, (uint64_t)step, DRAW_OPEN + (uint64_t)instrument)) < chance;
}

bool
form_drops_hit(const form_knobs *k, uint64_t seed, int64_t step, int instrument)
{
	return rng_unit(rng_hash(seed, (uint64_t)step, DRAW_DROP + (uint64_t)instrument)) >= 2.0f * k->own;
}

float
form_doubt(float p, bool hit, uint64_t seed, uint32_t draw, int64_t step, int instrument)
{
	const float surprise = fmaxf(0.004f, hit ? 1.0f - p : p);
	const uint64_t own = rng_mix(seed ^ (uint64_t)draw << 32);
	const float u = rng_unit(rng_hash(own, (uint64_t)step, DRAW_DOUBT + (uint64_t)instrument));
	return logf(u + 0x1p-25f) / surprise;
}

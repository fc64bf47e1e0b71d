#include "model/hand.h"

#include "rt/rng.h"

#include <math.h>
#include <string.h>

enum {
	PLACES = 256, /* of microtiming that are told apart, in a step */
	MANY = 12,    /* different ones in a take of any length; in a short one half of the hits' number */
	SOFT = 44,    /* velocities below it are what a programmer leaves out */
	LEVELS = 4
};

bool
hand_is_drummer(const step_hits *step, int n)
{
	bool seen[PLACES] = {false};
	long hits = 0, off = 0, places = 0;
	for (int s = 0; s < n; s++)
		for (int i = 0; i < INSTRUMENTS; i++) {
			const step_hit *h = &step[s].hit[i];
			const int place = (h->offset + STEP_OFFSET_ONE / 2) / (STEP_OFFSET_ONE / PLACES);
			if (!h->velocity)
				continue;
			hits++;
			if (h->offset == 0)
				continue;
			off++;
			places += !seen[place];
			seen[place] = true;
		}
	return 2 * off > hits && (places >= MANY || 2 * places > off);
}

/* The level of a machine, of those that have so many, that is nearest to a velocity; the loudest is an
 * accent. */
static uint8_t
level(uint8_t velocity, int levels)
{
	static const uint8_t of[LEVELS + 1][LEVELS] = {
	    {0}, {96}, {96, 120}, {56, 96, 120}, {32, 56, 84, 112}};
	static const uint8_t from[LEVELS + 1][LEVELS] = {{0}, {0}, {0, 112}, {0, 60, 112}, {0, 44, 70, 98}};
	int k = levels - 1;
	while (velocity < from[levels][k])
		k--;
	return of[levels][k];
}

/* About normal, of standard deviation 1 (a sum of four uniform ones). */
static float
deviation(uint64_t seed, uint64_t of)
{
	float sum = -2.0f;
	for (uint64_t k = 0; k < 4; k++)
		sum += rng_unit(rng_hash(seed, of, k));
	return sum * sqrtf(3.0f);
}

void
hand_recast(step_hits *hits, float hand, uint64_t seed)
{
	static const float late = 0.08f, loud = 10.0f; /* of a step; of velocity */
	for (uint64_t i = 0; i < INSTRUMENTS && hand != 0.0f; i++) {
		step_hit *h = &hits->hit[i];
		if (!h->velocity)
			continue;
		if (hand < 0.0f) {
			*h = (step_hit){level(h->velocity, 3), h->ratchet, 0};
			continue;
		}
		const float velocity = (float)h->velocity + loud * deviation(seed, 2 * i);
		h->velocity = (uint8_t)fmaxf(1.0f, fminf(127.0f, velocity));
		h->offset = step_offset_from_float(
		    fmaxf(-0.49f,
			  fminf(0.49f, step_offset_to_float(h->offset) + late * deviation(seed, 2 * i + 1))));
	}
}

int
hand_program(const step_hits *step, int n, int bar_len, uint64_t *rng, step_hits *out)
{
	const int bars = n / bar_len;
	const int wanted = bars > 1 && rng_next(rng) % 2 ? 2 : 1;
	const int first = bar_len * (int)(rng_next(rng) % (uint64_t)(bars - wanted + 1));
	const int levels = 1 + (int)(rng_next(rng) % LEVELS), loop = wanted * bar_len;
	const bool soft_too = rng_next(rng) % 2;
	for (int s = 0; s < HAND_LOOP_BARS * bar_len; s++)
		for (int i = 0; i < INSTRUMENTS; i++) {
			const step_hit *h = &step[first + s % loop].hit[i];
			const bool kept = h->velocity && (soft_too || h->velocity >= SOFT);
			out[s].hit[i] =
			    kept ? (step_hit){level(h->velocity, levels), 1, 0} : (step_hit){0, 0, 0};
		}
	return loop;
}

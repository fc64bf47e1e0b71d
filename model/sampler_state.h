/* Private to sampler*.c: the sampler's part of a state, and what is decided about a step. */
#ifndef DRUMLIN_SAMPLER_STATE_H
#define DRUMLIN_SAMPLER_STATE_H

#include "model/density.h"
#include "model/model_file.h"
#include "model/rolls.h"
#include "model/sampler.h"

/* In front of the model's state. */
typedef struct sampler_state {
	bool begun;
	step_hits believed; /* what was played: the unheard hits too */
	step_hits previous; /* the same as the network would have drawn it (touch.h): what it is told */
	density_state density;
	rolls_state rolls;
} sampler_state;

enum { SAMPLER_STATE_HEADER = (sizeof(sampler_state) + 63) / 64 * 64 };

static inline void *
sampler_model_part(void *state)
{
	return (unsigned char *)state + SAMPLER_STATE_HEADER;
}

/* What is decided about one step before its hits are drawn. */
typedef struct sampler_plan {
	int64_t step;
	int bar_step;
	bool in_fours; /* beats of four steps: places in the bar are those that the touch knows */
	float fill;
	chain_tilt tilt;
	float ratio, mean; /* hits wanted over hits natural; natural hits per step */
	float thin;        /* share of the hits that is heard; 1 and more: all */
	float temperature;
	float roll_shift; /* log-odds of rolls, by the control */
	float roll_share; /* how many of the hits are to be rolls; 0 unknown */
	unsigned neutral; /* those that are free to follow the density control */
	float u[INSTRUMENTS];
} sampler_plan;

/* Streams of random numbers within a step, apart from the twelve hits'. */
enum {
	DRAW_HIT = 0,
	DRAW_VELOCITY = 16,
	DRAW_OFFSET = 32,
	DRAW_RATCHET = 48,
	DRAW_THIN = 64,
	DRAW_LOUD = 80,
	DRAW_LATE = 96
};

/* Draws hit i of a step whose instruments are `mask`, or takes in one that is given: into both of what the
 * state remembers. At temperature 0 nothing is learned: what is likeliest is not steered. */
void sampler_draw_hit(const model *m, sampler_state *own, int i, unsigned mask, const sampler_plan *how,
		      const sampler_controls *c);
void sampler_take_hit(const model *m, sampler_state *own, int i, const sampler_plan *how,
		      const sampler_controls *c);

#endif

/* Draws steps from a model under the performer's controls.
 *
 * Deterministic: what step n becomes depends only on the state before it, the controls and the seed. Every
 * instrument's draw has a random number of its own, hashed from seed, step and instrument, so that a step
 * drawn again under slightly other controls differs slightly.
 * Below density 0.5 the network plays on as by itself and only the strongest of its hits are heard; its
 * history keeps the others too, so that the knob uncovers one and the same groove. Locked hits are always
 * heard, and are history as they are, but for the touch (touch.h), which is taken off. Controls out of range
 * are clamped; NaN is the default. The whole state is flat memory (sampler_state_size bytes, 64-byte aligned)
 * that the composer copies to save and restore. One thread at a time. */
#ifndef DRUMLIN_SAMPLER_H
#define DRUMLIN_SAMPLER_H

#include "model/model.h"
#include "rt/metre.h"

typedef struct sampler_controls {
	float temperature;                     /* 0..2; 0 deterministic, 1 as trained */
	float density;                         /* 0..1; 0.5 as the style plays */
	float instrument_density[INSTRUMENTS]; /* 0..1; 0.5 neutral, 0 never, 1 very often */
	float rolls;                   /* 0..1, likewise for rolls (rolls.h); 0.5: the style's share */
	float style[MODEL_MAX_STYLES]; /* weights, sum 1; all zero: no style */
	float hand;                    /* of the model's context */
	float tempo;                   /* quarters a minute; 0 unknown */
	float fill;                    /* 0 beat .. 1 fill */
	uint64_t seed;
	/* Instruments whose part of this step is given: locked bit set; its hit is taken from `locked`
	 * (velocity 0: silent) and the others are drawn conditionally on it. A hit of velocity SAMPLER_ANY is
	 * played as the network would play it. */
	uint16_t lock_mask;
	step_hits locked;
	/* Those of the locked that follow the density all the same, as if they had just been composed: below
	 * the middle only the strongest are heard. soft_density: what they were composed under. */
	uint16_t soft_mask;
	float soft_density;
} sampler_controls;

enum { SAMPLER_ANY = 255 };

typedef struct sampler sampler;

/* The model is borrowed and must outlive the sampler. Errors: DR_FAILED (memory). */
dr_status sampler_new(const model *m, sampler **out, dr_error *err) DR_CHECKED;
void sampler_free(sampler *s);

size_t sampler_state_size(const sampler *s);
void sampler_state_init(const sampler *s, void *state);

/* Forgets what was played, but not what has been learned about density and rolls on the way. */
void sampler_forget(const sampler *s, void *state);

/* Draws step number `step`, at this place in the bars, and takes it into the
 * state's history. out->heat is the probability of each instrument before the controls' lock; out->flags 0.
 * To put something else into the history than what was drawn (frozen loops, edited cells, played pads) use
 * lock_mask. */
void sampler_draw(sampler *s, void *state, int64_t step, const bar_place *place, const sampler_controls *c,
		  step_event *out);

/* What was played on the step drawn last: the unheard hits too. */
const step_hits *sampler_believed(const void *state);

#endif

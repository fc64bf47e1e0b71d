/* A step: what is played within one 16th note. Plain data, passed by value between all parts. */
#ifndef DRUMLIN_STEP_H
#define DRUMLIN_STEP_H

#include "rt/instrument.h"

#include <stdint.h>

enum {
	STEP_OFFSET_ONE = 65536, /* offset units in one step */
	STEP_MAX_RATCHET = 4,
	STEP_MAX_BAR = 32, /* steps in the longest bar */
	STEP_MIN_BAR = 8
};

/* One instrument's hit. velocity 0 means that there is none (the other fields are then 0). */
typedef struct step_hit {
	uint8_t velocity; /* 0 none, 1..127 */
	uint8_t ratchet;  /* 1..4 even strokes within the step */
	int16_t offset;   /* microtiming in 1/65536 step: [-0.5, 0.5) step */
} step_hit;

/* One step of a pattern: the twelve hits. */
typedef struct step_hits {
	step_hit hit[INSTRUMENTS];
} step_hits;

enum { STEP_FLAG_FILL = 1, STEP_FLAG_FROZEN = 2 };

/* One step of the plan: the hits and what the screen shows about them. */
typedef struct step_event {
	step_hits hits;
	uint8_t heat[INSTRUMENTS]; /* the network's own probability of a hit, 0..255 */
	uint8_t bar_step;          /* place in the bar, 0 is the downbeat */
	uint8_t bar_len;           /* steps in this bar, 8..32 */
	uint8_t flags;             /* STEP_FLAG_* */
} step_event;

/* offset of a hit as a fraction of a step, and back (clamped to [-0.5, 0.5)). */
static inline float
step_offset_to_float(int16_t offset)
{
	return (float)offset / (float)STEP_OFFSET_ONE;
}

static inline int16_t
step_offset_from_float(float steps)
{
	float scaled = steps * (float)STEP_OFFSET_ONE;
	if (!(scaled >= -32768.0f))
		return INT16_MIN;
	if (scaled > 32767.0f)
		return INT16_MAX;
	return (int16_t)scaled;
}

/* Bit i is set where instrument i hits. */
static inline uint16_t
step_mask(const step_hits *s)
{
	uint16_t mask = 0;
	for (int i = 0; i < INSTRUMENTS; i++)
		mask = (uint16_t)(mask | (s->hit[i].velocity ? 1u << i : 0u));
	return mask;
}

#endif

/* The step plan: what the composer has written ahead of the playhead.
 *
 * A window of PLAN_STEPS slots, indexed by step number; one writer (the composer), any number of
 * readers (the audio thread, the screen). Each slot is a sequence lock whose payload is itself atomic
 * words (Boehm, "Can seqlocks get along with programming language memory models?", MSPC 2012), so a
 * read is a bounded number of instructions: it succeeds, or says that the step is missing or being rewritten.
 */
#ifndef DRUMLIN_PLAN_H
#define DRUMLIN_PLAN_H

#include "rt/step.h"

#include <stdalign.h>
#include <stdatomic.h>
#include <stdbool.h>

enum { PLAN_STEPS = 256, PLAN_WORDS = 16 };

typedef struct plan_slot {
	alignas(64) _Atomic uint32_t sequence; /* odd while being written */
	_Atomic int64_t step;                  /* which step is in here; -1 none */
	alignas(64) _Atomic uint32_t word[PLAN_WORDS];
} plan_slot;

typedef struct plan {
	_Atomic uint32_t
	    epoch; /* the relocation (engine_status.epoch) that the steps ahead were written after */
	plan_slot slot[PLAN_STEPS];
} plan;

/* All steps missing. Before any other thread uses p. */
void plan_init(plan *p);

/* Writes step number `step` >= 0, over whatever its slot held. [composer] */
void plan_write(plan *p, int64_t step, const step_event *event);

/* Copies step number `step` into *event; false if it is missing or being rewritten. Wait-free. [any] */
bool plan_read(const plan *p, int64_t step, step_event *event);

/* Says that the step at the playhead was written after this relocation: steps of an earlier one may still be
 * read, but a start waits. */
void plan_set_epoch(plan *p, uint32_t epoch); /* [composer] */
uint32_t plan_get_epoch(const plan *p);       /* [any] */

#endif

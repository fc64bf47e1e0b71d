/* The sequencer: takes steps from the plan when their windows open and says on which frame each
 * stroke sounds. [audio]; owned by the audio thread. */
#ifndef DRUMLIN_SEQ_H
#define DRUMLIN_SEQ_H

#include "rt/clock.h"
#include "rt/plan.h"

enum {
	SEQ_PENDING = 256,
	SEQ_HISTORY = 64,
	SEQ_GRACE = 64 /* a place that is this part of a step behind a line is the line */
};

/* One stroke waiting for its time. */
typedef struct seq_stroke {
	int64_t step;
	int32_t offset; /* from the step, in 1/65536 step: microtiming, swing and ratchet together */
	uint8_t instrument, velocity;
} seq_stroke;

/* A stroke that is due in this period. */
typedef struct seq_event {
	uint32_t frame; /* within the period */
	seq_stroke stroke;
} seq_event;

typedef struct seq {
	int64_t next_step; /* the first step that has not been taken from the plan */
	seq_stroke pending[SEQ_PENDING];
	uint32_t n_pending;
	/* What was played, by step number, for steps that the composer could not deliver. */
	step_event history[SEQ_HISTORY];
	int64_t history_step[SEQ_HISTORY]; /* -1 none */
	uint32_t underruns;                /* steps that the plan did not have */
	uint32_t dropped; /* strokes that found no room: cannot happen with twelve instruments */
} seq;

void seq_init(seq *s);

/* Forgets what is pending and goes on with the first step at or after the clock's position. A line that lies
 * behind by less than 1/SEQ_GRACE step counts: whoever locates to it rounds to a frame or a tick. */
void seq_locate(seq *s, const song_clock *c);

/* Drops strokes that have not sounded (on stop). */
void seq_clear_pending(seq *s);

/* Takes every step whose window opens within the next `frames`, and fills events (room for
 * SEQ_PENDING) with the strokes due in them, in order of time. Strokes whose time has passed are due at
 * frame 0. swing 0..1, humanize 0..1 as in the parameter table. Returns their number. */
uint32_t seq_run(seq *s, const song_clock *c, const plan *p, uint32_t frames, float swing, float humanize,
		 seq_event *events);

#endif

/* What the audio thread has played, on its way to disk: sound and hits, through rings between it and one
 * thread that writes.
 *
 * Wait-free for the audio thread. Where the other side falls behind, frames are lost, counted, and marked at
 * their place, so that what comes after them keeps its time. */
#ifndef DRUMLIN_TAPE_H
#define DRUMLIN_TAPE_H

#include "rt/instrument.h"
#include "rt/status.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct tape tape;

enum { TAPE_MAIN = 2, TAPE_ALL = TAPE_MAIN + 2 * INSTRUMENTS };

/* Frames at a place of the recording that are not there. */
typedef struct tape_gap {
	uint64_t at; /* frames read before it */
	uint32_t frames;
} tape_gap;

typedef struct tape_hit {
	uint64_t frame; /* since the tape's beginning, gaps included */
	float tempo;    /* bpm in force */
	float beat;     /* place in the bar, in quarters */
	uint8_t instrument, velocity;
} tape_hit;

/* Room for some two seconds, all pages touched; all: the twelve instruments' outputs beside main. Errors:
 * DR_FAILED (memory). [control] */
dr_status tape_new(bool all, uint32_t rate, tape **out, dr_error *err) DR_CHECKED;
void tape_free(tape *t); /* when the engine has let go of it [control] */
int tape_channels(const tape *t);
uint32_t tape_rate(const tape *t);

/* A segment of the period. bus: the twelve channels. Frames at another rate than the tape's are lost. [audio]
 */
void tape_write(tape *t, uint32_t rate, uint32_t frames, const float *left, const float *right,
		const float *const bus[2 * INSTRUMENTS]);

/* A hit `ahead` frames after what has been written. [audio] */
void tape_strike(tape *t, uint32_t ahead, float tempo, float beat, int instrument, int velocity);

/* Up to `frames` frames, interleaved (main left and right, BD left ...); gaps are silence. Returns how many;
 * 0: nothing is there now. [writer] */
uint32_t tape_read(tape *t, float *interleaved, uint32_t frames);
bool tape_read_hit(tape *t, tape_hit *hit); /* [writer] */
uint64_t tape_lost(const tape *t);          /* frames lost so far [any] */

#endif

/* The delay: echoes that go from side to side, in time with the music. [audio] but where said.
 *
 * The left line takes what is sent, the right one what the left has played, and the left again what the right
 * has: the first echo is left, the second right. Each pass goes through a low pass (tone) and a fixed high
 * pass. Where the time changes (another note value, a new tempo), the old echoes fade into the new ones in 30
 * ms: no click, no gliding pitch. */
#ifndef DRUMLIN_DELAY_H
#define DRUMLIN_DELAY_H

#include "rt/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { DELAY_FRAMES = 1 << 19 }; /* of each line: 10.9 s at 48 kHz, 2.7 s at 192 */

typedef struct delay_settings {
	float frames;   /* wanted length; what is longer than the lines is halved until it fits */
	float feedback; /* 0..0.95 */
	float tone;     /* Hz */
} delay_settings;

typedef struct delay {
	float *line[2]; /* DELAY_FRAMES each, one block; owned */
	uint32_t rate;
	uint32_t write;  /* place of the next frame */
	uint32_t filled; /* frames written since the last reset: what is older is silence */
	uint32_t quiet;  /* frames since something was heard in the lines or sent */
	uint32_t tap, next_tap;
	float fade; /* 0..1 from tap to next_tap */
	bool started;
	float feedback, tone;   /* reached at the end of the last chunk; tone as a coefficient */
	float tone_hz, tone_to; /* the last one wanted, and as a coefficient */
	float base_step;        /* the high pass's coefficient */
	float low[2], base[2];
} delay;

/* All pages touched. Errors: DR_FAILED (memory). [set-up] */
dr_status delay_new(delay *d, dr_error *err) DR_CHECKED;
void delay_free(delay *d); /* [set-up] */
size_t delay_bytes(void);

/* Empties it in no time. */
void delay_reset(delay *d, uint32_t rate);

/* True while something is to be heard from it, even if nothing is sent. */
bool delay_sounds(const delay *d);

/* Takes what is sent (mono) and writes the echoes. */
void delay_run(delay *d, const delay_settings *to, const float *in, uint32_t frames, float *left,
	       float *right);

#endif

/* Musical time in exact integers.
 *
 * Tempo is held in millionths of a bpm (T) and a position as a step number and a fraction in units of
 * 1/U step, where U = 60e6 * rate / steps per quarter (four; six on the triplet grid). In these units one
 * frame is exactly T, so positions advance by integer addition and no error ever accumulates, at any tempo,
 * rate and length of set. A tempo change takes effect at the frame where it is made, from the position
 * reached (promise 1); a change of the grid at a step that is announced ahead.
 * Plain data and pure functions; the audio thread owns its clock. */
#ifndef DRUMLIN_CLOCK_H
#define DRUMLIN_CLOCK_H

#include <stdint.h>

typedef struct clock_pos {
	int64_t step;
	int64_t frac; /* 0 .. U-1 */
} clock_pos;

typedef struct song_clock {
	uint32_t rate; /* frames a second */
	int64_t unit;  /* U: units in one step */
	int64_t tempo; /* T: millionths of a bpm = units in one frame */
	clock_pos now; /* position of the next frame to be played */
	int64_t turn;  /* the step from which on a step is turn_unit long; INT64_MAX: none */
	int64_t turn_unit;
} song_clock;

/* At step 0. tempo in bpm is rounded to a millionth. */
void clock_init(song_clock *c, uint32_t rate, double bpm);
void clock_set_tempo(song_clock *c, double bpm);
double clock_get_tempo(const song_clock *c); /* bpm */

/* Steps per quarter note: at once (the position's step number stays), or from the bar line at step `from` on.
 * The last call counts. */
void clock_set_grid(song_clock *c, int steps_per_quarter);
void clock_turn_grid(song_clock *c, int64_t from, int steps_per_quarter);

/* Keeps the musical position (to the nearest unit) at a new sample rate. */
void clock_set_rate(song_clock *c, uint32_t rate);

void clock_advance(song_clock *c, uint32_t frames);

/* Moves to a position given in steps (negative values become 0; beyond the turn of the grid it has turned),
 * or to the place that `frames` at the present tempo from step 0 would reach. */
void clock_locate(song_clock *c, double steps);
void clock_locate_frame(song_clock *c, uint64_t frames);

/* Position in steps, for display and comparison (not exact). */
double clock_steps(const song_clock *c);

/* Frames from now to the rounded frame of the position step + offset/65536 (offset may exceed one
 * step); negative if it has passed. Rounds half up. |step - now| is bounded to 2^20 steps. */
int64_t clock_frames_until(const song_clock *c, int64_t step, int64_t offset);

/* The first step whose window (from half a step before its time) has not begun `frames` from now. */
int64_t clock_open_step(const song_clock *c, uint32_t frames);

#endif

/* Sending MIDI clock: which frames of a period have a tick. Plain data and pure functions. [audio]
 *
 * Ticks lie on the song's own time (24 a quarter, each rounded to its frame) while it rolls; in between,
 * where they are asked for, they go on from the last one at the present tempo, so that a slave keeps its own.
 */
#ifndef DRUMLIN_MIDI_CLOCK_OUT_H
#define DRUMLIN_MIDI_CLOCK_OUT_H

#include "rt/clock.h"
#include "rt/metre.h"

#include <stdbool.h>

typedef struct midi_clock_out {
	int64_t next; /* number of the next tick since the line that `from` counts from */
	int64_t from; /* a bar line's step */
	double idle;  /* frames to the next tick while nothing rolls */
	bool aligned; /* next means something */
	bool cued;    /* slaves have been told a place, and wait there */
	int begins;   /* of the last run: the tick just before which they are to start; -1 none */
} midi_clock_out;

/* Forgets the place: the next tick is the first one at or after the clock's position. Slaves that are told a
 * song position take the tick after "start" or "continue" for that 16th's own, so they are started by the
 * first tick of a 16th. */
void midi_clock_out_locate(midi_clock_out *m);

/* Frames (below `frames`, rising) from now at which a tick is due while the song rolls; counts them as sent.
 * Returns their number, at most `room`. */
int midi_clock_out_run(midi_clock_out *m, const song_clock *c, const bar_map *bars, uint32_t frames,
		       uint32_t *at, int room);

/* The same while nothing rolls. */
int midi_clock_out_idle(midi_clock_out *m, const song_clock *c, uint32_t frames, uint32_t *at, int room);

/* Song position in 16ths for the SPP message: of the first 16th at or after this place. Bars count by their
 * own lengths. */
uint16_t midi_clock_out_position(const song_clock *c, const bar_map *bars);

#endif

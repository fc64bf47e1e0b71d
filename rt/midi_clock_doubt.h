/* Ticks of MIDI clock that are not where they should be.
 *
 * One that comes late, and one that comes when the one before it never did, look the same: what follows tells
 * them apart. The late one's followers are back on the old line; the others are on one that is a tick on.
 * Until that is clear the song coasts, which is right in either case, and the ticks wait in m->doubtful to be
 * numbered. Pure functions; private to midi_clock_in.c. [audio] */
#ifndef DRUMLIN_MIDI_CLOCK_DOUBT_H
#define DRUMLIN_MIDI_CLOCK_DOUBT_H

#include "rt/midi_clock_in.h"

#define MIDI_CLOCK_DOUBTFUL 0.45 /* periods by which a tick is off that may be another */

/* What has become of the doubtful ticks. */
typedef struct midi_clock_verdict {
	int missed; /* ticks that never came; negative: that had been taken for such wrongly */
	int until[MIDI_CLOCK_DOUBT]; /* of them, those before each tick */
	bool late[MIDI_CLOCK_DOUBT]; /* for once: they say nothing about the tempo */
	bool jumps;                  /* the tempo does; to one of .. */
	double pace;                 /* ..so many frames a tick */
} midi_clock_verdict;

/* True once it can be judged: they come one by one again, not in a heap that something has held back; or they
 * are too many, or the tempo has plainly jumped. */
bool midi_clock_settled(const midi_clock_in *m);

/* True if a tick that comes now comes after another gap, and the one before can be judged by what there is.
 */
bool midi_clock_gap(const midi_clock_in *m, double frame);

/* m->n_doubtful is 1 or more. */
void midi_clock_judge(const midi_clock_in *m, midi_clock_verdict *out);

#endif

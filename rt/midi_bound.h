/* Which MIDI control moves which parameter, for displays to say so.
 *
 * Written by the thread that knows the maps, read by any: a word per parameter, each of which stands alone.
 */
#ifndef DRUMLIN_MIDI_BOUND_H
#define DRUMLIN_MIDI_BOUND_H

#include "rt/midi_map.h"

enum { MIDI_BOUND_TEXT = 16 };

typedef struct midi_bound {
	_Atomic uint32_t control[PARAM_SLOTS]; /* 0: none; relaxed */
} midi_bound;

/* What is gathered before it is shown; begins as all zeros. */
typedef struct midi_bound_list {
	uint32_t control[PARAM_SLOTS];
} midi_bound_list;

/* Adds a map's controls to the parameters that have none yet: whose map comes first is told. Keys and buttons
 * that set a value of their own are not what moves a parameter. Pure. */
void midi_bound_add(midi_bound_list *l, const midi_map *m);

/* Shows the list from here on. [one thread] */
void midi_bound_show(midi_bound *b, const midi_bound_list *l);

/* The control of a slot as "CC16", "3:CC16" (of channel 3), "NRPN5", "note36", "bend", "pressure"; empty if
 * there is none. [any] */
const char *midi_bound_text(const midi_bound *b, int slot, char text[MIDI_BOUND_TEXT]);

#endif

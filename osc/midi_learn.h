/* MIDI learn: the parameter that was touched last, and the next control that moves, belong together.
 *
 * Touch a parameter (on the screen, a tablet, the keyboard) while `learn` is on, then move a control. Pure
 * but for its own state; owned by the thread that feeds it. */
#ifndef DRUMLIN_MIDI_LEARN_H
#define DRUMLIN_MIDI_LEARN_H

#include "rt/midi_map.h"

typedef struct midi_learn {
	midi_decoder decoder;
	midi_event first; /* the control that has moved once */
	bool moved;
} midi_learn;

void midi_learn_init(midi_learn *l);

/* Takes a channel message that came in while learning. True once it is clear what moves and how: *b binds it
 * to the parameter touched last. Two values tell a knob from an encoder and from a button; a key is clear at
 * once. */
bool midi_learn_feed(midi_learn *l, const params *p, const uint8_t *message, size_t size, midi_binding *b);

/* Puts what was learned in the place of what the same parameter had; false if there is no room. */
bool midi_learn_keep(midi_map *learned, const midi_binding *b);

/* Forgets what was learned for a slot; false if there was nothing. */
bool midi_unlearn(midi_map *learned, int slot);

/* The learned map as text, malloc'd; NULL without memory. */
char *midi_learn_text(const midi_map *learned);

#endif

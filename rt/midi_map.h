/* What incoming MIDI does: notes play instruments, controllers move parameters or give commands.
 *
 * A map is immutable once in use, so the audio thread (JACK MIDI) and the PortMIDI thread apply the same
 * one without synchronisation. Pure functions; any thread. */
#ifndef DRUMLIN_MIDI_MAP_H
#define DRUMLIN_MIDI_MAP_H

#include "rt/param.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct midi_binding {
	uint8_t controller; /* 0..127, on any channel */
	bool command;       /* target is a command_id, given on values of 64 and more; else a slot */
	bool toggle;        /* a button that flips its parameter on values of 64 and more */
	int16_t target;
	int8_t instrument; /* of a per-instrument command, else -1 */
} midi_binding;

enum { MIDI_MAP_BINDINGS = 128 };
typedef struct midi_map {
	midi_binding binding[MIDI_MAP_BINDINGS];
	int n_bindings;
} midi_map;

/* The map built in: the layout of eight faders, eight knobs and three rows of buttons that the
 * nanoKONTROL2 has in its factory setting (faders CC 0-7, knobs 16-23, S 32-39, M 48-55, transport 41-46). */
void midi_map_default(midi_map *m);

typedef enum midi_action_kind { MIDI_NOTHING, MIDI_PARAM, MIDI_COMMAND, MIDI_NOTE } midi_action_kind;
typedef struct midi_action {
	midi_action_kind kind;
	int slot;    /* MIDI_PARAM */
	float value; /* MIDI_PARAM: in the parameter's units; MIDI_COMMAND: 1 */
	command_id command;
	int instrument;   /* MIDI_NOTE, and commands of one instrument */
	uint8_t velocity; /* MIDI_NOTE: 1..127 */
} midi_action;

/* What one channel message asks for; up to max actions, returns their number. Anything that is not a
 * complete note-on or control change is nothing. p is read for toggles. */
int midi_map_apply(const midi_map *m, const params *p, const uint8_t *message, size_t size,
		   midi_action *actions, int max);

#endif

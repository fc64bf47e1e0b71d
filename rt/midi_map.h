/* What incoming MIDI does: a map of bindings from controls to targets.
 *
 * A map is immutable once in use; what a hand has done so far is kept beside it, in a midi_hand of the thread
 * that applies it. So the audio thread (JACK MIDI) and the MIDI ports' thread use the same code, each with
 * its own hand, without synchronisation. Only the pages of a grid are shared, as atomics: who shows them is
 * another thread. Pure functions but for that; any thread. midi_map.c makes maps, midi_apply.c applies them.
 */
#ifndef DRUMLIN_MIDI_MAP_H
#define DRUMLIN_MIDI_MAP_H

#include "rt/midi_decode.h"
#include "rt/param.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum midi_to { MIDI_TO_SLOT, MIDI_TO_COMMAND, MIDI_TO_CELL, MIDI_TO_PAGE } midi_to;
typedef enum midi_axis {
	MIDI_PAGE_STEPS,
	MIDI_PAGE_ROWS,
	MIDI_PAGE_BARS,
	MIDI_PAGE_LAYERS,
	MIDI_AXES
} midi_axis;

typedef struct midi_target {
	uint8_t to;        /* midi_to */
	int8_t instrument; /* of a command or a cell (then -1: the grid's row says); else -1 */
	uint8_t row,
	    step; /* of a cell, from the top left of what its page shows; step is the bar's without a grid */
	int16_t which; /* slot, command, midi_axis */
	bool has_value;
	float value; /* what is set or commanded; of a page its number, from 0 */
	int8_t move; /* of a page: +1 or -1, 0 sets */
} midi_target;

typedef enum midi_how {
	MIDI_ABSOLUTE,
	MIDI_PRESS, /* acts when it goes down: commands, cells, pages, a fixed value */
	MIDI_TOGGLE,
	MIDI_MOMENTARY, /* the range's end while it is down, its beginning when not */
	MIDI_TWOS,      /* relative: 1, 2 .. forth, 127, 126 .. back */
	MIDI_OFFSET,    /* relative: 65, 66 .. forth, 63, 62 .. back */
	MIDI_SIGN       /* relative: 1, 2 .. forth, 65, 66 .. back */
} midi_how;

typedef enum midi_curve { MIDI_CURVE_OWN, MIDI_CURVE_LINEAR, MIDI_CURVE_LOG } midi_curve;

typedef struct midi_binding {
	uint8_t from;   /* midi_from */
	int8_t channel; /* 0..15, or -1 for any */
	uint16_t number;
	uint8_t how, curve;
	bool pickup;     /* an absolute control acts only once it has met its parameter */
	bool ranged;     /* low and high are given; they may be reversed */
	uint8_t group;   /* whose grid and pages */
	uint8_t layer;   /* acts while this layer is on top; 0: always */
	float low, high; /* in the parameter's units */
	float step;      /* of a relative control, in the parameter's units; 0: 1/128 of the way */
	midi_target target;
} midi_binding;

/* The window through which a device shows the pattern, and what else its pads can be. */
typedef struct midi_grid {
	uint8_t layers;        /* 0: it has none */
	uint8_t rows, columns; /* 0: there is none */
	uint8_t n_instruments;
	int8_t instrument[INSTRUMENTS]; /* from top to bottom */
} midi_grid;

/* Which page of it: whoever applies the map turns them, whoever lights the device reads them (relaxed: each
 * stands alone). */
typedef struct midi_pages {
	_Atomic int at[MIDI_AXES];
} midi_pages;

enum { MIDI_MAP_BINDINGS = 512, MIDI_MAP_GROUPS = 8 };
typedef struct midi_map {
	midi_binding binding[MIDI_MAP_BINDINGS]; /* sorted by control */
	int n_bindings;
	uint16_t drums; /* channels, a bit each, whose unbound notes play instruments */
	midi_grid grid[MIDI_MAP_GROUPS];
	midi_pages *pages[MIDI_MAP_GROUPS]; /* borrowed; NULL: the first page */
	int n_groups;
} midi_map;

/* The map built in, for want of any file: the layout of eight faders, eight knobs and three rows of buttons
 * that the nanoKONTROL2 has in its factory setting (faders CC 0-7, knobs 16-23, S 32-39, M 48-55, transport
 * 41-46), and notes that play. */
void midi_map_default(midi_map *m);

/* Adds a binding at its place, behind those of the same control; false if the map is full. */
bool midi_map_add(midi_map *m, const midi_binding *b);

/* Adds all of another map, as groups of their own. overriding: what it binds is taken from those before.
 * False if not all of it found room. */
bool midi_map_join(midi_map *m, const midi_map *other, bool overriding);

/* The first binding of a control (others follow), or where it would be. */
int midi_map_find(const midi_map *m, midi_from from, uint16_t number);

/* The two bindings answer to one and the same control on a common channel. */
bool midi_same_control(const midi_binding *a, const midi_binding *b);

/* What the hand that applies a map remembers. */
typedef struct midi_takeover {
	float last; /* where the control was, 0..1; negative: not known */
	uint32_t version;
	bool holds; /* it has met its parameter, and nobody has moved that since `version` */
} midi_takeover;
typedef struct midi_hand {
	midi_decoder decoder;
	midi_takeover takeover[MIDI_MAP_BINDINGS];
} midi_hand;

void midi_hand_init(midi_hand *h);
/* Another map is in force: all controls have to meet their parameters anew. */
void midi_hand_forget(midi_hand *h);

typedef enum midi_action_kind {
	MIDI_NOTHING,
	MIDI_PARAM,
	MIDI_COMMAND,
	MIDI_NOTE,
	MIDI_CELL
} midi_action_kind;
typedef struct midi_action {
	midi_action_kind kind;
	int slot;    /* MIDI_PARAM; MIDI_CELL: the cell's index */
	float value; /* MIDI_PARAM: in the parameter's units; MIDI_COMMAND */
	command_id command;
	int instrument;   /* MIDI_NOTE, and commands of one instrument */
	uint8_t velocity; /* MIDI_NOTE: 1..127 */
	cell cell;        /* MIDI_CELL */
} midi_action;

/* What one channel message asks for; up to max actions, returns their number. Anything that is not a complete
 * channel message is nothing. p is read for toggles, relative controls and takeover; pages are turned here.
 */
int midi_map_apply(const midi_map *m, midi_hand *h, const params *p, const uint8_t *message, size_t size,
		   midi_action *actions, int max);

/* True if the message comes from a plain controller or a pad that moves this parameter now: what switches
 * learning off is not to be learned itself. [any] */
bool midi_map_moves(const midi_map *m, const params *p, const uint8_t *message, size_t size, int slot);

/* The cell's index that a target means now, or -1 where its page shows none. [any] */
int midi_map_cell(const midi_map *m, int group, const midi_target *t, const params *p);

/* True if a binding acts now: its layer is on top. [any] */
bool midi_map_acts(const midi_map *m, const midi_binding *b, const params *p);

/* Number of pages along an axis, at least 1. [any] */
int midi_map_pages(const midi_map *m, int group, midi_axis axis, const params *p);
int midi_map_page(const midi_map *m, int group, midi_axis axis, const params *p); /* the present one */
void midi_map_turn(const midi_map *m, const midi_binding *b,
		   const params *p); /* as a binding to a page says */

#endif

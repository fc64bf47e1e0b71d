/* Parameters: their descriptions (constant, from param_table.h) and their values (shared, atomic).
 *
 * Any thread may read and set values at any time, the audio thread included: a value and who set it are
 * one atomic word, the latest setting wins, nothing waits. Units and ranges are those of the table. */
#ifndef DRUMLIN_PARAM_H
#define DRUMLIN_PARAM_H

#include "rt/cell.h"
#include "rt/instrument.h"
#include "rt/param_table.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

enum {
#define P(id, ...) PARAM_##id,
	PARAM_GLOBALS(P)
#undef P
	    PARAM_GLOBAL_COUNT
};

enum {
#define P(id, ...) PARAM_##id,
	PARAM_INSTRUMENTS(P)
#undef P
	    PARAM_INSTRUMENT_COUNT
};

/* A slot holds one value: the global parameters, then twelve of each instrument parameter. */
enum { PARAM_SLOTS = PARAM_GLOBAL_COUNT + PARAM_INSTRUMENT_COUNT * INSTRUMENTS };

static inline int
param_slot(int instrument_param, int instrument)
{
	return PARAM_GLOBAL_COUNT + instrument_param * INSTRUMENTS + instrument;
}

typedef enum command_id {
#define C(id, ...) COMMAND_##id,
	PARAM_COMMANDS(C)
#undef C
	    COMMANDS
} command_id;

typedef enum param_kind {
	PARAM_KIND_FLOAT,
	PARAM_KIND_INTEGER,
	PARAM_KIND_TOGGLE,
	PARAM_KIND_CHOICE /* an integer whose values have names: the unit lists them, "off|low|band" */
} param_kind;
typedef enum param_curve { PARAM_CURVE_LINEAR, PARAM_CURVE_LOG } param_curve;
enum {
	PARAM_FLAG_SAVED = 1,  /* belongs to the session */
	PARAM_FLAG_REPLAN = 2, /* a change makes the composer plan anew */
	PARAM_FLAG_SET = 4,    /* belongs to the whole set, not to a scene */
	PARAM_FLAG_SHOWN = 8   /* told, never set from outside */
};

typedef struct param_desc {
	const char *path; /* below /drumlin/ (and the instrument's name) */
	param_kind kind;
	float low, high, initial;
	const char *unit;
	param_curve curve;
	float smoothing_ms;
	unsigned flags;
	const char *help;
} param_desc;

typedef struct command_desc {
	const char *path;
	bool per_instrument;
	const char *help;
} command_desc;

/* True for the parameters that hold the number of a style; files and messages may give its name instead. */
static inline bool
param_is_style(int slot)
{
	return slot == PARAM_STYLE || (slot >= PARAM_STYLE_2 && slot <= PARAM_STYLE_4);
}

/* Description of a slot or command. Constant; any thread. */
const param_desc *param_describe(int slot);
const command_desc *command_describe(command_id id);
int param_slot_instrument(int slot); /* 0..11, or -1 for a global one */

/* Writes the slot's path without the leading /drumlin/ ("BD/level") and returns buf. */
enum { PARAM_PATH_MAX = 32 };
const char *param_path(int slot, char buf[PARAM_PATH_MAX]);

/* The same for a command ("play", "BD/trigger"); instrument is -1 for a global one. */
const char *command_path(command_id id, int instrument, char buf[PARAM_PATH_MAX]);

/* Slot or command of a path without the leading /drumlin/. -1 if there is none; *instrument is set for
 * instrument commands, -1 otherwise. Not the audio thread (slow). */
int param_find(const char *path);
int command_find(const char *path, int *instrument);

/* The value that a name of a choice stands for, or -1; and the name of a value (empty where there is none).
 * Not the audio thread (slow). */
enum { PARAM_CHOICE_MAX = 16 };
int param_choice(int slot, const char *name);
const char *param_choice_name(int slot, int value, char buf[PARAM_CHOICE_MAX]);

/* The slot's upper end: the table's, but for the style, which ends where the model's styles do. [any] */
typedef struct params params;
float params_high(const params *p, int slot);

/* Position on a 0..1 fader, by the parameter's curve, and back (clamped, integers rounded). Any thread. */
float param_to_unit(int slot, float value);
float param_from_unit(int slot, float unit);

/* Who moved a control; feedback does not go back there. OSC peers and MIDI ports take numbers from
 * PARAM_SOURCE_FIRST_PEER on. */
enum {
	PARAM_SOURCE_NONE,
	PARAM_SOURCE_SCREEN,
	PARAM_SOURCE_JACK_MIDI,
	PARAM_SOURCE_ENGINE,
	PARAM_SOURCE_LINK,
	PARAM_SOURCE_HOST, /* what the sound server has brought about */
	PARAM_SOURCE_FIRST_PEER
};

_Static_assert(ATOMIC_LLONG_LOCK_FREE == 2, "a setting is one word that no processor locks for");

struct params {
	_Atomic uint64_t setting[PARAM_SLOTS]; /* the value's bits, and above them who set it */
	_Atomic uint32_t version[PARAM_SLOTS]; /* counts the settings of this slot */
	_Atomic uint32_t changes;              /* counts all settings */
	_Atomic uint32_t replan_changes;       /* counts those that concern the composer */
	_Atomic uint32_t pulse[COMMANDS];      /* counts commands whose reader polls (fill) */
	_Atomic int32_t last_slot;             /* last control touched; -1 none yet */
	_Atomic int32_t styles;        /* how many the model knows: the style's real upper end; 0 not known */
	_Atomic uint32_t cell[CELLS];  /* packed; by cell_index */
	_Atomic uint32_t cell_changes; /* counts settings of cells */
	_Atomic uint32_t rejected;     /* not-a-number, counted */
	_Atomic uint32_t clamped;      /* out of range, counted */
};

/* Sets every value to the table's default. Before any other thread uses p. */
void params_reset(params *p);

typedef struct param_setting {
	float value;
	uint32_t source;
} param_setting;

/* A value and who has set it: of one and the same setting, whoever else may set it now. [any] */
static inline param_setting
params_setting(const params *p, int slot)
{
	/* Relaxed: each setting stands alone; whoever needs news first sees them through `changes`. */
	const uint64_t word = atomic_load_explicit(&p->setting[slot], memory_order_relaxed);
	const uint32_t bits = (uint32_t)word;
	param_setting s = {.source = (uint32_t)(word >> 32)};
	memcpy(&s.value, &bits, sizeof s.value);
	return s;
}

static inline float
params_get(const params *p, int slot)
{
	return params_setting(p, slot).value;
}

/* Clamps to the range, rounds integers and toggles, refuses NaN (nothing changes, false). [any] */
bool params_set(params *p, int slot, float value, uint32_t source);

/* One fixed cell of the pattern. The index is that of cell_index (out of range: a free cell, nothing set). A
 * setting makes the composer plan anew; whoever wants news compares cell_changes. [any] */
cell params_cell(const params *p, int index);
void params_set_cell(params *p, int index, cell c);

/* Counts a command for its polling reader. [any] */
void params_pulse(params *p, command_id id);
void params_add_pulses(params *p, command_id id, uint32_t count); /* for a command with a number */

/* Moves the seed on: other music from the next step, and the number is there to come back to it. [any] */
void params_regenerate(params *p, uint32_t source);

#endif

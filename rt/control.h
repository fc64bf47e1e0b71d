/* One door to the engine for every thread that is not the audio thread: screen, OSC, MIDI ports.
 *
 * The engine's command ring has one writer; this serialises them. It also wakes whoever composes when a
 * control that concerns him has moved. [any but audio] throughout. */
#ifndef DRUMLIN_CONTROL_H
#define DRUMLIN_CONTROL_H

#include "rt/engine.h"

#include <pthread.h>

typedef struct control {
	params *params;
	engine *engine;
	pthread_mutex_t lock;     /* around engine_command */
	void (*wake)(void *user); /* a control that the composer reads has moved */
	int (*find_style)(void *user,
			  const char *name); /* number of a style, or -1; for clients that send names */
	/* Carries out what concerns the control side alone (scenes, undo, cells), at once, in the calling
	 * thread: what is set before and after stays before and after. False: not its business. NULL: nobody
	 * does. */
	bool (*obey)(void *user, command_id id, float value);
	void *obey_user;
	void *user;
	_Atomic uint32_t malformed; /* packets and messages that made no sense, counted */
	_Atomic uint32_t refused;   /* commands lost to a full ring, counted */
} control;

/* Borrows everything. Errors: none that matter. */
void control_init(control *c, params *p, engine *e);
void control_destroy(control *c);

/* Sets a parameter for `source` (PARAM_SOURCE_*). False if the value is not a number, or the parameter is
 * only shown. */
bool control_set(control *c, int slot, float value, uint32_t source);

/* Fixes or frees a cell of the pattern. */
void control_set_cell(control *c, int index, cell value);

/* Gives a command; value as in engine_command. */
void control_command(control *c, command_id id, int instrument, float value);

/* Carries out what a MIDI message asks for, with a hand of the calling thread's own. */
void control_midi(control *c, const midi_map *map, midi_hand *hand, const uint8_t *message, size_t size,
		  uint32_t source);

/* The same at a time of the monotonic clock in microseconds (engine_command_at; 0: at once). A setting that
 * finds the ring full is made at once. */
void control_command_at(control *c, command_id id, int instrument, float value, uint64_t time_us);
bool control_set_at(control *c, int slot, float value, uint32_t source, uint64_t time_us);

#endif

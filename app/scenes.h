/* The sixteen scenes, and the one that waits for its bar line.
 *
 * A scene that is called for a bar line is carried out in two halves: what the composer plans with as soon as
 * the step at the line is the first that can still be changed, what is heard at once a few milliseconds
 * before the line, so that faders have arrived at it. Main thread but where said. */
#ifndef DRUMLIN_SCENES_H
#define DRUMLIN_SCENES_H

#include "app/scene.h"

enum { SCENES = 16 };

typedef struct scenes {
	control *control;
	pthread_mutex_t lock; /* around bank: the session keeper reads it */
	scene bank[SCENES];
	int waiting;      /* 1..16: the scene that waits; 0 none */
	int64_t line;     /* the step that it waits for */
	uint32_t epoch;   /* that the line was counted in */
	bool music_done;  /* its first half is */
	uint32_t morphed; /* settings of scene/morph that have been carried out */
	scene mixed;      /* room for a place between two */
} scenes;

/* Borrows c. */
void scenes_init(scenes *s, control *c);
void scenes_destroy(scenes *s);

/* Calls scene `number` (1..16) as scene/when says; in play only is there a line to wait for. False: it is
 * empty. */
bool scenes_call(scenes *s, int number, const engine_status *e);

/* Puts what is set now into a scene; empties one; copies the one called last. False: nothing to copy, or no
 * such number. */
bool scenes_store(scenes *s, int number);
bool scenes_clear(scenes *s, int number);
bool scenes_copy(scenes *s, int number);

/* One scene, and all of them, as they are. [any but audio] */
scene scenes_get(scenes *s, int number);
void scenes_put(scenes *s, int number, const scene *what);

/* A session has been opened: no scene of the last one waits or is the current one, and where the fader
 * between two stands has been heard already. */
void scenes_begin(scenes *s);

/* Carries out what is due. To be called every few milliseconds. */
void scenes_watch(scenes *s, const engine_status *e);

#endif

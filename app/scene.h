/* A scene: everything musical as it is at one moment, to come back to. Plain data and pure functions.
 *
 * What belongs to the whole set (tempo, volume, sync: PARAM_FLAG_SET) is no part of it. */
#ifndef DRUMLIN_SCENE_H
#define DRUMLIN_SCENE_H

#include "rt/control.h"

typedef struct scene {
	bool used;
	float value[PARAM_SLOTS];
	uint32_t cell[CELLS]; /* packed */
} scene;

/* True for the parameters that scenes keep. */
bool scene_keeps(int slot);

/* Everything musical that p has now. [any] */
void scene_take(scene *s, const params *p);

/* What a scene sets: what the composer plans with (its cells among it), and what is heard at once. */
typedef enum scene_part { SCENE_MUSIC = 1, SCENE_SOUND = 2 } scene_part;

/* Sets what differs from it. parts: SCENE_*, combined. [any but audio] */
void scene_apply(const scene *s, unsigned parts, control *c);

/* The scene at `at` in 0..1 of the way from a to b. Faders go along their curves; what is counted, chosen or
 * switched, and the cells, are the nearer scene's. */
void scene_between(const scene *a, const scene *b, float at, scene *out);

#endif

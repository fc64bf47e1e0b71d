/* Ducking: an envelope that a kick sets off, for turning everything else down under it (techno's pump).
 * [audio]; plain data owned by the audio thread. */
#ifndef DRUMLIN_DUCK_H
#define DRUMLIN_DUCK_H

#include <stdbool.h>
#include <stdint.h>

typedef struct duck {
	float level;     /* 0 at rest .. 1 fully down */
	float top, step; /* where the attack goes, and how fast per frame */
	float place;     /* 0..1 along the release */
	bool attacking;
} duck;

void duck_init(duck *d);

/* At the next frame, with a strength of 0..1. A weaker kick does not cut a stronger one's attack short. */
void duck_hit(duck *d, float strength, uint32_t rate);

/* The envelope of the next frames: a straight millisecond down, then release_frames of a smooth curve (3x^2 -
 * 2x^3) back, whose length may change while it runs. False (and nothing is written) at rest. */
bool duck_run(duck *d, float release_frames, uint32_t frames, float *envelope);

#endif

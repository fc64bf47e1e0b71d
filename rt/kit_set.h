/* The kits that sound together: up to four corners of the blend. Immutable once published.
 *
 * The kit worker makes sets and publishes them (engine_publish_kits); the audio thread hands a set back
 * through the report ring when no voice uses it any more, and only then may it be freed. */
#ifndef DRUMLIN_KIT_SET_H
#define DRUMLIN_KIT_SET_H

#include "rt/kit.h"

typedef struct kit_set {
	kit *corner[KIT_CORNERS]; /* upper left, upper right, lower left, lower right; owned */
	int n_corners;            /* 0..4 */
} kit_set;

/* Frees the set and its kits; NULL is allowed. [not audio] */
void kit_set_free(kit_set *set);

/* Weights of the corners at the place x, y (each 0..1), summing to 1: bilinear for four corners, a
 * triangle for three (the third fills the lower edge), a line in x for two. [any] */
void kit_set_weights(int n_corners, float x, float y, float weight[KIT_CORNERS]);

#endif

/* The kits that sound together: up to four corners of the blend, and morphs between them. Immutable once
 * published.
 *
 * The kit worker makes sets and publishes them (engine_publish_kits); the audio thread hands a set back
 * through the report ring when no voice uses it any more, and only then may it be freed. Successive sets
 * share corners and morphs; who holds what is counted, by other threads than the audio thread. */
#ifndef DRUMLIN_KIT_SET_H
#define DRUMLIN_KIT_SET_H

#include "rt/kit.h"
#include "rt/param.h"

typedef struct kit_set {
	kit *corner[KIT_CORNERS]; /* upper left, upper right, lower left, lower right; held */
	int n_corners;            /* 0..4 */
	kit *morph[INSTRUMENTS];  /* a kit in which that instrument alone sounds; held; NULL where there is
				     none */
	float place[INSTRUMENTS][KIT_CORNERS]; /* the weights that the morph was rendered for */
} kit_set;

/* Lets go of the set's kits and frees it; NULL is allowed. [not audio] */
void kit_set_free(kit_set *set);

/* A set with the same corners and morphs; NULL if memory is short. [not audio] */
kit_set *kit_set_copy(const kit_set *from);

/* Puts a morph (whose ownership passes; NULL for none) in an instrument's place. [not audio] */
void kit_set_put_morph(kit_set *set, int instrument, kit *morph, const float weight[KIT_CORNERS]);

/* Weights of the corners at the place x, y (each 0..1), summing to 1: bilinear for four corners, a
 * triangle for three (the third fills the lower edge), a line in x for two. [any] */
void kit_set_weights(int n_corners, float x, float y, float weight[KIT_CORNERS]);

/* The weights that an instrument's controls ask for: its own place, or the one of all. [any] */
void kit_set_wanted(const params *p, int n_corners, int instrument, float weight[KIT_CORNERS]);

/* How far the morph of a place answers for another: 1 at it, falling smoothly to 0 a twelfth of the way to
 * the next corner. [any] */
float kit_set_nearness(const float place[KIT_CORNERS], const float weight[KIT_CORNERS]);

/* What an instrument is at a place, apart from its samples: pan and sustain are the corners' weighted means,
 * the times their means in log time; choke group and selection are the first corner's. Corners in which it is
 * silent do not count. False if it is silent in all. layers, gain and name of *out are left alone. [any] */
bool kit_set_shape(kit *const corner[], int n_corners, int instrument, const float weight[KIT_CORNERS],
		   kit_instrument *out);

#endif

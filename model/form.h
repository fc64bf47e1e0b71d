/* Form: what of a phrase comes again, and where it may differ. Pure functions of place, seed and controls, so
 * that whatever is planned anew decides the same; any thread.
 *
 * A phrase is some bars that come round. It goes by half bars: each is either played again as it was a phrase
 * ago or composed anew, by chance. Where a group of bars ends, the drummer is free all the same. */
#ifndef DRUMLIN_FORM_H
#define DRUMLIN_FORM_H

#include "rt/metre.h"
#include "rt/step.h"

enum { FORM_MAX_BARS = 16, FORM_GROUP = 4 };

/* True in the ending of a group: the last half bar of every FORM_GROUP bars or, where the phrase is longer,
 * the last bar of the phrase. There a variation is played that the phrase does not keep. */
bool form_in_ending(int phrase_bars, const bar_place *at);

/* Whether the half bar of this place comes again. repeat: 0 never, 1 always. A greater repeat only adds to
 * the half bars that do. */
bool form_repeats(float repeat, uint64_t seed, const bar_place *at);

/* How far what comes again follows the density controls since it was composed (or last heard). */
typedef struct form_knobs {
	float composed; /* density that it was composed under */
	float density;  /* now */
	float own;      /* the instrument's density now */
} form_knobs;

/* Whether an instrument's rest in the phrase is open to the network, and whether its hit is to be left out.
 * The further a knob is turned, the more of them, and those of less far among them. */
bool form_opens_rest(const form_knobs *k, uint64_t seed, int64_t step, int instrument);
bool form_drops_hit(const form_knobs *k, uint64_t seed, int64_t step, int instrument);

/* How much a cell of what repeats invites a change: its surprise to the network, by chance (of n cells drawn
 * without replacement in proportion to their surprise those have the highest values: Efraimidis and Spirakis,
 * "Weighted random sampling with a reservoir", 2006). p: the network's probability of a hit. draw: how many
 * changes were asked for before. */
float form_doubt(float p, bool hit, uint64_t seed, uint32_t draw, int64_t step, int instrument);

#endif

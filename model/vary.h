/* Variations of a training pattern, so that a small corpus goes further. Pure but for the generator. */
#ifndef DRUMLIN_VARY_H
#define DRUMLIN_VARY_H

#include "model/corpus.h"

enum { VARY_MAX_CYCLES = 4 };

/* Writes a variation of pattern `index` of the corpus to out, which has room for VARY_MAX_CYCLES times its
 * steps, and returns how many there are. Loops may be played on beyond their file's end: on stage they are.
 * strength 0..1 scales how often the unnatural ones happen (instruments left out, swapped, taken from another
 * loop of the collection or from any loop on top); louder, softer and entered elsewhere are always allowed.
 * without: parts of it that are left out (without.h). */
int vary_pattern(const corpus *c, size_t index, float strength, unsigned without, uint64_t *rng,
		 step_hits *out);

#endif

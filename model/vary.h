/* Variations of a training pattern, so that a small corpus goes further. Pure but for the generator. */
#ifndef DRUMLIN_VARY_H
#define DRUMLIN_VARY_H

#include "model/corpus.h"

enum { VARY_MAX_CYCLES = 4 };

typedef struct variation {
	int steps;
	int period;    /* of a loop: after so many steps it comes again; of a take: steps */
	bool natural;  /* nothing was done to it that people do not */
	bool in_style; /* the pattern's style still says what it is */
} variation;

/* Writes a variation of pattern `index` of the corpus to out, which has room for VARY_MAX_CYCLES times its
 * steps. Loops may be played on beyond their file's end: on stage they are. strength 0..1 scales how often
 * the unnatural ones happen (instruments left out or swapped; of loops: lines taken from others or laid on
 * top, changed in a few cells or moved, all of it in half the time or twice; to most fills, takes of a bar or
 * two, and to some loops, none of it); entered elsewhere, and what drummers play louder and softer, are
 * always allowed. without: parts of it that are left out (without.h). */
variation vary_pattern(const corpus *c, size_t index, float strength, unsigned without, uint64_t *rng,
		       step_hits *out);

#endif

/* Whose hand a pattern is from: a drummer's, whose microtiming is never twice the same, or that of someone
 * who programs a machine, on the grid or off it by swing, triplets and a few fixed shifts. Pure; any thread.
 */
#ifndef DRUMLIN_HAND_H
#define DRUMLIN_HAND_H

#include "rt/step.h"

#include <stdbool.h>

enum { HAND_LOOP_BARS = 4 };

/* What the control `hand` asks for. */
enum { HAND_OF_STYLE, HAND_A_MACHINE, HAND_A_DRUMMER };

/* How a network is told (model_context.hand); 0: it is not. Values in between are mixtures. */
#define HAND_MACHINE (-1.0f)
#define HAND_DRUMMER 1.0f

/* Whether a drummer played it: most hits lie off the grid, at many different places. */
bool hand_is_drummer(const step_hits *step, int n);

/* The same hits as this hand would have played them: a machine on the grid and in its levels; a drummer
 * beside it, and no two alike. What is given for 0 stays as it is. */
void hand_recast(step_hits *hits, float hand, uint64_t seed);

/* A loop made of a take, as someone would program it on a machine: one or two of its bars, on the grid,
 * single strokes in a machine's few levels, at times without the soft ones. Writes HAND_LOOP_BARS bars of it
 * to out. n: at least bar_len. Returns the steps after which it comes again. */
int hand_program(const step_hits *step, int n, int bar_len, uint64_t *rng, step_hits *out);

#endif

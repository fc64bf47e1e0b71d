/* The trunk: what carries the past from step to step. One table of architectures, one interface.
 *
 * To add an architecture: write one file that fills a trunk_type and add its line to trunk.c's table.
 * Shapes: a sequence batch is time-major, [steps][lanes][width]; every lane is a stream of its own, whose
 * state is emptied before the steps marked in `reset`. All of it is pure but for the state and
 * the cache, which belong to the caller. */
#ifndef DRUMLIN_TRUNK_H
#define DRUMLIN_TRUNK_H

#include "model/small.h"

enum { TRUNK_MAX_TENSORS = 112, TRUNK_MAX_HIDDEN = 1024, TRUNK_MAX_LAYERS = 8, TRUNK_NAMES = 96 };

typedef struct sequence {
	int steps, lanes;
	const uint8_t *reset; /* [steps][lanes]: this step begins a new stream */
} sequence;

struct trunk_type;

/* A trunk of a certain size; plain data. Its output is `hidden` wide. */
typedef struct trunk {
	const struct trunk_type *type;
	int inputs, hidden, layers;
	size_t at[TRUNK_MAX_TENSORS]; /* where its tensors lie in the flat vector */
} trunk;

struct recurrent_cell;

typedef struct trunk_type {
	const char *name;
	int hidden, layers; /* defaults */
	/* Names the tensors and sets t->at. */
	void (*declare)(trunk *t, weight_table *p);
	/* Floats of state per lane, and of cache for a sequence batch. */
	size_t (*state_size)(const trunk *t);
	size_t (*cache_size)(const trunk *t, int steps, int lanes);
	/* y[steps][lanes][hidden] from x[steps][lanes][inputs]; state[lanes][state_size] is carried on. */
	void (*forward)(const trunk *t, const float *w, const sequence *s, const float *x, float *state,
			float *y, float *cache);
	/* After forward with the same x and cache: adds the gradient of the weights to dw, given dy (which it
	 * may overwrite); writes dx unless it is NULL. Truncated: nothing flows into the state before the
	 * sequence. */
	void (*backward)(const trunk *t, const float *w, const sequence *s, const float *x, float *dy,
			 float *cache, float *dw, float *dx);
	/* One step of one lane; no allocation. */
	void (*step)(const trunk *t, const step_weights *w, const float *x, float *state, float *y);
	const struct recurrent_cell *cell; /* of the recurrent ones: see recurrent.h */
} trunk_type;

extern const trunk_type trunk_gru, trunk_lstm, trunk_lookback, trunk_attention, trunk_tcn, trunk_transformer;

/* The same with LSTM, three layers of 256, which is the shape of Magenta's drum_kit. Not in the table: it is
 * a yardstick's (tests/bench/magenta.h). */
extern const trunk_type trunk_attention_lstm;

/* NULL if there is none of that name. NULL asks for the default. */
const trunk_type *trunk_find(const char *name);

/* All names, separated by '|', for --help and messages. */
void trunk_names(char text[TRUNK_NAMES]);

/* hidden, layers: 0 takes the type's default. */
void trunk_init(trunk *t, const trunk_type *type, int inputs, int hidden, int layers, weight_table *p);

#endif

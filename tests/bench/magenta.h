/* A rebuild of the drum_kit configuration of Magenta's Drums RNN (Google, 2016), as a yardstick for the
 * leaderboard: nine classes, of which the last step's hits go in as one of 512, with a counter of steps in
 * six bits; three LSTM layers of 256, the first with attention to its last 32 outputs; a softmax over 512.
 * Unlike there, the attention's output is bounded (model/trunk_attention.c), the output's bias starts at the
 * frequencies of the training steps, and the learning rate warms up: without these its training is unstable.
 * Optimiser, schedule, averaging of weights, balance of the collections and dropout (of the last layer only)
 * are those of Drumlin's own networks; patterns are not varied. One thread. */
#ifndef DRUMLIN_BENCH_MAGENTA_H
#define DRUMLIN_BENCH_MAGENTA_H

#include "model/scorer.h"
#include "model/trunk.h"

#include <stdio.h>

enum { MAGENTA_CLASSES = 9, MAGENTA_EVENTS = 1 << MAGENTA_CLASSES, MAGENTA_COUNTER = 6 };
enum { MAGENTA_INPUTS = MAGENTA_EVENTS + MAGENTA_COUNTER };

typedef struct magenta {
	weight_table table;
	trunk trunk;
	size_t read, bias; /* of the softmax */
	float *w;
} magenta;

/* hidden and layers 0: the configuration's. */
dr_status magenta_init(magenta *m, int hidden, int layers, uint64_t seed, dr_error *err) DR_CHECKED;
void magenta_clear(magenta *m);
long magenta_weights(const magenta *m);

/* What goes in at a step: x[MAGENTA_INPUTS]. */
void magenta_input(int step, uint16_t last, float *x);

/* One step of a stream: last is the hit vector before (ignored at step 0). log_p[512], in nats. */
void magenta_step(const magenta *m, float *state, int step, uint16_t last, float *log_p);

/* A scorer of nine-class lines (scorer.h); self is a magenta. */
dr_status magenta_scorer(void *self, const hit_line *s, double *bits, model_score *d, dr_error *err);

/* Trains for so many minutes of the processor's time, weighing what it has learned of `validation` at
 * times; the best weights stay. One line per look to `log` (may be NULL). */
dr_status magenta_train(magenta *m, const hit_set *train, const hit_set *validation, int n_collections,
			double cpu_minutes, uint64_t seed, FILE *log, dr_error *err) DR_CHECKED;

#endif

/* Training: corpus in, model file out. Runs in the calling thread (and BLAS's own). */
#ifndef DRUMLIN_TRAIN_H
#define DRUMLIN_TRAIN_H

#include "model/corpus.h"
#include "model/model.h"
#include "model/teacher.h"

#include <stdatomic.h>

/* A collection that counts for more than its steps, or for less. */
typedef struct train_share {
	const char *collection; /* NULL behind the last */
	float weight;
} train_share;

typedef struct train_options {
	const char *arch;   /* "gru", "lstm", ... ; NULL: the default, or the resumed model's */
	const char *resume; /* model file to start from; NULL: from nothing */
	const char
	    *teacher[TEACHER_MAX]; /* model files to learn from beside the patterns; NULL behind the last */
	train_share share[CORPUS_MAX_COLLECTIONS];
	const char *output; /* model file; the best so far is always on disk (written whole, renamed) */
	uint64_t seed;
	int hidden, layers;      /* 0: the architecture's default */
	int epochs;              /* 0: until validation stops improving */
	double minutes;          /* 0: no limit */
	double cpu_minutes;      /* of the processor's time, whatever else it does; 0: no limit */
	float learning_rate;     /* 0: default */
	float dropout;           /* < 0: default */
	float keep;              /* of the resumed model's weights in what is written, 0 to below 1 */
	bool tuning;             /* every collection counts as much, small as it may be; openings do not */
	unsigned without;        /* parts that are left out, for comparison: without.h */
	int threads;             /* of the BLAS; 0: its own choice */
	const atomic_bool *stop; /* set by Ctrl-C: finishes the batch, keeps the best, returns DR_CANCELLED */
	/* One call per progress line; newline not included; final: stays on screen. */
	void (*progress)(void *user, const char *line, bool final);
	void *user;
} train_options;

typedef struct train_result {
	double validation_bits; /* hits, bits per step in 4/4: the mean over the collections */
	double seconds;
	long steps_seen;
	int epochs;
	bool held_out; /* something was; else validation is of what was trained on */
} train_result;

dr_status train_model(const corpus *c, const train_options *options, train_result *result,
		      dr_error *err) DR_CHECKED;

#endif

/* Patterns as sequences of hit vectors, in twelve instruments or folded into nine classes, for scoring
 * under protocol 1 (doc/eval.md). Built by one thread, then read-only. */
#ifndef DRUMLIN_HIT_LINE_H
#define DRUMLIN_HIT_LINE_H

#include "model/corpus.h"

enum { CLASSES_ALL = INSTRUMENTS, CLASSES_FOLDED = 9 };

typedef struct hit_line {
	const pattern *source; /* borrowed from the corpus */
	const uint16_t *mask;  /* n_steps; bit i: class i hits */
	int n_steps, bar_len;
} hit_line;

typedef struct hit_set {
	int classes; /* CLASSES_ALL or CLASSES_FOLDED */
	hit_line *item;
	size_t n;
	uint16_t *storage; /* where the masks lie */
} hit_set;

/* The parts of a corpus. A tenth of the training patterns, by a hash of their number, is held out for
 * choosing weights. */
typedef enum hit_part { PART_TRAIN, PART_TRAIN_KEPT, PART_TRAIN_HELD_OUT, PART_VALIDATION } hit_part;

/* Twelve instruments into nine classes (doc/eval.md, rule 3): snare, rim and clap are one, percussion is left
 * out. */
uint16_t hit_fold(uint16_t mask);

/* One collection's patterns, or every collection's (-1). The corpus must outlive the set. Errors: DR_FAILED
 * (memory). */
dr_status hit_set_build(const corpus *c, int collection, hit_part part, int classes, hit_set *out,
			dr_error *err) DR_CHECKED;
void hit_set_clear(hit_set *s);

#endif

/* Patterns as sequences of hit vectors, in twelve instruments or folded into nine classes, for scoring
 * under protocol 1 (doc/eval.md). Built by one thread, then read-only. */
#ifndef DRUMLIN_SEQUENCE_H
#define DRUMLIN_SEQUENCE_H

#include "model/corpus.h"

enum { CLASSES_ALL = INSTRUMENTS, CLASSES_FOLDED = 9 };

typedef struct sequence {
	const pattern *source; /* borrowed from the corpus */
	const uint16_t *mask;  /* n_steps; bit i: class i hits */
	int n_steps, bar_len;
} sequence;

typedef struct sequence_set {
	int classes; /* CLASSES_ALL or CLASSES_FOLDED */
	sequence *item;
	size_t n;
	uint16_t *storage; /* where the masks lie */
} sequence_set;

/* The parts of a corpus. Every tenth training pattern is held out for choosing weights. */
typedef enum sequence_part {
	PART_TRAIN,
	PART_TRAIN_KEPT,
	PART_TRAIN_HELD_OUT,
	PART_VALIDATION
} sequence_part;

/* Twelve instruments into nine classes (doc/eval.md, rule 3): snare, rim and clap are one, percussion is left out. */
uint16_t sequence_fold(uint16_t mask);

/* One collection's patterns, or every collection's (-1). The corpus must outlive the set. Errors: DR_FAILED (memory). */
dr_status sequence_set_build(const corpus *c, int collection, sequence_part part, int classes, sequence_set *out,
                             dr_error *err) DR_CHECKED;
void sequence_set_clear(sequence_set *s);

#endif

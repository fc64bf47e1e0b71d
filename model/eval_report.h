/* Private to eval*.c: the figures of one run, and how they are shown. */
#ifndef DRUMLIN_EVAL_REPORT_H
#define DRUMLIN_EVAL_REPORT_H

#include "model/scorer.h"

#include <stdio.h>

enum { EVAL_MAX_ROWS = 16, EVAL_LABEL = 64 };

/* One scorer on one collection. */
typedef struct eval_row {
	char name[EVAL_LABEL];       /* "repeat", or the architecture */
	char trained_on[EVAL_LABEL]; /* a collection, "all", or "" */
	char given[EVAL_LABEL];      /* what a network was told: "", "style", "tempo", "style, tempo" */
	int order[2];                /* of a Markov chain; 0 for others */
	bool scored[2];              /* twelve instruments; nine classes */
	score of[2];
} eval_row;

typedef struct eval_collection {
	int index;                     /* in the corpus */
	const char *name;              /* borrowed from the corpus */
	long patterns, other_patterns; /* of the validation split: all, and those not in 4/4 */
	long steps, other_steps, hits; /* steps and hits in 4/4 */
	/* The one-hit rule over the whole collection: drum notes, those that met an earlier one on their
	 * step, and how many of those a ratchet gives back. */
	double notes, merged, given_back;
	eval_row row[EVAL_MAX_ROWS];
	int n_rows;
} eval_collection;

typedef struct eval_report {
	const corpus *corpus;
	const char *arch;            /* NULL without a network */
	long weights, streamed;      /* of the network; steps that it was asked for one by one */
	double seconds;              /* of the processor's time that these took */
	double worst_sum;            /* furthest that a network's probabilities came from summing to one */
	eval_collection *collection; /* those with a validation split */
	int n_collections;
} eval_report;

void eval_print_text(const eval_report *r, FILE *out);
dr_status eval_print_json(const eval_report *r, FILE *out, dr_error *err) DR_CHECKED;

/* Bits per step for everything: hits, velocities, offsets. NAN where the latter are not scored. */
double eval_total(const score *s);

#endif

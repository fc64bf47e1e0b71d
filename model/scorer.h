/* Whatever gives hits a cost: the baselines and the networks, scored by one loop (doc/eval.md, rules 5 and
 * 6). One thread. */
#ifndef DRUMLIN_SCORER_H
#define DRUMLIN_SCORER_H

#include "model/baseline.h"
#include "model/model.h"

/* Bits and steps that they were spent on. */
typedef struct tally {
	double bits;
	long steps;
} tally;

enum { TALLY_WHOLE, TALLY_FIRST_PASS, TALLY_LOOP, TALLY_OTHER_METRES, TALLIES };

typedef struct score {
	tally part[TALLIES];            /* whole, first pass and loop: 4/4 only */
	tally style[CORPUS_MAX_STYLES]; /* 4/4 only */
	/* Of the hits in 4/4; all zero where a scorer says nothing about them. */
	long hits;
	double velocity_bits, offset_bits, ratchet_bits;
} score;

/* bits receives -log2 P of every step's vector, s->n_steps of them; a scorer that knows about velocities
 * and the rest adds theirs to *detail (zeroed before; hits 0: says nothing). */
typedef dr_status scorer_fn(void *self, const hit_line *s, double *bits, model_score *detail, dr_error *err);

/* Runs a scorer over a set. Errors: the scorer's own; DR_FAILED (memory); a cost that is no number
 * or negative is DR_FAILED naming the file. */
dr_status scorer_run(scorer_fn *fn, void *self, const hit_set *set, score *out, dr_error *err) DR_CHECKED;

double tally_mean(tally t); /* NAN without steps */

/* Scorers: self is the baseline. */
typedef struct markov_at {
	const markov *markov;
	int order;
} markov_at;
typedef struct marginal_and_hits {
	const marginal *marginal;
	const hit_costs *costs; /* may be NULL */
} marginal_and_hits;
dr_status scorer_marginal(void *marginal_and_hits, const hit_line *s, double *bits, model_score *d,
			  dr_error *err);
dr_status scorer_markov(void *markov_at, const hit_line *s, double *bits, model_score *d, dr_error *err);
dr_status scorer_repeat(void *repeat, const hit_line *s, double *bits, model_score *d, dr_error *err);
dr_status scorer_mixture(void *mixture, const hit_line *s, double *bits, model_score *d, dr_error *err);

/* A network, over twelve instruments or nine classes (by summing its table of 4096). */
typedef struct scored_model {
	const model *model;
	const corpus *corpus; /* for the names of its styles */
	bool give_style, give_tempo;
	double
	    worst_sum; /* furthest that a step's probabilities came from summing to one (nine classes only) */
} scored_model;
dr_status scorer_model(void *scored_model, const hit_line *s, double *bits, model_score *d, dr_error *err);
dr_status scorer_model_folded(void *scored_model, const hit_line *s, double *bits, model_score *d,
			      dr_error *err);

#endif

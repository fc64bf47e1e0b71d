/* The protocol's baselines (doc/eval.md, rule 8): what a network has to beat.
 *
 * Each is trained on a set of sequences and then gives the probability of any hit vector at a step of
 * a sequence, of which it looks at the steps before only. Over all 2^classes vectors the probabilities
 * sum to one. Training allocates, asking does not. Read-only once trained; one thread until then. */
#ifndef DRUMLIN_BASELINE_H
#define DRUMLIN_BASELINE_H

#include "model/hit_line.h"

/* Position-marginal: independent Bernoulli per class, length of bar and place in the bar, add-half.
 * A length of bar that was not trained falls back to the class's rate over everything. */
typedef struct marginal {
	int classes;
	float p[STEP_MAX_BAR + 1][STEP_MAX_BAR][INSTRUMENTS]; /* [bar_len][place][class] */
} marginal;

void marginal_train(const hit_set *set, marginal *out);
double marginal_probability(const marginal *m, const hit_line *s, int step, uint16_t mask);

/* Markov chain on the hit vector with the place in the bar: orders 0 (place only) to 8, each
 * interpolated with the one below by Witten and Bell's method C ("The zero-frequency problem", IEEE Trans.
 * Information Theory 37(4), 1991): P_k = (c(h,v) + T(h) P_k-1) / (c(h) + T(h)); below order 0 lies the
 * marginal. */
enum { MARKOV_MAX_ORDER = 8 };
typedef struct markov markov;

dr_status markov_train(const hit_set *set, const marginal *base, markov **out, dr_error *err) DR_CHECKED;
void markov_free(markov *m);
/* p[k]: by the chain of order k. */
void markov_probabilities(const markov *m, const hit_line *s, int step, uint16_t mask,
			  double p[MARKOV_MAX_ORDER + 1]);

/* Repeat: each class copies its own hits and rests from one and two bars ago. What follows each of the four
 * cases (hit or rest one bar ago, and two bars ago) is learned per class, once for all places (the flip
 * rates) and once for each place, drawn towards the former by REPEAT_PRIOR counts. Both are mixed with the
 * marginal, by weights per class from EM, apart for the second bar (which knows one bar ago only) and for
 * later ones; the first bar has the marginal. Classes are independent given the past. */
enum { REPEAT_PRIOR = 8, REPEAT_CASES = 4 };
typedef struct repeat {
	const marginal *base; /* borrowed */
	double copy[INSTRUMENTS][2]
		   [REPEAT_CASES]; /* [class][bars of history - 1][case]: probability of a hit */
	float copy_at[STEP_MAX_BAR + 1][STEP_MAX_BAR][INSTRUMENTS][2]
		     [REPEAT_CASES];      /* [bar_len][place] ... */
	double weight[INSTRUMENTS][2][3]; /* of the marginal, of copy, of copy_at */
} repeat;

dr_status repeat_train(const hit_set *set, const marginal *base, repeat *out, dr_error *err) DR_CHECKED;
double repeat_probability(const repeat *r, const hit_line *s, int step, uint16_t mask);

/* The best linear mixture of the three: weights of the joint probabilities, the same for every step, by EM
 * (Dempster, Laird and Rubin, J. Royal Statistical Society B 39, 1977). */
typedef struct mixture {
	const marginal *marginal;
	const markov *markov;
	const repeat *repeat; /* all borrowed */
	int order;            /* of the Markov chain */
	double weight[3];
} mixture;

/* Chooses the order and fits the weights on sequences that the three were not trained on (order 1 and equal
 * weights if the set is empty). Errors: DR_FAILED (memory). */
dr_status mixture_train(const hit_set *held_out, mixture *m, dr_error *err) DR_CHECKED;
double mixture_probability(const mixture *m, const hit_line *s, int step, uint16_t mask);

/* Velocities and offsets: histograms per class, add-half, for a yardstick beside a network's. Twelve classes
 * only. */
enum { HIT_OFFSETS = 24 };
typedef struct hit_costs {
	float velocity_bits[INSTRUMENTS][128]; /* cost of each value */
	float offset_bits[INSTRUMENTS][HIT_OFFSETS];
} hit_costs;

void hit_costs_train(const hit_set *set, hit_costs *out);

/* The bin of doc/eval.md, rule 5. */
static inline int
hit_offset_bin(int16_t offset)
{
	return ((offset + STEP_OFFSET_ONE / 2) * HIT_OFFSETS) / STEP_OFFSET_ONE;
}

#endif

#include "model/baseline.h"

#include <stdlib.h>
#include <string.h>

enum { EM_ROUNDS = 30, PARTS = 3 };

/* Whole bars of history, as far as they matter. */
static int
bars_before(const hit_line *s, int step)
{
	return step >= 2 * s->bar_len ? 2 : step >= s->bar_len ? 1 : 0;
}

/* Bit 0: class k hit one bar ago; bit 1: two bars ago. */
static int
case_of(const hit_line *s, int step, int bars, int k)
{
	int which = s->mask[step - s->bar_len] >> k & 1;
	if (bars > 1)
		which |= (s->mask[step - 2 * s->bar_len] >> k & 1) << 1;
	return which;
}

/* The three parts' probabilities of a hit of class k. */
static void
parts(const repeat *r, const hit_line *s, int step, int bars, int k, double p[PARTS])
{
	const int which = case_of(s, step, bars, k), place = step % s->bar_len;
	p[0] = (double)r->base->p[s->bar_len][place][k];
	p[1] = r->copy[k][bars - 1][which];
	p[2] = (double)r->copy_at[s->bar_len][place][k][bars - 1][which];
}

typedef struct count {
	float n, hits; /* exact up to 2^24 */
} count;

static void
count_cases(const hit_set *set, repeat *r, count (*at)[STEP_MAX_BAR][INSTRUMENTS][2][REPEAT_CASES])
{
	count all[INSTRUMENTS][2][REPEAT_CASES] = {{{{0}}}};
	for (size_t i = 0; i < set->n; i++) {
		const hit_line *s = &set->item[i];
		for (int t = s->bar_len; t < s->n_steps; t++) {
			const int bars = bars_before(s, t);
			for (int k = 0; k < set->classes; k++) {
				const int which = case_of(s, t, bars, k), hit = s->mask[t] >> k & 1;
				count *here = &at[s->bar_len][t % s->bar_len][k][bars - 1][which];
				here->n++;
				here->hits += (float)hit;
				all[k][bars - 1][which].n++;
				all[k][bars - 1][which].hits += (float)hit;
			}
		}
	}
	for (int k = 0; k < set->classes; k++)
		for (int b = 0; b < 2; b++)
			for (int c = 0; c < REPEAT_CASES; c++)
				r->copy[k][b][c] =
				    ((double)all[k][b][c].hits + 0.5) / ((double)all[k][b][c].n + 1.0);
}

static dr_status
learn_flips(const hit_set *set, repeat *r, dr_error *err)
{
	count(*at)[STEP_MAX_BAR][INSTRUMENTS][2][REPEAT_CASES] = calloc(STEP_MAX_BAR + 1, sizeof *at);
	if (!at)
		return error_set(err, DR_FAILED, "out of memory for a baseline");
	count_cases(set, r, at);
	for (int bar = 0; bar <= STEP_MAX_BAR; bar++)
		for (int place = 0; place < STEP_MAX_BAR; place++)
			for (int k = 0; k < set->classes; k++)
				for (int b = 0; b < 2; b++)
					for (int c = 0; c < REPEAT_CASES; c++) {
						const count n = at[bar][place][k][b][c];
						r->copy_at[bar][place][k][b][c] =
						    (n.hits + REPEAT_PRIOR * (float)r->copy[k][b][c]) /
						    (n.n + REPEAT_PRIOR);
					}
	free(at);
	return DR_OK;
}

/* One round of EM over every step and class. */
static void
reweight(const hit_set *set, repeat *r)
{
	double share[INSTRUMENTS][2][PARTS] = {{{0}}};
	for (size_t i = 0; i < set->n; i++) {
		const hit_line *s = &set->item[i];
		for (int t = s->bar_len; t < s->n_steps; t++) {
			const int bars = bars_before(s, t);
			for (int k = 0; k < set->classes; k++) {
				const double *w = r->weight[k][bars - 1];
				double p[PARTS], sum = 0.0;
				parts(r, s, t, bars, k, p);
				for (int c = 0; c < PARTS; c++) {
					p[c] = w[c] * (s->mask[t] >> k & 1 ? p[c] : 1.0 - p[c]);
					sum += p[c];
				}
				for (int c = 0; c < PARTS; c++)
					share[k][bars - 1][c] += p[c] / sum;
			}
		}
	}
	for (int k = 0; k < set->classes; k++)
		for (int b = 0; b < 2; b++) {
			const double total = share[k][b][0] + share[k][b][1] + share[k][b][2];
			for (int c = 0; c < PARTS && total > 0.0; c++)
				r->weight[k][b][c] = share[k][b][c] / total;
		}
}

dr_status
repeat_train(const hit_set *set, const marginal *base, repeat *out, dr_error *err)
{
	memset(out, 0, sizeof *out);
	out->base = base;
	dr_status status = learn_flips(set, out, err);
	if (status != DR_OK)
		return status;
	for (int k = 0; k < set->classes; k++)
		for (int b = 0; b < 2; b++)
			for (int c = 0; c < PARTS; c++)
				out->weight[k][b][c] = 1.0 / PARTS;
	for (int round = 0; round < EM_ROUNDS; round++)
		reweight(set, out);
	return DR_OK;
}

double
repeat_probability(const repeat *r, const hit_line *s, int step, uint16_t mask)
{
	const int bars = bars_before(s, step);
	if (bars == 0)
		return marginal_probability(r->base, s, step, mask);
	double product = 1.0;
	for (int k = 0; k < r->base->classes; k++) {
		const double *w = r->weight[k][bars - 1];
		double p[PARTS], hit = 0.0;
		parts(r, s, step, bars, k, p);
		for (int c = 0; c < PARTS; c++)
			hit += w[c] * p[c];
		product *= mask >> k & 1 ? hit : 1.0 - hit;
	}
	return product;
}

#include "model/baseline.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { EM_ROUNDS = 60, PARTS = 3 };

/* What the parts say of one step's own vector. */
typedef struct said {
	double marginal, repeat, markov[MARKOV_MAX_ORDER + 1];
} said;

static said
ask(const mixture *m, const hit_line *s, int step, uint16_t mask)
{
	said p;
	p.marginal = marginal_probability(m->marginal, s, step, mask);
	p.repeat = repeat_probability(m->repeat, s, step, mask);
	markov_probabilities(m->markov, s, step, mask, p.markov);
	return p;
}

static double
mixed(const double weight[PARTS], const said *p, int order)
{
	return weight[0] * p->marginal + weight[1] * p->markov[order] + weight[2] * p->repeat;
}

/* EM for one order. Returns the log-likelihood that it reaches. */
static double
fit(const said *p, size_t n, int order, double weight[PARTS])
{
	double likelihood = 0.0;
	for (int c = 0; c < PARTS; c++)
		weight[c] = 1.0 / PARTS;
	for (int round = 0; round < EM_ROUNDS; round++) {
		double share[PARTS] = {0.0, 0.0, 0.0};
		likelihood = 0.0;
		for (size_t i = 0; i < n; i++) {
			const double sum = mixed(weight, &p[i], order);
			share[0] += weight[0] * p[i].marginal / sum;
			share[1] += weight[1] * p[i].markov[order] / sum;
			share[2] += weight[2] * p[i].repeat / sum;
			likelihood += log(sum);
		}
		for (int c = 0; c < PARTS; c++)
			weight[c] = share[c] / (double)n;
	}
	return likelihood;
}

dr_status
mixture_train(const hit_set *held_out, mixture *m, dr_error *err)
{
	m->order = 1;
	for (int c = 0; c < PARTS; c++)
		m->weight[c] = 1.0 / PARTS;
	size_t n = 0, at = 0;
	for (size_t i = 0; i < held_out->n; i++)
		n += (size_t)held_out->item[i].n_steps;
	if (n == 0)
		return DR_OK;
	said *p = malloc(n * sizeof *p);
	if (!p)
		return error_set(err, DR_FAILED, "out of memory for the weights of a mixture");
	for (size_t i = 0; i < held_out->n; i++) {
		const hit_line *s = &held_out->item[i];
		for (int t = 0; t < s->n_steps; t++)
			p[at++] = ask(m, s, t, s->mask[t]);
	}
	double best = -INFINITY;
	for (int order = 1; order <= MARKOV_MAX_ORDER; order++) {
		double weight[PARTS];
		const double reached = fit(p, n, order, weight);
		if (reached > best) {
			best = reached;
			m->order = order;
			memcpy(m->weight, weight, sizeof weight);
		}
	}
	free(p);
	return DR_OK;
}

double
mixture_probability(const mixture *m, const hit_line *s, int step, uint16_t mask)
{
	const said p = ask(m, s, step, mask);
	return mixed(m->weight, &p, m->order);
}

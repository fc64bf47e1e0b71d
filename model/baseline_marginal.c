#include "model/baseline.h"

#include <string.h>

void
marginal_train(const hit_set *set, marginal *out)
{
	static const double half = 0.5;
	long all_steps = 0, all_hits[INSTRUMENTS] = {0};
	long steps[STEP_MAX_BAR + 1][STEP_MAX_BAR] = {{0}};
	memset(out, 0, sizeof *out);
	out->classes = set->classes;
	for (size_t i = 0; i < set->n; i++) {
		const hit_line *s = &set->item[i];
		for (int t = 0; t < s->n_steps; t++) {
			float *p = out->p[s->bar_len][t % s->bar_len];
			steps[s->bar_len][t % s->bar_len]++;
			all_steps++;
			for (int k = 0; k < set->classes; k++) {
				p[k] += (float)(s->mask[t] >> k & 1); /* exact up to 2^24 */
				all_hits[k] += s->mask[t] >> k & 1;
			}
		}
	}
	for (int b = 0; b <= STEP_MAX_BAR; b++)
		for (int place = 0; place < STEP_MAX_BAR; place++)
			for (int k = 0; k < set->classes; k++) {
				const bool seen = steps[b][place] > 0;
				const double hits = seen ? (double)out->p[b][place][k] : (double)all_hits[k];
				const double n = (double)(seen ? steps[b][place] : all_steps);
				out->p[b][place][k] = (float)((hits + half) / (n + 2.0 * half));
			}
}

double
marginal_probability(const marginal *m, const hit_line *s, int step, uint16_t mask)
{
	const float *p = m->p[s->bar_len][step % s->bar_len];
	double product = 1.0;
	for (int k = 0; k < m->classes; k++)
		product *= mask >> k & 1 ? (double)p[k] : 1.0 - (double)p[k];
	return product;
}

#include "model/baseline.h"

#include <math.h>
#include <string.h>

static void
to_bits(float *count, int from, int to)
{
	double sum = 0.0;
	for (int i = from; i < to; i++)
		sum += (double)count[i] + 0.5;
	for (int i = from; i < to; i++)
		count[i] = (float)-log2(((double)count[i] + 0.5) / sum);
}

void
hit_costs_train(const hit_set *set, hit_costs *out)
{
	memset(out, 0, sizeof *out);
	for (size_t i = 0; i < set->n; i++) {
		const pattern *p = set->item[i].source;
		for (int t = 0; t < p->n_steps; t++)
			for (int k = 0; k < INSTRUMENTS; k++) {
				const step_hit *h = &p->step[t].hit[k];
				if (!h->velocity)
					continue;
				out->velocity_bits[k][h->velocity]++;
				out->offset_bits[k][hit_offset_bin(h->offset)]++;
			}
	}
	for (int k = 0; k < INSTRUMENTS; k++) {
		to_bits(out->velocity_bits[k], 1, 128);
		to_bits(out->offset_bits[k], 0, HIT_OFFSETS);
	}
}

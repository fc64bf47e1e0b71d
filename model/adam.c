#include "model/adam.h"

#include "model/vec.h"

#include <math.h>
#include <stdlib.h>

bool
adam_init(adam *a, const weight_table *p, const float *w)
{
	*a = (adam){.table = p,
		    .mean = weights_alloc(p->total),
		    .square = weights_alloc(p->total),
		    .average = weights_alloc(p->total),
		    .beta1 = 0.9f,
		    .beta2 = 0.99f,
		    .decay = 0.1f,
		    .clip = 1.0f,
		    .average_keep = 0.998f};
	if (!a->mean || !a->square || !a->average) {
		adam_clear(a);
		return false;
	}
	memcpy(a->average, w, p->total * sizeof *w);
	return true;
}

void
adam_clear(adam *a)
{
	free(a->mean);
	free(a->square);
	free(a->average);
	a->mean = a->square = a->average = NULL;
}

typedef struct update {
	float beta1, beta2, rate, root_scale, shrink, gain, keep;
} update;

VEC_CLONES static void
update_part(size_t n, const update *restrict u, float *restrict w, float *restrict g, float *restrict mean,
	    float *restrict square, float *restrict average)
{
	const update k = *u;
	for (size_t i = 0; i < n; i++) {
		float d = g[i] * k.gain;
		float m = k.beta1 * mean[i] + (1.0f - k.beta1) * d;
		float s = k.beta2 * square[i] + (1.0f - k.beta2) * d * d;
		float next = w[i] * k.shrink - k.rate * m / (sqrtf(s) * k.root_scale + 1e-8f);
		mean[i] = m;
		square[i] = s;
		w[i] = next;
		average[i] = next + k.keep * (average[i] - next);
		g[i] = 0.0f;
	}
}

double
adam_update(adam *a, float rate, float *w, float *dw)
{
	double sum = 0;
	for (int i = 0; i < a->table->n; i++) {
		const weight_tensor *t = &a->table->item[i];
		sum += (double)vec_dot(t->rows * t->cols, dw + t->offset, dw + t->offset);
	}
	double norm = sqrt(sum);
	if (!isfinite(norm)) {
		memset(dw, 0, a->table->total * sizeof *dw);
		return norm;
	}
	a->updates++;
	double n = (double)a->updates, keep = (1.0 + n) / (10.0 + n);
	update u = {.beta1 = a->beta1, .beta2 = a->beta2};
	u.rate = rate / (float)(1.0 - pow((double)a->beta1, n));
	u.root_scale = (float)sqrt(1.0 / (1.0 - pow((double)a->beta2, n)));
	u.gain = norm > (double)a->clip ? (float)((double)a->clip / norm) : 1.0f;
	u.keep = keep < (double)a->average_keep ? (float)keep : a->average_keep;
	for (int i = 0; i < a->table->n; i++) {
		const weight_tensor *t = &a->table->item[i];
		u.shrink = t->rows > 1 ? 1.0f - rate * a->decay : 1.0f;
		update_part((size_t)t->rows * (size_t)t->cols, &u, w + t->offset, dw + t->offset,
			    a->mean + t->offset, a->square + t->offset, a->average + t->offset);
	}
	return norm;
}

#include "model/weights.h"

#include "rt/rng.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

size_t
weights_add(weight_table *p, const char *name, int rows, int cols, float spread)
{
	assert(p->n < WEIGHTS_MAX);
	weight_tensor *t = &p->item[p->n++];
	snprintf(t->name, sizeof t->name, "%s", name);
	t->rows = rows;
	t->cols = cols;
	t->spread = spread;
	t->offset = p->total;
	size_t size = (size_t)rows * (size_t)cols;
	p->total += (size + WEIGHT_ALIGN - 1) / WEIGHT_ALIGN * WEIGHT_ALIGN;
	return t->offset;
}

void
weights_init(const weight_table *p, uint64_t seed, float *w)
{
	memset(w, 0, p->total * sizeof *w);
	for (int i = 0; i < p->n; i++) {
		const weight_tensor *t = &p->item[i];
		uint64_t rng = rng_hash(seed, 0x77656967, (uint64_t)i);
		size_t size = (size_t)t->rows * (size_t)t->cols;
		for (size_t k = 0; k < size && t->spread > 0; k++)
			w[t->offset + k] = t->spread * (2.0f * rng_next_unit(&rng) - 1.0f);
	}
}

float *
weights_alloc(size_t n)
{
	size_t bytes = (n * sizeof(float) + 63) / 64 * 64;
	float *memory = aligned_alloc(64, bytes ? bytes : 64);
	if (memory)
		memset(memory, 0, bytes);
	return memory;
}

#include "model/params.h"

#include "rt/rng.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

size_t
params_add(params *p, const char *name, int rows, int cols, float spread)
{
	assert(p->n < PARAMS_MAX);
	param *t = &p->item[p->n++];
	snprintf(t->name, sizeof t->name, "%s", name);
	t->rows = rows;
	t->cols = cols;
	t->spread = spread;
	t->offset = p->total;
	size_t size = (size_t)rows * (size_t)cols;
	p->total += (size + PARAM_ALIGN - 1) / PARAM_ALIGN * PARAM_ALIGN;
	return t->offset;
}

void
params_init(const params *p, uint64_t seed, float *w)
{
	memset(w, 0, p->total * sizeof *w);
	for (int i = 0; i < p->n; i++) {
		const param *t = &p->item[i];
		uint64_t rng = rng_hash(seed, 0x77656967, (uint64_t)i);
		size_t size = (size_t)t->rows * (size_t)t->cols;
		for (size_t k = 0; k < size && t->spread > 0; k++)
			w[t->offset + k] = t->spread * (2.0f * rng_next_unit(&rng) - 1.0f);
	}
}

float *
params_alloc(size_t n)
{
	size_t bytes = (n * sizeof(float) + 63) / 64 * 64;
	float *memory = aligned_alloc(64, bytes ? bytes : 64);
	if (memory)
		memset(memory, 0, bytes);
	return memory;
}

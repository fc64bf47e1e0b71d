/* The tensors of a network: one flat vector of floats and the table that names its parts. Training,
 * averaging and saving work on the flat vector; layers find their own tensors by offset. */
#ifndef DRUMLIN_WEIGHTS_H
#define DRUMLIN_WEIGHTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { WEIGHTS_MAX = 144, WEIGHT_NAME = 40, WEIGHT_ALIGN = 16 /* floats */ };

typedef struct weight_tensor {
	char name[WEIGHT_NAME];
	int rows, cols; /* [in][out]; a bias has one row */
	size_t offset;  /* in floats, a multiple of WEIGHT_ALIGN */
	float spread;   /* initial values are uniform in [-spread, spread] */
} weight_tensor;

typedef struct weight_table {
	weight_tensor item[WEIGHTS_MAX];
	int n;
	size_t total; /* floats in the flat vector, padding included */
} weight_table;

/* Appends a tensor and returns its offset. */
size_t weights_add(weight_table *p, const char *name, int rows, int cols, float spread);

/* First values: the same for the same seed. Padding is 0. */
void weights_init(const weight_table *p, uint64_t seed, float *w);

/* Zeroed memory for n floats (rounded up), 64-byte aligned, to be freed with free(); NULL without memory. */
float *weights_alloc(size_t n);

#endif

/* The tensors of a network: one flat vector of floats and the table that names its parts. Training,
 * averaging and saving work on the flat vector; layers find their own tensors by offset. */
#ifndef DRUMLIN_PARAMS_H
#define DRUMLIN_PARAMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PARAMS_MAX = 128, PARAM_NAME = 40, PARAM_ALIGN = 16 /* floats */ };

typedef struct param {
	char name[PARAM_NAME];
	int rows, cols; /* [in][out]; a bias has one row */
	size_t offset;  /* in floats, a multiple of PARAM_ALIGN */
	float spread;   /* initial values are uniform in [-spread, spread] */
} param;

typedef struct params {
	param item[PARAMS_MAX];
	int n;
	size_t total; /* floats in the flat vector, padding included */
} params;

/* Appends a tensor and returns its offset. */
size_t params_add(params *p, const char *name, int rows, int cols, float spread);

/* First values: the same for the same seed. Padding is 0. */
void params_init(const params *p, uint64_t seed, float *w);

/* Zeroed memory for n floats (rounded up), 64-byte aligned, to be freed with free(); NULL without memory. */
float *params_alloc(size_t n);

#endif

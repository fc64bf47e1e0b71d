/* The weights as a single step reads them: in fp32, and the large matrices also in eight bits where that was
 * wished. A step is bound by how fast the weights come out of memory, and a quarter of the bytes comes
 * sooner.
 *
 * A matrix keeps its scale for each output, symmetric about 0: w = scale[j] * q, q in [-127, 127]. The input
 * is rounded to as many levels as its largest value allows when a step comes, and sums are exact integers:
 * all CPUs give the same. Read-only once made; any thread. */
#ifndef DRUMLIN_SMALL_H
#define DRUMLIN_SMALL_H

#include "model/weights.h"

typedef struct small_weights small_weights;

/* From w, of which nothing is kept. Matrices of SMALL_LEAST to SMALL_MOST inputs. NULL without memory. */
enum { SMALL_LEAST = 64 };
small_weights *small_new(const weight_table *p, const float *w);
void small_free(small_weights *s);

/* Bytes that the small matrices take. */
size_t small_size(const small_weights *s);

typedef struct step_weights {
	const float *w;
	const small_weights *small; /* NULL: all in fp32 */
} step_weights;

/* y[out] += x[in] W, where W [in][out] begins at the offset `at`: a tensor of `out` columns, or some of its
 * rows. No allocation. */
void small_matvec(const step_weights *s, size_t at, int in, int out, const float *x, float *y);

#endif

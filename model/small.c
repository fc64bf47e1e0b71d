#include "model/small.h"

#include "model/small_dot.h"
#include "model/vec.h"

#include <math.h>
#include <stdlib.h>

typedef struct small_matrix {
	size_t offset; /* of the tensor among the weights */
	int rows, cols;
	small_packed packed;
} small_matrix;

struct small_weights {
	small_matrix item[WEIGHTS_MAX];
	int n;
};

small_weights *
small_new(const weight_table *p, const float *w)
{
	small_weights *s = calloc(1, sizeof *s);
	for (int i = 0; s && i < p->n; i++) {
		const weight_tensor *t = &p->item[i];
		if (t->rows < SMALL_LEAST || t->rows > SMALL_MOST)
			continue;
		small_matrix *m = &s->item[s->n++];
		*m = (small_matrix){.offset = t->offset, .rows = t->rows, .cols = t->cols};
		if (!small_pack(t->rows, t->cols, w + t->offset, small_has_groups(), &m->packed)) {
			small_free(s);
			return NULL;
		}
	}
	return s;
}

void
small_free(small_weights *s)
{
	for (int i = 0; s && i < s->n; i++)
		small_unpack(&s->item[i].packed);
	free(s);
}

size_t
small_size(const small_weights *s)
{
	size_t bytes = 0;
	for (int i = 0; i < s->n; i++)
		bytes += s->item[i].packed.bytes;
	return bytes;
}

/* The matrix that holds the weight at this offset; NULL if it is in fp32 alone. */
static const small_matrix *
find(const small_weights *s, size_t at)
{
	int from = 0, to = s->n;
	while (to - from > 1) {
		const int middle = (from + to) / 2;
		*(s->item[middle].offset <= at ? &from : &to) = middle;
	}
	const small_matrix *m = &s->item[from];
	if (s->n == 0 || at < m->offset || at >= m->offset + (size_t)m->rows * (size_t)m->cols)
		return NULL;
	return m;
}

void
small_matvec(const step_weights *s, size_t at, int in, int out, const float *x, float *y)
{
	const small_matrix *m = s->small ? find(s->small, at) : NULL;
	const size_t first = m ? (at - m->offset) / (size_t)m->cols : 0;
	if (m && m->cols == out && first % SMALL_TOGETHER == 0 && first + (size_t)in <= (size_t)m->rows)
		small_dot(&m->packed, (int)first, in, out, x, y);
	else
		vec_matvec(in, out, x, s->w + at, out, y);
}

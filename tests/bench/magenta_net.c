#include "tests/bench/magenta.h"

#include "model/layer_dense.h"
#include "model/vec.h"

#include <math.h>
#include <stdlib.h>

dr_status
magenta_init(magenta *m, int hidden, int layers, uint64_t seed, dr_error *err)
{
	*m = (magenta){0};
	trunk_init(&m->trunk, &trunk_attention_lstm, MAGENTA_INPUTS, hidden, layers, &m->table);
	m->read = weights_add(&m->table, "softmax", m->trunk.hidden, MAGENTA_EVENTS,
			      1.0f / sqrtf((float)m->trunk.hidden));
	m->bias = weights_add(&m->table, "softmax.bias", 1, MAGENTA_EVENTS, 0.0f);
	m->w = weights_alloc(m->table.total);
	if (!m->w)
		return error_set(err, DR_FAILED, "out of memory");
	weights_init(&m->table, seed, m->w);
	return DR_OK;
}

void
magenta_clear(magenta *m)
{
	free(m->w);
	m->w = NULL;
}

long
magenta_weights(const magenta *m)
{
	long n = 0;
	for (int i = 0; i < m->table.n; i++)
		n += (long)m->table.item[i].rows * m->table.item[i].cols;
	return n;
}

void
magenta_input(int step, uint16_t last, float *x)
{
	memset(x, 0, MAGENTA_INPUTS * sizeof *x);
	if (step > 0)
		x[last] = 1.0f;
	for (int i = 0; i < MAGENTA_COUNTER; i++)
		x[MAGENTA_EVENTS + i] = step >> i & 1 ? 1.0f : -1.0f;
}

void
magenta_step(const magenta *m, float *state, int step, uint16_t last, float *log_p)
{
	_Alignas(64) float x[MAGENTA_INPUTS], y[TRUNK_MAX_HIDDEN];
	magenta_input(step, last, x);
	const step_weights w = {m->w, NULL};
	m->trunk.type->step(&m->trunk, &w, x, state, y);
	dense_step(&w, m->trunk.hidden, MAGENTA_EVENTS, y, m->read, m->bias, log_p);
	vec_log_softmax(MAGENTA_EVENTS, log_p);
}

dr_status
magenta_scorer(void *self, const hit_line *s, double *bits, model_score *d, dr_error *err)
{
	const magenta *m = self;
	(void)d;
	float *state = weights_alloc(m->trunk.type->state_size(&m->trunk)), log_p[MAGENTA_EVENTS];
	if (!state)
		return error_set(err, DR_FAILED, "%s: out of memory", s->source->path);
	for (int t = 0; t < s->n_steps; t++) {
		magenta_step(m, state, t, t ? s->mask[t - 1] : 0, log_p);
		bits[t] = -(double)log_p[s->mask[t]] / M_LN2;
	}
	free(state);
	return DR_OK;
}

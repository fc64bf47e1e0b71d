/* Networks as scorers. */
#include "model/scorer.h"

#include <math.h>
#include <stdlib.h>

static int
style_of(const scored_model *m, const pattern *p)
{
	return m->give_style && p->style >= 0 ? model_find_style(m->model, m->corpus->style[p->style]) : -1;
}

dr_status
scorer_model(void *self, const hit_line *s, double *bits, model_score *d, dr_error *err)
{
	const scored_model *m = self;
	float *step_bits = calloc((size_t)s->n_steps + 1, sizeof *step_bits);
	if (!step_bits)
		return error_set(err, DR_FAILED, "%s: out of memory", s->source->path);
	const int style = style_of(m, s->source);
	dr_status status = model_score_pattern(m->model, s->source, style, m->give_tempo, d, step_bits, err);
	for (int t = 0; t < s->n_steps; t++)
		bits[t] = (double)step_bits[t];
	free(step_bits);
	return status;
}

static model_context
context_at(const scored_model *m, const hit_line *s, int step)
{
	model_context context = {.density = NAN, .fill = NAN};
	const int style = style_of(m, s->source);
	if (style >= 0)
		context.style[style] = 1.0f;
	context.tempo = m->give_tempo ? s->source->tempo : 0.0f;
	context.bar = step / s->bar_len;
	context.bar_step = step % s->bar_len;
	context.bar_len = s->bar_len;
	return context;
}

/* What folding needs, by hit vector. */
typedef struct folding {
	float table[1 << INSTRUMENTS]; /* log-probabilities */
	uint16_t folded[1 << INSTRUMENTS];
} folding;

/* -log2 of the sum over all vectors that fold into the step's own. */
static double
folded_bits(scored_model *m, const folding *f, uint16_t mask)
{
	double wanted = 0.0, all = 0.0;
	for (unsigned v = 0; v < 1u << INSTRUMENTS; v++) {
		const double p = exp((double)f->table[v]);
		all += p;
		if (f->folded[v] == mask)
			wanted += p;
	}
	m->worst_sum = fmax(m->worst_sum, fabs(all - 1.0));
	return -log2(wanted);
}

dr_status
scorer_model_folded(void *self, const hit_line *s, double *bits, model_score *d, dr_error *err)
{
	scored_model *m = self;
	(void)d;
	void *state = aligned_alloc(64, model_state_size(m->model));
	folding *f = malloc(sizeof *f);
	dr_status status = DR_OK;
	if (!state || !f) {
		status = error_set(err, DR_FAILED, "%s: out of memory", s->source->path);
	} else {
		for (unsigned v = 0; v < 1u << INSTRUMENTS; v++)
			f->folded[v] = hit_fold((uint16_t)v);
		model_state_init(m->model, state);
		for (int t = 0; t < s->n_steps; t++) {
			const model_context context = context_at(m, s, t);
			model_advance(m->model, state, t > 0 ? &s->source->step[t - 1] : NULL, &context);
			model_hit_table(m->model, state, f->table);
			bits[t] = folded_bits(m, f, s->mask[t]);
		}
	}
	free(f);
	free(state);
	return status;
}

/* Networks as scorers. */
#include "model/scorer.h"

#include "model/model_file.h"

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
	model_context context = features_no_wishes(step / s->bar_len, step % s->bar_len, s->bar_len);
	const int style = style_of(m, s->source);
	if (style >= 0)
		context.style[style] = 1.0f;
	context.tempo = m->give_tempo ? s->source->tempo : 0.0f;
	return context;
}

/* Every so many steps the whole table is summed, to see that it is a distribution. */
enum { SUMMED_STEPS = 16 };

/* What folding needs, by hit vector. */
typedef struct folding {
	float table[1 << INSTRUMENTS]; /* log-probabilities */
	uint16_t folded[1 << INSTRUMENTS];
} folding;

/* Fixes the instruments of which a folded vector leaves no doubt: those alone in their class, and those of a
 * class that rests. */
static chain_tilt
known_of(uint16_t mask)
{
	chain_tilt known = {.scale = 1.0f};
	unsigned shared = 0, seen = 0;
	for (int i = 0; i < INSTRUMENTS; i++) {
		const unsigned class = hit_fold((uint16_t)(1u << i));
		shared |= seen & class;
		seen |= class;
	}
	for (int i = 0; i < INSTRUMENTS; i++) {
		const unsigned class = hit_fold((uint16_t)(1u << i));
		const bool plays = class & mask;
		if (!class || (plays && (class & shared)))
			continue;
		known.fixed |= 1u << i;
		known.value |= plays ? 1u << i : 0;
	}
	return known;
}

/* -log2 of the sum over all vectors that fold into the step's own. */
static double
folded_bits(const scored_model *m, void *state, folding *f, uint16_t mask)
{
	const chain_tilt known = known_of(mask);
	double wanted = 0.0;
	model_tilted_table(m->model, state, &known, f->table);
	for (unsigned v = 0; v < 1u << INSTRUMENTS; v++)
		if (f->folded[v] == mask)
			wanted += exp((double)f->table[v]);
	return -log2(wanted);
}

static void
sum_all(scored_model *m, void *state, folding *f)
{
	double all = 0.0;
	model_hit_table(m->model, state, f->table);
	for (unsigned v = 0; v < 1u << INSTRUMENTS; v++)
		all += exp((double)f->table[v]);
	m->worst_sum = fmax(m->worst_sum, fabs(all - 1.0));
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
			bits[t] = folded_bits(m, state, f, s->mask[t]);
			if (t % SUMMED_STEPS == 0)
				sum_all(m, state, f);
		}
	}
	free(f);
	free(state);
	return status;
}

#include "model/scorer.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

double
tally_mean(tally t)
{
	return t.steps > 0 ? t.bits / (double)t.steps : NAN;
}

static void
add(tally *t, double bits)
{
	t->bits += bits;
	t->steps++;
}

static void
add_pattern(score *out, const hit_line *s, const double *bits, const model_score *detail)
{
	const pattern *p = s->source;
	if (s->bar_len != 16) {
		for (int t = 0; t < s->n_steps; t++)
			add(&out->part[TALLY_OTHER_METRES], bits[t]);
		return;
	}
	for (int t = 0; t < s->n_steps; t++) {
		add(&out->part[TALLY_WHOLE], bits[t]);
		if (p->source_bars > 0)
			add(&out->part[t / s->bar_len < p->source_bars ? TALLY_FIRST_PASS : TALLY_LOOP],
			    bits[t]);
		if (p->style >= 0)
			add(&out->style[p->style], bits[t]);
	}
	out->hits += detail->hits;
	out->velocity_bits += detail->velocity_bits;
	out->offset_bits += detail->offset_bits;
	out->ratchet_bits += detail->ratchet_bits;
}

static dr_status
check(const hit_line *s, const double *bits, dr_error *err)
{
	for (int t = 0; t < s->n_steps; t++)
		if (!(bits[t] >= -1e-4 && bits[t] < 1e6))
			return error_set(err, DR_FAILED, "%s: step %d costs %g bits: the model is broken",
					 s->source->path, t, bits[t]);
	return DR_OK;
}

dr_status
scorer_run(scorer_fn *fn, void *self, const hit_set *set, score *out, dr_error *err)
{
	memset(out, 0, sizeof *out);
	int longest = 0;
	for (size_t i = 0; i < set->n; i++)
		longest = set->item[i].n_steps > longest ? set->item[i].n_steps : longest;
	double *bits = calloc((size_t)longest + 1, sizeof *bits);
	if (!bits)
		return error_set(err, DR_FAILED, "out of memory for %d steps", longest);
	dr_status status = DR_OK;
	for (size_t i = 0; i < set->n && status == DR_OK; i++) {
		const hit_line *s = &set->item[i];
		model_score detail = {0};
		status = fn(self, s, bits, &detail, err);
		if (status == DR_OK)
			status = check(s, bits, err);
		if (status == DR_OK)
			add_pattern(out, s, bits, &detail);
	}
	free(bits);
	return status;
}

dr_status
scorer_marginal(void *self, const hit_line *s, double *bits, model_score *d, dr_error *err)
{
	const marginal_and_hits *m = self;
	(void)err;
	for (int t = 0; t < s->n_steps; t++)
		bits[t] = -log2(marginal_probability(m->marginal, s, t, s->mask[t]));
	for (int t = 0; t < s->n_steps && m->costs; t++)
		for (int k = 0; k < INSTRUMENTS; k++) {
			const step_hit *h = &s->source->step[t].hit[k];
			if (!h->velocity)
				continue;
			d->hits++;
			d->velocity_bits += (double)m->costs->velocity_bits[k][h->velocity];
			d->offset_bits += (double)m->costs->offset_bits[k][hit_offset_bin(h->offset)];
		}
	return DR_OK;
}

dr_status
scorer_markov(void *self, const hit_line *s, double *bits, model_score *d, dr_error *err)
{
	const markov_at *m = self;
	double p[MARKOV_MAX_ORDER + 1];
	(void)d, (void)err;
	for (int t = 0; t < s->n_steps; t++) {
		markov_probabilities(m->markov, s, t, s->mask[t], p);
		bits[t] = -log2(p[m->order]);
	}
	return DR_OK;
}

dr_status
scorer_repeat(void *self, const hit_line *s, double *bits, model_score *d, dr_error *err)
{
	(void)d, (void)err;
	for (int t = 0; t < s->n_steps; t++)
		bits[t] = -log2(repeat_probability(self, s, t, s->mask[t]));
	return DR_OK;
}

dr_status
scorer_mixture(void *self, const hit_line *s, double *bits, model_score *d, dr_error *err)
{
	(void)d, (void)err;
	for (int t = 0; t < s->n_steps; t++)
		bits[t] = -log2(mixture_probability(self, s, t, s->mask[t]));
	return DR_OK;
}

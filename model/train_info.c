#include "model/train_info.h"

#include "model/hand.h"
#include "model/vec.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ALL = MODEL_MAX_STYLES }; /* the style index that stands for all patterns */

static long
hits_of(const pattern *p)
{
	long hits = 0;
	for (int s = 0; s < p->n_steps; s++)
		hits += vec_bits(step_mask(&p->step[s]));
	return hits;
}

static int
by_value(const void *a, const void *b)
{
	float x = *(const float *)a, y = *(const float *)b;
	return x < y ? -1 : x > y;
}

/* Median tempo of a style's training patterns; 0 if none is known. room holds n_patterns floats. */
static float
median_tempo(const corpus *c, int style, float *room)
{
	size_t n = 0;
	for (size_t i = 0; i < c->n_patterns; i++) {
		const pattern *p = &c->pattern[i];
		if (!p->validation && p->style == style && p->tempo > 0)
			room[n++] = p->tempo;
	}
	qsort(room, n, sizeof *room, by_value);
	return n ? room[n / 2] : 0.0f;
}

/* What is counted of every style; last, hits and steps of all. */
typedef struct style_counts {
	double hits[ALL + 1], steps[ALL + 1], drummers[ALL + 1], rolls[ALL + 1];
} style_counts;

static double
rolls_of(const pattern *p)
{
	double n = 0;
	for (int s = 0; s < p->n_steps; s++)
		for (int i = 0; i < INSTRUMENTS; i++)
			n += p->step[s].hit[i].velocity && p->step[s].hit[i].ratchet > 1;
	return n;
}

static void
count_styles(const corpus *c, style_counts *n)
{
	memset(n, 0, sizeof *n);
	for (size_t i = 0; i < c->n_patterns; i++) {
		const pattern *p = &c->pattern[i];
		const int s = p->style >= 0 ? p->style : ALL;
		const double hits = (double)hits_of(p);
		if (p->validation)
			continue;
		n->hits[s] += hits;
		n->steps[s] += p->n_steps;
		n->rolls[s] += rolls_of(p);
		n->drummers[s] += hand_is_drummer(p->step, p->n_steps) ? hits : 0;
	}
	for (int s = 0; s < ALL; s++) {
		n->hits[ALL] += n->hits[s];
		n->steps[ALL] += n->steps[s];
	}
}

/* 0 of nothing. */
static float
share_of(double part, double all)
{
	return all > 0 ? (float)(part / all) : 0.0f;
}

static void
count_offsets(const corpus *c, const model_info *base, float value[MODEL_OFFSETS])
{
	double sum[MODEL_OFFSETS] = {0}, n[MODEL_OFFSETS] = {0};
	for (size_t i = 0; i < c->n_patterns; i++) {
		const pattern *p = &c->pattern[i];
		for (int s = 0; s < p->n_steps && !p->validation; s++)
			for (unsigned mask = step_mask(&p->step[s]); mask; mask &= mask - 1) {
				int16_t offset = p->step[s].hit[__builtin_ctz(mask)].offset;
				int b = heads_offset_class(offset);
				sum[b] += (double)step_offset_to_float(offset);
				n[b] += 1;
			}
	}
	for (int b = 0; b < MODEL_OFFSETS - 1; b++) {
		float middle = ((float)b + 0.5f) / (float)(MODEL_OFFSETS - 1) - 0.5f;
		value[b] = n[b] > 0 ? (float)(sum[b] / n[b]) : base ? base->offset_value[b] : middle;
	}
	value[MODEL_OFFSETS - 1] = 0.0f;
}

static bool
styles_match(const corpus *c, const model_info *base)
{
	for (int s = 0; s < base->n_styles; s++)
		if (s >= c->n_styles || strcmp(c->style[s], base->style[s].name) != 0)
			return false;
	return true;
}

static void
name_corpora(const corpus *c, const model_info *base, char text[MODEL_CORPORA])
{
	int used = snprintf(text, MODEL_CORPORA, "%s", base ? base->corpora : "");
	for (int k = 0; k < c->n_collections && used < MODEL_CORPORA; k++)
		if (!strstr(text, c->collection[k]))
			used += snprintf(text + used, MODEL_CORPORA - (size_t)used, "%s%s", used ? ", " : "",
					 c->collection[k]);
}

dr_status
train_info(const corpus *c, const model_info *base, uint64_t seed, model_info *info, dr_error *err)
{
	memset(info, 0, sizeof *info);
	if (base && !styles_match(c, base))
		return error_set(
		    err, DR_USAGE,
		    "the corpus was not loaded with the styles of the model to resume (at most %d)",
		    CORPUS_MAX_STYLES);
	style_counts n;
	float *room = calloc(c->n_patterns + 1, sizeof *room);
	if (!room)
		return error_set(err, DR_FAILED, "out of memory");
	count_styles(c, &n);
	info->hands = base ? base->hands : true;
	info->hits_per_bar =
	    base ? base->hits_per_bar : fmaxf(16.0f * share_of(n.hits[ALL], n.steps[ALL]), 0.5f);
	info->n_styles = c->n_styles < MODEL_MAX_STYLES ? c->n_styles : MODEL_MAX_STYLES;
	for (int s = 0; s < info->n_styles; s++) {
		model_style *style = &info->style[s];
		snprintf(style->name, sizeof style->name, "%s", c->style[s]);
		style->hits_per_bar =
		    n.hits[s] > 0 ? 16.0f * share_of(n.hits[s], n.steps[s]) : info->hits_per_bar;
		style->tempo = median_tempo(c, s, room);
		style->drummer = info->hands ? share_of(n.drummers[s], n.hits[s]) : 0.0f;
		const float rolls = share_of(n.rolls[s], n.hits[s]);
		if (base && s < base->n_styles)
			*style = base->style[s];
		if (style->rolls <= 0.0f) /* a model that is older than this does not say */
			style->rolls = rolls;
	}
	free(room);
	count_offsets(c, base, info->offset_value);
	name_corpora(c, base, info->corpora);
	info->seed = seed;
	info->touch = base ? base->touch : NULL;
	info->steps = base ? base->steps : 0;
	return DR_OK;
}

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

/* Hits per bar of every style and of all, and how many of them drummers played. */
static void
count_styles(const corpus *c, float mean_hits[ALL + 1], float drummer[ALL])
{
	double hits[ALL + 1] = {0}, steps[ALL + 1] = {0}, played[ALL + 1] = {0};
	for (size_t i = 0; i < c->n_patterns; i++) {
		const pattern *p = &c->pattern[i];
		if (p->validation)
			continue;
		double n = (double)hits_of(p);
		hits[ALL] += n;
		steps[ALL] += p->n_steps;
		if (p->style >= 0) {
			hits[p->style] += n;
			steps[p->style] += p->n_steps;
			played[p->style] += hand_is_drummer(p->step, p->n_steps) ? n : 0;
		}
	}
	for (int s = 0; s <= ALL; s++)
		mean_hits[s] = hits[s] > 0 ? (float)(16.0 * hits[s] / steps[s]) : 0.0f;
	for (int s = 0; s < ALL; s++)
		drummer[s] = hits[s] > 0 ? (float)(played[s] / hits[s]) : 0.0f;
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
		return error_set(err, DR_USAGE,
				 "the corpus was not loaded with the styles of the model to resume");
	float *room = calloc(c->n_patterns + 1, sizeof *room), mean_hits[ALL + 1], drummer[ALL];
	if (!room)
		return error_set(err, DR_FAILED, "out of memory");
	count_styles(c, mean_hits, drummer);
	info->hands = base ? base->hands : true;
	info->hits_per_bar = base ? base->hits_per_bar : fmaxf(mean_hits[ALL], 0.5f);
	info->n_styles = c->n_styles < MODEL_MAX_STYLES ? c->n_styles : MODEL_MAX_STYLES;
	for (int s = 0; s < info->n_styles; s++) {
		model_style *style = &info->style[s];
		snprintf(style->name, sizeof style->name, "%s", c->style[s]);
		style->hits_per_bar = mean_hits[s] > 0 ? mean_hits[s] : info->hits_per_bar;
		style->tempo = median_tempo(c, s, room);
		style->drummer = info->hands ? drummer[s] : 0.0f;
		if (base && s < base->n_styles)
			*style = base->style[s];
	}
	free(room);
	count_offsets(c, base, info->offset_value);
	name_corpora(c, base, info->corpora);
	info->seed = seed;
	info->steps = base ? base->steps : 0;
	return DR_OK;
}

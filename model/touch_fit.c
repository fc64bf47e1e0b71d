#include "model/touch_fit.h"

#include "model/hand.h"
#include "model/model_file.h"
#include "model/rehearsal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BARS = 8, FIRST_SEED = 1 << 20 }; /* seeds that evaluations do not use */

typedef struct fitting {
	model *model;
	const corpus *corpus;
	const touch_options *options;
	rehearsal *rehearsal;
	touch_counts played, wanted;
	step_event step[BARS * REHEARSAL_BAR];
} fitting;

void
touch_count(touch_counts *c, long take, int bar_step, const step_hits *hits)
{
	for (int i = 0; i < INSTRUMENTS; i++) {
		const step_hit *h = &hits->hit[i];
		const int at = touch_cell_of(i, bar_step);
		if (!h->velocity)
			continue;
		const float place = touch_line_of_offset(step_offset_to_float(h->offset), 0.5f);
		c->takes[at] += c->last[at] != take;
		c->last[at] = take;
		c->velocity[at][h->velocity - 1]++;
		c->offset[at][(int)place]++;
		c->hits++;
	}
}

static long
sum(const long *count, int n)
{
	long all = 0;
	for (int k = 0; k < n; k++)
		all += count[k];
	return all;
}

static void
shares(const long *count, int n, float *below)
{
	const double all = (double)sum(count, n);
	long so_far = 0;
	for (int k = 0; k < n; k++) {
		below[k] = (float)((double)so_far / all);
		so_far += count[k];
	}
	below[n] = 1.0f;
}

static void
learn_line(const long *played, const long *wanted, int n, float *below_played, float *below_wanted)
{
	if (sum(played, n) < TOUCH_ENOUGH || sum(wanted, n) < TOUCH_ENOUGH)
		return;
	shares(played, n, below_played);
	shares(wanted, n, below_wanted);
}

void
touch_learn(const touch_counts *played, const touch_counts *wanted, touch_cell map[TOUCH_CELLS])
{
	for (int c = 0; c < TOUCH_CELLS; c++) {
		if (played->takes[c] < TOUCH_TAKES || wanted->takes[c] < TOUCH_TAKES)
			continue;
		learn_line(played->velocity[c], wanted->velocity[c], MODEL_VELOCITIES, map[c].played_velocity,
			   map[c].wanted_velocity);
		learn_line(played->offset[c], wanted->offset[c], MODEL_OFFSETS, map[c].played_offset,
			   map[c].wanted_offset);
	}
}

/* --- a model ---------------------------------------------------------------------------------------------
 */

static void
listen_to_corpus(fitting *f, const model_style *style)
{
	const bool drummer = touch_hand(style) == HAND_DRUMMER;
	memset(&f->wanted, 0, sizeof f->wanted);
	for (size_t i = 0; i < f->corpus->n_patterns; i++) {
		const pattern *p = &f->corpus->pattern[i];
		if (p->validation || p->style < 0 || strcmp(f->corpus->style[p->style], style->name) != 0 ||
		    p->bar_len != REHEARSAL_BAR || p->fill == 1 ||
		    (f->model->info.hands && hand_is_drummer(p->step, p->n_steps) != drummer))
			continue;
		for (int n = 0; n < p->n_steps; n++)
			touch_count(&f->wanted, (long)i + 1, n % REHEARSAL_BAR, &p->step[n]);
	}
}

static void
listen_to_model(fitting *f, int style)
{
	params *p = rehearsal_params(f->rehearsal);
	const float tempo = f->model->info.style[style].tempo;
	memset(&f->played, 0, sizeof f->played);
	params_set(p, PARAM_STYLE, (float)(style + 1), PARAM_SOURCE_NONE);
	params_set(p, PARAM_TEMPO, tempo > 0 ? tempo : param_describe(PARAM_TEMPO)->initial,
		   PARAM_SOURCE_NONE);
	for (int seed = 0; seed < f->options->seeds; seed++) {
		params_set(p, PARAM_SEED, (float)(FIRST_SEED + seed), PARAM_SOURCE_NONE);
		rehearsal_play(f->rehearsal, BARS, f->step);
		for (int n = 0; n < BARS * REHEARSAL_BAR; n++)
			touch_count(&f->played, seed + 1, n % REHEARSAL_BAR, &f->step[n].hits);
	}
}

/* Room for one touch more, which changes nothing yet; the style's own if it has one. NULL without memory. */
static touch_cell *
touch_of(model *m, int style)
{
	model_info *info = &m->info;
	int rows = 0;
	for (int s = 0; s < info->n_styles; s++)
		rows += info->style[s].touch > 0;
	if (!info->style[style].touch) {
		touch_cell *more = realloc(m->touch, (size_t)(rows + 1) * TOUCH_CELLS * sizeof *more);
		if (!more)
			return NULL;
		info->touch = m->touch = more;
		info->style[style].touch = rows + 1;
	}
	touch_cell *map = m->touch + (info->style[style].touch - 1) * TOUCH_CELLS;
	touch_start(map);
	return map;
}

static dr_status
fit_style(fitting *f, int style, dr_error *err)
{
	touch_cell *map = touch_of(f->model, style);
	if (!map)
		return error_set(err, DR_FAILED, "out of memory");
	listen_to_model(f, style);
	touch_learn(&f->played, &f->wanted, map);
	char line[120];
	snprintf(line, sizeof line, "%s: %ld hits of the corpus, %ld played",
		 f->model->info.style[style].name, f->wanted.hits, f->played.hits);
	if (f->options->progress)
		f->options->progress(f->options->user, line);
	return DR_OK;
}

dr_status
touch_fit(model *m, const corpus *c, const touch_options *options, int *found, dr_error *err)
{
	*found = 0;
	fitting *f = calloc(1, sizeof *f);
	if (!f)
		return error_set(err, DR_FAILED, "out of memory");
	*f = (fitting){.model = m, .corpus = c, .options = options};
	dr_status status = rehearsal_new(m, &f->rehearsal, err);
	for (int s = 0; s < m->info.n_styles && status == DR_OK; s++) {
		listen_to_corpus(f, &m->info.style[s]);
		if (f->wanted.hits < options->least)
			continue;
		status = fit_style(f, s, err);
		*found += status == DR_OK;
	}
	rehearsal_free(f->rehearsal);
	free(f);
	return status;
}

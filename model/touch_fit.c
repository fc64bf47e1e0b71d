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
	touch_cell map[TOUCH_CELLS];
	bool drummer; /* who is listened to */
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

static bool
learn_line(const long *played, const long *wanted, int n, float *below_played, float *below_wanted)
{
	if (sum(played, n) < TOUCH_ENOUGH || sum(wanted, n) < TOUCH_ENOUGH)
		return false;
	shares(played, n, below_played);
	shares(wanted, n, below_wanted);
	return true;
}

int
touch_learn(const touch_counts *played, const touch_counts *wanted, touch_cell map[TOUCH_CELLS])
{
	int learned = 0;
	for (int c = 0; c < TOUCH_CELLS; c++) {
		touch_cell *m = &map[c];
		if (played->takes[c] < TOUCH_TAKES || wanted->takes[c] < TOUCH_TAKES)
			continue;
		/* Every hit has both, so that there are enough of both or of none. */
		if (learn_line(played->velocity[c], wanted->velocity[c], MODEL_VELOCITIES, m->played_velocity,
			       m->wanted_velocity))
			learned += learn_line(played->offset[c], wanted->offset[c], MODEL_OFFSETS,
					      m->played_offset, m->wanted_offset);
	}
	return learned;
}

/* --- a model ---------------------------------------------------------------------------------------------
 */

static void
listen_to_corpus(fitting *f, const model_style *style)
{
	memset(&f->wanted, 0, sizeof f->wanted);
	for (size_t i = 0; i < f->corpus->n_patterns; i++) {
		const pattern *p = &f->corpus->pattern[i];
		if (p->validation || p->style < 0 || strcmp(f->corpus->style[p->style], style->name) != 0 ||
		    p->bar_len != REHEARSAL_BAR || p->fill == 1 ||
		    (f->model->info.hands && hand_is_drummer(p->step, p->n_steps) != f->drummer))
			continue;
		for (int n = 0; n < p->n_steps; n++)
			touch_count(&f->wanted, (long)i + 1, n % REHEARSAL_BAR, &p->step[n]);
	}
}

static void
listen_to_model(fitting *f, int style)
{
	params *p = rehearsal_params(f->rehearsal);
	memset(&f->played, 0, sizeof f->played);
	rehearsal_choose(f->rehearsal, style);
	params_set(p, PARAM_HAND, f->drummer ? HAND_A_DRUMMER : HAND_A_MACHINE, PARAM_SOURCE_NONE);
	for (int seed = 0; seed < f->options->seeds; seed++) {
		params_set(p, PARAM_SEED, (float)(FIRST_SEED + seed), PARAM_SOURCE_NONE);
		rehearsal_play(f->rehearsal, BARS, f->step);
		for (int n = 0; n < BARS * REHEARSAL_BAR; n++)
			touch_count(&f->played, seed + 1, n % REHEARSAL_BAR, &f->step[n].hits);
	}
}

/* The number of a style's touch by the hand that is listened to. */
static int *
touch_of(const fitting *f, model_style *style)
{
	const bool own = !f->model->info.hands || (model_style_hand(style) == HAND_DRUMMER) == f->drummer;
	return own ? &style->touch : &style->touch_other;
}

/* A touch of this number, in the place of what it was; 0: one more, and its number. */
static dr_status
keep(model *m, int *number, const touch_cell map[TOUCH_CELLS], dr_error *err)
{
	model_info *info = &m->info;
	const int rows = model_touches(info);
	if (!*number) {
		touch_cell *more = realloc(m->touch, (size_t)(rows + 1) * TOUCH_CELLS * sizeof *more);
		if (!more)
			return error_set(err, DR_FAILED, "out of memory");
		info->touch = m->touch = more;
		*number = rows + 1;
	}
	memcpy(m->touch + (*number - 1) * TOUCH_CELLS, map, TOUCH_CELLS * sizeof *map);
	return DR_OK;
}

/* *found counts it if anything was learned; a few takes teach nothing. */
static dr_status
fit_style(fitting *f, int style, int *found, dr_error *err)
{
	model_style *of = &f->model->info.style[style];
	int *number = touch_of(f, of);
	const int before = *number;
	*number = 0; /* it plays without */
	listen_to_model(f, style);
	*number = before;
	touch_start(f->map);
	const int cells = touch_learn(&f->played, &f->wanted, f->map);
	char line[120];
	snprintf(line, sizeof line, "%s%s: %ld hits of the corpus, %ld played; %d of %d places learned",
		 of->name,
		 !f->model->info.hands ? ""
		 : f->drummer          ? ", drummers"
				       : ", machines",
		 f->wanted.hits, f->played.hits, cells, (int)TOUCH_CELLS);
	if (f->options->progress)
		f->options->progress(f->options->user, line);
	const dr_status status = cells ? keep(f->model, number, f->map, err) : DR_OK;
	*found += cells && status == DR_OK;
	return status;
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
	const int hands = m->info.hands ? 2 : 1;
	for (int k = 0; k < hands * m->info.n_styles && status == DR_OK; k++) {
		f->drummer = k % hands == 1;
		listen_to_corpus(f, &m->info.style[k / hands]);
		if (f->wanted.hits < options->least)
			continue;
		status = fit_style(f, k / hands, found, err);
	}
	rehearsal_free(f->rehearsal);
	free(f);
	return status;
}

#include "model/eval.h"

#include "model/eval_report.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* The baselines of one training set. */
typedef struct suite {
	marginal marginal;
	repeat repeat;
	markov *markov;
	mixture mixture;
	hit_costs costs;
} suite;

static const int classes_of[2] = {CLASSES_ALL, CLASSES_FOLDED};

static void
suite_free(suite *s)
{
	if (!s)
		return;
	markov_free(s->markov);
	free(s);
}

static dr_status
suite_train(const corpus *c, int collection, hit_part part, int classes, suite **out, dr_error *err)
{
	hit_set set;
	dr_status status = hit_set_build(c, collection, part, classes, &set, err);
	if (status != DR_OK)
		return status;
	suite *s = calloc(1, sizeof *s);
	if (!s) {
		status = error_set(err, DR_FAILED, "out of memory for the baselines");
	} else {
		marginal_train(&set, &s->marginal);
		hit_costs_train(&set, &s->costs);
		status = repeat_train(&set, &s->marginal, &s->repeat, err);
		if (status == DR_OK)
			status = markov_train(&set, &s->marginal, &s->markov, err);
		s->mixture = (mixture){&s->marginal, s->markov, &s->repeat, 1, {0}};
	}
	hit_set_clear(&set);
	if (status != DR_OK) {
		suite_free(s);
		s = NULL;
	}
	*out = s;
	return status;
}

/* Trains everything: the mixture's order and weights on a tenth that its parts have not seen, the parts on
 * all. */
static dr_status
suite_train_mixed(const corpus *c, int collection, int classes, suite **out, dr_error *err)
{
	suite *kept = NULL;
	hit_set held_out = {0};
	*out = NULL;
	dr_status status = suite_train(c, collection, PART_TRAIN_KEPT, classes, &kept, err);
	if (status == DR_OK)
		status = hit_set_build(c, collection, PART_TRAIN_HELD_OUT, classes, &held_out, err);
	if (status == DR_OK)
		status = mixture_train(&held_out, &kept->mixture, err);
	if (status == DR_OK)
		status = suite_train(c, collection, PART_TRAIN, classes, out, err);
	if (status == DR_OK) {
		(*out)->mixture.order = kept->mixture.order;
		memcpy((*out)->mixture.weight, kept->mixture.weight, sizeof kept->mixture.weight);
	}
	hit_set_clear(&held_out);
	suite_free(kept);
	return status;
}

/* The row of that name, new or known. There is always room: EVAL_MAX_ROWS covers what this file adds. */
static eval_row *
need_row(eval_collection *e, const char *name, const char *trained_on, const char *given)
{
	for (int i = 0; i < e->n_rows; i++)
		if (strcmp(e->row[i].name, name) == 0 && strcmp(e->row[i].trained_on, trained_on) == 0 &&
		    strcmp(e->row[i].given, given) == 0)
			return &e->row[i];
	eval_row *row = &e->row[e->n_rows++];
	memset(row, 0, sizeof *row);
	snprintf(row->name, sizeof row->name, "%s", name);
	snprintf(row->trained_on, sizeof row->trained_on, "%s", trained_on);
	snprintf(row->given, sizeof row->given, "%s", given);
	return row;
}

static dr_status
run_into(eval_row *row, int folded, scorer_fn *fn, void *self, const hit_set *set, dr_error *err)
{
	row->scored[folded] = true;
	return scorer_run(fn, self, set, &row->of[folded], err);
}

/* The Markov chain of the order that validation likes best. */
static dr_status
run_markov(eval_row *row, int folded, const markov *m, const hit_set *set, dr_error *err)
{
	double best = INFINITY;
	row->scored[folded] = true;
	for (int order = 1; order <= MARKOV_MAX_ORDER; order++) {
		score tried;
		markov_at at = {m, order};
		dr_status status = scorer_run(scorer_markov, &at, set, &tried, err);
		if (status != DR_OK)
			return status;
		const tally whole = tried.part[TALLY_WHOLE], other = tried.part[TALLY_OTHER_METRES];
		const double bits = whole.steps > 0 ? whole.bits : other.bits;
		if (bits < best) {
			best = bits;
			row->order[folded] = order;
			row->of[folded] = tried;
		}
	}
	return DR_OK;
}

static dr_status
run_baselines(eval_collection *e, int folded, const char *trained_on, suite *s, const hit_set *set,
	      dr_error *err)
{
	marginal_and_hits first = {&s->marginal, folded ? NULL : &s->costs};
	dr_status status = run_into(need_row(e, "position-marginal", trained_on, ""), folded, scorer_marginal,
				    &first, set, err);
	if (status == DR_OK)
		status = run_markov(need_row(e, "Markov", trained_on, ""), folded, s->markov, set, err);
	if (status == DR_OK)
		status = run_into(need_row(e, "repeat", trained_on, ""), folded, scorer_repeat, &s->repeat,
				  set, err);
	if (status == DR_OK) {
		eval_row *row = need_row(e, "best mixture", trained_on, "");
		row->order[folded] = s->mixture.order;
		status = run_into(row, folded, scorer_mixture, &s->mixture, set, err);
	}
	return status;
}

/* Trains on one collection (or all: -1) and scores every collection that this training is for. */
static dr_status
run_training(eval_report *r, int trained, int folded, dr_error *err)
{
	const corpus *c = r->corpus;
	suite *s;
	dr_status status = suite_train_mixed(c, trained, classes_of[folded], &s, err);
	for (int i = 0; i < r->n_collections && status == DR_OK; i++) {
		eval_collection *e = &r->collection[i];
		hit_set set;
		if (trained >= 0 && trained != e->index)
			continue;
		status = hit_set_build(c, e->index, PART_VALIDATION, classes_of[folded], &set, err);
		if (status != DR_OK)
			break;
		status = run_baselines(e, folded, trained < 0 ? "all" : e->name, s, &set, err);
		hit_set_clear(&set);
	}
	suite_free(s);
	return status;
}

static double
worked(void)
{
	struct timespec t;
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static dr_status
run_model(eval_report *r, eval_collection *e, const model *m, dr_error *err)
{
	static const char *const given[4] = {"", "style", "tempo", "style, tempo"};
	const corpus *c = r->corpus;
	dr_status status = DR_OK;
	for (int folded = 0; folded < 2 && status == DR_OK; folded++) {
		hit_set set;
		status = hit_set_build(c, e->index, PART_VALIDATION, classes_of[folded], &set, err);
		if (status != DR_OK)
			return status;
		for (int g = 0; g < (folded ? 1 : 4) && status == DR_OK; g++) {
			scored_model self = {m, c, g & 1, g & 2, 0.0};
			const double begun = worked();
			status = run_into(need_row(e, model_arch(m), "", given[g]), folded,
					  folded ? scorer_model_folded : scorer_model, &self, &set, err);
			r->worst_sum = fmax(r->worst_sum, self.worst_sum);
			for (size_t i = 0; i < set.n && !folded; i++)
				r->streamed += set.item[i].n_steps;
			r->seconds += folded ? 0.0 : worked() - begun;
		}
		hit_set_clear(&set);
	}
	return status;
}

static void
survey(const corpus *c, int collection, eval_collection *e)
{
	e->index = collection;
	e->name = c->collection[collection];
	for (size_t i = 0; i < c->n_patterns; i++) {
		const pattern *p = &c->pattern[i];
		if (p->collection != collection)
			continue;
		const bool common = p->bar_len == 16;
		e->notes += p->notes;
		e->merged += p->merged;
		for (int t = 0; t < p->n_steps; t++)
			for (int k = 0; k < INSTRUMENTS; k++) {
				const step_hit *h = &p->step[t].hit[k];
				e->given_back += h->velocity ? h->ratchet - 1 : 0;
				e->hits += p->validation && common && h->velocity;
			}
		if (!p->validation)
			continue;
		e->patterns++;
		e->other_patterns += !common;
		*(common ? &e->steps : &e->other_steps) += p->n_steps;
	}
}

static dr_status
run_all(eval_report *r, const model *m, bool alone, dr_error *err)
{
	const corpus *c = r->corpus;
	dr_status status = DR_OK;
	for (int folded = 0; folded < 2 && !alone; folded++) {
		for (int trained = 0; trained < c->n_collections && status == DR_OK; trained++)
			status = run_training(r, trained, folded, err);
		if (c->n_collections > 1 && status == DR_OK)
			status = run_training(r, -1, folded, err);
	}
	for (int i = 0; i < r->n_collections && status == DR_OK && m; i++)
		status = run_model(r, &r->collection[i], m, err);
	return status;
}

dr_status
eval_run(const corpus *c, const model *m, bool alone, bool json, FILE *out, dr_error *err)
{
	eval_report r = {
	    .corpus = c, .arch = m ? model_arch(m) : NULL, .weights = m ? model_n_weights(m) : 0};
	r.collection = calloc(CORPUS_MAX_COLLECTIONS, sizeof *r.collection);
	if (!r.collection)
		return error_set(err, DR_FAILED, "out of memory for the figures");
	for (int i = 0; i < c->n_collections; i++) {
		eval_collection *e = &r.collection[r.n_collections];
		memset(e, 0, sizeof *e);
		survey(c, i, e);
		r.n_collections += e->patterns > 0;
	}
	dr_status status =
	    r.n_collections > 0
		? DR_OK
		: error_set(err, DR_BAD_INPUT,
			    "no pattern to score: none is held out (of ten files, about one is)");
	if (status == DR_OK)
		status = run_all(&r, m, alone, err);
	if (status == DR_OK && json)
		status = eval_print_json(&r, out, err);
	else if (status == DR_OK)
		eval_print_text(&r, out);
	if (status == DR_OK && (fflush(out) != 0 || ferror(out)))
		status = error_set(err, DR_FAILED, "the figures could not be written");
	free(r.collection);
	return status;
}

#include "model/eval_report.h"

#include "model/eval_styles.h"

#include <math.h>

/* Figures that do not exist are left out: JSON knows no NaN. Failures of memory show at the end, as an
 * object that cannot be printed. */
static void
set_figure(json_t *object, const char *key, double value)
{
	if (!isnan(value))
		json_object_set_new(object, key, json_real(value));
}

static json_t *
score_to_json(const corpus *c, const score *s)
{
	json_t *object = json_object(), *styles = json_object();
	set_figure(object, "hits", tally_mean(s->part[TALLY_WHOLE]));
	set_figure(object, "first_pass", tally_mean(s->part[TALLY_FIRST_PASS]));
	set_figure(object, "loop", tally_mean(s->part[TALLY_LOOP]));
	set_figure(object, "other_metres", tally_mean(s->part[TALLY_OTHER_METRES]));
	if (s->hits > 0) {
		const double n = (double)s->hits;
		set_figure(object, "velocity_per_hit", s->velocity_bits / n);
		set_figure(object, "offset_per_hit", s->offset_bits / n);
		if (s->ratchet_bits > 0.0)
			set_figure(object, "ratchet_per_hit", s->ratchet_bits / n);
		set_figure(object, "total", eval_total(s));
	}
	for (int i = 0; i < c->n_styles; i++)
		set_figure(styles, c->style[i], tally_mean(s->style[i]));
	json_object_set_new(object, "styles", styles);
	return object;
}

static json_t *
row_to_json(const corpus *c, const eval_row *row)
{
	static const char *const key[2] = {"twelve", "nine"};
	json_t *object = json_object();
	json_object_set_new(object, "name", json_string(row->name));
	if (row->trained_on[0])
		json_object_set_new(object, "trained_on", json_string(row->trained_on));
	else
		json_object_set_new(object, "given", json_string(row->given));
	for (int folded = 0; folded < 2; folded++) {
		if (!row->scored[folded])
			continue;
		json_t *figures = score_to_json(c, &row->of[folded]);
		if (row->order[folded] > 0)
			json_object_set_new(figures, "order", json_integer(row->order[folded]));
		json_object_set_new(object, key[folded], figures);
	}
	return object;
}

static json_t *
collection_to_json(const corpus *c, const eval_collection *e)
{
	json_t *object = json_object(), *rows = json_array(), *styles = json_object();
	json_object_set_new(object, "name", json_string(e->name));
	json_object_set_new(object, "patterns", json_integer(e->patterns));
	json_object_set_new(object, "patterns_other_metres", json_integer(e->other_patterns));
	json_object_set_new(object, "steps", json_integer(e->steps));
	json_object_set_new(object, "steps_other_metres", json_integer(e->other_steps));
	json_object_set_new(object, "hits", json_integer(e->hits));
	set_figure(object, "lost_share", e->notes > 0.0 ? e->merged / e->notes : NAN);
	set_figure(object, "ratchet_gives_back", e->merged > 0.0 ? e->given_back / e->merged : NAN);
	for (int i = 0; i < e->n_rows; i++)
		json_array_append_new(rows, row_to_json(c, &e->row[i]));
	for (int i = 0; i < c->n_styles; i++)
		if (e->n_rows > 0 && e->row[0].of[0].style[i].steps > 0)
			json_object_set_new(styles, c->style[i],
					    json_integer(e->row[0].of[0].style[i].steps));
	json_object_set_new(object, "style_steps", styles);
	json_object_set_new(object, "rows", rows);
	return object;
}

dr_status
eval_print_json(const eval_report *r, FILE *out, dr_error *err)
{
	json_t *object = json_object(), *collections = json_array();
	json_object_set_new(object, "protocol", json_integer(1));
	if (r->arch) {
		json_object_set_new(object, "architecture", json_string(r->arch));
		json_object_set_new(object, "weights", json_integer(r->weights));
		set_figure(object, "step_us", 1e6 * r->seconds / (double)r->streamed);
		set_figure(object, "worst_sum", r->worst_sum);
	}
	for (int i = 0; i < r->n_collections; i++)
		json_array_append_new(collections, collection_to_json(r->corpus, &r->collection[i]));
	json_object_set_new(object, "collections", collections);
	return eval_write_json(object, 6, out, err);
}

#include "tests/test.h"

#include "model/eval.h"
#include "model/model_file.h"
#include "model/scorer.h"
#include "tests/patterns.h"

#include <jansson.h>
#include <math.h>

static void
assert_near(double value, double wanted, double tolerance)
{
	if (!(fabs(value - wanted) <= tolerance))
		fail_msg("%.12g is not %.12g within %g", value, wanted, tolerance);
}

static hit_set
validation(const corpus *c, int classes)
{
	hit_set set;
	assert_ok(hit_set_build(c, -1, PART_VALIDATION, classes, &set, &test_error));
	return set;
}

/* Costs the number of the bar; says two bits of velocity a hit. */
static dr_status
bar_number(void *self, const hit_line *s, double *bits, model_score *d, dr_error *err)
{
	(void)self, (void)err;
	for (int t = 0; t < s->n_steps; t++) {
		bits[t] = t / s->bar_len;
		d->hits += s->mask[t] != 0;
	}
	d->velocity_bits = 2.0 * (double)d->hits;
	return DR_OK;
}

static dr_status
broken(void *self, const hit_line *s, double *bits, model_score *d, dr_error *err)
{
	(void)d, (void)err;
	for (int t = 0; t < s->n_steps; t++)
		bits[t] = 1.0;
	bits[3] = *(const double *)self;
	return DR_OK;
}

static void
costs_are_sorted_into_their_parts(void **state)
{
	(void)state;
	corpus c =
	    groove_corpus(24); /* every fifth has bars of 12; every fourth is scored: 3, 7, 11, 15, 19, 23 */
	c.pattern[3].source_bars = 1;
	c.pattern[7].source_bars = 2;
	c.pattern[11].source_bars = 4;
	c.pattern[15].source_bars = 9;
	c.pattern[23].source_bars = 0;
	hit_set set = validation(&c, CLASSES_ALL);
	assert_int_equal(set.n, 6);
	score s;
	assert_ok(scorer_run(bar_number, NULL, &set, &s, &test_error));
	assert_int_equal(s.part[TALLY_WHOLE].steps, 5 * 64);
	assert_near(tally_mean(s.part[TALLY_WHOLE]), 1.5, 1e-9);
	assert_int_equal(s.part[TALLY_OTHER_METRES].steps, 48); /* 19 */
	assert_int_equal(s.part[TALLY_FIRST_PASS].steps, 16 + 32 + 64 + 64);
	assert_near(s.part[TALLY_FIRST_PASS].bits, 16 * (0 + 1 + 6 + 6), 1e-9);
	assert_int_equal(s.part[TALLY_LOOP].steps, 48 + 32);
	assert_near(s.part[TALLY_LOOP].bits, 16 * (6 + 5), 1e-9);
	assert_int_equal(s.style[0].steps + s.style[1].steps, 5 * 64);
	assert_near(s.velocity_bits, 2.0 * (double)s.hits, 1e-9);
	/* 19, in bars of 12, adds nothing to the hits. */
	long hits = 0;
	for (size_t i = 0; i < set.n; i++)
		for (int t = 0; t < set.item[i].n_steps; t++)
			hits += set.item[i].bar_len == 16 && set.item[i].mask[t];
	assert_int_equal(s.hits, hits);
	hit_set_clear(&set);
	corpus_clear(&c);
}

static void
a_cost_that_is_no_number_names_the_file(void **state)
{
	(void)state;
	corpus c = groove_corpus(8);
	hit_set set = validation(&c, CLASSES_ALL);
	static double bad[] = {NAN, INFINITY, -1.0};
	for (int i = 0; i < 3; i++) {
		score s;
		assert_int_equal(scorer_run(broken, &bad[i], &set, &s, &test_error), DR_FAILED);
		assert_non_null(strstr(test_error.text, "memory: step 3"));
	}
	hit_set_clear(&set);
	corpus_clear(&c);
}

static void
parts_of_a_corpus_do_not_meet(void **state)
{
	(void)state;
	corpus c = groove_corpus(60);
	hit_set train, kept, held, valid;
	assert_ok(hit_set_build(&c, 0, PART_TRAIN, 12, &train, &test_error));
	assert_ok(hit_set_build(&c, 0, PART_TRAIN_KEPT, 12, &kept, &test_error));
	assert_ok(hit_set_build(&c, 0, PART_TRAIN_HELD_OUT, 12, &held, &test_error));
	assert_ok(hit_set_build(&c, 0, PART_VALIDATION, 12, &valid, &test_error));
	assert_int_equal(train.n, 45);
	assert_int_equal(kept.n + held.n, train.n);
	assert_in_range(held.n, 1, 10);
	assert_int_equal(valid.n, 15);
	for (size_t i = 0; i < held.n; i++)
		for (size_t k = 0; k < kept.n; k++)
			assert_ptr_not_equal(held.item[i].source, kept.item[k].source);
	for (size_t i = 0; i < valid.n; i++)
		assert_true(valid.item[i].source->validation);
	hit_set other;
	assert_ok(hit_set_build(&c, 1, PART_TRAIN, 12, &other, &test_error));
	assert_int_equal(other.n, 0);
	hit_set_clear(&other);
	hit_set_clear(&train);
	hit_set_clear(&kept);
	hit_set_clear(&held);
	hit_set_clear(&valid);
	corpus_clear(&c);
}

static model *
make_model(void)
{
	model_info info = {.config = {trunk_find("gru"), 16, 1, 16, 16}, .n_styles = 1, .hits_per_bar = 10};
	snprintf(info.style[0].name, sizeof info.style[0].name, "busy");
	net n;
	assert_ok(net_init(&n, &info.config, &test_error));
	float *w = weights_alloc(n.weights.total);
	weights_init(&n.weights, 9, w);
	model *m;
	assert_ok(model_new(&info, w, &m, &test_error));
	free(w);
	return m;
}

static void
nine_classes_cost_a_network_no_more_than_twelve(void **state)
{
	(void)state;
	corpus c = groove_corpus(8);
	model *m = make_model();
	hit_set all = validation(&c, CLASSES_ALL), folded = validation(&c, CLASSES_FOLDED);
	for (int given = 0; given < 4; given++) {
		scored_model self = {m, &c, given & 1, given & 2, 0.0};
		for (size_t i = 0; i < all.n; i++) {
			double twelve[64], nine[64];
			model_score d = {0};
			assert_ok(scorer_model(&self, &all.item[i], twelve, &d, &test_error));
			assert_ok(scorer_model_folded(&self, &folded.item[i], nine, &d, &test_error));
			for (int t = 0; t < all.item[i].n_steps; t++)
				assert_true(nine[t] <= twelve[t] + 1e-4);
			assert_true(d.hits > 0 && d.velocity_bits > 0.0);
		}
		assert_true(self.worst_sum < 1e-5);
	}
	hit_set_clear(&all);
	hit_set_clear(&folded);
	model_free(m);
	corpus_clear(&c);
}

static char *
run(const corpus *c, const model *m, bool alone, bool json)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	assert_non_null(out);
	assert_ok(eval_run(c, m, alone, json, out, &test_error));
	fclose(out);
	return text;
}

static double
figure(const json_t *row, const char *key)
{
	const json_t *value = json_object_get(json_object_get(row, "twelve"), key);
	return json_is_number(value) ? json_number_value(value) : NAN;
}

static void
json_holds_every_row(void **state)
{
	(void)state;
	corpus c = groove_corpus(60);
	c.n_collections = 2;
	snprintf(c.collection[1], sizeof c.collection[1], "others");
	for (size_t i = 30; i < 60; i++)
		c.pattern[i].collection = 1;
	model *m = make_model();
	char *text = run(&c, m, false, true);
	json_error_t fault;
	json_t *object = json_loads(text, 0, &fault);
	if (!object)
		fail_msg("%s in %s", fault.text, text);
	const json_t *collections = json_object_get(object, "collections");
	assert_int_equal(json_array_size(collections), 2);
	for (size_t i = 0; i < 2; i++) {
		const json_t *e = json_array_get(collections, i), *rows = json_object_get(e, "rows");
		assert_string_equal(json_string_value(json_object_get(e, "name")), i ? "others" : "grooves");
		assert_int_equal(json_array_size(rows), 4 + 4 + 4);
		/* These grooves repeat exactly: to copy is best, and better than to know the place. */
		const double by_place = figure(json_array_get(rows, 0), "hits"),
			     copied = figure(json_array_get(rows, 2), "hits");
		assert_true(copied < by_place && by_place < 6.0 && copied > 0.0);
		assert_true(figure(json_array_get(rows, 2), "loop") < 0.5);
		assert_true(figure(json_array_get(rows, 0), "total") > by_place);
		assert_true(isnan(figure(json_array_get(rows, 2), "total")));
		assert_true(figure(json_array_get(rows, 8), "total") > 0.0);
	}
	json_decref(object);
	free(text);
	model_free(m);
	corpus_clear(&c);
}

static void
tables_name_everything(void **state)
{
	(void)state;
	corpus c = groove_corpus(60);
	char *text = run(&c, NULL, false, false);
	static const char *const wanted[] = {"grooves: 15 validation patterns",
					     "position-marginal",
					     "Markov, order ",
					     "repeat",
					     "best mixture",
					     "busy",
					     "nine classes"};
	for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
		if (!strstr(text, wanted[i]))
			fail_msg("no \"%s\" in\n%s", wanted[i], text);
	assert_null(strstr(text, "nan"));
	free(text);
	corpus_clear(&c);
}

static void
a_network_alone_scores_the_same(void **state)
{
	(void)state;
	corpus c = groove_corpus(60);
	model *m = make_model();
	double hits[2];
	for (int alone = 0; alone < 2; alone++) {
		char *text = run(&c, m, alone, true);
		json_t *object = json_loads(text, 0, NULL);
		const json_t *e = json_array_get(json_object_get(object, "collections"), 0),
			     *rows = json_object_get(e, "rows");
		assert_int_equal(json_array_size(rows), alone ? 4 : 8);
		hits[alone] = figure(json_array_get(rows, alone ? 0 : 4), "hits");
		assert_int_equal(json_integer_value(json_object_get(object, "weights")), model_n_weights(m));
		assert_true(json_number_value(json_object_get(object, "step_us")) > 0.0);
		json_decref(object);
		free(text);
	}
	assert_true(hits[0] > 0.0 && hits[0] == hits[1]);
	model_free(m);
	corpus_clear(&c);
}

static void
nothing_to_score_is_bad_input(void **state)
{
	(void)state;
	corpus c = groove_corpus(3);
	assert_int_equal(eval_run(&c, NULL, false, false, stdout, &test_error), DR_BAD_INPUT);
	/* And nothing to learn from is none: everything is as likely as not. */
	for (int i = 0; i < 3; i++)
		c.pattern[i].validation = true;
	char *text = run(&c, NULL, false, false);
	assert_non_null(strstr(text, "12.000"));
	free(text);
	corpus_clear(&c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(costs_are_sorted_into_their_parts),
	    cmocka_unit_test(a_cost_that_is_no_number_names_the_file),
	    cmocka_unit_test(parts_of_a_corpus_do_not_meet),
	    cmocka_unit_test(nine_classes_cost_a_network_no_more_than_twelve),
	    cmocka_unit_test(json_holds_every_row),
	    cmocka_unit_test(tables_name_everything),
	    cmocka_unit_test(a_network_alone_scores_the_same),
	    cmocka_unit_test(nothing_to_score_is_bad_input),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

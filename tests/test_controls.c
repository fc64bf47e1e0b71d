/* What eval --controls, --form and --groove measure, on music made up for it; and all of them on a small
 * model. */
#include "tests/test.h"

#include "model/eval_controls.h"
#include "model/eval_form.h"
#include "model/eval_groove.h"
#include "model/train.h"
#include "tests/patterns.h"

#include <jansson.h>
#include <math.h>
#include <unistd.h>

static void
ranks_correlate(void **state)
{
	(void)state;
	assert_true(fabs(controls_spearman((const double[]){1, 2, 9, 10}, 4) - 1) < 1e-9);
	assert_true(fabs(controls_spearman((const double[]){4, 3, 2, 1}, 4) + 1) < 1e-9);
	/* One neighbouring pair exchanged: 1 - 6 * 2 / (5 * 24). */
	assert_true(fabs(controls_spearman((const double[]){1, 2, 4, 3, 5}, 5) - 0.9) < 1e-9);
	assert_true(controls_spearman((const double[]){7, 7, 7}, 3) == 0);
	assert_true(controls_spearman((const double[]){1, 2, 2, 3}, 4) < 1);
}

static controls_style
obedient(void)
{
	controls_style s = {.name = "good", .own_mean = 15, .cold_is_one = true, .silence = 1, .fullest = 60};
	for (int k = 0; k < CONTROLS_DENSITIES; k++) {
		s.hits[k] = 1 + 1.4 * k;
		s.strength[k] = 1 - 0.01 * k;
	}
	for (int k = 0; k < CONTROLS_TEMPERATURES; k++)
		s.entropy[k] = k;
	for (int i = 0; i < CONTROLS_INSTRUMENTS; i++)
		for (int k = 0; k < CONTROLS_OWN; k++)
			s.own[i][k] = k;
	s.fill = 20;
	s.beside = 15;
	s.landed = 1;
	return s;
}

static void
expect_broken(controls_style s, int promise)
{
	for (int p = 0; p < PROMISES; p++) {
		double figure;
		if (controls_kept(&s, (controls_promise)p, &figure) != (p != promise))
			fail_msg("promise %d is %s at %g where %d is broken", p,
				 p == promise ? "kept" : "broken", figure, promise);
	}
}

static void
every_promise_can_be_broken(void **state)
{
	(void)state;
	controls_style s = obedient();
	expect_broken(s, -1);
	s.hits[5] = 20;
	s.hits[15] = 3;
	expect_broken(s, PROMISE_MONOTONE);
	s = obedient(), s.hits[0] = 2.1;
	expect_broken(s, PROMISE_EMPTY);
	s = obedient();
	for (int k = 0; k < CONTROLS_DENSITIES; k++)
		s.hits[k] = 14 + 0.1 * k - (k == 0 ? 13 : 0);
	expect_broken(s, PROMISE_FULL);
	s = obedient(), s.own_mean = 16.7;
	expect_broken(s, PROMISE_MIDDLE);
	s = obedient(), s.strength[4] = 0.2;
	expect_broken(s, PROMISE_STRONG);
	s = obedient(), s.strength[4] = NAN;
	expect_broken(s, PROMISE_STRONG);
	s = obedient();
	for (int k = 0; k < CONTROLS_DENSITIES; k++)
		s.strength[k] = 0.9;
	expect_broken(s, PROMISE_STRONG);
	s = obedient(), s.entropy[6] = 4.5;
	expect_broken(s, PROMISE_ENTROPY);
	s = obedient(), s.cold_is_one = false;
	expect_broken(s, PROMISE_COLD);
	s = obedient(), s.silence = 4;
	expect_broken(s, PROMISE_SILENCE);
	s = obedient(), s.fullest = 192;
	expect_broken(s, PROMISE_SOLID);
	s = obedient(), s.own[1][0] = 0.1;
	expect_broken(s, PROMISE_OWN);
	s = obedient(), s.own[2][3] = 1.9;
	expect_broken(s, PROMISE_OWN);
	s = obedient(), s.fill = 15;
	expect_broken(s, PROMISE_FILL);
	s = obedient(), s.landed = 0.9;
	expect_broken(s, PROMISE_LANDING);
}

static void
bars_are_compared_with_those_before(void **state)
{
	(void)state;
	/* A A B C: B is two cells from A, C six. */
	uint16_t mask[64] = {0};
	for (int bar = 0; bar < 4; bar++)
		mask[16 * bar] = 1;
	mask[32 + 5] = 3;
	mask[48 + 5] = 63;
	form_shares f = {{0}, {0}, {0}};
	form_add(&f, mask, 64, 16);
	assert_true(f.pairs[0] == 3 && f.equal[0] == 1 && f.near[0] == 2);
	assert_true(f.pairs[1] == 2 && f.equal[1] == 0 && f.near[1] == 1);
	assert_true(f.pairs[2] == 0 && f.pairs[3] == 0);
	form_add(&f, mask, 64, 8);
	assert_int_equal(f.pairs[3], 0);
	assert_int_equal(f.pairs[2], 4);
}

static void
touch_is_compared_by_place(void **state)
{
	(void)state;
	static groove_counts a, b;
	memset(&a, 0, sizeof a);
	memset(&b, 0, sizeof b);
	assert_true(isnan(groove_velocity_overlap(&a, &b)));
	for (int n = 0; n < 100; n++) {
		step_hits x = {.hit = {[INST_CH] = {(uint8_t)(n < 50 ? 20 : 100), 1, 0}}}, y = x;
		groove_add(&a, 4, &x);
		y.hit[INST_CH].velocity = n < 75 ? 20 : 100;
		y.hit[INST_CH].offset = n < 10 ? 32767 : -8000;
		y.hit[INST_CH].ratchet = n < 20 ? 2 : 1;
		groove_add(&b, 12, &y);
		x.hit[INST_CH].velocity = 1; /* elsewhere in the bar: too few to count */
		if (n < GROOVE_ENOUGH - 1)
			groove_add(&b, 3, &x);
	}
	assert_true(fabs(groove_velocity_overlap(&a, &b) - 0.75) < 1e-9);
	assert_true(groove_offset_overlap(&a, &b) == 0);
	assert_true(groove_offset_overlap(&b, &b) == 1);
	assert_true(a.rolled == 0 && b.rolled == 20);
	static const int position[16] = {0, 3, 2, 3, 1, 3, 2, 3, 1, 3, 2, 3, 1, 3, 2, 3};
	for (int s = 0; s < 16; s++)
		assert_int_equal(touch_position(s % 16), position[s]);
}

static model *
small_model(void)
{
	const char *path = "test_controls.safetensors";
	corpus c = groove_corpus(16);
	const train_options o = {
	    .output = path, .seed = 1, .hidden = 12, .epochs = 2, .learning_rate = 0.01f, .threads = 1};
	train_result result;
	model *m;
	assert_ok(train_model(&c, &o, &result, &test_error));
	corpus_clear(&c);
	assert_ok(model_load(path, &m, &test_error));
	unlink(path);
	return m;
}

static json_t *
read_back(FILE *out)
{
	json_error_t where;
	rewind(out);
	json_t *root = json_loadf(out, 0, &where);
	if (!root)
		fail_msg("%s", where.text);
	fclose(out);
	return root;
}

static void
all_listen_to_a_model(void **state)
{
	(void)state;
	model *m = small_model();
	corpus c = groove_corpus(16);
	int broken = -1;
	FILE *out = tmpfile();
	assert_ok(eval_controls(m, &c, 1, true, out, &broken, &test_error));
	json_t *root = read_back(out), *promises = json_object_get(root, "promises");
	const char *key;
	json_t *value;
	int said = 0;
	json_object_foreach(promises, key, value) said += json_is_false(json_object_get(value, "kept"));
	assert_int_equal(json_object_size(promises), PROMISES);
	assert_int_equal(said, broken);
	/* These hold for any network, by the sampler alone. */
	assert_true(json_is_true(json_object_get(json_object_get(promises, "cold"), "kept")));
	assert_true(json_is_true(json_object_get(json_object_get(promises, "silence"), "kept")));
	assert_true(json_is_true(json_object_get(json_object_get(promises, "landing"), "kept")));
	json_decref(root);
	out = tmpfile();
	assert_ok(eval_form(m, &c, 1, true, out, &test_error));
	root = read_back(out);
	json_t *styles = json_object_get(root, "form");
	assert_int_equal(json_object_size(styles), 2);
	/* Its grooves come round in 8 steps: after two bars, whether of 12 or 16. */
	json_t *equal =
	    json_object_get(json_object_get(json_object_get(styles, "straight"), "corpus"), "equal");
	assert_true(json_number_value(json_array_get(equal, 1)) == 1.0);
	json_decref(root);
	out = tmpfile();
	assert_ok(eval_groove(m, &c, 1, true, out, &test_error));
	root = read_back(out);
	assert_int_equal(json_object_size(json_object_get(root, "groove")), 2);
	json_decref(root);
	corpus_clear(&c);
	model_free(m);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(ranks_correlate),
	    cmocka_unit_test(every_promise_can_be_broken),
	    cmocka_unit_test(bars_are_compared_with_those_before),
	    cmocka_unit_test(touch_is_compared_by_place),
	    cmocka_unit_test(all_listen_to_a_model),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Training on a few grooves in memory: it learns, repeats itself by seed, resumes, stops and refuses. */
#include "tests/test.h"

#include "model/fileio.h"
#include "model/model_file.h"
#include "model/train.h"
#include "model/without.h"
#include "tests/patterns.h"

#include <math.h>
#include <unistd.h>

static const char *const path = "test_train.safetensors", *const second = "test_train_2.safetensors";

static train_options
small(int epochs)
{
	return (train_options){.output = path,
			       .seed = 3,
			       .hidden = 24,
			       .layers = 1,
			       .epochs = epochs,
			       .learning_rate = 0.01f,
			       .dropout = 0.1f,
			       .threads = 1};
}

static train_result
train(const corpus *c, const train_options *o)
{
	train_result result;
	assert_ok(train_model(c, o, &result, &test_error));
	return result;
}

/* Share of a style's hits, but for those held out, that have several strokes. */
static float
rolls_share(const corpus *c, int style)
{
	double hits = 0, rolls = 0;
	for (size_t i = 0; i < c->n_patterns; i++)
		for (int n = 0; n < c->pattern[i].n_steps; n++)
			for (int k = 0; k < INSTRUMENTS; k++) {
				const step_hit hit = c->pattern[i].step[n].hit[k];
				if (c->pattern[i].style != style || c->pattern[i].validation || !hit.velocity)
					continue;
				hits++;
				rolls += hit.ratchet > 1;
			}
	assert_true(rolls > 0);
	return (float)(rolls / hits);
}

/* Bits per step of the patterns in 4/4 that are held out, as evaluation scores them. */
static double
validation_bits(const model *m, const corpus *c)
{
	model_score one;
	double bits = 0;
	long steps = 0;
	for (size_t i = 0; i < c->n_patterns; i++)
		if (c->pattern[i].validation && c->pattern[i].bar_len == 16) {
			assert_ok(model_score_pattern(m, &c->pattern[i], -1, false, &one, NULL, &test_error));
			bits += one.hit_bits;
			steps += one.steps;
		}
	assert_true(steps > 0);
	return bits / (double)steps;
}

static void
training_learns(void **state)
{
	(void)state;
	corpus c = groove_corpus(24);
	train_options o = small(1);
	for (int i = 0; i < INSTRUMENTS; i++) /* one of each style */
		c.pattern[0].step[0].hit[i].ratchet = c.pattern[2].step[0].hit[i].ratchet = 3;
	double before = train(&c, &o).validation_bits;
	o.epochs = 8;
	train_result after = train(&c, &o);
	/* The grooves are known after a bar; the first bar leaves a few bits. */
	if (!(after.validation_bits < 0.5 && before > 2 * after.validation_bits))
		fail_msg("%.3f bits per step before, %.3f after training", before, after.validation_bits);
	assert_int_equal(after.epochs, 8);
	model *m;
	assert_ok(model_load(path, &m, &test_error));
	assert_int_equal(model_n_styles(m), 2);
	assert_true(model_get_style(m, 1)->hits_per_bar > model_get_style(m, 0)->hits_per_bar);
	assert_true(model_get_style(m, 0)->tempo > 119 && model_get_style(m, 0)->tempo < 121);
	for (int style = 0; style < 2; style++)
		assert_float_equal(model_get_style(m, style)->rolls, rolls_share(&c, style), 1e-6f);
	/* The file scores as training said. */
	assert_true(fabs(validation_bits(m, &c) - after.validation_bits) < 1e-4);
	model_free(m);
	corpus_clear(&c);
}

static void
same_seed_same_file(void **state)
{
	(void)state;
	corpus c = groove_corpus(12);
	char *data[3];
	size_t size[3];
	for (int k = 0; k < 3; k++) {
		train_options o = small(1);
		o.seed = k < 2 ? 11 : 12;
		train(&c, &o);
		assert_ok(file_read_whole(path, 1 << 26, &data[k], &size[k], &test_error));
	}
	assert_int_equal(size[0], size[1]);
	assert_memory_equal(data[0], data[1], size[0]);
	assert_true(size[0] != size[2] || memcmp(data[0], data[2], size[0]) != 0);
	for (int k = 0; k < 3; k++)
		free(data[k]);
	corpus_clear(&c);
}

/* The most by which a weight of two models of one shape differs. */
static float
furthest(const char *one, const char *other)
{
	model *m[2];
	float most = 0.0f;
	assert_ok(model_load(one, &m[0], &test_error));
	assert_ok(model_load(other, &m[1], &test_error));
	assert_int_equal(m[0]->net.weights.total, m[1]->net.weights.total);
	for (size_t i = 0; i < m[0]->net.weights.total; i++)
		most = fmaxf(most, fabsf(m[0]->w[i] - m[1]->w[i]));
	model_free(m[0]);
	model_free(m[1]);
	return most;
}

static void
as_much_as_is_wanted_is_kept_of_a_model(void **state)
{
	(void)state;
	corpus c = groove_corpus(24);
	train_options o = small(1);
	train(&c, &o);
	float moved[2];
	for (int k = 0; k < 2; k++) {
		o = small(1);
		o.resume = path;
		o.output = second;
		o.hidden = 0;
		o.tuning = true;
		o.keep = k ? 0.75f : 1e-7f; /* next to nothing: trained on the same batches */
		train(&c, &o);
		moved[k] = furthest(path, second);
	}
	assert_true(moved[0] > 1e-3f);
	assert_float_equal(moved[1], 0.25f * moved[0], 1e-5f);
	unlink(second);
	corpus_clear(&c);
}

static void
a_model_is_trained_on(void **state)
{
	(void)state;
	corpus c = groove_corpus(24);
	train_options o = small(2);
	double first = train(&c, &o).validation_bits;
	o = small(2);
	o.resume = path;
	o.output = second;
	o.hidden = 0;
	double then = train(&c, &o).validation_bits;
	assert_true(then < first);
	model *m;
	assert_ok(model_load(second, &m, &test_error));
	assert_int_equal(model_find_style(m, "busy"), 1);
	model_free(m);
	/* The styles must be where the model has them. */
	snprintf(c.style[0], sizeof c.style[0], "other");
	train_result result;
	assert_int_equal(train_model(&c, &o, &result, &test_error), DR_USAGE);
	o.arch = "lstm";
	snprintf(c.style[0], sizeof c.style[0], "straight");
	assert_int_equal(train_model(&c, &o, &result, &test_error), DR_USAGE);
	unlink(second);
	corpus_clear(&c);
}

static void
stopping_keeps_a_model(void **state)
{
	(void)state;
	corpus c = groove_corpus(8);
	atomic_bool stop = true;
	train_options o = small(50);
	train_result result;
	o.stop = &stop;
	unlink(path);
	assert_int_equal(train_model(&c, &o, &result, &test_error), DR_CANCELLED);
	model *m;
	assert_ok(model_load(path, &m, &test_error));
	model_free(m);
	corpus_clear(&c);
}

/* Steps so short that nothing moves: training without a number of epochs gives up instead of going on to its
 * last one. */
static void
what_no_longer_improves_ends(void **state)
{
	(void)state;
	corpus c = groove_corpus(24);
	train_options o = small(0);
	o.learning_rate = 1e-30f;
	o.without = WITHOUT_AVERAGING; /* its rounding would be a change */
	const train_result open_ended = train(&c, &o);
	o.epochs = 24;
	const train_result told = train(&c, &o);
	assert_true(open_ended.epochs < 24);
	assert_int_equal(told.epochs, 24);
	assert_true(open_ended.validation_bits == told.validation_bits);
	corpus_clear(&c);
}

static void
what_is_left_out_has_no_weight(void **state)
{
	(void)state;
	corpus c = groove_corpus(12);
	train_options o = small(2);
	unsigned without = 0;
	assert_true(without_parse("recall,chain,telling", &without));
	assert_false(without_parse("recall,trumpets", &o.without));
	assert_false(without_parse("", &o.without));
	const double with = train(&c, &o).validation_bits;
	o.without = without;
	const double left_out = train(&c, &o).validation_bits;
	model *m;
	assert_ok(model_load(path, &m, &test_error));
	const float *hit = m->w + m->net.chain.at[CHAIN_HIT];
	for (int i = 0; i < INSTRUMENTS * m->net.chain.hidden; i++)
		assert_true(hit[i] == 0.0f);
	for (int i = 0; i < m->net.weights.n; i++) {
		const weight_tensor *t = &m->net.weights.item[i];
		if (t->rows != FEATURES)
			continue;
		const float *told = m->w + t->offset + FEATURE_AT_ANYTHING * t->cols;
		for (int k = 0; k < t->cols; k++)
			assert_true(told[k] == 0.0f && told[t->cols + k] != 0.0f);
	}
	/* So it scores without training's feeder as with it. */
	assert_true(fabs(validation_bits(m, &c) - left_out) < 1e-4 && left_out != with);
	model_free(m);
	/* Without averaging it is another model, of the same training. */
	o.without = WITHOUT_AVERAGING;
	assert_true(train(&c, &o).validation_bits != with);
	corpus_clear(&c);
}

/* Where nothing sounds, a network alone learns silence; with a teacher also what that one would play. */
static void
a_teacher_is_heard(void **state)
{
	(void)state;
	corpus c = groove_corpus(24), silent = groove_corpus(24);
	train_options o = small(6);
	train_result result;
	double bits[2];
	for (size_t i = 0; i < silent.n_patterns; i++)
		memset(silent.pattern[i].step, 0, (size_t)silent.pattern[i].n_steps * sizeof(step_hits));
	o.output = second;
	train(&c, &o);
	o.output = path;
	o.epochs = 2;
	for (int taught = 0; taught < 2; taught++) {
		model *m;
		o.teacher[0] = taught ? second : NULL;
		train(&silent, &o);
		assert_ok(model_load(path, &m, &test_error));
		bits[taught] = validation_bits(m, &c);
		model_free(m);
	}
	assert_true(bits[1] < bits[0] / 2);
	/* It must be there, and know the same styles; and what is weighed must be given. */
	o.share[0] = (train_share){"trumpets", 2.0f};
	assert_int_equal(train_model(&c, &o, &result, &test_error), DR_USAGE);
	assert_non_null(strstr(test_error.text, "trumpets"));
	o.share[0].collection = NULL;
	o.teacher[1] = "nowhere.safetensors";
	assert_int_equal(train_model(&c, &o, &result, &test_error), DR_BAD_INPUT);
	assert_non_null(strstr(test_error.text, "nowhere.safetensors"));
	o.teacher[1] = NULL;
	snprintf(c.style[0], sizeof c.style[0], "bent");
	assert_int_equal(train_model(&c, &o, &result, &test_error), DR_BAD_INPUT);
	assert_non_null(strstr(test_error.text, second));
	unlink(second);
	corpus_clear(&silent);
	corpus_clear(&c);
}

static void
one_file_is_enough(void **state)
{
	(void)state;
	corpus c = groove_corpus(1);
	train_options o = small(2);
	o.arch = "lstm";
	train_result result = train(&c, &o);
	assert_true(result.validation_bits > 0);
	corpus_clear(&c);
}

static void
what_cannot_be_is_refused(void **state)
{
	(void)state;
	corpus c = groove_corpus(4), none = {0};
	train_result result;
	train_options o = small(1);
	o.arch = "perceptron";
	assert_int_equal(train_model(&c, &o, &result, &test_error), DR_USAGE);
	assert_non_null(strstr(test_error.text, "perceptron"));
	o = small(1);
	o.hidden = 5000;
	assert_int_equal(train_model(&c, &o, &result, &test_error), DR_USAGE);
	o = small(1);
	o.resume = "no-such-model.safetensors";
	assert_int_equal(train_model(&c, &o, &result, &test_error), DR_BAD_INPUT);
	o = small(1);
	assert_int_equal(train_model(&none, &o, &result, &test_error), DR_BAD_INPUT);
	o.output = "no-such-folder/model.safetensors";
	assert_int_equal(train_model(&c, &o, &result, &test_error), DR_FAILED);
	assert_non_null(strstr(test_error.text, "no-such-folder"));
	corpus_clear(&c);
}

static int
remove_files(void **state)
{
	(void)state;
	unlink(path);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(training_learns),
	    cmocka_unit_test(same_seed_same_file),
	    cmocka_unit_test(a_model_is_trained_on),
	    cmocka_unit_test(as_much_as_is_wanted_is_kept_of_a_model),
	    cmocka_unit_test(stopping_keeps_a_model),
	    cmocka_unit_test(what_no_longer_improves_ends),
	    cmocka_unit_test(what_is_left_out_has_no_weight),
	    cmocka_unit_test(a_teacher_is_heard),
	    cmocka_unit_test(one_file_is_enough),
	    cmocka_unit_test(what_cannot_be_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, remove_files);
}

/* Playing a model step by step: the same numbers as in training, a normalised joint distribution, and
 * files that come back as they went. */
#include "tests/test.h"

#include "model/batches.h"
#include "model/hand.h"
#include "model/model_file.h"
#include "tests/patterns.h"

#include <math.h>
#include <unistd.h>

static const uint64_t seed = 7;

/* An untrained model with lively weights. */
static model *
make_model(const char *arch, int layers)
{
	model_info info = {
	    .config = {trunk_find(arch), 24, layers, 32, 16}, .n_styles = 2, .hits_per_bar = 10};
	snprintf(info.style[0].name, sizeof info.style[0].name, "straight");
	snprintf(info.style[1].name, sizeof info.style[1].name, "busy");
	info.style[0].hits_per_bar = info.style[1].hits_per_bar = 10;
	info.seed = seed;
	snprintf(info.corpora, sizeof info.corpora, "grooves");
	net n;
	assert_ok(net_init(&n, &info.config, &test_error));
	float *w = weights_alloc(n.weights.total);
	weights_init(&n.weights, seed, w);
	for (size_t i = 0; i < n.weights.total; i++)
		w[i] *= 2.0f;
	model *m;
	assert_ok(model_new(&info, w, &m, &test_error));
	free(w);
	return m;
}

static corpus
noise_corpus(void)
{
	static const int lengths[][2] = {{96, 16}, {48, 12}, {160, 16}, {64, 32}, {320, 16}};
	corpus c = groove_corpus(5);
	uint64_t rng = seed;
	for (int i = 0; i < 5; i++) {
		pattern_clear(&c.pattern[i]);
		c.pattern[i] = make_pattern(lengths[i][0], lengths[i][1]);
		random_steps(&rng, 0.12f, lengths[i][0], c.pattern[i].step);
	}
	return c;
}

/* The corpus's score by the batched forward pass. */
static net_loss
batched_score(const model *m, const corpus *c)
{
	enum { STEPS = 24, LANES = 3 };
	net_batch b;
	net_work k;
	feeder *f;
	assert_true(net_batch_init(&b, STEPS, LANES));
	assert_true(net_work_init(&k, &m->net, STEPS, LANES));
	assert_ok(feeder_new(c, &m->info, FEED_SCORING, LANES, 0, &f, &test_error));
	net_loss sums[NET_GROUPS] = {0}, all = {0};
	while (feeder_fill(f, &b) > 0)
		net_run(&m->net, m->w, &b, &k, sums, NULL);
	for (int g = 0; g < NET_GROUPS; g++) {
		all.hits += sums[g].hits;
		all.steps += sums[g].steps;
		all.heads.velocity += sums[g].heads.velocity;
		all.heads.offset_folded += sums[g].heads.offset_folded;
		all.heads.ratchet += sums[g].heads.ratchet;
		all.heads.hits += sums[g].heads.hits;
	}
	feeder_free(f);
	net_batch_clear(&b);
	net_work_clear(&k);
	return all;
}

static void
assert_nats(double bits, double nats)
{
	double off = fabs(bits * M_LN2 - nats);
	if (off > 1e-5 * (1.0 + fabs(nats)))
		fail_msg("streamed %.9g nats, batched %.9g", bits * M_LN2, nats);
}

static void
streaming_equals_batches(void **state)
{
	(void)state;
	char names[TRUNK_NAMES], *rest = names, *name;
	trunk_names(names);
	corpus c = noise_corpus();
	while ((name = strsep(&rest, "|"))) {
		model *m = make_model(name, 2);
		model_score sum = {0}, one;
		for (size_t i = 0; i < c.n_patterns; i++) {
			assert_ok(model_score_pattern(m, &c.pattern[i], -1, false, &one, NULL, &test_error));
			sum.hit_bits += one.hit_bits;
			sum.velocity_bits += one.velocity_bits;
			sum.offset_bits += one.offset_bits;
			sum.ratchet_bits += one.ratchet_bits;
			sum.steps += one.steps;
			sum.hits += one.hits;
		}
		net_loss batched = batched_score(m, &c);
		assert_int_equal(sum.steps, batched.steps);
		assert_int_equal(sum.hits, batched.heads.hits);
		assert_true(sum.hits > 500);
		assert_nats(sum.hit_bits, batched.hits);
		assert_nats(sum.velocity_bits, batched.heads.velocity);
		assert_nats(sum.offset_bits, batched.heads.offset_folded);
		assert_nats(sum.ratchet_bits, batched.heads.ratchet);
		model_free(m);
	}
	corpus_clear(&c);
}

/* A state that has heard n random steps. */
static void *
heard(const model *m, int n)
{
	void *state = aligned_alloc(64, model_state_size(m));
	uint64_t rng = seed;
	step_hits step[40] = {0};
	random_steps(&rng, 0.2f, n, step);
	model_state_init(m, state);
	for (int s = 0; s <= n; s++) {
		model_context ctx = features_no_wishes(s / 16, s % 16, 16);
		model_advance(m, state, s ? &step[s - 1] : NULL, &ctx);
	}
	return state;
}

static void
hit_vectors_sum_to_one(void **state)
{
	(void)state;
	static float table[1 << INSTRUMENTS];
	model *m = make_model("gru", 1);
	void *at = heard(m, 20);
	model_hit_table(m, at, table);
	double sum = 0, marginal = 0;
	for (int v = 0; v < 1 << INSTRUMENTS; v++) {
		sum += exp((double)table[v]);
		marginal += v & 1 ? exp((double)table[v]) : 0;
	}
	assert_true(fabs(sum - 1.0) < 1e-5);
	/* The chain, pushed by hand, gives the table's own entries. */
	double first = 1.0 / (1.0 + exp(-(double)model_hit_logit(m, at, 0)));
	assert_true(fabs(first - marginal) < 1e-5);
	for (int v = 0; v < 1 << INSTRUMENTS; v += 321) {
		double log_p = 0;
		model_restart_step(m, at);
		for (int i = 0; i < INSTRUMENTS; i++) {
			double logit = (double)model_hit_logit(m, at, i);
			log_p -= log1p(exp(v >> i & 1 ? -logit : logit));
			model_push(m, at, i, v >> i & 1);
		}
		assert_true(fabs(log_p - (double)table[v]) < 1e-4);
	}
	free(at);
	model_free(m);
}

static void
hit_params_sum_to_one(void **state)
{
	(void)state;
	model *m = make_model("lstm", 1);
	void *at = heard(m, 9);
	for (int i = 0; i < INSTRUMENTS; i++) {
		model_hit_params p;
		double sum[3] = {0};
		model_get_hit_params(m, at, i, (uint16_t)(1u << i | 5u), &p);
		for (int k = 0; k < MODEL_VELOCITIES; k++)
			sum[0] += exp((double)p.velocity[k]);
		for (int k = 0; k < MODEL_OFFSETS; k++)
			sum[1] += exp((double)p.offset[k]);
		for (int k = 0; k < STEP_MAX_RATCHET; k++)
			sum[2] += exp((double)p.ratchet[k]);
		for (int k = 0; k < 3; k++)
			assert_true(fabs(sum[k] - 1.0) < 1e-5);
	}
	free(at);
	model_free(m);
}

static void
a_copied_state_goes_on_the_same(void **state)
{
	(void)state;
	model *m = make_model("gru", 2);
	assert_int_equal(model_state_size(m) % 64, 0);
	void *a = heard(m, 20), *b = aligned_alloc(64, model_state_size(m));
	memcpy(b, a, model_state_size(m));
	step_hits empty = {0};
	model_context ctx = features_no_wishes(1, 5, 16);
	model_advance(m, a, &empty, &ctx);
	model_advance(m, b, &empty, &ctx);
	assert_memory_equal(a, b, model_state_size(m));
	free(a);
	free(b);
	model_free(m);
}

static void
a_model_without_styles_knows_hands(void **state)
{
	(void)state;
	const char *path = "test_model.safetensors";
	model *m = make_model("gru", 1), *again;
	m->info.n_styles = 0;
	memset(m->info.style, 0, sizeof m->info.style);
	for (int told = 0; told < 2; told++) {
		m->info.hands = told;
		assert_ok(model_write(path, &m->info, &m->net, m->w, &test_error));
		assert_ok(model_load(path, &again, &test_error));
		assert_int_equal(model_knows_hands(again), told);
		model_free(again);
	}
	model_free(m);
	unlink(path);
}

/* Whose hand it is makes a difference, but to models that were never told of any. */
static void
a_hand_is_heard_where_it_was_learned(void **state)
{
	(void)state;
	model *m = make_model("gru", 1);
	for (int told = 0; told < 2; told++) {
		const step_hits empty = {0};
		float logit[2];
		m->info.hands = told;
		for (int k = 0; k < 2; k++) {
			void *at = heard(m, 20);
			model_context ctx = features_no_wishes(1, 5, 16);
			ctx.hand = k ? HAND_DRUMMER : HAND_MACHINE;
			model_advance(m, at, &empty, &ctx);
			logit[k] = model_hit_logit(m, at, 0);
			free(at);
		}
		assert_int_equal(logit[0] != logit[1], told);
	}
	model_free(m);
}

static void
files_come_back(void **state)
{
	(void)state;
	const char *path = "test_model.safetensors";
	char names[TRUNK_NAMES], *rest = names, *name;
	trunk_names(names);
	while ((name = strsep(&rest, "|"))) {
		model *m = make_model(name, 2), *again;
		m->info.hands = name[0] == 't'; /* some were told of them, and some were not */
		m->info.style[1].drummer = m->info.hands ? 0.25f : 0.0f;
		m->info.style[0].rolls = 0.125f;
		assert_ok(model_write(path, &m->info, &m->net, m->w, &test_error));
		assert_ok(model_load(path, &again, &test_error));
		assert_memory_equal(&again->info, &m->info, sizeof m->info);
		assert_memory_equal(again->w, m->w, m->net.weights.total * sizeof(float));
		assert_string_equal(model_arch(again), name);
		assert_int_equal(model_find_style(again, "busy"), 1);
		assert_int_equal(model_find_style(again, "polka"), -1);
		model_free(again);
		model_free(m);
	}
	unlink(path);
}

/* Another word in the place of one that stands in a file. */
static void
reword(const char *path, const char *from, const char *to)
{
	char text[4096];
	FILE *f = fopen(path, "r+b");
	assert_non_null(f);
	const size_t n = fread(text, 1, sizeof text, f);
	const char *at = memmem(text, n, from, strlen(from));
	assert_non_null(at);
	assert_int_equal(strlen(from), strlen(to));
	fseek(f, at - text, SEEK_SET);
	fwrite(to, 1, strlen(to), f);
	fclose(f);
}

/* How much a style rolls is younger than the format; nonsense is refused. */
static void
a_model_may_be_silent_about_rolls(void **state)
{
	(void)state;
	const char *path = "test_model.safetensors";
	model *m = make_model("gru", 1), *again;
	m->info.style[0].rolls = m->info.style[1].rolls = 0.125f;
	assert_ok(model_write(path, &m->info, &m->net, m->w, &test_error));
	reword(path, "rolls", "ruffs");
	assert_ok(model_load(path, &again, &test_error));
	assert_true(again->info.style[0].rolls == 0.0f && again->info.style[1].rolls == 0.125f);
	model_free(again);
	reword(path, "rolls\\\":0.125", "rolls\\\":7.125");
	assert_int_equal(model_load(path, &again, &test_error), DR_BAD_INPUT);
	assert_non_null(strstr(test_error.text, path));
	model_free(m);
	unlink(path);
}

/* In eight bits a model scores nearly as in fp32, but not the same. */
static void
eight_bits_score_nearly_the_same(void **state)
{
	(void)state;
	char names[TRUNK_NAMES], *rest = names, *arch;
	trunk_names(names);
	while ((arch = strsep(&rest, "|"))) {
		model *m = make_model(arch, 2);
		corpus c = noise_corpus();
		double exact = 0, eight = 0;
		for (int pass = 0; pass < 2; pass++) {
			for (size_t i = 0; i < c.n_patterns; i++) {
				model_score s;
				assert_ok(
				    model_score_pattern(m, &c.pattern[i], -1, false, &s, NULL, &test_error));
				*(pass ? &eight : &exact) += s.hit_bits;
			}
			assert_ok(model_make_small(m, &test_error));
		}
		if (eight == exact || fabs(eight / exact - 1.0) > 0.01)
			fail_msg("%s: %g bits, in eight bits %g", arch, exact, eight);
		corpus_clear(&c);
		model_free(m);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(streaming_equals_batches),
	    cmocka_unit_test(hit_vectors_sum_to_one),
	    cmocka_unit_test(hit_params_sum_to_one),
	    cmocka_unit_test(a_copied_state_goes_on_the_same),
	    cmocka_unit_test(a_model_without_styles_knows_hands),
	    cmocka_unit_test(a_model_may_be_silent_about_rolls),
	    cmocka_unit_test(a_hand_is_heard_where_it_was_learned),
	    cmocka_unit_test(files_come_back),
	    cmocka_unit_test(eight_bits_score_nearly_the_same),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

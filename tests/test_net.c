/* Backward passes against finite differences: every layer, every tensor of the whole network. */
#include "tests/test.h"

#include "model/blas.h"
#include "model/net.h"
#include "model/vec.h"
#include "tests/patterns.h"

#include <math.h>

enum { STEPS = 7, LANES = 3, ROWS = STEPS * LANES };
#define EPSILON 0.01

static const uint64_t seed = 20250101;

static void
random_floats(uint64_t *rng, size_t n, float scale, float *x)
{
	for (size_t i = 0; i < n; i++)
		x[i] = scale * (2.0f * rng_next_unit(rng) - 1.0f);
}

static void
assert_close(double measured, double expected, const char *what)
{
	if (fabs(measured - expected) > 0.01 + 0.02 * fabs(expected))
		fail_msg("%s: gradient %g, finite differences %g (seed %llu)", what, expected, measured,
			 (unsigned long long)seed);
}

/* The derivative of loss(user) along direction v of n floats at w, measured. */
static double
measure(double (*loss)(void *), void *user, float *w, const float *v, size_t n)
{
	float *kept = weights_alloc(n);
	memcpy(kept, w, n * sizeof *w);
	double side[2];
	for (int k = 0; k < 2; k++) {
		for (size_t i = 0; i < n; i++)
			w[i] = kept[i] + (float)(k ? EPSILON : -EPSILON) * v[i];
		side[k] = loss(user);
	}
	memcpy(w, kept, n * sizeof *w);
	free(kept);
	return (side[1] - side[0]) / (2 * EPSILON);
}

/* A unit vector. */
static void
direction(uint64_t *rng, size_t n, float *v)
{
	random_floats(rng, n, 1.0f, v);
	float length = sqrtf(vec_dot((int)n, v, v));
	for (size_t i = 0; i < n; i++)
		v[i] /= length;
}

static void
compare(double (*loss)(void *), void *user, float *w, const float *gradient, size_t n, const char *what)
{
	uint64_t rng = rng_hash(seed, n, 5);
	float *v = weights_alloc(n);
	for (int again = 0; again < 3; again++) {
		direction(&rng, n, v);
		float length = sqrtf(vec_dot((int)n, gradient, gradient));
		for (size_t i = 0; again == 0 && i < n; i++)
			v[i] = gradient[i] / length; /* first where it matters most */
		assert_close(measure(loss, user, w, v, n), (double)vec_dot((int)n, gradient, v), what);
	}
	free(v);
}

/* Long enough for everything that a trunk looks back on within a sequence. */
enum { LONG = 40, LONG_ROWS = LONG * LANES };

typedef struct trunk_case {
	trunk t;
	weight_table p;
	float *w, *x, *y, *cache, *begin, *state, *pull;
	uint8_t reset[LONG_ROWS];
} trunk_case;

/* A linear loss: the trunk's output times fixed random numbers. */
static double
trunk_loss(void *user)
{
	trunk_case *c = user;
	const sequence s = {LONG, LANES, c->reset};
	memcpy(c->state, c->begin, LANES * c->t.type->state_size(&c->t) * sizeof(float));
	c->t.type->forward(&c->t, c->w, &s, c->x, c->state, c->y, c->cache);
	double sum = 0;
	for (int i = 0; i < LONG_ROWS * c->t.hidden; i++)
		sum += (double)c->y[i] * (double)c->pull[i];
	return sum;
}

static void
check_trunk(const trunk_type *type, int layers)
{
	enum { INPUTS = 9, HIDDEN = 11 };
	trunk_case c = {0};
	trunk_init(&c.t, type, INPUTS, HIDDEN, layers, &c.p);
	uint64_t rng = seed;
	c.w = weights_alloc(c.p.total);
	c.x = weights_alloc(LONG_ROWS * INPUTS);
	c.y = weights_alloc(LONG_ROWS * HIDDEN);
	c.pull = weights_alloc(LONG_ROWS * HIDDEN);
	c.cache = weights_alloc(c.t.type->cache_size(&c.t, LONG, LANES));
	c.state = weights_alloc(LANES * c.t.type->state_size(&c.t));
	weights_init(&c.p, seed, c.w);
	random_floats(&rng, LONG_ROWS * INPUTS, 1.0f, c.x);
	c.begin = weights_alloc(LANES * c.t.type->state_size(&c.t));
	random_floats(&rng, LONG_ROWS * HIDDEN, 1.0f, c.pull);
	for (int before = 0; before < 3;
	     before++) { /* streams that have a past, and whose gradient ends here */
		trunk_loss(&c);
		memcpy(c.begin, c.state, LANES * c.t.type->state_size(&c.t) * sizeof(float));
	}
	c.reset[4 * LANES + 1] = c.reset[0] = c.reset[20 * LANES + 2] = 1;
	float *dw = weights_alloc(c.p.total), *dx = weights_alloc(LONG_ROWS * INPUTS),
	      *dy = weights_alloc(LONG_ROWS * HIDDEN);
	const sequence s = {LONG, LANES, c.reset};
	trunk_loss(&c);
	memcpy(dy, c.pull, LONG_ROWS * HIDDEN * sizeof *dy);
	c.t.type->backward(&c.t, c.w, &s, c.x, dy, c.cache, dw, dx);
	for (int i = 0; i < c.p.n; i++)
		compare(trunk_loss, &c, c.w + c.p.item[i].offset, dw + c.p.item[i].offset,
			(size_t)(c.p.item[i].rows * c.p.item[i].cols), c.p.item[i].name);
	compare(trunk_loss, &c, c.x, dx, LONG_ROWS * INPUTS, "trunk input");
	float *all[] = {c.w, c.x, c.y, c.pull, c.cache, c.begin, c.state, dw, dx, dy};
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		free(all[i]);
}

static void
trunks_agree_with_finite_differences(void **state)
{
	(void)state;
	char names[TRUNK_NAMES], *rest = names, *name;
	trunk_names(names);
	while ((name = strsep(&rest, "|"))) {
		check_trunk(trunk_find(name), 1);
		check_trunk(trunk_find(name), 3);
	}
	check_trunk(&trunk_attention_lstm, 2);
}

typedef struct net_case {
	net n;
	float *w;
	net_batch b;
	net_work k;
} net_case;

#define HEAD_SHARE 0.5

static double
net_total(void *user)
{
	net_case *c = user;
	net_loss sums[NET_GROUPS] = {0};
	memset(c->k.state, 0, LANES * c->n.trunk.type->state_size(&c->n.trunk) * sizeof(float));
	net_run(&c->n, c->w, &c->b, &c->k, sums, NULL);
	const heads_loss *h = &sums[0].heads;
	return sums[0].hits + HEAD_SHARE * (h->velocity + h->offset + h->ratchet);
}

static void
open_net(net_case *c, const char *arch)
{
	uint64_t rng = seed;
	const net_config config = {trunk_find(arch), 13, 1, 18, 14};
	assert_ok(net_init(&c->n, &config, &test_error));
	c->w = weights_alloc(c->n.weights.total);
	weights_init(&c->n.weights, seed, c->w);
	assert_true(net_batch_init(&c->b, STEPS, LANES));
	assert_true(net_work_init(&c->k, &c->n, STEPS, LANES));
	random_floats(&rng, ROWS * FEATURES, 0.5f, c->b.x);
	random_steps(&rng, 0.3f, ROWS, c->b.target);
	for (int i = 0; i < ROWS; i++) {
		c->b.mask[i] = step_mask(&c->b.target[i]);
		c->b.weight[i] = 1.0f;
	}
	memset(&c->b.target[2], 0, sizeof *c->b.target); /* an empty step */
	c->b.mask[2] = 0;
	c->b.reset[0] = c->b.reset[3 * LANES + 2] = 1;
}

static void
close_net(net_case *c)
{
	net_batch_clear(&c->b);
	net_work_clear(&c->k);
	free(c->w);
}

static void
whole_network_agrees_with_finite_differences(void **state)
{
	(void)state;
	net_case c;
	open_net(&c, "gru");
	float *dw = weights_alloc(c.n.weights.total), *dx = weights_alloc(ROWS * FEATURES);
	net_loss sums[NET_GROUPS] = {0};
	const net_training how = {.head_share = (float)HEAD_SHARE, .dw = dw, .dx = dx};
	net_run(&c.n, c.w, &c.b, &c.k, sums, &how);
	for (int i = 0; i < c.n.weights.n; i++) {
		const weight_tensor *t = &c.n.weights.item[i];
		compare(net_total, &c, c.w + t->offset, dw + t->offset, (size_t)(t->rows * t->cols), t->name);
	}
	compare(net_total, &c, c.b.x, dx, ROWS * FEATURES, "features");
	free(dw);
	free(dx);
	close_net(&c);
}

typedef struct taught_case {
	net_case net;
	float expected[ROWS * INSTRUMENTS], chance[ROWS * INSTRUMENTS]; /* the teacher's, the network's */
} taught_case;

/* Cross-entropy of the network's hits against what a teacher expects. */
static double
taught_total(void *user)
{
	taught_case *c = user;
	net_case *own = &c->net;
	double sum = 0;
	memset(own->k.state, 0, LANES * own->n.trunk.type->state_size(&own->n.trunk) * sizeof(float));
	net_expect(&own->n, own->w, &own->b, &own->k, c->chance);
	for (int i = 0; i < ROWS * INSTRUMENTS; i++)
		sum -= (double)c->expected[i] * log((double)c->chance[i]) +
		       (1.0 - (double)c->expected[i]) * log(1.0 - (double)c->chance[i]);
	return sum;
}

static void
a_teacher_agrees_with_finite_differences(void **state)
{
	(void)state;
	static taught_case c;
	uint64_t rng = seed;
	open_net(&c.net, "gru");
	net_case *own = &c.net;
	float *dw = weights_alloc(own->n.weights.total);
	net_loss sums[NET_GROUPS] = {0};
	for (int i = 0; i < ROWS * INSTRUMENTS; i++)
		c.expected[i] = rng_next_unit(&rng);
	const net_training how = {.chance = c.expected, .dw = dw};
	net_run(&own->n, own->w, &own->b, &own->k, sums, &how);
	for (int i = 0; i < own->n.weights.n; i++) {
		const weight_tensor *t = &own->n.weights.item[i];
		if (strncmp(t->name, "heads", 5) != 0)
			compare(taught_total, &c, own->w + t->offset, dw + t->offset,
				(size_t)(t->rows * t->cols), t->name);
	}
	/* What it expects of what came is what it is scored by. */
	for (int i = 0; i < ROWS * INSTRUMENTS; i++)
		c.expected[i] = (float)(own->b.mask[i / INSTRUMENTS] >> i % INSTRUMENTS & 1);
	assert_float_equal(taught_total(&c), sums[0].hits, 1e-3);
	free(dw);
	close_net(own);
}

static void
rows_without_weight_do_not_count(void **state)
{
	(void)state;
	net_case c;
	open_net(&c, "lstm");
	float *dw[2] = {weights_alloc(c.n.weights.total), weights_alloc(c.n.weights.total)};
	/* The last step of lane 1 influences nothing after it, so without weight its target does not matter.
	 */
	size_t row = (STEPS - 1) * LANES + 1;
	c.b.weight[row] = 0.0f;
	for (int k = 0; k < 2; k++) {
		net_loss sums[NET_GROUPS] = {0};
		const net_training how = {.head_share = 1.0f, .dw = dw[k]};
		memset(c.k.state, 0, LANES * c.n.trunk.type->state_size(&c.n.trunk) * sizeof(float));
		net_run(&c.n, c.w, &c.b, &c.k, sums, &how);
		assert_int_equal(sums[0].steps, ROWS - 1);
		c.b.target[row].hit[INST_PC] = (step_hit){90, 1, 0};
		c.b.mask[row] = step_mask(&c.b.target[row]);
	}
	assert_memory_equal(dw[0], dw[1], c.n.weights.total * sizeof(float));
	free(dw[0]);
	free(dw[1]);
	close_net(&c);
}

static void
library_and_built_in_products_agree(void **state)
{
	(void)state;
	enum { M = 23, N = 37, K = 41, LD = 50 };
	float a[LD * LD], b[LD * LD], c[2][LD * LD];
	uint64_t rng = seed;
	random_floats(&rng, LD * LD, 1.0f, a);
	random_floats(&rng, LD * LD, 1.0f, b);
	blas_open(1);
	for (int mode = 0; mode < 3; mode++)
		for (int beta = 0; beta < 2; beta++) {
			for (int i = 0; i < LD * LD; i++)
				c[0][i] = c[1][i] = (float)i * 0.01f;
			blas_gemm(mode == 1, mode == 2, M, N, K, a, LD, b, LD, (float)beta, c[0], LD);
			blas_gemm_plain(mode == 1, mode == 2, M, N, K, a, LD, b, LD, (float)beta, c[1], LD);
			for (int i = 0; i < M; i++)
				for (int j = 0; j < N; j++)
					assert_true(fabsf(c[0][i * LD + j] - c[1][i * LD + j]) < 1e-4f);
		}
}

static void
fast_functions_are_exact_enough(void **state)
{
	(void)state;
	for (int i = -8000; i <= 8000; i++) {
		float x = (float)i * 0.01f;
		assert_true(fabs((double)vec_exp1(x) / exp((double)x) - 1.0) < 3e-7);
		assert_true(fabs((double)vec_tanh1(x) - tanh((double)x)) < 3e-7);
		assert_true(fabs((double)vec_sigmoid1(x) - 1.0 / (1.0 + exp(-(double)x))) < 3e-7);
	}
	assert_true(vec_exp1(-1e30f) < 1e-37f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(fast_functions_are_exact_enough),
	    cmocka_unit_test(library_and_built_in_products_agree),
	    cmocka_unit_test(trunks_agree_with_finite_differences),
	    cmocka_unit_test(whole_network_agrees_with_finite_differences),
	    cmocka_unit_test(a_teacher_agrees_with_finite_differences),
	    cmocka_unit_test(rows_without_weight_do_not_count),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

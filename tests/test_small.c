/* Weights in eight bits: the two ways to multiply agree to the last bit, and both with fp32 as nearly as
 * eight bits allow. */
#include "tests/test.h"

#include "model/small.h"
#include "model/small_dot.h"
#include "model/vec.h"
#include "rt/rng.h"

#include <math.h>

enum { MOST_IN = 700, MOST_OUT = 420 };

typedef struct product {
	int rows, cols, first, in;
	float *w, *x, *y, *by_groups, *exact;
} product;

static float
noise(uint64_t *rng)
{
	return 2.0f * rng_next_unit(rng) - 1.0f;
}

/* Sizes at random, with what is no multiple of anything among them; a third of the inputs rest. */
static void
open_product(product *p, uint64_t *rng)
{
	p->rows = 1 + (int)(rng_next(rng) % MOST_IN);
	p->cols = 1 + (int)(rng_next(rng) % MOST_OUT);
	p->first = (int)(rng_next(rng) % (uint64_t)p->rows) / SMALL_TOGETHER * SMALL_TOGETHER;
	p->in = 1 + (int)(rng_next(rng) % (uint64_t)(p->rows - p->first));
	p->w = weights_alloc((size_t)p->rows * (size_t)p->cols);
	p->x = weights_alloc((size_t)p->in);
	p->y = weights_alloc((size_t)p->cols);
	p->by_groups = weights_alloc((size_t)p->cols);
	p->exact = weights_alloc((size_t)p->cols);
	for (int k = 0; k < p->rows * p->cols; k++)
		p->w[k] = noise(rng) * noise(rng);
	for (int i = 0; i < p->in; i++)
		p->x[i] = rng_next(rng) % 3 ? 4.0f * noise(rng) : 0.0f;
	for (int j = 0; j < p->cols; j++)
		p->y[j] = p->by_groups[j] = p->exact[j] = noise(rng);
}

static void
close_product(product *p)
{
	free(p->w);
	free(p->x);
	free(p->y);
	free(p->by_groups);
	free(p->exact);
}

/* What rounding can do to the sum: half a level of the input times each weight, and the other way round. */
static float
bound(const product *p, int j)
{
	float most_x = 0, most_w = 0, sum_x = 0, sum_w = 0;
	for (int i = 0; i < p->rows; i++)
		most_w = fmaxf(most_w, fabsf(p->w[i * p->cols + j]));
	for (int i = 0; i < p->in; i++) {
		most_x = fmaxf(most_x, fabsf(p->x[i]));
		sum_x += fabsf(p->x[i]);
		sum_w += fabsf(p->w[(p->first + i) * p->cols + j]);
	}
	const float level_x = most_x / SMALL_LEVELS, level_w = most_w / SMALL_LEVELS;
	return 0.51f * (level_x * sum_w + level_w * sum_x + 0.5f * level_x * level_w * (float)p->in) + 1e-4f;
}

static void
products_are_near_and_both_ways_the_same(void **state)
{
	(void)state;
	const uint64_t seed = test_seed();
	uint64_t rng = seed;
	float furthest = 0.0f;
	for (int round = 0; round < 40; round++) {
		product p;
		small_packed plain, groups;
		open_product(&p, &rng);
		assert_true(small_pack(p.rows, p.cols, p.w, false, &plain));
		small_dot(&plain, p.first, p.in, p.cols, p.x, p.y);
		vec_matvec(p.in, p.cols, p.x, p.w + p.first * p.cols, p.cols, p.exact);
		for (int j = 0; j < p.cols; j++) {
			const float off = fabsf(p.y[j] - p.exact[j]);
			furthest = fmaxf(furthest, off);
			if (!(off <= bound(&p, j)))
				fail_msg("%d of %d rows from %d, column %d of %d: off by %g (seed %llu)",
					 p.in, p.rows, p.first, j, p.cols, (double)off,
					 (unsigned long long)seed);
		}
		if (small_has_groups()) {
			assert_true(small_pack(p.rows, p.cols, p.w, true, &groups));
			small_dot(&groups, p.first, p.in, p.cols, p.x, p.by_groups);
			assert_memory_equal(p.y, p.by_groups, (size_t)p.cols * sizeof *p.y);
			small_unpack(&groups);
		}
		small_unpack(&plain);
		close_product(&p);
	}
	assert_true(furthest > 0.0f); /* eight bits were really used */
}

/* Neither an input nor a column of zeros adds anything. */
static void
zeros_stay_zero(void **state)
{
	(void)state;
	enum { IN = 130, OUT = 20 };
	float w[IN * OUT] = {0}, x[IN] = {0}, y[OUT];
	small_packed p;
	for (int k = 0; k < IN * OUT; k += 2)
		w[k] = (float)k;
	for (int j = 0; j < OUT; j++)
		y[j] = (float)j;
	assert_true(small_pack(IN, OUT, w, small_has_groups(), &p));
	small_dot(&p, 0, IN, OUT, x, y);
	for (int j = 0; j < OUT; j++)
		assert_true(y[j] == (float)j);
	x[0] = x[IN - 1] = 1.0f;
	memset(w, 0, sizeof w);
	small_unpack(&p);
	assert_true(small_pack(IN, OUT, w, small_has_groups(), &p));
	small_dot(&p, 0, IN, OUT, x, y);
	for (int j = 0; j < OUT; j++)
		assert_true(y[j] == (float)j);
	small_unpack(&p);
}

/* A table's matrices are found by their offsets, parts of them too; small ones and biases stay in fp32. */
static void
matrices_are_found_by_their_offsets(void **state)
{
	(void)state;
	uint64_t rng = test_seed();
	weight_table p = {0};
	const size_t bias = weights_add(&p, "bias", 1, 48, 1.0f),
		     first = weights_add(&p, "first", 96, 48, 1.0f),
		     few = weights_add(&p, "few", 12, 48, 1.0f),
		     last = weights_add(&p, "last", 200, 32, 1.0f);
	float *w = weights_alloc(p.total), x[200], y[48], exact[48];
	weights_init(&p, 3, w);
	for (int i = 0; i < 200; i++)
		x[i] = noise(&rng);
	small_weights *small = small_new(&p, w);
	assert_non_null(small);
	assert_int_equal(small_size(small), 96 * 48 + 200 * 32);
	const step_weights in_fp32 = {w, NULL}, in_eight = {w, small};
	const struct {
		size_t at;
		int in, out;
		bool eight;
	} cases[] = {{first, 96, 48, true},
		     {first + 48 * 32, 64, 48, true},
		     {last, 200, 32, true},
		     {few, 12, 48, false},
		     {bias, 1, 48, false}};
	for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
		bool same = true;
		memset(y, 0, sizeof y);
		memset(exact, 0, sizeof exact);
		small_matvec(&in_fp32, cases[c].at, cases[c].in, cases[c].out, x, exact);
		small_matvec(&in_eight, cases[c].at, cases[c].in, cases[c].out, x, y);
		for (int j = 0; j < cases[c].out; j++) {
			assert_true(fabsf(y[j] - exact[j]) < 0.2f);
			same = same && y[j] == exact[j];
		}
		assert_int_equal(same, !cases[c].eight);
	}
	small_free(small);
	free(w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(products_are_near_and_both_ways_the_same),
	    cmocka_unit_test(zeros_stay_zero),
	    cmocka_unit_test(matrices_are_found_by_their_offsets),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

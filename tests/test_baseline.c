#include "tests/test.h"

#include "model/baseline.h"
#include "rt/rng.h"

#include <math.h>
#include <string.h>

enum { MAX_STEPS = 4096, MAX_ITEMS = 16 };

static void
assert_near(double value, double wanted, double tolerance)
{
	if (!(fabs(value - wanted) <= tolerance))
		fail_msg("%.12g is not %.12g within %g", value, wanted, tolerance);
}

/* Sequences made by hand: no corpus behind them. */
typedef struct made {
	hit_set set;
	hit_line item[MAX_ITEMS];
	uint16_t mask[MAX_STEPS];
	int used;
} made;

static void
start(made *m, int classes)
{
	memset(m, 0, sizeof *m);
	m->set.classes = classes;
	m->set.item = m->item;
}

static void
add(made *m, int bar_len, int n, const uint16_t *mask)
{
	memcpy(m->mask + m->used, mask, (size_t)n * sizeof *mask);
	m->item[m->set.n++] = (hit_line){NULL, m->mask + m->used, n, bar_len};
	m->used += n;
}

/* Eight files of random, repetitive drumming. */
static void
add_random(made *m, uint64_t *seed)
{
	static const int bars[4] = {16, 12, 16, 24};
	for (int f = 0; f < 8; f++) {
		uint16_t mask[384];
		const int bar = bars[f % 4], n = bar * 8;
		for (int t = 0; t < n; t++) {
			const uint16_t fresh =
			    (uint16_t)(rng_next(seed) & rng_next(seed) & ((1u << m->set.classes) - 1));
			mask[t] = t >= bar && rng_next(seed) % 4 ? mask[t - bar] : fresh;
		}
		add(m, bar, n, mask);
	}
}

static void
folding_keeps_nine_classes(void **state)
{
	(void)state;
	assert_int_equal(hit_fold(0), 0);
	assert_int_equal(hit_fold(1u << INST_BD), 1);
	for (int i = INST_SD; i <= INST_RS; i++)
		assert_int_equal(hit_fold((uint16_t)(1u << i)), 2);
	assert_int_equal(hit_fold(1u << INST_CH), 4);
	assert_int_equal(hit_fold(1u << INST_RC), 256);
	assert_int_equal(hit_fold(1u << INST_PC), 0);
	assert_int_equal(hit_fold(0xfff), 0x1ff);
}

/* Three bars of eight steps: class 0 on the downbeat of two of them, class 1 never. */
static const uint16_t tiny[24] = {[0] = 1, [16] = 1};

static void
marginal_is_what_the_hand_computes(void **state)
{
	(void)state;
	static made m;
	static marginal g;
	start(&m, 2);
	add(&m, 8, 24, tiny);
	marginal_train(&m.set, &g);
	const hit_line *s = &m.item[0];
	assert_near(marginal_probability(&g, s, 8, 1), 2.5 / 4 * (3.5 / 4), 1e-6);
	assert_near(marginal_probability(&g, s, 8, 2), 1.5 / 4 * (0.5 / 4), 1e-6);
	assert_near(marginal_probability(&g, s, 1, 0), 3.5 / 4 * (3.5 / 4), 1e-6);
	/* An unknown length of bar: 2 of 24 steps had class 0. */
	const hit_line other = {NULL, tiny, 24, 12};
	assert_near(marginal_probability(&g, &other, 0, 1), 2.5 / 25 * (24.5 / 25), 1e-6);
}

static void
markov_is_what_the_hand_computes(void **state)
{
	(void)state;
	static made m;
	static marginal g;
	markov *k;
	double p[MARKOV_MAX_ORDER + 1];
	start(&m, 2);
	add(&m, 8, 24, tiny);
	marginal_train(&m.set, &g);
	assert_ok(markov_train(&m.set, &g, &k, &test_error));
	/* Downbeats were 1, 0, 1: three seen, two kinds. */
	const double below = 2.5 / 4 * (3.5 / 4), zero = (2 + 2 * below) / (3 + 2);
	markov_probabilities(k, &m.item[0], 8, 1, p);
	assert_near(p[0], zero, 1e-6);
	/* After a rest, downbeats were 0, 1 (the first had nothing before it): two seen, two kinds. */
	const double one = (1 + 2 * zero) / (2 + 2);
	assert_near(p[1], one, 1e-6);
	/* After a history never seen, every order says what order 0 does. */
	static const uint16_t strange[16] = {[7] = 3};
	const hit_line s = {NULL, strange, 16, 8};
	markov_probabilities(k, &s, 8, 1, p);
	for (int order = 0; order <= MARKOV_MAX_ORDER; order++)
		assert_near(p[order], zero, 1e-6);
	markov_free(k);
}

static void
repeat_copies_what_repeats(void **state)
{
	(void)state;
	static made m;
	static marginal g;
	static repeat r;
	uint16_t mask[16 * 64];
	uint64_t seed = 3;
	/* Class 0: a bar of its own, looped. Class 1: chance. */
	for (int t = 0; t < 16 * 64; t++)
		mask[t] = (uint16_t)((t % 16 * 7 % 5 == 0) | (rng_next(&seed) % 2) << 1);
	start(&m, 2);
	for (int i = 0; i < 2; i++)
		add(&m, 16, 16 * 64, mask);
	marginal_train(&m.set, &g);
	assert_ok(repeat_train(&m.set, &g, &r, &test_error));
	const hit_line *s = &m.item[0];
	for (int t = 40; t < 100; t++) {
		const double copied =
		    repeat_probability(&r, s, t, mask[t] & 1) + repeat_probability(&r, s, t, mask[t] | 2);
		assert_true(copied > 0.98);
	}
	/* The first bar has nothing to copy. */
	for (int t = 0; t < 16; t++)
		assert_near(repeat_probability(&r, s, t, 3), marginal_probability(&g, s, t, 3), 1e-12);
	/* Flips: after 64 bars of the same, half a count each way. */
	double kept = 0.0;
	for (int t = 32; t < 16 * 64; t++)
		kept += mask[t] & 1;
	assert_near(r.copy[0][1][3], (2 * kept + 0.5) / (2 * kept + 1), 1e-6);
	for (int b = 0; b < 2; b++)
		assert_near(r.weight[0][b][0] + r.weight[0][b][1] + r.weight[0][b][2], 1.0, 1e-9);
}

static void
mixture_prefers_the_part_that_knows(void **state)
{
	(void)state;
	static made m, held;
	static marginal g;
	static repeat r;
	uint64_t seed = 11;
	markov *k;
	start(&m, 12);
	start(&held, 12);
	add_random(&m, &seed);
	add_random(&held, &seed);
	marginal_train(&m.set, &g);
	assert_ok(repeat_train(&m.set, &g, &r, &test_error));
	assert_ok(markov_train(&m.set, &g, &k, &test_error));
	mixture x = {&g, k, &r, 0, {0}};
	assert_ok(mixture_train(&held.set, &x, &test_error));
	assert_near(x.weight[0] + x.weight[1] + x.weight[2], 1.0, 1e-9);
	assert_true(x.weight[2] > 0.6);
	assert_in_range(x.order, 1, MARKOV_MAX_ORDER);
	/* Without anything held out: equal weights. */
	held.set.n = 0;
	assert_ok(mixture_train(&held.set, &x, &test_error));
	assert_near(x.weight[1], 1.0 / 3, 1e-12);
	markov_free(k);
}

static void
sums_to_one(int classes)
{
	static made m, held;
	static marginal g;
	static repeat r;
	uint64_t seed = 5 + (uint64_t)classes;
	print_message("seed %llu\n", (unsigned long long)seed);
	markov *k;
	start(&m, classes);
	start(&held, classes);
	add_random(&m, &seed);
	add_random(&held, &seed);
	marginal_train(&m.set, &g);
	assert_ok(repeat_train(&m.set, &g, &r, &test_error));
	assert_ok(markov_train(&m.set, &g, &k, &test_error));
	mixture x = {&g, k, &r, 0, {0}};
	assert_ok(mixture_train(&held.set, &x, &test_error));
	/* Known files and unknown ones; the first bar, the second and later ones. */
	for (int known = 0; known < 2; known++)
		for (int f = 0; f < 4; f++)
			for (int t = 0; t < 60; t += 7) {
				const hit_line *s = known ? &m.item[f] : &held.item[f];
				double sum[3] = {0}, markovs[MARKOV_MAX_ORDER + 1] = {0},
				       p[MARKOV_MAX_ORDER + 1];
				for (unsigned v = 0; v < 1u << classes; v++) {
					sum[0] += marginal_probability(&g, s, t, (uint16_t)v);
					sum[1] += repeat_probability(&r, s, t, (uint16_t)v);
					sum[2] += mixture_probability(&x, s, t, (uint16_t)v);
					markov_probabilities(k, s, t, (uint16_t)v, p);
					for (int o = 0; o <= MARKOV_MAX_ORDER; o++)
						markovs[o] += p[o];
				}
				for (int i = 0; i < 3; i++)
					assert_near(sum[i], 1.0, 1e-9);
				for (int o = 0; o <= MARKOV_MAX_ORDER; o++)
					assert_near(markovs[o], 1.0, 1e-9);
			}
	markov_free(k);
}

static void
all_vectors_sum_to_one(void **state)
{
	(void)state;
	sums_to_one(CLASSES_ALL);
	sums_to_one(CLASSES_FOLDED);
}

/* Changing the present and the future of a file leaves the past's costs as they were. */
static void
nothing_looks_ahead(void **state)
{
	(void)state;
	static made m, changed;
	static marginal g;
	static repeat r;
	uint64_t seed = 77;
	markov *k;
	start(&m, 12);
	add_random(&m, &seed);
	marginal_train(&m.set, &g);
	assert_ok(repeat_train(&m.set, &g, &r, &test_error));
	assert_ok(markov_train(&m.set, &g, &k, &test_error));
	mixture x = {&g, k, &r, 3, {0.2, 0.3, 0.5}};
	changed = m;
	hit_line s = m.item[0];
	s.mask = changed.mask;
	for (int t = 0; t < s.n_steps; t++) {
		const double before = mixture_probability(&x, &m.item[0], t, 5);
		for (int later = t; later < s.n_steps; later++)
			changed.mask[later] = (uint16_t)(rng_next(&seed) & 0xfff);
		assert_near(mixture_probability(&x, &s, t, 5), before, 1e-12);
		changed.mask[t] = m.mask[t];
	}
	markov_free(k);
}

static void
offsets_fall_into_24_bins(void **state)
{
	(void)state;
	assert_int_equal(hit_offset_bin(INT16_MIN), 0);
	assert_int_equal(hit_offset_bin(INT16_MAX), 23);
	assert_int_equal(hit_offset_bin(0), 12);
	assert_int_equal(hit_offset_bin(-1), 11);
	assert_int_equal(hit_offset_bin(2730), 12);
	assert_int_equal(hit_offset_bin(2731), 13);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(folding_keeps_nine_classes),
	    cmocka_unit_test(marginal_is_what_the_hand_computes),
	    cmocka_unit_test(markov_is_what_the_hand_computes),
	    cmocka_unit_test(repeat_copies_what_repeats),
	    cmocka_unit_test(mixture_prefers_the_part_that_knows),
	    cmocka_unit_test(all_vectors_sum_to_one),
	    cmocka_unit_test(nothing_looks_ahead),
	    cmocka_unit_test(offsets_fall_into_24_bins),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

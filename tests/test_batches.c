/* What batches hold: every held-out step once and nothing but the past when scoring; only the train split,
 * and well-formed variations of it, when training. */
#include "tests/test.h"

#include "model/batches.h"
#include "model/vary.h"
#include "model/without.h"
#include "tests/patterns.h"

#include <math.h>

static const model_info info = {.n_styles = 2,
				.hits_per_bar = 10,
				.style = {{.name = "straight", .hits_per_bar = 9, .tempo = 120},
					  {.name = "busy", .hits_per_bar = 12, .tempo = 120}}};

static void
scoring_sees_every_held_out_step_once(void **state)
{
	(void)state;
	enum { STEPS = 10, LANES = 3 };
	corpus c = groove_corpus(24);
	net_batch b;
	feeder *f;
	long expected = 0;
	for (size_t i = 0; i < c.n_patterns; i++)
		expected += c.pattern[i].validation ? c.pattern[i].n_steps : 0;
	assert_true(net_batch_init(&b, STEPS, LANES));
	assert_ok(feeder_new(&c, &info, FEED_SCORING, LANES, 0, &f, &test_error));
	for (int again = 0; again < 2; again++) {
		long counted = 0, resets = 0, parts[FEED_PARTS] = {0};
		while (feeder_fill(f, &b) > 0)
			for (int row = 0; row < STEPS * LANES; row++) {
				if (b.weight[row] == 0.0f)
					continue;
				counted++;
				resets += b.reset[row];
				parts[b.group[row]]++;
				assert_int_equal(b.mask[row], step_mask(&b.target[row]));
				for (int k = FEATURE_AT_STYLE; k < FEATURES; k++)
					assert_true(b.x[(size_t)row * FEATURES + (size_t)k] ==
						    (k == FEATURE_AT_ANYTHING ? 1.0f : 0.0f));
			}
		assert_int_equal(counted, expected);
		assert_int_equal(resets, 6);
		assert_true(parts[FEED_FIRST_PASS] > 0 && parts[FEED_LOOP] > 0 &&
			    parts[FEED_OTHER_METRE] > 0);
		feeder_rewind(f);
	}
	feeder_free(f);
	net_batch_clear(&b);
	corpus_clear(&c);
}

static void
training_never_sees_what_is_held_out(void **state)
{
	(void)state;
	enum { STEPS = 50, LANES = 4 };
	corpus c = groove_corpus(24);
	/* A mark that no variation touches: an offset that only held-out patterns have. */
	for (size_t i = 0; i < c.n_patterns; i++)
		for (int s = 0; s < c.pattern[i].n_steps; s++)
			for (int k = 0; k < INSTRUMENTS; k++)
				if (c.pattern[i].step[s].hit[k].velocity)
					c.pattern[i].step[s].hit[k].offset =
					    c.pattern[i].validation ? 9999 : 5;
	net_batch b;
	feeder *f;
	bool wishes = false, none = false, light = false;
	assert_true(net_batch_init(&b, STEPS, LANES));
	assert_ok(feeder_new(&c, &info, FEED_TRAINING, LANES, 8, &f, &test_error));
	for (int n = 0; n < 40; n++) {
		assert_int_equal(feeder_fill(f, &b), STEPS * LANES);
		for (int row = 0; row < STEPS * LANES; row++) {
			bool any = false;
			for (int k = FEATURE_AT_STYLE; k < FEATURES; k++)
				any = any || (k != FEATURE_AT_ANYTHING &&
					      b.x[(size_t)row * FEATURES + (size_t)k] != 0.0f);
			wishes = wishes || any;
			none = none || !any;
			light = light || b.weight[row] < 1.0f;
			for (int k = 0; k < INSTRUMENTS; k++)
				assert_true(b.target[row].hit[k].offset != 9999);
		}
	}
	assert_true(wishes && none && light);
	feeder_free(f);
	net_batch_clear(&b);
	corpus_clear(&c);
}

/* Rows of a collection among n batches, in per cent. */
static int
share_of(const corpus *c, feed_mode mode, int collection, int n)
{
	enum { STEPS = 64, LANES = 4 };
	net_batch b;
	feeder *f;
	int own = 0, all = 0;
	assert_true(net_batch_init(&b, STEPS, LANES));
	assert_ok(feeder_new(c, &info, mode, LANES, 8, &f, &test_error));
	for (int i = 0; i < n && feeder_fill(f, &b) > 0; i++)
		for (int row = 0; row < STEPS * LANES; row++) {
			all += b.weight[row] > 0.0f;
			own += b.weight[row] > 0.0f && b.group[row] / FEED_PARTS == collection;
		}
	feeder_free(f);
	net_batch_clear(&b);
	assert_true(all > 0);
	return 100 * own / (all ? all : 1);
}

/* A performer's single loop beside a collection: heard as often as that when a model is tuned, and scored
 * though it holds nothing out. */
static void
a_single_loop_has_its_share(void **state)
{
	(void)state;
	corpus c = groove_corpus(24);
	c.n_collections = 2;
	snprintf(c.collection[1], sizeof c.collection[1], "own");
	assert_false(c.pattern[0].validation);
	assert_int_equal(share_of(&c, FEED_SCORING, 1, 1000), 0);
	c.pattern[0].collection = 1;
	assert_in_range(share_of(&c, FEED_SCORING, 1, 1000), 5, 25);
	assert_in_range(share_of(&c, FEED_TRAINING, 1, 1000), 8, 25);
	assert_in_range(share_of(&c, FEED_TUNING, 1, 1000), 45, 70);
	corpus_clear(&c);
}

static void
variations_are_patterns(void **state)
{
	(void)state;
	corpus c = groove_corpus(24);
	step_hits out[64 * VARY_MAX_CYCLES];
	uint64_t rng = 4;
	int same = 0, longer = 0;
	for (int n = 0; n < 600; n++) {
		const pattern *p = &c.pattern[(size_t)n % c.n_patterns];
		const int steps =
		    vary_pattern(&c, (size_t)n % c.n_patterns, (float)(n & 1), 0, &rng, out).steps;
		assert_true(steps > 0 && steps % p->bar_len == 0 && steps <= VARY_MAX_CYCLES * p->n_steps);
		longer += steps > p->n_steps;
		same += steps == p->n_steps && memcmp(out, p->step, (size_t)steps * sizeof *out) == 0;
		for (int s = 0; s < steps; s++)
			for (int i = 0; i < INSTRUMENTS; i++)
				assert_true(out[s].hit[i].velocity
						? out[s].hit[i].velocity <= 127 && out[s].hit[i].ratchet == 1
						: out[s].hit[i].ratchet == 0);
	}
	assert_true(same > 50 && same < 400 && longer > 20);
	corpus_clear(&c);
}

/* Only a line of another instrument brings the middle tom in: no pattern has it, and none is exchanged for
 * it. */
static void
lines_are_laid_over_loops(void **state)
{
	(void)state;
	corpus c = groove_corpus(24);
	step_hits out[64 * VARY_MAX_CYCLES];
	uint64_t rng = test_seed();
	for (unsigned without = 0; without <= WITHOUT_LAYERS; without += WITHOUT_LAYERS) {
		int layered = 0;
		for (int n = 0; n < 12000; n++) {
			const size_t which = (size_t)n % c.n_patterns;
			const int steps = vary_pattern(&c, which, 1.0f, without, &rng, out).steps;
			bool sounds = false;
			for (int s = 0; s < steps; s++)
				sounds = sounds || out[s].hit[INST_MT].velocity;
			assert_true(!sounds || c.pattern[which].source_bars > 0);
			layered += sounds;
		}
		assert_true(without ? layered == 0 : layered > 0);
	}
	corpus_clear(&c);
}

/* Machines' levels are what somebody chose; and what nobody did anything to is the pattern, from another of
 * its half-bars on or played on with an instrument at rest. */
static void
levels_and_what_is_natural_stay(void **state)
{
	(void)state;
	corpus c = groove_corpus(24);
	step_hits out[64 * VARY_MAX_CYCLES];
	uint64_t rng = test_seed();
	int natural = 0, loops = 0;
	for (int n = 0; n < 4000; n++) {
		const size_t which = (size_t)n % c.n_patterns;
		const pattern *p = &c.pattern[which];
		const variation v = vary_pattern(&c, which, 1.0f, 0, &rng, out);
		bool fits = false;
		for (int shift = 0; shift < p->n_steps && v.natural && !fits; shift += p->bar_len / 2) {
			fits = true;
			for (int s = 0; s < v.steps && fits; s++) {
				const step_hits *from = &p->step[(s + shift) % p->n_steps];
				fits = (step_mask(&out[s]) & ~step_mask(from)) == 0;
			}
		}
		for (int s = 0; s < v.steps; s++)
			for (int i = 0; i < INSTRUMENTS; i++) {
				const int level = out[s].hit[i].velocity;
				assert_true(level % 10 == 0 && (level == 0 || level >= 60) && level <= 110);
			}
		assert_true(fits || !v.natural);
		assert_true(v.in_style || !v.natural);
		natural += p->source_bars > 0 && v.natural;
		loops += p->source_bars > 0;
	}
	assert_in_range(natural, loops / 10, loops / 3);
	corpus_clear(&c);
}

/* A fill has a bar or two to say what it is: it is left as it is more often than a longer take. */
static void
fills_are_left_alone(void **state)
{
	(void)state;
	corpus c = groove_corpus(24);
	step_hits out[64 * VARY_MAX_CYCLES];
	uint64_t rng = test_seed();
	long natural[2] = {0};
	for (size_t i = 0; i < c.n_patterns; i++) {
		c.pattern[i].source_bars = 0;
		if (i % 2)
			c.pattern[i].n_steps = c.pattern[i].bar_len;
	}
	for (size_t n = 0; n < 200 * c.n_patterns; n++)
		natural[n % 2] += vary_pattern(&c, n % c.n_patterns, 1.0f, 0, &rng, out).natural;
	const long each = (long)(100 * c.n_patterns);
	assert_in_range(natural[0], each * 40 / 100, each * 65 / 100);
	assert_in_range(natural[1], each * 70 / 100, each * 90 / 100);
	corpus_clear(&c);
}

/* Whatever is done to a loop is done to all of its repetitions; and some are changed in a cell, moved, or
 * come in half the time. */
static void
a_changed_loop_repeats(void **state)
{
	(void)state;
	corpus c = groove_corpus(24);
	step_hits out[64 * VARY_MAX_CYCLES];
	uint64_t rng = test_seed();
	const unsigned only =
	    WITHOUT_ENTRY | WITHOUT_PLAYING_ON | WITHOUT_CROSSING | WITHOUT_LAYERS | WITHOUT_EXCHANGE;
	long changed[2] = {0};
	for (int n = 0; n < 4000; n++) {
		const size_t which = (size_t)n % c.n_patterns;
		const pattern *p = &c.pattern[which];
		const bool stretched = n % 2;
		const variation v = vary_pattern(
		    &c, which, 1.0f, only | (stretched ? WITHOUT_CHANGES : WITHOUT_STRETCHING), &rng, out);
		const int period = stretched ? 2 * p->bar_len : p->bar_len;
		assert_int_equal(v.steps, p->n_steps);
		for (int s = period; s < v.steps && p->bar_len == 16; s++)
			assert_memory_equal(&out[s], &out[s - period], sizeof *out);
		const bool same = memcmp(out, p->step, (size_t)v.steps * sizeof *out) == 0;
		assert_true(same || (p->source_bars > 0 && !v.natural && !v.in_style));
		changed[stretched] += !same;
	}
	assert_true(changed[0] > 120 && changed[1] > 40);
	corpus_clear(&c);
}

/* Whatever is done to a loop, and in whatever order: it comes again after its period. */
static void
a_varied_loop_has_its_period(void **state)
{
	(void)state;
	corpus c = groove_corpus(24);
	step_hits out[64 * VARY_MAX_CYCLES];
	uint64_t rng = test_seed();
	long other = 0, loops = 0;
	for (int n = 0; n < 8000; n++) {
		const size_t which = (size_t)n % c.n_patterns;
		const pattern *p = &c.pattern[which];
		const variation v = vary_pattern(&c, which, 1.0f, WITHOUT_PLAYING_ON, &rng, out);
		assert_true(v.period > 0 && v.period <= v.steps);
		assert_true(p->source_bars > 0 || v.period == v.steps);
		for (int s = v.period; s < v.steps && p->bar_len == 16; s++)
			assert_memory_equal(&out[s], &out[s - v.period], sizeof *out);
		loops += p->source_bars > 0;
		other += p->source_bars > 0 && v.period != p->source_bars * p->bar_len;
	}
	assert_in_range(other, loops / 20, loops / 2);
	corpus_clear(&c);
}

/* What comes before a loop comes again weighs as much as is asked, and so does the first bar of a take, but
 * all of them together no more than takes (of four bars) would; the rest and repetitions do not; and a
 * collection as much as it shall. */
static void
first_pass_and_opening_weigh_more(void **state)
{
	(void)state;
	enum { STEPS = 32, LANES = 4 };
	static const unsigned parts[] = {0, WITHOUT_EMPHASIS, WITHOUT_OPENINGS, 0};
	static const float wanted[] = {3.5f, 3.5f, 3.5f, 20.0f};
	corpus c = groove_corpus(24);
	for (int k = 0; k < 4; k++) {
		const float opened = 2.0f * fminf(wanted[k], 4.0f);
		feeder *f;
		net_batch b;
		int at[LANES] = {0};
		long heavy = 0, opening = 0, light = 0;
		assert_true(net_batch_init(&b, STEPS, LANES));
		assert_ok(feeder_new(&c, &info, FEED_TRAINING, LANES, test_seed(), &f, &test_error));
		feeder_set_emphasis(f, 3.0f, wanted[k]);
		feeder_set_without(f, parts[k]);
		feeder_set_share(f, 0, 2.0f);
		for (int n = 0; n < 60 && feeder_fill(f, &b) > 0; n++)
			for (int row = 0; row < STEPS * LANES; row++) {
				const bool first = b.group[row] % FEED_PARTS != FEED_LOOP;
				int *step = &at[row % LANES];
				*step = b.reset[row] ? 0 : *step + 1;
				assert_true(b.weight[row] <= 2.0f || (b.weight[row] == 6.0f && first) ||
					    (b.weight[row] == opened && first && *step < 16));
				heavy += b.weight[row] == 6.0f;
				opening += b.weight[row] == opened;
				light += b.weight[row] <= 2.0f;
			}
		assert_true(light > 0);
		assert_int_equal(heavy > 0, parts[k] != WITHOUT_EMPHASIS);
		assert_int_equal(opening > 0, parts[k] != WITHOUT_OPENINGS);
		feeder_free(f);
		net_batch_clear(&b);
	}
	corpus_clear(&c);
}

/* The network is told what is not quite what people play, and that anything may come where nothing is wished,
 * as in scoring: by the same input. */
static void
it_is_told_what_is_varied(void **state)
{
	(void)state;
	enum { STEPS = 10, LANES = 3 };
	corpus c = groove_corpus(24);
	for (int mode = 0; mode < 2; mode++) {
		feeder *f;
		net_batch b;
		long rows[2] = {0}, told[2] = {0};
		assert_true(net_batch_init(&b, STEPS, LANES));
		assert_ok(feeder_new(&c, &info, mode ? FEED_TRAINING : FEED_SCORING, LANES, test_seed(), &f,
				     &test_error));
		for (int n = 0; n < 60 && feeder_fill(f, &b) > 0; n++)
			for (int row = 0; row < STEPS * LANES; row++) {
				const float *x = b.x + row * FEATURES;
				bool wished = false;
				for (int k = FEATURE_AT_STYLE; k < FEATURES; k++)
					wished = wished || (k != FEATURE_AT_ANYTHING && x[k] != 0.0f);
				rows[wished] += b.weight[row] > 0.0f;
				told[wished] += x[FEATURE_AT_ANYTHING] == 1.0f;
			}
		assert_true(rows[false] > 0 && told[false] == rows[false]);
		assert_true((rows[true] > 0) == (mode == 1));
		assert_true(!mode || (told[true] > rows[true] / 10 && told[true] < rows[true] * 9 / 10));
		feeder_free(f);
		net_batch_clear(&b);
	}
	corpus_clear(&c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(scoring_sees_every_held_out_step_once),
	    cmocka_unit_test(training_never_sees_what_is_held_out),
	    cmocka_unit_test(a_single_loop_has_its_share),
	    cmocka_unit_test(variations_are_patterns),
	    cmocka_unit_test(lines_are_laid_over_loops),
	    cmocka_unit_test(levels_and_what_is_natural_stay),
	    cmocka_unit_test(fills_are_left_alone),
	    cmocka_unit_test(a_changed_loop_repeats),
	    cmocka_unit_test(a_varied_loop_has_its_period),
	    cmocka_unit_test(first_pass_and_opening_weigh_more),
	    cmocka_unit_test(it_is_told_what_is_varied),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

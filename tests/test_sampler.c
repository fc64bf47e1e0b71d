/* What the controls promise, on a small model trained in memory: locks are exact, density uncovers one
 * groove and is monotone, temperature 0 is deterministic, and nothing depends on what was drawn elsewhere. */
#include "tests/test.h"

#include "model/features.h"
#include "model/model_file.h"
#include "model/sampler.h"
#include "model/train.h"
#include "model/without.h"
#include "tests/patterns.h"

#include <math.h>
#include <unistd.h>

enum { ALL = (1 << INSTRUMENTS) - 1 };

typedef struct studio {
	model *m;
	sampler *s;
	void *state, *other;
} studio;

static int
open_studio(void **state)
{
	static studio st;
	const char *path = "test_sampler.safetensors";
	corpus c = groove_corpus(24);
	/* Noise besides grooves, so that probabilities are not all 0 or 1. */
	uint64_t rng = 5;
	for (size_t i = 0; i < c.n_patterns; i++) {
		step_hits noise[64];
		random_steps(&rng, 0.06f, 64, noise);
		for (int s = 0; s < c.pattern[i].n_steps; s++)
			for (int k = 0; k < INSTRUMENTS; k++)
				if (noise[s].hit[k].velocity)
					c.pattern[i].step[s].hit[k] = noise[s].hit[k];
	}
	train_options o = {.output = path,
			   .seed = 1,
			   .hidden = 24,
			   .epochs = 5,
			   .learning_rate = 0.01f,
			   .dropout = 0.1f,
			   .without = WITHOUT_CROSSING | WITHOUT_CHANGES | WITHOUT_STRETCHING |
				      WITHOUT_LAYERS | WITHOUT_EXCHANGE | WITHOUT_OPENINGS,
			   .threads = 1};
	train_result result;
	assert_ok(train_model(&c, &o, &result, &test_error));
	corpus_clear(&c);
	assert_ok(model_load(path, &st.m, &test_error));
	unlink(path);
	assert_ok(sampler_new(st.m, &st.s, &test_error));
	assert_int_equal(sampler_state_size(st.s) % 64, 0);
	st.state = aligned_alloc(64, sampler_state_size(st.s));
	st.other = aligned_alloc(64, sampler_state_size(st.s));
	*state = &st;
	return 0;
}

static int
close_studio(void **state)
{
	studio *st = *state;
	free(st->state);
	free(st->other);
	sampler_free(st->s);
	model_free(st->m);
	return 0;
}

static sampler_controls
neutral(uint64_t seed)
{
	sampler_controls c = {.temperature = 1.0f, .density = 0.5f, .rolls = 0.5f, .seed = seed};
	for (int i = 0; i < INSTRUMENTS; i++)
		c.instrument_density[i] = 0.5f;
	return c;
}

static void
draw(studio *st, void *state, int64_t step, const sampler_controls *c, step_event *out)
{
	const bar_place at = {step / 16, (int)(step % 16), 16, {4, 4, false}};
	sampler_draw(st->s, state, step, &at, c, out);
}

/* Mean hits per bar over some bars after the first. */
static double
play(studio *st, const sampler_controls *c, int bars)
{
	step_event e;
	long hits = 0;
	sampler_state_init(st->s, st->state);
	for (int step = 0; step < 16 * (bars + 1); step++) {
		draw(st, st->state, step, c, &e);
		hits += step >= 16 ? __builtin_popcount(step_mask(&e.hits)) : 0;
	}
	return (double)hits / bars;
}

/* The model's own table for a step after 20 locked ones, and the sampler's state at the same place. */
static void
listen(studio *st, float table[1 << INSTRUMENTS])
{
	uint64_t rng = 77;
	step_hits heard[20];
	step_event e;
	void *own = aligned_alloc(64, model_state_size(st->m));
	random_steps(&rng, 0.1f, 20, heard);
	sampler_state_init(st->s, st->state);
	model_state_init(st->m, own);
	for (int step = 0; step <= 20; step++) {
		model_context ctx = features_no_wishes(step / 16, step % 16, 16);
		ctx.density = ctx.fill = 0.0f;
		model_advance(st->m, own, step ? &heard[step - 1] : NULL, &ctx);
		sampler_controls c = neutral(1);
		c.lock_mask = ALL;
		if (step == 20)
			break;
		c.locked = heard[step];
		draw(st, st->state, step, &c, &e);
		assert_memory_equal(&e.hits, &heard[step], sizeof e.hits);
	}
	model_hit_table(st->m, own, table);
	free(own);
}

/* Draws step 20 with many seeds and compares how often each free instrument and each pair of them hits
 * with the table, given what is locked. */
static void
check_lock(studio *st, const float table[1 << INSTRUMENTS], unsigned lock, unsigned value)
{
	enum { DRAWS = 3000 };
	double exact[INSTRUMENTS] = {0}, both = 0, total = 0;
	int drawn[INSTRUMENTS] = {0}, drawn_both = 0;
	const unsigned pair = 1u << INST_BD | 1u << INST_CH;
	for (unsigned v = 0; v <= ALL; v++) {
		double p = (v & lock) == value ? exp((double)table[v]) : 0;
		total += p;
		both += (v & pair) == pair ? p : 0;
		for (int i = 0; i < INSTRUMENTS; i++)
			exact[i] += v >> i & 1 ? p : 0;
	}
	for (int n = 0; n < DRAWS; n++) {
		step_event e;
		sampler_controls c = neutral(1000 + (uint64_t)n);
		c.lock_mask = (uint16_t)lock;
		for (int i = 0; i < INSTRUMENTS; i++)
			if (value >> i & 1)
				c.locked.hit[i] = (step_hit){(uint8_t)(20 + i), 2, 300};
		memcpy(st->other, st->state, sampler_state_size(st->s));
		draw(st, st->other, 20, &c, &e);
		unsigned mask = step_mask(&e.hits);
		assert_int_equal(mask & lock, value);
		for (int i = 0; i < INSTRUMENTS; i++) {
			drawn[i] += mask >> i & 1;
			if (value >> i & 1)
				assert_memory_equal(&e.hits.hit[i], &c.locked.hit[i], sizeof(step_hit));
		}
		drawn_both += (mask & pair) == pair;
	}
	for (int i = 0; i < INSTRUMENTS; i++) {
		double p = exact[i] / total, error = 4.5 * sqrt(p * (1 - p) / DRAWS) + 0.002;
		if (fabs((double)drawn[i] / DRAWS - p) > error)
			fail_msg("lock %03x: %s hits in %d of %d draws (seeds 1000..), exactly %.4f", lock,
				 instrument_name(i), drawn[i], DRAWS, p);
	}
	double p = both / total;
	assert_true(fabs((double)drawn_both / DRAWS - p) < 4.5 * sqrt(p * (1 - p) / DRAWS) + 0.002);
}

static void
locks_condition_exactly(void **state)
{
	studio *st = *state;
	static float table[1 << INSTRUMENTS];
	listen(st, table);
	check_lock(st, table, 0, 0);
	check_lock(st, table, 1u << INST_BD | 1u << INST_SD, 1u << INST_SD);
	check_lock(st, table, 1u << INST_CH | 1u << INST_PC, 1u << INST_CH);
	check_lock(st, table, ALL & ~(1u << INST_BD | 1u << INST_CH), 1u << INST_SD | 1u << INST_OH);
}

static void
same_state_same_step(void **state)
{
	studio *st = *state;
	step_event a, b;
	sampler_controls c = neutral(9);
	sampler_state_init(st->s, st->state);
	for (int step = 0; step < 40; step++) {
		memcpy(st->other, st->state, sampler_state_size(st->s));
		draw(st, st->state, step, &c, &a);
		draw(st, st->other, step, &c, &b);
		assert_memory_equal(&a, &b, sizeof a);
		assert_memory_equal(st->state, st->other, sampler_state_size(st->s));
	}
}

static void
less_density_only_takes_away(void **state)
{
	studio *st = *state;
	enum { SETTINGS = 6, BARS = 12 };
	static unsigned mask[SETTINGS][BARS * 16];
	for (uint64_t seed = 1; seed <= 3; seed++) {
		for (int k = 0; k < SETTINGS; k++) {
			sampler_controls c = neutral(seed);
			c.density = 0.1f * (float)k;
			sampler_state_init(st->s, st->state);
			for (int step = 0; step < BARS * 16; step++) {
				step_event e;
				draw(st, st->state, step, &c, &e);
				mask[k][step] = step_mask(&e.hits);
			}
		}
		/* Silence of more than a bar is broken, so only settings that leave a few hits are nested. */
		for (int k = 2; k < SETTINGS - 1; k++)
			for (int step = 0; step < BARS * 16; step++)
				if (mask[k][step] & ~mask[k + 1][step])
					fail_msg("seed %d, step %d: a hit at density %.1f is gone at %.1f",
						 (int)seed, step, 0.1 * k, 0.1 * (k + 1));
	}
}

static void
density_is_monotone(void **state)
{
	studio *st = *state;
	double mean = (double)model_hits_per_bar(st->m), before = -1;
	for (int k = 0; k <= 10; k++) {
		sampler_controls c = neutral(0);
		double hits = 0;
		c.density = 0.1f * (float)k;
		for (c.seed = 1; c.seed <= 3; c.seed++)
			hits += play(st, &c, 24) / 3;
		if (hits < before)
			fail_msg(
			    "density %.1f gives %.2f hits per bar, less than before: %.2f (seeds 1 to 3)",
			    0.1 * k, hits, before);
		if (k == 0)
			assert_true(hits <= 2.0);
		if (k == 5 && fabs(hits - mean) > 0.15 * mean)
			fail_msg("in the middle %.2f hits per bar, the style has %.2f", hits, mean);
		before = hits;
	}
	assert_true(before >= 24.0);
}

static void
cold_is_deterministic_hot_is_alive(void **state)
{
	studio *st = *state;
	sampler_controls a = neutral(1), b = neutral(2);
	step_event x, y;
	a.temperature = b.temperature = 0.0f;
	sampler_state_init(st->s, st->state);
	sampler_state_init(st->s, st->other);
	for (int step = 0; step < 128; step++) {
		draw(st, st->state, step, &a, &x);
		draw(st, st->other, step, &b, &y);
		assert_memory_equal(&x, &y, sizeof x);
	}
	for (uint64_t seed = 1; seed <= 4; seed++) {
		sampler_controls hot = neutral(seed);
		hot.temperature = 2.0f;
		int quiet = 0, full = 0;
		sampler_state_init(st->s, st->state);
		for (int step = 0; step < 512; step++) {
			draw(st, st->state, step, &hot, &x);
			unsigned mask = step_mask(&x.hits);
			quiet = mask ? 0 : quiet + 1;
			full = mask == ALL ? full + 1 : 0;
			assert_true(quiet < 64 && full < 16);
		}
	}
}

static void
instruments_obey_their_own_density(void **state)
{
	studio *st = *state;
	int hits[3] = {0};
	for (int k = 0; k < 3; k++) {
		sampler_controls c = neutral(4);
		c.instrument_density[INST_CH] = 0.5f * (float)k;
		sampler_state_init(st->s, st->state);
		for (int step = 0; step < 320; step++) {
			step_event e;
			draw(st, st->state, step, &c, &e);
			hits[k] += e.hits.hit[INST_CH].velocity > 0;
		}
	}
	assert_int_equal(hits[0], 0);
	assert_true(hits[1] > 20 && hits[2] > 2 * hits[1] && hits[2] > 160);
}

/* Hits of several strokes: none at 0, more with every turn. */
static void
rolls_obey_their_control(void **state)
{
	studio *st = *state;
	long before = -1;
	for (int k = 0; k <= 4; k++) {
		sampler_controls c = neutral(4);
		long rolled = 0;
		c.rolls = 0.25f * (float)k;
		sampler_state_init(st->s, st->state);
		for (int step = 0; step < 640; step++) {
			step_event e;
			draw(st, st->state, step, &c, &e);
			for (int i = 0; i < INSTRUMENTS; i++)
				rolled += e.hits.hit[i].ratchet > 1;
		}
		assert_true(k == 0 ? rolled == 0 : rolled > before);
		before = rolled;
	}
	assert_true(before > 100);
}

/* Share of rolls among the hits of so many steps of a style that is said to roll so much; the state goes on.
 */
static double
rolled(studio *st, float share, int from, int to)
{
	sampler_controls c = neutral(5);
	double hits = 0, rolls = 0;
	c.style[0] = 1.0f;
	st->m->info.style[0].rolls = share;
	for (int step = from; step < to; step++) {
		step_event e;
		draw(st, st->state, step, &c, &e);
		hits += __builtin_popcount(step_mask(&e.hits));
		for (int i = 0; i < INSTRUMENTS; i++)
			rolls += e.hits.hit[i].ratchet > 1;
	}
	return rolls / hits;
}

/* A style's share of rolls comes, whatever the network would play by itself; and where nobody said how many
 * they are, it plays by itself, whatever was played before. */
static void
a_style_rolls_as_much_as_it_does(void **state)
{
	studio *st = *state;
	static const float share[] = {0.02f, 0.1f, 0.3f};
	const model_info told = st->m->info;
	sampler_state_init(st->s, st->state);
	const double alone = rolled(st, 0.0f, 0, 2000);
	for (int k = 0; k < 3; k++) {
		sampler_state_init(st->s, st->state);
		assert_true(fabs(rolled(st, share[k], 0, 2000) - (double)share[k]) < 0.01);
		assert_true(fabs(alone - (double)share[k]) > 0.02);
		assert_true(fabs(rolled(st, 0.0f, 2000, 4000) - alone) < 0.015);
	}
	st->m->info = told;
}

static void
controls_that_are_no_numbers_are_neutral(void **state)
{
	studio *st = *state;
	step_event a, b;
	sampler_controls good = neutral(3), bad = neutral(3);
	bad.temperature = bad.density = bad.instrument_density[2] = bad.fill = bad.rolls = NAN;
	sampler_state_init(st->s, st->state);
	sampler_state_init(st->s, st->other);
	for (int step = 0; step < 32; step++) {
		draw(st, st->state, step, &good, &a);
		draw(st, st->other, step, &bad, &b);
		assert_memory_equal(&a, &b, sizeof a);
	}
}

static void
hits_are_well_formed(void **state)
{
	studio *st = *state;
	static const int bars[] = {16, 12, 32, 8, 20};
	for (size_t b = 0; b < sizeof bars / sizeof *bars; b++) {
		sampler_controls c = neutral(b);
		c.temperature = 1.5f;
		c.fill = 1.0f;
		c.tempo = 174.0f;
		sampler_state_init(st->s, st->state);
		for (int step = 0; step < 5 * bars[b]; step++) {
			step_event e;
			const bar_place at = {step / bars[b], (int)(step % bars[b]), bars[b], {4, 4, false}};
			sampler_draw(st->s, st->state, step, &at, &c, &e);
			assert_int_equal(e.bar_len, bars[b]);
			assert_int_equal(e.bar_step, step % bars[b]);
			for (int i = 0; i < INSTRUMENTS; i++) {
				step_hit h = e.hits.hit[i];
				assert_true(h.velocity ? h.velocity <= 127 && h.ratchet >= 1 && h.ratchet <= 4
						       : h.ratchet == 0 && h.offset == 0);
			}
		}
	}
}

/* Of an open lock the network chooses the sound, not whether. */
static void
an_open_lock_is_a_hit_of_the_networks_own(void **state)
{
	studio *st = *state;
	int loud[2] = {0};
	for (uint64_t seed = 1; seed <= 40; seed++) {
		step_event e;
		sampler_controls c = neutral(seed);
		c.lock_mask = ALL;
		c.locked.hit[INST_CH] = (step_hit){SAMPLER_ANY, 1, 0};
		c.locked.hit[INST_BD] = (step_hit){99, 1, 0};
		sampler_state_init(st->s, st->state);
		draw(st, st->state, 0, &c, &e);
		assert_int_equal(step_mask(&e.hits), 1u << INST_CH | 1u << INST_BD);
		assert_int_equal(e.hits.hit[INST_BD].velocity, 99);
		assert_in_range(e.hits.hit[INST_CH].velocity, 1, 127);
		loud[e.hits.hit[INST_CH].velocity > 65]++;
	}
	assert_true(loud[0] > 0 && loud[1] > 0);
}

/* What is locked softly is thinned by the density as if it were free, and is history nonetheless. */
static void
a_soft_lock_follows_density(void **state)
{
	studio *st = *state;
	double heard[3] = {0};
	static const float density[3] = {0.5f, 0.25f, 0.0f};
	for (int k = 0; k < 3; k++) {
		sampler_state_init(st->s, st->state);
		for (int step = 0; step < 256; step++) {
			step_event e;
			sampler_controls c = neutral(3);
			c.density = density[k];
			c.lock_mask = c.soft_mask = ALL;
			c.soft_density = 0.5f;
			for (int i = 0; i < 4; i++)
				if ((step + i) % (1 << i) == 0)
					c.locked.hit[i] = (step_hit){90, 1, 0};
			draw(st, st->state, step, &c, &e);
			assert_memory_equal(sampler_believed(st->state), &c.locked, sizeof c.locked);
			assert_int_equal(step_mask(&e.hits) & ~step_mask(&c.locked), 0);
			heard[k] += __builtin_popcount(step_mask(&e.hits)) / 16.0;
		}
	}
	if (!(heard[0] == 30.0 && heard[1] < 15.0 && heard[1] > 2.0 && heard[2] <= 2.0))
		fail_msg("hits a bar at density 0.5, 0.25, 0: %.2f, %.2f, %.2f", heard[0], heard[1],
			 heard[2]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(locks_condition_exactly),
	    cmocka_unit_test(same_state_same_step),
	    cmocka_unit_test(less_density_only_takes_away),
	    cmocka_unit_test(density_is_monotone),
	    cmocka_unit_test(cold_is_deterministic_hot_is_alive),
	    cmocka_unit_test(instruments_obey_their_own_density),
	    cmocka_unit_test(rolls_obey_their_control),
	    cmocka_unit_test(a_style_rolls_as_much_as_it_does),
	    cmocka_unit_test(controls_that_are_no_numbers_are_neutral),
	    cmocka_unit_test(hits_are_well_formed),
	    cmocka_unit_test(an_open_lock_is_a_hit_of_the_networks_own),
	    cmocka_unit_test(a_soft_lock_follows_density),
	};
	return cmocka_run_group_tests(tests, open_studio, close_studio);
}

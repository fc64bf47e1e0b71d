/* Whose hand a pattern is from, and loops made of takes. */
#include "tests/test.h"

#include "model/batches.h"
#include "model/hand.h"
#include "model/without.h"
#include "tests/patterns.h"

enum { BARS = 4, STEPS = 16 * BARS };

/* A groove with every hit off the grid by at most `wide`, as nobody plays it twice. */
static void
play_by_hand(uint64_t *rng, int wide, int n, step_hits *out)
{
	groove_steps(3, n, out);
	for (int s = 0; s < n; s++)
		for (int i = 0; i < INSTRUMENTS; i++)
			if (out[s].hit[i].velocity) {
				const int by = (int)(rng_next(rng) % (uint64_t)(2 * wide)) - wide;
				out[s].hit[i].velocity = (uint8_t)(1 + rng_next(rng) % 127);
				out[s].hit[i].offset = (int16_t)by;
			}
}

static void
machines_and_drummers_are_told_apart(void **state)
{
	(void)state;
	step_hits step[STEPS];
	uint64_t rng = test_seed();
	for (int kind = 0; kind < 8; kind++) {
		groove_steps(kind, STEPS, step);
		for (int s = 0; s < STEPS; s++)
			for (int i = 0; i < INSTRUMENTS; i++)
				step[s].hit[i].offset = 0;
		assert_false(hand_is_drummer(step, STEPS));
		/* swing, a snare that drags, hats a little early */
		groove_steps(kind, STEPS, step);
		for (int s = 1; s < STEPS; s += 2)
			for (int i = 0; i < INSTRUMENTS; i++)
				if (step[s].hit[i].velocity)
					step[s].hit[i].offset = 10000;
		assert_false(hand_is_drummer(step, STEPS));
	}
	for (int bars = 1; bars <= BARS; bars++) {
		play_by_hand(&rng, 9000, 16 * bars, step);
		assert_true(hand_is_drummer(step, 16 * bars));
	}
	memset(step, 0, sizeof step);
	assert_false(hand_is_drummer(step, STEPS));
	assert_false(hand_is_drummer(step, 0));
}

/* The hits stay where they are; whose they are changes, and for nobody nothing does. */
static void
another_hand_plays_the_same(void **state)
{
	(void)state;
	uint64_t rng = test_seed();
	for (int kind = 0; kind < 8; kind++) {
		step_hits played[STEPS], programmed[STEPS], before;
		groove_steps(kind, STEPS, programmed);
		for (int s = 0; s < STEPS; s++) {
			before = played[s] = programmed[s];
			hand_recast(&before, 0.0f, rng);
			assert_memory_equal(&before, &programmed[s], sizeof before);
			hand_recast(&played[s], HAND_DRUMMER, rng_next(&rng));
			assert_int_equal(step_mask(&played[s]), step_mask(&programmed[s]));
			programmed[s] = played[s];
			hand_recast(&programmed[s], HAND_MACHINE, rng);
			assert_int_equal(step_mask(&played[s]), step_mask(&programmed[s]));
		}
		assert_true(hand_is_drummer(played, STEPS));
		assert_false(hand_is_drummer(programmed, STEPS));
	}
}

static bool
is_level(int velocity)
{
	static const int levels[] = {32, 56, 84, 96, 112, 120};
	bool found = false;
	for (size_t k = 0; k < sizeof levels / sizeof *levels; k++)
		found = found || velocity == levels[k];
	return found;
}

/* Whether a programmed loop is made of the take's bars from `first` on: nothing is added, and what is not
 * soft is there. */
static bool
made_of(const step_hits *loop, int length, const step_hits *take, int first)
{
	bool good = true;
	for (int s = 0; s < length; s++)
		for (int i = 0; i < INSTRUMENTS; i++) {
			const int was = take[first + s].hit[i].velocity, is = loop[s].hit[i].velocity;
			good = good && (is ? was > 0 : was < 64);
		}
	return good;
}

static void
a_take_becomes_a_loop(void **state)
{
	(void)state;
	uint64_t rng = test_seed();
	int of_length[3] = {0};
	for (int n = 0; n < 200; n++) {
		step_hits take[STEPS], loop[16 * HAND_LOOP_BARS];
		const int bars = 1 + n % BARS;
		random_steps(&rng, 0.2f, 16 * bars, take);
		hand_program(take, 16 * bars, 16, &rng, loop);
		int length = 16;
		if (memcmp(loop, loop + 16, 16 * sizeof *loop) != 0)
			length = 32;
		of_length[length / 16]++;
		assert_memory_equal(loop, loop + length, (64 - (size_t)length) * sizeof *loop);
		for (int s = 0; s < 64; s++)
			for (int i = 0; i < INSTRUMENTS; i++) {
				const step_hit *h = &loop[s].hit[i];
				assert_true(h->velocity ? is_level(h->velocity) && h->ratchet == 1
							: h->ratchet == 0);
				assert_int_equal(h->offset, 0);
			}
		bool found = false;
		for (int first = 0; first + length <= 16 * bars; first += 16)
			found = found || made_of(loop, length, take, first);
		assert_true(found);
		assert_false(hand_is_drummer(loop, 64));
	}
	assert_true(of_length[1] > 50 && of_length[2] > 30);
}

/* In training loops of takes come in between, and the network is told now and then whose hand it is. */
static void
training_programs_takes(void **state)
{
	(void)state;
	enum { BATCH = 64, LANES = 4 };
	static const model_info info = {.n_styles = 2, .hits_per_bar = 10, .hands = true};
	corpus c = groove_corpus(12);
	uint64_t rng = test_seed();
	for (size_t p = 0; p < c.n_patterns; p++) {
		play_by_hand(&rng, 9000, c.pattern[p].n_steps, c.pattern[p].step);
		c.pattern[p].source_bars = 0;
	}
	for (unsigned without = 0; without <= WITHOUT_PROGRAMMING; without += WITHOUT_PROGRAMMING) {
		net_batch b;
		feeder *f;
		long machine = 0, drummer = 0, untold = 0, straight = 0;
		assert_true(net_batch_init(&b, BATCH, LANES));
		assert_ok(feeder_new(&c, &info, FEED_TRAINING, LANES, rng, &f, &test_error));
		feeder_set_without(f, without);
		for (int n = 0; n < 40; n++) {
			(void)feeder_fill(f, &b);
			for (int row = 0; row < BATCH * LANES; row++) {
				const float hand = b.x[(size_t)row * FEATURES + FEATURE_AT_HAND];
				bool on_grid = b.mask[row] != 0;
				for (int i = 0; i < INSTRUMENTS; i++)
					on_grid = on_grid && b.target[row].hit[i].offset == 0;
				straight += on_grid;
				machine += hand == HAND_MACHINE;
				drummer += hand == HAND_DRUMMER;
				untold += hand == 0.0f;
			}
		}
		assert_true(drummer > 0 && untold > 0);
		assert_int_equal(machine > 0, !without);
		assert_true(without ? straight < 20 : straight > 200);
		feeder_free(f);
		net_batch_clear(&b);
	}
	corpus_clear(&c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(machines_and_drummers_are_told_apart),
	    cmocka_unit_test(another_hand_plays_the_same),
	    cmocka_unit_test(a_take_becomes_a_loop),
	    cmocka_unit_test(training_programs_takes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

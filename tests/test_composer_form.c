/* What hands fix, what comes again and what changes it: cells, locks, freeze, phrases, variations, mutation.
 */
#include "tests/composer_rig.h"

static bool
same_hits(const step_event *a, const step_event *b)
{
	return memcmp(&a->hits, &b->hits, sizeof a->hits) == 0;
}

/* Cells that differ. */
static int
distance(const step_event *a, const step_event *b, int n)
{
	int cells = 0;
	for (int s = 0; s < n; s++)
		cells += __builtin_popcount((unsigned)(step_mask(&a[s].hits) ^ step_mask(&b[s].hits)));
	return cells;
}

static void
set(rig *r, int slot, float value)
{
	params_set(&r->params, slot, value, 0);
}

static void
phrase_of(rig *r, float repeat, int bars)
{
	set(r, PARAM_REPEAT, repeat);
	set(r, PARAM_PHRASE, (float)__builtin_ctz((unsigned)bars));
}

static void
cells_are_played_and_the_rest_answers(void **state)
{
	rig *r = *state;
	static step_event without[128], with[128];
	play(r, 128, without);
	cell hit = cell_hit(77);
	hit.ratchet = 3;
	params_set_cell(&r->params, cell_index(0, INST_CP, 5), hit);
	params_set_cell(&r->params, cell_index(0, INST_BD, 0), (cell){.kind = CELL_REST});
	from_the_top(r);
	play(r, 128, with);
	for (int bar = 0; bar < 8; bar++) {
		const step_hit clap = with[bar * 16 + 5].hits.hit[INST_CP];
		assert_true(clap.velocity == 77 && clap.ratchet == 3 && clap.offset == 0);
		assert_int_equal(with[bar * 16].hits.hit[INST_BD].velocity, 0);
	}
	int others = 0;
	for (int s = 0; s < 128; s++)
		others +=
		    ((step_mask(&without[s].hits) ^ step_mask(&with[s].hits)) & ~(1u << INST_CP | 1u)) != 0;
	assert_true(others > 0);
}

static void
a_cell_has_its_bar_round_and_chance(void **state)
{
	rig *r = *state;
	static step_event steps[4096];
	set(r, PARAM_PATTERN_BARS, 2.0f);
	cell third = cell_hit(50), even = cell_hit(60);
	third.nth = 3;
	third.of = 4;
	even.chance = 50;
	params_set_cell(&r->params, cell_index(1, INST_HT, 2), third);
	params_set_cell(&r->params, cell_index(0, INST_LT, 3), even);
	play(r, 4096, steps);
	int low = 0;
	for (int bar = 0; bar < 256; bar++) {
		const bool sounds = steps[bar * 16 + 2].hits.hit[INST_HT].velocity == 50;
		if (bar % 2)
			assert_int_equal(sounds, bar / 2 % 4 == 2);
		else
			low += steps[bar * 16 + 3].hits.hit[INST_LT].velocity == 60;
	}
	assert_true(low > 40 && low < 88); /* of 128 */
}

static void
cells_win_over_a_frozen_bar_and_a_landing(void **state)
{
	rig *r = *state;
	static step_event steps[112];
	play(r, 36, steps);
	params_pulse(&r->params, COMMAND_FILL);
	params_set_cell(&r->params, cell_index(0, INST_CC, 0), (cell){.kind = CELL_REST});
	play(r, 64, steps);
	assert_true(steps[48].hits.hit[INST_BD].velocity == 118 && !steps[48].hits.hit[INST_CC].velocity);
	set(r, PARAM_FREEZE, 1.0f);
	params_set_cell(&r->params, cell_index(0, INST_PC, 7), cell_hit(33));
	play(r, 96, steps);
	assert_int_equal(steps[87].hits.hit[INST_PC].velocity, 33);
	params_set_cell(&r->params, cell_index(0, INST_PC, 7), (cell){.kind = CELL_FREE});
	play(r, 112, steps);
	/* Freed, the loop has back what it had. */
	assert_memory_equal(&steps[103].hits.hit[INST_PC], &steps[55].hits.hit[INST_PC], sizeof(step_hit));
}

static void
a_locked_instrument_repeats_and_the_rest_goes_on(void **state)
{
	rig *r = *state;
	static step_event steps[160];
	play(r, 48, steps);
	set(r, param_slot(PARAM_LOCK, INST_CH), 1.0f);
	play(r, 160, steps);
	int moved = 0;
	for (int s = 48; s < 160; s++) {
		assert_memory_equal(&steps[s].hits.hit[INST_CH], &steps[s - 16].hits.hit[INST_CH],
				    sizeof(step_hit));
		moved += !same_hits(&steps[s], &steps[s - 16]);
	}
	assert_true(moved > 0);
	set(r, param_slot(PARAM_LOCK, INST_CH), 0.0f);
	/* All twelve of them are a frozen bar, and hold through a fill. */
	for (int i = 0; i < INSTRUMENTS; i++)
		set(r, param_slot(PARAM_LOCK, i), 1.0f);
	from_the_top(r);
	params_pulse(&r->params, COMMAND_FILL);
	play(r, 64, steps);
	for (int s = 16; s < 64; s++)
		assert_true(same_hits(&steps[s], &steps[s - 16]));
}

/* A bar of percussion where there is none changes what the network expects of the next bar. */
static void
the_next_bar_answers_what_was_played(void **state)
{
	rig *r = *state;
	static step_event steps[64];
	step_event without[16], with[16];
	play(r, 48, steps);
	fill(r);
	for (int64_t n = 0; n < 16; n++)
		assert_true(plan_read(&r->plan, 48 + n, &without[n]));
	for (int64_t s = 32; s < 48; s += 3)
		composer_played(r->composer, INST_PC, 110, s);
	fill(r);
	int before = 0, after = 0, moved = 0;
	for (int64_t n = 0; n < 16; n++) {
		assert_true(plan_read(&r->plan, 48 + n, &with[n]));
		before += without[n].heat[INST_PC];
		after += with[n].heat[INST_PC];
		for (int i = 0; i < INSTRUMENTS; i++)
			moved += abs(with[n].heat[i] - without[n].heat[i]);
	}
	/* It is expected again, and half a hit of the bar has moved in all. */
	assert_true(after > before + 25 && moved > 128);
}

static bool
ending(int step)
{
	const bar_place at = {step / 16, step % 16, 16, {4, 4, false}};
	return at.bar % 4 == 3 && at.step >= 8;
}

static void
a_phrase_repeats_but_for_its_endings(void **state)
{
	rig *r = *state;
	static step_event steps[1024];
	for (int bars = 1; bars <= 4; bars *= 2) {
		phrase_of(r, 1.0f, bars);
		from_the_top(r);
		play(r, 512, steps);
		int varied = 0;
		for (int s = 16 * bars; s < 512; s++) {
			const int first = s % (16 * bars); /* of its kind */
			if (ending(s))
				varied += !same_hits(&steps[s], &steps[first]);
			else if (!same_hits(&steps[s], &steps[first]))
				fail_msg("%d bars: step %d is not what it was", bars, s);
		}
		assert_true(varied > 0);
	}
	phrase_of(r, 1.0f, 16);
	from_the_top(r);
	play(r, 1024, steps);
	for (int s = 256; s < 1024; s++)
		assert_true(same_hits(&steps[s], &steps[s - 256]) || s / 16 % 16 == 15);
}

/* In the mean of some players: one or the other stays with what it plays by itself. */
static void
half_repeat_lies_between(void **state)
{
	rig *r = *state;
	static step_event steps[1024];
	int equal[3] = {0};
	for (int k = 0; k < 3; k++) {
		phrase_of(r, 0.5f * (float)k, 2);
		for (int seed = 1; seed <= 8; seed++) {
			set(r, PARAM_SEED, (float)seed);
			from_the_top(r);
			play(r, 1024, steps);
			for (int s = 32; s < 1024; s++)
				equal[k] += same_hits(&steps[s], &steps[s - 32]);
		}
	}
	assert_true(equal[0] < equal[1] && equal[1] < equal[2]);
}

/* Promise 6: replanned, the same comes out, whatever was turned meanwhile; and from the top again. */
static void
form_does_not_depend_on_what_was_planned(void **state)
{
	rig *r = *state;
	static step_event straight[320], turned[320];
	phrase_of(r, 0.7f, 2);
	set(r, param_slot(PARAM_LOCK, INST_OH), 1.0f);
	play(r, 320, straight);
	from_the_top(r);
	for (int64_t n = 0; n < 320; n += 20) {
		play(r, n + 20, turned);
		set(r, PARAM_DENSITY, 0.9f);
		set(r, PARAM_REPEAT, 0.0f);
		set(r, PARAM_STYLE, 3.0f);
		fill(r);
		set(r, PARAM_DENSITY, 0.5f);
		set(r, PARAM_REPEAT, 0.7f);
		set(r, PARAM_STYLE, 0.0f);
	}
	assert_memory_equal(straight, turned, sizeof straight);
}

static int
bar_hits(const step_event *bar)
{
	int n = 0;
	for (int s = 0; s < 16; s++)
		n += hits(&bar[s]);
	return n;
}

/* Promise 3 holds for what repeats as well: it thins, thickens, and comes back. */
static void
a_repeating_phrase_obeys_density(void **state)
{
	rig *r = *state;
	static step_event steps[192];
	phrase_of(r, 1.0f, 1);
	play(r, 32, steps);
	set(r, PARAM_DENSITY, 0.1f);
	play(r, 96, steps);
	assert_true(bar_hits(&steps[32]) < bar_hits(&steps[16]) / 2);
	for (int s = 64; s < 80; s++) /* left alone, the thin phrase is exact too; before it, an ending */
		assert_true(same_hits(&steps[s], &steps[s + 16]));
	set(r, PARAM_DENSITY, 1.0f);
	play(r, 112, steps);
	assert_true(bar_hits(&steps[96]) >= 20);
	set(r, PARAM_DENSITY, 0.5f);
	play(r, 144, steps);
	for (int s = 128; s < 144; s++)
		assert_true(same_hits(&steps[s], &steps[s - 128]));
}

static void
another_seed_or_style_is_another_phrase(void **state)
{
	rig *r = *state;
	static step_event steps[160];
	phrase_of(r, 1.0f, 1);
	play(r, 64, steps);
	set(r, PARAM_SEED, 4711.0f);
	play(r, 96, steps);
	assert_true(distance(&steps[64], &steps[0], 16) > 0);
	for (int s = 80; s < 96; s++)
		assert_true(same_hits(&steps[s], &steps[s - 16]));
	set(r, PARAM_STYLE, 5.0f);
	play(r, 128, steps);
	assert_true(distance(&steps[96], &steps[80], 16) > 0);
}

/* A cued variation begins at the bar line, sounds once, and the loop goes on as it was. */
static void
vary_plays_one_bar_anew(void **state)
{
	rig *r = *state;
	static step_event steps[128];
	for (int frozen = 0; frozen < 2; frozen++) {
		int varied = 0;
		for (int seed = 1; seed <= 4; seed++) {
			set(r, PARAM_SEED, (float)seed);
			set(r, PARAM_FREEZE, 0.0f);
			phrase_of(r, frozen ? 0.0f : 1.0f, 1);
			from_the_top(r);
			play(r, 64, steps);
			set(r, PARAM_FREEZE, frozen ? 1.0f : 0.0f);
			play(r, 70, steps);
			params_pulse(&r->params, COMMAND_VARY);
			play(r, 112, steps);
			const step_event *loop = frozen ? &steps[48] : &steps[0];
			for (int s = 64; s < 112; s++)
				if (s < 80 || s >= 96)
					assert_true(same_hits(&steps[s], &loop[s % 16]));
			varied += distance(&steps[80], loop, 16);
		}
		assert_true(varied > 0);
	}
}

/* Composed through, a variation is other music from that bar on, and a second order another one. */
static void
vary_acts_without_a_loop_too(void **state)
{
	rig *r = *state;
	static step_event plain[80], once[80], twice[80];
	play(r, 80, plain);
	for (int orders = 1; orders <= 2; orders++) {
		step_event *steps = orders == 1 ? once : twice;
		from_the_top(r);
		play(r, 40, steps);
		for (int i = 0; i < orders; i++) {
			params_pulse(&r->params, COMMAND_VARY);
			fill(r);
		}
		play(r, 80, steps);
		assert_memory_equal(plain, steps, 48 * sizeof *plain);
		assert_memory_not_equal(&plain[48], &steps[48], 16 * sizeof *plain);
	}
	assert_memory_not_equal(&once[48], &twice[48], 16 * sizeof *once);
}

static void
mutation_changes_so_many_cells_for_good(void **state)
{
	rig *r = *state;
	static step_event steps[208];
	for (int frozen = 0; frozen < 2; frozen++)
		for (uint32_t cells = 1; cells <= 8; cells += 7) {
			set(r, PARAM_FREEZE, 0.0f);
			phrase_of(r, frozen ? 0.0f : 1.0f, 2);
			from_the_top(r);
			play(r, 64, steps);
			set(r, PARAM_FREEZE, frozen ? 2.0f : 0.0f);
			play(r, 134, steps);
			params_add_pulses(&r->params, COMMAND_MUTATE, cells);
			fill(r);
			set(r, PARAM_DENSITY, 0.7f); /* planned anew, the same cells are changed */
			fill(r);
			set(r, PARAM_DENSITY, 0.5f);
			play(r, 208, steps);
			assert_int_equal(distance(&steps[128], &steps[96], 6), 0);
			/* Two phrases before, there was no ending either. */
			assert_int_equal(distance(&steps[134], &steps[70], 32), (int)cells);
			for (int s = 166; s < 184; s++)
				assert_true(same_hits(&steps[s], &steps[s - 32]));
		}
}

/* A phrase of the longest bars is still remembered. */
static void
the_longest_phrase_is_remembered(void **state)
{
	rig *r = *state;
	static step_event steps[1100];
	phrase_of(r, 1.0f, 16);
	r->view.bars = bars_of(32);
	play(r, 1100, steps);
	int same = 0;
	for (int s = 512; s < 992; s++)
		same += same_hits(&steps[s], &steps[s - 512]);
	assert_int_equal(same, 480);
}

static void
a_mixture_of_styles_is_played(void **state)
{
	rig *r = *state;
	static step_event one[128], other[128], between[128];
	set(r, PARAM_STYLE, 1.0f);
	set(r, PARAM_STYLE_2, 8.0f);
	play(r, 128, one);
	set(r, PARAM_STYLE_X, 1.0f);
	from_the_top(r);
	play(r, 128, other);
	set(r, PARAM_STYLE_X, 0.5f);
	from_the_top(r);
	play(r, 128, between);
	assert_memory_not_equal(one, other, sizeof one);
	assert_memory_not_equal(one, between, sizeof one);
	assert_memory_not_equal(other, between, sizeof one);
	/* At the edge it is the second style alone. */
	set(r, PARAM_STYLE, 8.0f);
	set(r, PARAM_STYLE_2, 0.0f);
	from_the_top(r);
	play(r, 128, between);
	assert_memory_equal(other, between, sizeof other);
}

/* A primer is the past: a phrase repeats it from step 0 on, and composing begins from it. */
static void
a_primer_is_played_before_the_first_step(void **state)
{
	rig *r = *state;
	static step_event without[64], with[64], again[64];
	step_hits primer[300];
	memset(primer, 0, sizeof primer);
	for (int s = 0; s < 300; s++)
		if ((s - 300 + 304) % 8 < 2)
			primer[s].hit[INST_LT] = (step_hit){80, 1, 0};
	play(r, 64, without);
	composer_prime(r->composer, primer, 300);
	from_the_top(r);
	play(r, 64, with);
	int toms[2] = {0};
	for (int s = 0; s < 64; s++) {
		toms[0] += without[s].hits.hit[INST_LT].velocity > 0;
		toms[1] += with[s].hits.hit[INST_LT].velocity > 0;
	}
	assert_true(toms[1] > toms[0] + 4);
	from_the_top(r);
	play(r, 64, again);
	assert_memory_equal(with, again, sizeof with);
	/* Stopped, which cues the top, and continued, the music goes on. */
	from_the_top(r);
	play(r, 40, again);
	stop_and_continue(r);
	play(r, 64, again);
	assert_memory_equal(with, again, sizeof with);
	phrase_of(r, 1.0f, 1);
	from_the_top(r);
	play(r, 64, again);
	for (int s = 0; s < 48; s++)
		assert_memory_equal(&again[s].hits, &primer[300 - 16 + s % 16], sizeof(step_hits));
}

/* A frozen loop goes on where the metre changes: cut short, or from its beginning again; and in the metre
 * that it came from. Nothing is composed meanwhile. */
static void
a_frozen_loop_outlives_its_metre(void **state)
{
	rig *r = *state;
	static step_event steps[400];
	static const int lens[] = {14, 20, 12, 24, 16};
	for (int bars = 1; bars <= 2; bars++)
		for (int l = 0; l < 4; l++) {
			const int len = lens[l], loop = 16 * bars, line = 96;
			set(r, PARAM_FREEZE, 0.0f);
			from_the_top(r);
			play(r, 64, steps);
			set(r, PARAM_FREEZE, (float)bars);
			r->view.bars.next = (bar_line){line, line / 16, bars_of(len).now.metre};
			r->view.bars.changes = true;
			play(r, line, steps);
			r->view.bars = (bar_map){.now = r->view.bars.next};
			play(r, line + 6 * len, steps);
			for (int n = 64; n < line + 6 * len; n++) {
				const int in_bar = n < line ? (n - 64) % 16 : (n - line) % len;
				const int bar = n < line ? (n - 64) / 16 : (n - line) / len;
				const int source = 64 - loop + bar % bars * 16 + in_bar % 16;
				assert_int_equal(steps[n].bar_len, n < line ? 16 : len);
				assert_true(same_hits(&steps[n], &steps[source]));
			}
		}
}

/* On the triplet grid its steps would be of another length: a new bar is composed, and is frozen. */
static void
another_grid_freezes_a_bar_of_its_own(void **state)
{
	rig *r = *state;
	static step_event steps[300];
	from_the_top(r);
	play(r, 48, steps);
	set(r, PARAM_FREEZE, 1.0f);
	r->view.bars = (bar_map){.now = {48, 3, {4, 4, true}}};
	play(r, 48 + 5 * 24, steps);
	for (int n = 48 + 24; n < 48 + 5 * 24; n++)
		assert_true(steps[n].bar_len == 24 && same_hits(&steps[n], &steps[n - 24]));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    with_rig(cells_are_played_and_the_rest_answers),
	    with_rig(a_cell_has_its_bar_round_and_chance),
	    with_rig(cells_win_over_a_frozen_bar_and_a_landing),
	    with_rig(a_locked_instrument_repeats_and_the_rest_goes_on),
	    with_rig(the_next_bar_answers_what_was_played),
	    with_rig(a_phrase_repeats_but_for_its_endings),
	    with_rig(half_repeat_lies_between),
	    with_rig(form_does_not_depend_on_what_was_planned),
	    with_rig(a_repeating_phrase_obeys_density),
	    with_rig(another_seed_or_style_is_another_phrase),
	    with_rig(vary_plays_one_bar_anew),
	    with_rig(vary_acts_without_a_loop_too),
	    with_rig(mutation_changes_so_many_cells_for_good),
	    with_rig(the_longest_phrase_is_remembered),
	    with_rig(a_mixture_of_styles_is_played),
	    with_rig(a_primer_is_played_before_the_first_step),
	    with_rig(a_frozen_loop_outlives_its_metre),
	    with_rig(another_grid_freezes_a_bar_of_its_own),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

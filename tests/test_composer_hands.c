/* Whose hand the music is in: a drummer's or a machine's, and turned in play. */
#include "tests/composer_rig.h"

enum { BY_STYLE, MACHINE, DRUMMER, ANY }; /* the control's values */

/* Share of the hits that lie off the grid, of a style as this hand plays it. */
static double
off_grid(rig *r, const char *style, int hand)
{
	static step_event heard[512];
	long hits = 0, off = 0;
	params_set(&r->params, PARAM_STYLE, (float)(model_find_style(r->model, style) + 1), 0);
	params_set(&r->params, PARAM_HAND, (float)hand, 0);
	r->view = (composer_view){.epoch = r->view.epoch + 1, .tempo = 120.0, .bars = bars_of(16)};
	play(r, 512, heard);
	for (int n = 0; n < 512; n++)
		for (int i = 0; i < INSTRUMENTS; i++) {
			hits += heard[n].hits.hit[i].velocity > 0;
			off += heard[n].hits.hit[i].offset != 0;
		}
	assert_true(hits > 100);
	return (double)off / (double)hits;
}

/* A drummer's rock and a machine's; and where nobody is asked for, whoever plays the style most. */
static void
a_drummer_leaves_the_grid_that_a_machine_keeps(void **state)
{
	rig *r = *state;
	assert_in_range((long)(100 * off_grid(r, "rock", MACHINE)), 0, 15);
	assert_in_range((long)(100 * off_grid(r, "rock", DRUMMER)), 60, 100);
	assert_in_range((long)(100 * off_grid(r, "rock", BY_STYLE)), 60, 100);
	assert_in_range((long)(100 * off_grid(r, "techno", BY_STYLE)), 0, 30);
}

/* Share of a bar's hits that are on the grid, in per cent. */
static long
on_grid(const step_event *bar)
{
	long hits = 0, on = 0;
	for (int n = 0; n < 16; n++)
		for (int i = 0; i < INSTRUMENTS; i++) {
			hits += bar[n].hits.hit[i].velocity > 0;
			on += bar[n].hits.hit[i].velocity > 0 && bar[n].hits.hit[i].offset == 0;
		}
	return hits ? 100 * on / hits : -1;
}

static void
from_place(rig *r, int64_t step)
{
	r->view = (composer_view){.epoch = r->view.epoch + 1, .tempo = 120.0, .bars = bars_of(16)};
	r->view.next_step = step;
	r->view.position = (double)step - 0.6;
}

/* The other hand is heard at once, though the past is full of the one. */
static void
a_turn_of_hands_is_heard_in_the_same_bar(void **state)
{
	enum { BARS = 12, SEEDS = 24, AFTER = 3 };
	static const step_hits none;
	rig *r = *state;
	static step_event heard[16 * BARS];
	long on[3] = {0}; /* a drummer's bars, a machine's, a drummer's again */
	params_set(&r->params, PARAM_STYLE, (float)(model_find_style(r->model, "rock") + 1), 0);
	for (int seed = 1; seed <= SEEDS; seed++) {
		composer_prime(r->composer, &none, 0);
		params_set(&r->params, PARAM_SEED, (float)seed, 0);
		from_place(r, 0);
		for (int turn = 0; turn < 3; turn++) {
			params_set(&r->params, PARAM_HAND, turn == 1 ? MACHINE : DRUMMER, 0);
			play(r, 64 * (turn + 1), heard);
			for (int bar = 4 * turn + 1; bar <= 4 * turn + AFTER; bar++)
				on[turn] += on_grid(heard + 16 * bar);
		}
	}
	assert_in_range(on[0] / (SEEDS * AFTER), 0, 30);
	assert_in_range(on[1] / (SEEDS * AFTER), 80, 100);
	assert_in_range(on[2] / (SEEDS * AFTER), 0, 40);
}

static void
ask(rig *r, const char *style, int hand)
{
	params_set(&r->params, PARAM_STYLE, (float)(style ? model_find_style(r->model, style) + 1 : 0), 0);
	params_set(&r->params, PARAM_HAND, (float)hand, 0);
}

/* After four bars of a drummer's the machine is asked for on a way that is not straight; returns the first
 * step from which on it plays. */
static int64_t
turn_to_machine(rig *r, int way, step_event *heard)
{
	static step_hits take[64];
	ask(r, "rock", way == 2 ? BY_STYLE : DRUMMER);
	play(r, 64, heard);
	switch (way) {
	case 0: /* a pad is hit beside the turn, and taken in after it */
		ask(r, "rock", MACHINE);
		play(r, 66, heard);
		composer_played(r->composer, INST_PC, 100, 63);
		return 66;
	case 1: /* through either */
	case 2:
		ask(r, way == 1 ? "rock" : NULL, way == 1 ? ANY : BY_STYLE);
		play(r, 66, heard);
		ask(r, way == 1 ? "rock" : "techno", way == 1 ? MACHINE : BY_STYLE);
		return 66;
	case 3: /* while a bar is frozen */
		params_set(&r->params, PARAM_FREEZE, 1.0f, 0);
		play(r, 80, heard);
		ask(r, "rock", MACHINE);
		play(r, 112, heard);
		params_set(&r->params, PARAM_FREEZE, 0.0f, 0);
		return 112;
	case 4: /* at a place that nobody knows */
		from_place(r, 208);
		fill(r);
		ask(r, "rock", MACHINE);
		return 208;
	default: /* after a drummer's primer */
		for (int s = 0; s < 64; s++)
			take[s] = heard[s].hits;
		composer_prime(r->composer, take, 64);
		ask(r, "rock", MACHINE);
		from_place(r, 0);
		return 0;
	}
}

static void
a_turn_of_hands_is_never_lost(void **state)
{
	enum { WAYS = 6, SEEDS = 24, LATER = 16, BARS = 4 };
	static const step_hits none;
	rig *r = *state;
	static step_event heard[320];
	for (int way = 0; way < WAYS; way++) {
		long on = 0;
		for (int seed = 1; seed <= SEEDS; seed++) {
			composer_prime(r->composer, &none, 0);
			params_set(&r->params, PARAM_SEED, (float)seed, 0);
			from_place(r, 0);
			const int64_t from = turn_to_machine(r, way, heard) + LATER;
			play(r, from + 16 * BARS, heard);
			for (int bar = 0; bar < BARS; bar++)
				on += on_grid(heard + from + 16 * bar);
		}
		on /= SEEDS * BARS;
		if (on < 80)
			fail_msg("way %d: %ld %% on the grid", way, on);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    with_rig(a_drummer_leaves_the_grid_that_a_machine_keeps),
	    with_rig(a_turn_of_hands_is_heard_in_the_same_bar),
	    with_rig(a_turn_of_hands_is_never_lost),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

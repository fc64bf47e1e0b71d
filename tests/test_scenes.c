#include "tests/test.h"

#include "app/scenes.h"
#include "rt/rng.h"

#include <math.h>

static params p;
static control c;
static scenes bank;
static engine_status e;

static int
begin(void **state)
{
	(void)state;
	params_reset(&p);
	control_init(&c, &p, NULL); /* scenes give no commands */
	scenes_init(&bank, &c);
	e = (engine_status){.rolling = true, .epoch = 1, .tempo = 120.0, .rate = 48000, .period = 64};
	e.bars = bar_map_make(metre_make(METRE_4_4, false));
	return 0;
}

static int
end(void **state)
{
	(void)state;
	scenes_destroy(&bank);
	control_destroy(&c);
	return 0;
}

/* The playhead at a place in steps. */
static void
at(double position)
{
	e.position = position;
	e.next_step = (int64_t)floor(position + 0.5) + 1;
	e.place = bar_map_at(&e.bars, (int64_t)position);
	scenes_watch(&bank, &e);
}

static void
set(int slot, float value)
{
	control_set(&c, slot, value, PARAM_SOURCE_SCREEN);
}

/* The fader between two scenes stands where the session left it, and what was set since stays. */
static void
a_session_that_is_opened_calls_no_scene(void **state)
{
	(void)state;
	set(PARAM_DENSITY, 0.2f);
	assert_true(scenes_store(&bank, 1));
	set(PARAM_DENSITY, 0.8f);
	assert_true(scenes_store(&bank, 2));
	set(PARAM_SCENE_WHEN, 1.0f);
	at(3.0);
	assert_true(scenes_call(&bank, 1, &e));
	params_set(&p, PARAM_SCENE_A, 1.0f, PARAM_SOURCE_NONE);
	params_set(&p, PARAM_SCENE_B, 2.0f, PARAM_SOURCE_NONE);
	params_set(&p, PARAM_SCENE_MORPH, 0.5f, PARAM_SOURCE_NONE);
	params_set(&p, PARAM_DENSITY, 0.9f, PARAM_SOURCE_NONE);
	scenes_begin(&bank);
	for (double x = 3.0; x < 40.0; x += 0.1)
		at(x);
	assert_float_equal(params_get(&p, PARAM_DENSITY), 0.9f, 1e-6f);
	assert_true(params_get(&p, PARAM_SCENE_NEXT) == 0.0f && params_get(&p, PARAM_SCENE_CURRENT) == 0.0f);
	set(PARAM_SCENE_MORPH, 0.6f); /* a hand */
	at(40.0);
	assert_float_equal(params_get(&p, PARAM_DENSITY), 0.56f, 1e-4f);
}

static void
what_is_shown_is_not_set_and_the_set_up_stays(void **state)
{
	(void)state;
	assert_false(control_set(&c, PARAM_SCENE_CURRENT, 3.0f, PARAM_SOURCE_SCREEN));
	assert_false(control_set_at(&c, PARAM_SCENES_USED, 3.0f, PARAM_SOURCE_SCREEN, 1000));
	assert_false(scene_keeps(param_slot(PARAM_OUT_CHANNEL, INST_BD)));
	assert_false(scene_keeps(param_slot(PARAM_OUT_NOTE, INST_BD)));
	assert_false(scene_keeps(PARAM_RECORD) || scene_keeps(PARAM_LEARN));
	assert_true(scene_keeps(param_slot(PARAM_LEVEL, INST_BD)));
}

static void
what_is_stored_comes_back(void **state)
{
	(void)state;
	uint64_t seed = test_seed();
	float value[PARAM_SLOTS];
	uint32_t cells[CELLS];
	for (int slot = 0; slot < PARAM_SLOTS; slot++)
		params_set(&p, slot, param_from_unit(slot, rng_next_unit(&seed)), 0);
	for (int i = 0; i < CELLS; i++)
		params_set_cell(&p, i, cell_unpack((uint32_t)rng_mix(seed + (uint64_t)i)));
	set(PARAM_SCENE_WHEN, 0);
	assert_true(scenes_store(&bank, 16));
	for (int slot = 0; slot < PARAM_SLOTS; slot++)
		value[slot] = params_get(&p, slot);
	for (int i = 0; i < CELLS; i++)
		cells[i] = cell_pack(params_cell(&p, i));
	for (int slot = 0; slot < PARAM_SLOTS; slot++)
		control_set(&c, slot, param_describe(slot)->initial, 0);
	for (int i = 0; i < CELLS; i++)
		params_set_cell(&p, i, (cell){.kind = CELL_FREE});
	set(PARAM_SCENE_WHEN, 0);
	assert_true(scenes_call(&bank, 16, &e));
	for (int slot = 0; slot < PARAM_SLOTS; slot++)
		assert_true(!scene_keeps(slot) || params_get(&p, slot) == value[slot]);
	assert_true(params_get(&p, PARAM_TEMPO) == param_describe(PARAM_TEMPO)->initial);
	for (int i = 0; i < CELLS; i++)
		assert_int_equal(cell_pack(params_cell(&p, i)), cells[i]);
	assert_int_equal((int)params_get(&p, PARAM_SCENE_CURRENT), 16);
	assert_int_equal((int)params_get(&p, PARAM_SCENES_USED), 1 << 15);
}

/* Music before the line's step is taken, and not before the step before it is out of reach; faders at the
 * line. */
static void
a_called_scene_waits_for_its_bar(void **state)
{
	(void)state;
	set(PARAM_DENSITY, 0.9f);
	set(PARAM_DELAY_LEVEL, 0.1f);
	assert_true(scenes_store(&bank, 2));
	set(PARAM_DENSITY, 0.2f);
	set(PARAM_DELAY_LEVEL, 0.8f);
	at(20.0);
	assert_true(scenes_call(&bank, 2, &e));
	assert_int_equal((int)params_get(&p, PARAM_SCENE_NEXT), 2);
	double music = 0.0, sound = 0.0;
	for (double x = 20.0; x < 33.0; x += 0.04) { /* 5 ms at 120 bpm */
		at(x);
		if (music == 0.0 && params_get(&p, PARAM_DENSITY) == 0.9f)
			music = x;
		if (sound == 0.0 && params_get(&p, PARAM_DELAY_LEVEL) == 0.1f)
			sound = x;
	}
	/* Steps are taken half a step early, and the guard is 8 ms: 0.064 steps. */
	assert_true(music > 30.4 && music < 30.5);
	assert_true(sound > 31.85 && sound < 32.0);
	assert_int_equal((int)params_get(&p, PARAM_SCENE_CURRENT), 2);
	assert_int_equal((int)params_get(&p, PARAM_SCENE_NEXT), 0);
}

static void
a_phrase_has_its_own_lines(void **state)
{
	(void)state;
	set(PARAM_PHRASE, 2); /* four bars */
	set(PARAM_SCENE_WHEN, 2);
	assert_true(scenes_store(&bank, 1));
	set(PARAM_DENSITY, 0.2f);
	at(17.0);
	assert_true(scenes_call(&bank, 1, &e));
	at(60.0);
	assert_true(params_get(&p, PARAM_DENSITY) == 0.2f);
	at(64.0);
	assert_true(params_get(&p, PARAM_DENSITY) == 0.5f);
}

/* Too near the line for its first step to be changed, it is the next one's. */
static void
late_calls_wait_a_bar_more_and_stops_wait_for_nothing(void **state)
{
	(void)state;
	assert_true(scenes_store(&bank, 1));
	set(PARAM_DENSITY, 0.2f);
	at(31.6);
	assert_true(scenes_call(&bank, 1, &e));
	at(40.0);
	assert_true(params_get(&p, PARAM_DENSITY) == 0.2f);
	e.epoch++; /* a locate */
	at(5.0);
	assert_true(params_get(&p, PARAM_DENSITY) == 0.5f);
	set(PARAM_DENSITY, 0.3f);
	e.rolling = false;
	assert_true(scenes_call(&bank, 1, &e));
	assert_true(params_get(&p, PARAM_DENSITY) == 0.5f);
}

static void
between_two_scenes_lies_a_path(void **state)
{
	(void)state;
	set(PARAM_DELAY_TONE, 200.0f); /* logarithmic */
	set(PARAM_FREEZE, 1.0f);
	assert_true(scenes_store(&bank, 1));
	set(PARAM_DELAY_TONE, 20000.0f);
	set(PARAM_FREEZE, 3.0f);
	params_set_cell(&p, 5, cell_hit(100));
	assert_true(scenes_store(&bank, 2));
	set(PARAM_SCENE_A, 1.0f);
	set(PARAM_SCENE_B, 2.0f);
	set(PARAM_REVERB_LEVEL, 0.123f); /* since then, by hand; both scenes have 0.7 */
	set(PARAM_SCENE_MORPH, 0.25f);
	at(0.0);
	assert_float_equal(params_get(&p, PARAM_DELAY_TONE), 200.0f * powf(100.0f, 0.25f), 0.1f);
	assert_true(params_get(&p, PARAM_FREEZE) == 1.0f);
	assert_int_equal(params_cell(&p, 5).kind, CELL_FREE);
	set(PARAM_SCENE_MORPH, 1.0f);
	at(0.1);
	assert_true(params_get(&p, PARAM_DELAY_TONE) == 20000.0f && params_get(&p, PARAM_FREEZE) == 3.0f);
	assert_int_equal(params_cell(&p, 5).kind, CELL_HIT);
	set(PARAM_DELAY_TONE, 500.0f);
	at(0.2);
	assert_true(params_get(&p, PARAM_DELAY_TONE) == 500.0f); /* the fader rests: the hand has it */
}

static void
what_is_empty_or_no_number_is_refused(void **state)
{
	(void)state;
	assert_false(scenes_call(&bank, 3, &e));
	assert_false(scenes_copy(&bank, 3));
	for (int n = -1; n <= SCENES + 1; n += SCENES + 2)
		assert_false(scenes_store(&bank, n) || scenes_clear(&bank, n) || scenes_call(&bank, n, &e));
	assert_true(scenes_store(&bank, 3) && scenes_copy(&bank, 4));
	assert_int_equal((int)params_get(&p, PARAM_SCENES_USED), 12);
	assert_true(scenes_clear(&bank, 3));
	assert_int_equal((int)params_get(&p, PARAM_SCENES_USED), 8);
	assert_int_equal((int)params_get(&p, PARAM_SCENE_CURRENT), 0);
	assert_false(control_set(&c, PARAM_SCENES_USED, 1.0f, 0)); /* shown, not set */
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(a_session_that_is_opened_calls_no_scene, begin, end),
	    cmocka_unit_test_setup_teardown(what_is_shown_is_not_set_and_the_set_up_stays, begin, end),
	    cmocka_unit_test_setup_teardown(what_is_stored_comes_back, begin, end),
	    cmocka_unit_test_setup_teardown(a_called_scene_waits_for_its_bar, begin, end),
	    cmocka_unit_test_setup_teardown(a_phrase_has_its_own_lines, begin, end),
	    cmocka_unit_test_setup_teardown(late_calls_wait_a_bar_more_and_stops_wait_for_nothing, begin,
					    end),
	    cmocka_unit_test_setup_teardown(between_two_scenes_lies_a_path, begin, end),
	    cmocka_unit_test_setup_teardown(what_is_empty_or_no_number_is_refused, begin, end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

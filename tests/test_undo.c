#include "tests/test.h"

#include "app/undo.h"
#include "rt/rng.h"

static params p;
static control c;
static scenes bank;
static undo *u;
static double now;

static int
begin(void **state)
{
	(void)state;
	params_reset(&p);
	control_init(&c, &p, NULL);
	scenes_init(&bank, &c);
	now = 100.0;
	return undo_new(&bank, &u, &test_error) == DR_OK ? 0 : -1;
}

static int
end(void **state)
{
	(void)state;
	undo_free(u);
	scenes_destroy(&bank);
	control_destroy(&c);
	return 0;
}

static void
wait(double seconds)
{
	for (double until = now + seconds; now < until; now += 0.05)
		undo_watch(u, now);
}

static void
set(int slot, float value)
{
	control_set(&c, slot, value, PARAM_SOURCE_JACK_MIDI);
}

static void
what_the_server_does_is_no_gesture(void **state)
{
	(void)state;
	params_set(&p, PARAM_SYNC, 2.0f, PARAM_SOURCE_HOST);
	wait(1.0);
	assert_int_equal(undo_depth(u), 0);
}

static void
a_travel_of_a_fader_is_one_gesture(void **state)
{
	(void)state;
	for (int i = 0; i <= 20; i++) {
		set(PARAM_DENSITY, 0.5f + 0.02f * (float)i);
		wait(0.1);
	}
	wait(1.0);
	set(PARAM_SWING, 0.3f);
	set(PARAM_HUMANIZE, 0.0f);
	wait(1.0);
	assert_int_equal(undo_depth(u), 2);
	assert_true(undo_back(u, now));
	assert_true(params_get(&p, PARAM_SWING) == 0.0f && params_get(&p, PARAM_HUMANIZE) == 1.0f);
	assert_true(params_get(&p, PARAM_DENSITY) > 0.89f);
	assert_true(undo_back(u, now));
	assert_true(params_get(&p, PARAM_DENSITY) == 0.5f);
	assert_false(undo_back(u, now));
	assert_true(undo_forward(u, now) && undo_forward(u, now) && !undo_forward(u, now));
	assert_true(params_get(&p, PARAM_SWING) == 0.3f && params_get(&p, PARAM_DENSITY) > 0.89f);
	wait(1.0); /* undo itself is no gesture */
	assert_int_equal(undo_depth(u), 2);
}

static void
pressed_at_once_it_takes_back_what_still_moves(void **state)
{
	(void)state;
	set(PARAM_DENSITY, 0.9f);
	undo_watch(u, now);
	assert_true(undo_back(u, now + 0.01));
	assert_true(params_get(&p, PARAM_DENSITY) == 0.5f);
}

static void
a_new_gesture_ends_what_could_be_done_again(void **state)
{
	(void)state;
	set(PARAM_DENSITY, 0.9f);
	wait(1.0);
	assert_true(undo_back(u, now));
	set(PARAM_SWING, 0.5f);
	assert_false(undo_forward(u, now));
	assert_true(params_get(&p, PARAM_SWING) == 0.5f);
	assert_int_equal(undo_depth(u), 1);
}

/* Two hands that never rest together. */
static void
what_rests_while_another_moves_is_one_after_a_while(void **state)
{
	(void)state;
	set(PARAM_DENSITY, 0.9f);
	for (int i = 0; i < 60; i++) {
		set(PARAM_SWING, i % 2 ? 0.1f : 0.2f);
		wait(0.1);
	}
	assert_int_equal(undo_depth(u), 1);
	set(PARAM_SWING, 0.3f);
	wait(5.0);
	assert_int_equal(undo_depth(u), 2);
	assert_true(undo_back(u, now));
	assert_true(params_get(&p, PARAM_SWING) == 0.0f && params_get(&p, PARAM_DENSITY) == 0.9f);
}

static void
scenes_come_back_too(void **state)
{
	(void)state;
	assert_true(scenes_store(&bank, 5));
	set(PARAM_DENSITY, 0.9f);
	wait(1.0);
	const scene before = scenes_get(&bank, 5);
	assert_true(scenes_store(&bank, 5));
	undo_scene(u, 5, &before);
	assert_true(scenes_get(&bank, 5).value[PARAM_DENSITY] == 0.9f);
	assert_true(undo_back(u, now));
	assert_true(scenes_get(&bank, 5).value[PARAM_DENSITY] == 0.5f);
	assert_true(undo_forward(u, now));
	assert_true(scenes_get(&bank, 5).value[PARAM_DENSITY] == 0.9f);
}

static void
what_is_not_ours_is_left_alone(void **state)
{
	(void)state;
	control_set(&c, PARAM_TEMPO, 99.0f, PARAM_SOURCE_LINK);
	wait(1.0);
	assert_int_equal(undo_depth(u), 0);
	set(PARAM_TEMPO, 120.0f);
	wait(1.0);
	assert_true(undo_back(u, now));
	assert_true(params_get(&p, PARAM_TEMPO) == 99.0f);
}

/* Random gestures, all of the last 64 taken back and done again, against a list kept beside. */
static void
as_deep_as_it_says(void **state)
{
	(void)state;
	enum { N = 100 };
	static float density[N + 1];
	static uint32_t cells[N + 1];
	uint64_t seed = test_seed();
	density[0] = 0.5f;
	for (int i = 1; i <= N; i++) {
		density[i] = (float)i / N;
		set(PARAM_DENSITY, density[i]);
		seed = rng_mix(seed);
		params_set_cell(&p, 77, cell_unpack((uint32_t)seed));
		cells[i] = cell_pack(params_cell(&p, 77));
		wait(0.6);
	}
	assert_int_equal(undo_depth(u), UNDO_GESTURES);
	for (int i = N - 1; i >= N - UNDO_GESTURES; i--) {
		assert_true(undo_back(u, now));
		assert_true(params_get(&p, PARAM_DENSITY) == density[i]);
		assert_int_equal(cell_pack(params_cell(&p, 77)), cells[i]);
	}
	assert_false(undo_back(u, now));
	for (int i = N - UNDO_GESTURES + 1; i <= N; i++) {
		assert_true(undo_forward(u, now));
		assert_true(params_get(&p, PARAM_DENSITY) == density[i]);
	}
	assert_false(undo_forward(u, now));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(what_the_server_does_is_no_gesture, begin, end),
	    cmocka_unit_test_setup_teardown(a_travel_of_a_fader_is_one_gesture, begin, end),
	    cmocka_unit_test_setup_teardown(pressed_at_once_it_takes_back_what_still_moves, begin, end),
	    cmocka_unit_test_setup_teardown(a_new_gesture_ends_what_could_be_done_again, begin, end),
	    cmocka_unit_test_setup_teardown(what_rests_while_another_moves_is_one_after_a_while, begin, end),
	    cmocka_unit_test_setup_teardown(scenes_come_back_too, begin, end),
	    cmocka_unit_test_setup_teardown(what_is_not_ours_is_left_alone, begin, end),
	    cmocka_unit_test_setup_teardown(as_deep_as_it_says, begin, end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

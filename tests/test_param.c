#include "tests/test.h"

#include "rt/midi_map.h"
#include "rt/param.h"

#include <math.h>
#include <string.h>

static void
paths_lead_to_their_slots_and_back(void **state)
{
	(void)state;
	char path[PARAM_PATH_MAX];
	for (int slot = 0; slot < PARAM_SLOTS; slot++)
		assert_int_equal(param_find(param_path(slot, path)), slot);
	for (int c = 0; c < COMMANDS; c++) {
		int instrument;
		const bool per = command_describe((command_id)c)->per_instrument;
		assert_int_equal(command_find(command_path((command_id)c, per ? 3 : -1, path), &instrument),
				 c);
		assert_int_equal(instrument, per ? 3 : -1);
	}
	assert_int_equal(param_find("level"), -1);
	assert_int_equal(param_find("XX/level"), -1);
	assert_int_equal(param_find("BD/level/x"), -1);
	assert_int_equal(param_find(""), -1);
}

static void
values_are_clamped_rounded_or_refused(void **state)
{
	(void)state;
	static params p;
	params_reset(&p);
	assert_true(params_get(&p, PARAM_DENSITY) == 0.5f);
	assert_true(params_set(&p, PARAM_TEMPO, 1e9f, 0));
	assert_true(params_get(&p, PARAM_TEMPO) == 300.0f);
	assert_true(params_set(&p, PARAM_TEMPO, -INFINITY, 0));
	assert_true(params_get(&p, PARAM_TEMPO) == 20.0f);
	assert_int_equal(atomic_load(&p.clamped), 2);
	assert_false(params_set(&p, PARAM_TEMPO, NAN, 0));
	assert_true(params_get(&p, PARAM_TEMPO) == 20.0f);
	assert_int_equal(atomic_load(&p.rejected), 1);
	assert_true(params_set(&p, PARAM_STYLE, 2.6f, 0));
	assert_true(params_get(&p, PARAM_STYLE) == 3.0f);
}

static void
only_the_composers_controls_ask_for_a_new_plan(void **state)
{
	(void)state;
	static params p;
	params_reset(&p);
	params_set(&p, param_slot(PARAM_LEVEL, INST_BD), 0.3f, 0);
	assert_int_equal(atomic_load(&p.replan_changes), 0);
	params_set(&p, PARAM_DENSITY, 0.3f, 0);
	params_set(&p, param_slot(PARAM_INST_DENSITY, INST_CH), 0.3f, 0);
	assert_int_equal(atomic_load(&p.replan_changes), 2);
	assert_int_equal(atomic_load(&p.changes), 3);
}

static void
faders_cover_the_range(void **state)
{
	(void)state;
	for (int slot = 0; slot < PARAM_SLOTS; slot++) {
		const param_desc *d = param_describe(slot);
		assert_true(d->low <= d->initial && d->initial <= d->high && strlen(d->help) > 0);
		assert_true(param_from_unit(slot, 0.0f) == d->low && param_from_unit(slot, 1.0f) == d->high);
		assert_true(param_from_unit(slot, 7.0f) == d->high && param_from_unit(slot, -7.0f) == d->low);
		if (d->kind == PARAM_KIND_FLOAT)
			assert_true(fabsf(param_to_unit(slot, param_from_unit(slot, 0.3f)) - 0.3f) < 1e-4f);
	}
}

static int
apply(const midi_map *m, const params *p, uint8_t a, uint8_t b, uint8_t c, midi_action *action)
{
	const uint8_t message[] = {a, b, c};
	return midi_map_apply(m, p, message, 3, action, 4);
}

static void
the_default_map_moves_what_it_says(void **state)
{
	(void)state;
	static params p;
	midi_map m;
	midi_action a[4];
	params_reset(&p);
	midi_map_default(&m);
	assert_int_equal(apply(&m, &p, 0xb0, 17, 127, a), 1);
	assert_true(a[0].kind == MIDI_PARAM && a[0].slot == PARAM_DENSITY && a[0].value == 1.0f);
	assert_int_equal(apply(&m, &p, 0xb5, 16, 0, a), 1); /* any channel */
	assert_true(a[0].slot == PARAM_TEMPO && a[0].value == 20.0f);
	assert_int_equal(apply(&m, &p, 0xb0, 41, 127, a), 1);
	assert_true(a[0].kind == MIDI_COMMAND && a[0].command == COMMAND_PLAY);
	assert_int_equal(apply(&m, &p, 0xb0, 41, 0, a), 0); /* a button's release */
	assert_int_equal(apply(&m, &p, 0xb0, 48, 127, a), 1);
	assert_true(a[0].slot == param_slot(PARAM_MUTE, INST_BD) && a[0].value == 1.0f);
	params_set(&p, a[0].slot, a[0].value, 0);
	assert_int_equal(apply(&m, &p, 0xb0, 48, 127, a), 1);
	assert_true(a[0].value == 0.0f);
	/* The style's knob has the model's styles on its whole travel. */
	atomic_store(&p.styles, 12);
	assert_int_equal(apply(&m, &p, 0xb0, 21, 127, a), 1);
	assert_true(a[0].slot == PARAM_STYLE && a[0].value == 12.0f);
	assert_true(params_set(&p, PARAM_STYLE, 40.0f, 0) && params_get(&p, PARAM_STYLE) == 12.0f);
	assert_int_equal(apply(&m, &p, 0x99, 38, 101, a), 1);
	assert_true(a[0].kind == MIDI_NOTE && a[0].instrument == INST_SD && a[0].velocity == 101);
	assert_int_equal(apply(&m, &p, 0x99, 38, 0, a), 0);
	assert_int_equal(apply(&m, &p, 0x99, 5, 100, a), 0);
	assert_int_equal(apply(&m, &p, 0xb0, 17, 200, a), 0); /* no data byte */
	assert_int_equal(midi_map_apply(&m, &p, (const uint8_t[]){0xb0, 17}, 2, a, 4), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(paths_lead_to_their_slots_and_back),
	    cmocka_unit_test(values_are_clamped_rounded_or_refused),
	    cmocka_unit_test(only_the_composers_controls_ask_for_a_new_plan),
	    cmocka_unit_test(faders_cover_the_range),
	    cmocka_unit_test(the_default_map_moves_what_it_says),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Maps at work: what messages mean, what controls do to parameters, and what garbage does: nothing. */
#include "tests/test.h"

#include "rt/metre.h"
#include "rt/midi_map.h"
#include "rt/midi_stream.h"
#include "rt/rng.h"

#include <math.h>
#include <string.h>

static params p;
static midi_map map;
static midi_hand hand;
static midi_action act[8];

static void
begin(void)
{
	params_reset(&p);
	memset(&map, 0, sizeof map);
	midi_hand_init(&hand);
}

static midi_binding
to_slot(midi_from from, int number, midi_how how, int slot)
{
	return (midi_binding){.from = (uint8_t)from,
			      .channel = -1,
			      .number = (uint16_t)number,
			      .how = (uint8_t)how,
			      .pickup = true,
			      .target = {.to = MIDI_TO_SLOT, .instrument = -1, .which = (int16_t)slot}};
}

static int
apply(uint8_t a, uint8_t b, uint8_t c)
{
	const uint8_t message[] = {a, b, c};
	return midi_map_apply(&map, &hand, &p, message, 3, act, 8);
}

/* The same, and what it asks for is done to the parameters. */
static int
turn(uint8_t a, uint8_t b, uint8_t c)
{
	const int n = apply(a, b, c);
	for (int i = 0; i < n; i++) {
		if (act[i].kind == MIDI_PARAM)
			params_set(&p, act[i].slot, act[i].value, PARAM_SOURCE_JACK_MIDI);
		else if (act[i].kind == MIDI_CELL)
			params_set_cell(&p, act[i].slot, act[i].cell);
	}
	return n;
}

static float
value(int slot)
{
	return params_get(&p, slot);
}

/* From wherever it is, into the hand. */
static void
fetch(uint8_t controller, int slot)
{
	const int at = (int)lrintf(127.0f * param_to_unit(slot, value(slot)));
	turn(0xb0, controller, (uint8_t)at);
}

static void
the_default_map_moves_what_it_says(void **state)
{
	(void)state;
	begin();
	midi_map_default(&map);
	fetch(17, PARAM_DENSITY);
	assert_int_equal(turn(0xb0, 17, 127), 1);
	assert_true(value(PARAM_DENSITY) == 1.0f);
	fetch(16, PARAM_TEMPO);
	assert_int_equal(turn(0xb5, 16, 0), 1); /* any channel */
	assert_true(value(PARAM_TEMPO) == 20.0f);
	assert_int_equal(apply(0xb0, 41, 127), 1);
	assert_true(act[0].kind == MIDI_COMMAND && act[0].command == COMMAND_PLAY && act[0].value == 1.0f);
	assert_int_equal(apply(0xb0, 41, 0), 0); /* a button's release */
	assert_int_equal(turn(0xb0, 48, 127), 1);
	assert_true(value(param_slot(PARAM_MUTE, INST_BD)) == 1.0f);
	assert_int_equal(turn(0xb0, 48, 127), 1);
	assert_true(value(param_slot(PARAM_MUTE, INST_BD)) == 0.0f);
	turn(0xb0, 46, 127);
	assert_true(value(PARAM_FREEZE) == 1.0f);
	turn(0xb0, 46, 127);
	assert_true(value(PARAM_FREEZE) == 0.0f);
	/* The style's knob has the model's styles on its whole travel. */
	atomic_store(&p.styles, 12);
	turn(0xb0, 21, 0);
	assert_int_equal(turn(0xb0, 21, 127), 1);
	assert_true(value(PARAM_STYLE) == 12.0f);
	assert_int_equal(apply(0x99, 38, 101), 1);
	assert_true(act[0].kind == MIDI_NOTE && act[0].instrument == INST_SD && act[0].velocity == 101);
	assert_int_equal(apply(0x99, 38, 0), 0);
	assert_int_equal(apply(0x89, 38, 64), 0);
	assert_int_equal(apply(0x99, 5, 100), 0);
	assert_int_equal(apply(0xb0, 17, 200), 0); /* no data byte */
	assert_int_equal(midi_map_apply(&map, &hand, &p, (const uint8_t[]){0xb0, 17}, 2, act, 4), 0);
}

static void
an_absolute_control_takes_over_where_it_meets_its_parameter(void **state)
{
	(void)state;
	begin();
	const midi_binding b = to_slot(MIDI_FROM_CC, 7, MIDI_ABSOLUTE, PARAM_DENSITY);
	assert_true(midi_map_add(&map, &b));
	assert_int_equal(turn(0xb0, 7, 10), 0); /* the parameter is at 0.5 */
	assert_int_equal(turn(0xb0, 7, 40), 0);
	assert_true(value(PARAM_DENSITY) == 0.5f);
	assert_int_equal(turn(0xb0, 7, 80), 1); /* past it */
	assert_true(fabsf(value(PARAM_DENSITY) - 80.0f / 127.0f) < 1e-6f);
	assert_int_equal(turn(0xb0, 7, 120), 1); /* and now it holds, as fast as it likes */
	/* Another hand moves it: the control lets go.. */
	params_set(&p, PARAM_DENSITY, 0.25f, PARAM_SOURCE_SCREEN);
	assert_int_equal(turn(0xb0, 7, 110), 0);
	assert_int_equal(turn(0xb0, 7, 60), 0);
	assert_true(value(PARAM_DENSITY) == 0.25f);
	/* ..until it meets it again, from either side, or from where it lies. */
	assert_int_equal(turn(0xb0, 7, 20), 1);
	params_set(&p, PARAM_DENSITY, 21.0f / 127.0f, PARAM_SOURCE_SCREEN);
	assert_int_equal(turn(0xb0, 7, 22), 1);
	/* Who is where nothing is known of the control, and at its very place. */
	midi_hand_forget(&hand);
	params_set(&p, PARAM_DENSITY, 100.0f / 127.0f, PARAM_SOURCE_SCREEN);
	assert_int_equal(turn(0xb0, 7, 20), 0);
	midi_hand_forget(&hand);
	assert_int_equal(turn(0xb0, 7, 100), 1);
}

static void
of_two_controllers_the_later_one_wins(void **state)
{
	(void)state;
	begin();
	midi_binding a = to_slot(MIDI_FROM_CC, 1, MIDI_ABSOLUTE, PARAM_SWING);
	midi_binding b = to_slot(MIDI_FROM_CC, 2, MIDI_ABSOLUTE, PARAM_SWING);
	a.pickup = b.pickup = false;
	assert_true(midi_map_add(&map, &a) && midi_map_add(&map, &b));
	uint64_t seed = test_seed();
	for (int i = 0; i < 1000; i++) {
		const uint8_t v = (uint8_t)(rng_next(&seed) % 128);
		assert_int_equal(turn(0xb0, (uint8_t)(1 + rng_next(&seed) % 2), v), 1);
		assert_true(fabsf(value(PARAM_SWING) - (float)v / 127.0f) < 1e-6f);
	}
	/* With takeover each lets go when the other acts. */
	begin();
	a.pickup = b.pickup = true;
	assert_true(midi_map_add(&map, &a) && midi_map_add(&map, &b));
	turn(0xb0, 1, 0);
	turn(0xb0, 1, 90);
	assert_true(fabsf(value(PARAM_SWING) - 90.0f / 127.0f) < 1e-6f);
	assert_int_equal(turn(0xb0, 2, 20), 0);
	assert_int_equal(turn(0xb0, 2, 100), 1);
	assert_int_equal(turn(0xb0, 1, 80), 0);
	assert_true(fabsf(value(PARAM_SWING) - 100.0f / 127.0f) < 1e-6f);
}

static void
ranges_curves_and_values(void **state)
{
	(void)state;
	begin();
	midi_binding b = to_slot(MIDI_FROM_CC, 1, MIDI_ABSOLUTE, PARAM_DENSITY);
	b.pickup = false;
	b.ranged = true;
	b.low = 0.8f;
	b.high = 0.2f; /* reversed */
	assert_true(midi_map_add(&map, &b));
	turn(0xb0, 1, 0);
	assert_true(value(PARAM_DENSITY) == 0.8f);
	turn(0xb0, 1, 127);
	assert_true(fabsf(value(PARAM_DENSITY) - 0.2f) < 1e-6f);
	b.number = 2;
	b.low = 0.1f;
	b.high = 0.9f;
	b.curve = MIDI_CURVE_LOG;
	assert_true(midi_map_add(&map, &b));
	turn(0xb0, 2, 64); /* the geometric mean, nearly */
	assert_true(fabsf(value(PARAM_DENSITY) - 0.1f * powf(9.0f, 64.0f / 127.0f)) < 1e-5f);
	b = to_slot(MIDI_FROM_NOTE, 3, MIDI_PRESS, PARAM_METRE);
	b.target.has_value = true;
	b.target.value = 2.0f;
	assert_true(midi_map_add(&map, &b));
	assert_int_equal(turn(0x90, 3, 1), 1);
	assert_true(value(PARAM_METRE) == 2.0f);
	assert_int_equal(turn(0x80, 3, 64), 0);
	b = to_slot(MIDI_FROM_NOTE, 4, MIDI_MOMENTARY, PARAM_REPEAT);
	assert_true(midi_map_add(&map, &b));
	turn(0x90, 4, 99);
	assert_true(value(PARAM_REPEAT) == 1.0f);
	turn(0x90, 4, 0);
	assert_true(value(PARAM_REPEAT) == 0.0f);
}

static void
encoders_of_all_three_kinds_step(void **state)
{
	(void)state;
	static const struct {
		midi_how how;
		uint8_t forth, back, forth3;
	} kinds[] = {{MIDI_TWOS, 1, 127, 3}, {MIDI_OFFSET, 65, 63, 67}, {MIDI_SIGN, 1, 65, 3}};
	for (int k = 0; k < 3; k++) {
		begin();
		midi_binding b = to_slot(MIDI_FROM_CC, 20, kinds[k].how, PARAM_TEMPO);
		b.step = 0.5f;
		assert_true(midi_map_add(&map, &b));
		turn(0xb0, 20, kinds[k].forth);
		assert_true(value(PARAM_TEMPO) == 130.5f);
		turn(0xb0, 20, kinds[k].back);
		turn(0xb0, 20, kinds[k].back);
		assert_true(value(PARAM_TEMPO) == 129.5f);
		turn(0xb0, 20, kinds[k].forth3);
		assert_true(value(PARAM_TEMPO) == 131.0f);
		for (int i = 0; i < 1000; i++)
			turn(0xb0, 20, kinds[k].back);
		assert_true(value(PARAM_TEMPO) == 20.0f); /* stays at the end */
		b = to_slot(MIDI_FROM_CC, 21, kinds[k].how, PARAM_STYLE);
		assert_true(midi_map_add(&map, &b));
		turn(0xb0, 21, kinds[k].forth);
		assert_true(value(PARAM_STYLE) == 1.0f);
		b = to_slot(MIDI_FROM_CC, 22, kinds[k].how, param_slot(PARAM_FILTER_CUTOFF, INST_CH));
		assert_true(midi_map_add(&map, &b));
		turn(0xb0, 22, kinds[k].forth); /* 1/128 of the way, by the parameter's curve */
		assert_true(fabsf(value(param_slot(PARAM_FILTER_CUTOFF, INST_CH)) -
				  1000.0f * powf(1000.0f, 1.0f / 128.0f)) < 0.1f);
	}
}

static void
fourteen_bits_nrpn_bend_and_pressure(void **state)
{
	(void)state;
	begin();
	midi_binding b[] = {to_slot(MIDI_FROM_CC14, 1, MIDI_ABSOLUTE, PARAM_TEMPO),
			    to_slot(MIDI_FROM_NRPN, 300, MIDI_ABSOLUTE, PARAM_DENSITY),
			    to_slot(MIDI_FROM_BEND, 0, MIDI_ABSOLUTE, PARAM_KIT_X),
			    to_slot(MIDI_FROM_PRESSURE, 0, MIDI_ABSOLUTE, PARAM_KIT_Y),
			    to_slot(MIDI_FROM_KEY_PRESSURE, 60, MIDI_ABSOLUTE, PARAM_SWING)};
	for (int i = 0; i < 5; i++) {
		b[i].pickup = false;
		assert_true(midi_map_add(&map, &b[i]));
	}
	turn(0xb0, 1, 100);
	turn(0xb0, 33, 77);
	assert_true(fabsf(value(PARAM_TEMPO) - (20.0f + 280.0f * (100.0f * 128.0f + 77.0f) / 16383.0f)) <
		    1e-3f);
	turn(0xb0, 6, 64); /* no parameter is chosen */
	assert_true(value(PARAM_DENSITY) == 0.5f);
	turn(0xb0, 99, 300 >> 7);
	turn(0xb0, 98, 300 & 127);
	turn(0xb0, 6, 20);
	turn(0xb0, 38, 5);
	assert_true(fabsf(value(PARAM_DENSITY) - (20.0f * 128.0f + 5.0f) / 16383.0f) < 1e-6f);
	turn(0xb0, 96, 0);
	assert_true(fabsf(value(PARAM_DENSITY) - (20.0f * 128.0f + 5.0f) / 16383.0f - 1.0f / 128.0f) < 1e-5f);
	turn(0xb0, 97, 0);
	assert_true(fabsf(value(PARAM_DENSITY) - (20.0f * 128.0f + 5.0f) / 16383.0f) < 1e-5f);
	turn(0xb0, 101, 0); /* a registered one: not ours */
	turn(0xb0, 100, 0);
	assert_int_equal(turn(0xb0, 6, 127), 0);
	turn(0xb1, 6, 127); /* and another channel chooses for itself */
	assert_true(value(PARAM_DENSITY) < 0.2f);
	turn(0xe3, 0x7f, 0x7f);
	assert_true(value(PARAM_KIT_X) == 1.0f);
	turn(0xe3, 0, 0x40);
	assert_true(fabsf(value(PARAM_KIT_X) - 0.5f) < 1e-3f);
	midi_map_apply(&map, &hand, &p, (const uint8_t[]){0xd0, 127}, 2, act, 8);
	assert_true(act[0].slot == PARAM_KIT_Y && act[0].value == 1.0f);
	turn(0xa0, 60, 127);
	assert_true(value(PARAM_SWING) == 1.0f);
	assert_int_equal(turn(0xa0, 61, 3), 0);
}

static void
several_targets_channels_and_what_overrides_what(void **state)
{
	(void)state;
	static midi_map learned;
	begin();
	midi_binding b = to_slot(MIDI_FROM_CC, 9, MIDI_TOGGLE, param_slot(PARAM_MUTE, INST_BD));
	assert_true(midi_map_add(&map, &b));
	b.target.which = (int16_t)param_slot(PARAM_MUTE, INST_SD);
	b.channel = 4;
	assert_true(midi_map_add(&map, &b));
	assert_int_equal(apply(0xb0, 9, 127), 1);
	assert_int_equal(apply(0xb4, 9, 127), 2);
	memset(&learned, 0, sizeof learned);
	b.target.which = PARAM_LEARN;
	b.channel = 0;
	assert_true(midi_map_add(&learned, &b));
	assert_true(midi_map_join(&map, &learned, true));
	assert_int_equal(apply(0xb0, 9, 127), 1);
	assert_int_equal(act[0].slot, PARAM_LEARN);
	assert_int_equal(apply(0xb4, 9, 127), 1); /* the one of another channel stays */
	while (midi_map_add(&map, &b))
		;
	assert_int_equal(map.n_bindings, MIDI_MAP_BINDINGS);
	assert_int_equal(apply(0xb0, 9, 127), 8); /* as many as there is room for */
}

static void
a_grid_shows_a_window_of_the_pattern(void **state)
{
	(void)state;
	static midi_pages pages;
	begin();
	map.grid[0] = (midi_grid){.layers = 2, .rows = 8, .columns = 8, .n_instruments = INSTRUMENTS};
	for (int i = 0; i < INSTRUMENTS; i++)
		map.grid[0].instrument[i] = (int8_t)i;
	map.pages[0] = &pages;
	const midi_binding cell_3_2 = {.from = MIDI_FROM_NOTE,
				       .channel = -1,
				       .number = 10,
				       .how = MIDI_PRESS,
				       .layer = 1,
				       .target = {.to = MIDI_TO_CELL, .instrument = -1, .row = 3, .step = 2}};
	assert_true(midi_map_add(&map, &cell_3_2));
	for (int axis = 0; axis < MIDI_AXES; axis++)
		for (int move = -1; move <= 1; move += 2) {
			const midi_binding b = {
			    .from = MIDI_FROM_NOTE,
			    .channel = -1,
			    .number = (uint16_t)(20 + 2 * axis + (move > 0)),
			    .how = MIDI_PRESS,
			    .target = {.to = MIDI_TO_PAGE, .which = (int16_t)axis, .move = (int8_t)move}};
			assert_true(midi_map_add(&map, &b));
		}
	assert_int_equal(turn(0x90, 10, 99), 1);
	assert_int_equal(act[0].slot, cell_index(0, 3, 2));
	assert_int_equal(params_cell(&p, cell_index(0, 3, 2)).velocity, 99);
	turn(0x90, 10, 99);
	assert_int_equal(params_cell(&p, cell_index(0, 3, 2)).kind, CELL_REST);
	turn(0x90, 10, 99);
	assert_int_equal(params_cell(&p, cell_index(0, 3, 2)).kind, CELL_FREE);
	turn(0x90, 20 + 2 * MIDI_PAGE_STEPS + 1, 127);
	turn(0x90, 20 + 2 * MIDI_PAGE_ROWS + 1, 127); /* the second page of rows ends with the last one */
	turn(0x90, 10, 99);
	assert_int_equal(act[0].slot, cell_index(0, 7, 10));
	turn(0x90, 20 + 2 * MIDI_PAGE_STEPS + 1, 127); /* there are only sixteen steps */
	turn(0x90, 20 + 2 * MIDI_PAGE_BARS + 1, 127);  /* and one bar */
	turn(0x90, 10, 99);
	assert_int_equal(act[0].slot, cell_index(0, 7, 10));
	params_set(&p, PARAM_PATTERN_BARS, 4, 0);
	for (int i = 0; i < 9; i++)
		turn(0x90, 20 + 2 * MIDI_PAGE_BARS + 1, 127);
	turn(0x90, 10, 99);
	assert_int_equal(act[0].slot, cell_index(3, 7, 10));
	turn(0x90, 20 + 2 * MIDI_PAGE_LAYERS + 1, 127);
	assert_int_equal(turn(0x90, 10, 99), 0); /* another layer is on top */
	/* 7/8 has fourteen steps: what lies behind is no cell. */
	turn(0x90, 20 + 2 * MIDI_PAGE_LAYERS, 127);
	params_set(&p, PARAM_METRE, METRE_7_8, 0);
	midi_target t = cell_3_2.target;
	t.step = 7;
	assert_int_equal(midi_map_cell(&map, 0, &t, &p), -1);
}

/* --- bytes ------------------------------------------------------------------------------------------------
 */

static int
feed(midi_stream *s, const uint8_t *bytes, size_t size, midi_message *out, int max)
{
	int n = 0;
	for (size_t i = 0; i < size; i++)
		n += midi_stream_byte(s, bytes[i], &out[n < max ? n : max - 1]);
	return n;
}

static void
streams_survive_what_cables_carry(void **state)
{
	(void)state;
	midi_message m[8];
	midi_stream s = {0};
	/* Running status, with clock in the middle of a message. */
	assert_int_equal(feed(&s, (const uint8_t[]){0x90, 60, 0xf8, 100, 61, 101}, 6, m, 8), 3);
	assert_int_equal(m[0].data[0], 0xf8);
	assert_true(m[1].data[1] == 60 && m[1].data[2] == 100 && m[2].data[0] == 0x90 && m[2].data[1] == 61);
	assert_int_equal(s.faults, 0);
	/* Of another cable it is none. */
	midi_stream other = {0};
	assert_int_equal(feed(&other, (const uint8_t[]){62, 100}, 2, m, 8), 0);
	assert_int_equal(other.faults, 2);
	/* Broken off; then exclusive without an end. */
	assert_int_equal(feed(&s, (const uint8_t[]){0xb0, 7, 0xc0, 5}, 4, m, 8), 1);
	assert_int_equal(s.faults, 1);
	assert_int_equal(m[0].size, 2);
	assert_int_equal(feed(&s, (const uint8_t[]){0xf0, 1, 2, 3, 0xf8, 4, 0x90, 60, 1}, 9, m, 8), 2);
	assert_int_equal(s.faults, 2);
	/* A whole one is no fault, and ends running status. */
	assert_int_equal(feed(&s, (const uint8_t[]){0xf0, 1, 2, 0xf7, 60, 1}, 6, m, 8), 0);
	assert_int_equal(s.faults, 4);
	assert_int_equal(feed(&s, (const uint8_t[]){0xf2, 1, 2, 3, 4}, 5, m, 8), 1);
	assert_int_equal(s.faults, 6);
	assert_int_equal(feed(&s, (const uint8_t[]){0xf4, 0xf7, 0xfd}, 3, m, 8), 0);
	assert_int_equal(s.faults, 9);
}

static void
any_bytes_leave_everything_lawful(void **state)
{
	(void)state;
	uint64_t seed = test_seed();
	midi_stream s = {0};
	begin();
	midi_map_default(&map);
	for (int i = 0; i < 400000; i++) {
		midi_message m;
		const uint64_t r = rng_next(&seed);
		if (!midi_stream_byte(&s, (uint8_t)(r >> 20 & 3 ? r & 0x7f : r), &m) || m.data[0] >= 0xf0)
			continue;
		assert_int_equal(m.size, midi_message_size(m.data[0]));
		const int n = midi_map_apply(&map, &hand, &p, m.data, m.size, act, 8);
		assert_true(n >= 0 && n <= 8);
		for (int a = 0; a < n; a++) {
			if (act[a].kind != MIDI_PARAM)
				continue;
			const param_desc *d = param_describe(act[a].slot);
			assert_true(act[a].value >= d->low - 1e-4f * fabsf(d->low));
			assert_true(act[a].value <= d->high * 1.0001f);
			params_set(&p, act[a].slot, act[a].value, 0);
		}
	}
	assert_true(s.faults > 0);
	assert_int_equal(atomic_load(&p.rejected), 0);
}

static void
what_switches_learning_is_known(void **state)
{
	(void)state;
	static midi_map m;
	const midi_binding b = {.from = MIDI_FROM_CC,
				.channel = 0,
				.number = 98,
				.how = MIDI_TOGGLE,
				.target = {.to = MIDI_TO_SLOT, .instrument = -1, .which = PARAM_LEARN}};
	params_reset(&p);
	assert_true(midi_map_add(&m, &b));
	assert_true(midi_map_moves(&m, &p, (const uint8_t[]){0xb0, 98, 127}, 3, PARAM_LEARN));
	assert_false(midi_map_moves(&m, &p, (const uint8_t[]){0xb1, 98, 127}, 3, PARAM_LEARN));
	assert_false(midi_map_moves(&m, &p, (const uint8_t[]){0x90, 98, 127}, 3, PARAM_LEARN));
	assert_false(midi_map_moves(&m, &p, (const uint8_t[]){0xb0, 97, 127}, 3, PARAM_LEARN));
	assert_false(midi_map_moves(&m, &p, (const uint8_t[]){0xb0, 98, 127}, 3, PARAM_DENSITY));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_default_map_moves_what_it_says),
	    cmocka_unit_test(an_absolute_control_takes_over_where_it_meets_its_parameter),
	    cmocka_unit_test(of_two_controllers_the_later_one_wins),
	    cmocka_unit_test(ranges_curves_and_values),
	    cmocka_unit_test(encoders_of_all_three_kinds_step),
	    cmocka_unit_test(fourteen_bits_nrpn_bend_and_pressure),
	    cmocka_unit_test(several_targets_channels_and_what_overrides_what),
	    cmocka_unit_test(a_grid_shows_a_window_of_the_pattern),
	    cmocka_unit_test(streams_survive_what_cables_carry),
	    cmocka_unit_test(what_switches_learning_is_known),
	    cmocka_unit_test(any_bytes_leave_everything_lawful),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

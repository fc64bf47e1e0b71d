/* Lights: what every lit control of every shipped map shows, to the byte, as its target changes. */
#include "tests/engine_rig.h"

#include "model/fileio.h"
#include "osc/lights.h"

#include <stdio.h>
#include <string.h>

static map_file f;
static lights told;
static control hands;
static lights_view view;
static engine_rig *rig;
static uint8_t lamp[2][128][2]; /* as the device has them: channel and value */
static int sent;

static bool
light_up(void *user, const uint8_t m[3])
{
	(void)user;
	assert_true((m[0] & 0xf0) == 0x90 || (m[0] & 0xf0) == 0xb0);
	assert_true(m[1] < 128 && m[2] < 128);
	uint8_t *l = lamp[(m[0] & 0xf0) == 0x90][m[1]];
	l[0] = m[0] & 0x0f;
	l[1] = m[2];
	sent++;
	return true;
}

/* Everything that differs is told; returns how many lights were. */
static int
refresh(void)
{
	sent = 0;
	engine_get_status(rig->engine, &view.engine);
	while (lights_refresh(&told, &f, &view, 1000, light_up, NULL) > 0)
		;
	return sent;
}

static void
say(void *user, const char *line)
{
	(void)user;
	fail_msg("%s", line);
}

static void
open_map(const char *name)
{
	char path[512], *text;
	size_t size;
	snprintf(path, sizeof path, "%s/maps/%s", DRUMLIN_SOURCE_DATADIR, name);
	assert_ok(file_read_whole(path, 1 << 20, &text, &size, &test_error));
	assert_int_equal(map_file_parse(text, size, path, &f, say, NULL), 0);
	free(text);
	rig = rig_new(false);
	control_init(&hands, &rig->params, rig->engine);
	memset(lamp, 0xff, sizeof lamp);
	view = (lights_view){.control = &hands, .plan = &rig->plan};
	lights_forget(&told);
}

static void
close_map(void)
{
	control_destroy(&hands);
	rig_free(rig);
}

static void
show_layer(int layer)
{
	atomic_store(&f.pages.at[MIDI_PAGE_LAYERS], layer);
}

/* The lamp of a CC or a note shows a value on a channel (0-based). */
static void
expect(midi_from from, int number, int channel, int value)
{
	const uint8_t *l = lamp[from == MIDI_FROM_NOTE][number];
	if (l[0] != channel || l[1] != value)
		fail_msg("%s %d: %d on channel %d, not %d on channel %d",
			 from == MIDI_FROM_NOTE ? "note" : "cc", number, l[1], l[0] + 1, value, channel + 1);
}

static int
channel_of(const map_light *l, light_state s)
{
	return l->colour[s].channel >= 0 ? l->colour[s].channel : l->channel;
}

static void
expect_state(const map_light *l, light_state s)
{
	if (!l) {
		fail_msg("there is no such light");
		return;
	}
	expect((midi_from)l->from, l->number, channel_of(l, s), l->colour[s].value);
}

/* Every light whose target is a parameter: off and on, with the exact bytes, and nothing else moves. */
static void
try_parameters(void)
{
	for (int i = 0; i < f.n_lights; i++) {
		const map_light *l = &f.light[i];
		const midi_target *t = &l->binding.target;
		if (t->to != MIDI_TO_SLOT)
			continue;
		show_layer(l->binding.layer ? l->binding.layer - 1 : 0);
		const param_desc *d = param_describe(t->which);
		params_set(&rig->params, t->which, d->low, 0);
		refresh();
		expect_state(l, LIGHT_OFF);
		params_set(&rig->params, t->which, d->low + 1.0f, 0);
		assert_int_equal(refresh(), 1);
		expect_state(l, LIGHT_ON);
		params_set(&rig->params, t->which, d->low, 0);
		assert_int_equal(refresh(), 1);
		expect_state(l, LIGHT_OFF);
		assert_true(l->colour[LIGHT_OFF].value != l->colour[LIGHT_ON].value ||
			    l->colour[LIGHT_OFF].channel != l->colour[LIGHT_ON].channel);
	}
}

/* Lights of cells: free, what the network plays, hit, rest, and where it is. */
static void
try_cells(void)
{
	int cells = 0;
	for (int i = 0; i < f.n_lights; i++) {
		const map_light *l = &f.light[i];
		const midi_target *t = &l->binding.target;
		if (t->to != MIDI_TO_CELL)
			continue;
		cells++;
		show_layer(l->binding.layer - 1);
		const int index = midi_map_cell(&f.map, 0, t, &rig->params);
		const int step = index % CELL_STEPS, instrument = index / CELL_STEPS;
		assert_true(index >= 0);
		rig_plan(rig, step, 0);
		refresh();
		expect_state(l, LIGHT_OFF);
		rig_plan(rig, step, 1u << instrument);
		assert_int_equal(refresh(), 1);
		expect_state(l, LIGHT_PLAYS);
		params_set_cell(&rig->params, index, cell_hit(100));
		assert_int_equal(refresh(), 1);
		expect_state(l, LIGHT_HIT);
		params_set_cell(&rig->params, index, (cell){.kind = CELL_REST});
		assert_int_equal(refresh(), 1);
		expect_state(l, LIGHT_REST);
		params_set_cell(&rig->params, index, (cell){.kind = CELL_FREE});
		rig_plan(rig, step, 0);
		assert_int_equal(refresh(), 1);
	}
	assert_true(cells == 0 || cells == 64);
}

static const map_light *
light_to(midi_to to, int which, int number)
{
	for (int i = 0; i < f.n_lights; i++) {
		const midi_target *t = &f.light[i].binding.target;
		if (t->to == to && t->which == which && (number < 0 || t->value == (float)number))
			return &f.light[i];
	}
	return NULL;
}

static void
try_scenes(void)
{
	for (int n = 1; n <= 16; n++) {
		const map_light *l = light_to(MIDI_TO_COMMAND, COMMAND_SCENE, n);
		if (!l)
			return;
		show_layer(l->binding.layer - 1);
		refresh();
		expect_state(l, LIGHT_OFF);
		params_set(&rig->params, PARAM_SCENES_USED, (float)((1u << n) - 1), 0);
		assert_int_equal(refresh(), 1);
		expect_state(l, LIGHT_STORED);
		/* The one before is only stored again, where the map has a light for it. */
		params_set(&rig->params, PARAM_SCENE_CURRENT, (float)n, 0);
		assert_in_range(refresh(), 1, 2);
		expect_state(l, LIGHT_ON);
	}
}

static void
try_layers(void)
{
	for (int layer = 0; layer < f.map.grid[0].layers; layer++) {
		show_layer(layer);
		refresh();
		for (int other = 0; other < f.map.grid[0].layers; other++) {
			const map_light *l = light_to(MIDI_TO_PAGE, MIDI_PAGE_LAYERS, other);
			assert_non_null(l);
			expect_state(l, other == layer ? LIGHT_ON : LIGHT_OFF);
		}
		/* What this layer has no use for is dark. */
		for (int n = 0; n < 128; n++) {
			bool used = false, known = false;
			for (int i = 0; i < f.n_lights; i++) {
				const map_light *l = &f.light[i];
				if (l->from != MIDI_FROM_NOTE || l->number != n)
					continue;
				known = true;
				used = used || midi_map_acts(&f.map, &l->binding, &rig->params);
			}
			if (known && !used)
				assert_int_equal(lamp[1][n][1], 0);
		}
	}
}

/* Transport, the beat and the playhead. */
static void
try_playing(void)
{
	const map_light *play = light_to(MIDI_TO_COMMAND, COMMAND_PLAY, -1);
	const map_light *toggle = light_to(MIDI_TO_COMMAND, COMMAND_TOGGLE_PLAY, -1);
	const map_light *stop = light_to(MIDI_TO_COMMAND, COMMAND_STOP, -1);
	const map_light *tap = light_to(MIDI_TO_COMMAND, COMMAND_TAP, -1);
	const map_light *pad = light_to(MIDI_TO_COMMAND, COMMAND_TRIGGER, -1);
	assert_true((play || toggle) && tap);
	refresh();
	expect_state(play ? play : toggle, LIGHT_OFF);
	expect_state(tap, LIGHT_OFF);
	if (stop)
		expect_state(stop, LIGHT_ON);
	for (int s = 0; s < 64; s++)
		rig_plan(rig, s, s % 2 == 0 ? 1u << INST_BD : 0);
	engine_command(rig->engine, COMMAND_PLAY, -1, 1.0f);
	const uint32_t step = RIG_RATE * 60 / 130 / 4;
	for (uint32_t done = 0; done < step / 2 + 3 * step; done += 64) {
		rig_play(rig, 64, NULL, 0);
		show_layer(0);
		refresh();
		const int at = view.engine.place.step;
		if (!view.engine.rolling)
			continue;
		expect_state(play ? play : toggle, LIGHT_ON);
		expect_state(tap, at == 0 ? LIGHT_ON : LIGHT_OFF);
		if (stop)
			expect_state(stop, LIGHT_OFF);
		for (int i = 0; i < f.n_lights; i++)
			if (f.light[i].binding.target.to == MIDI_TO_CELL &&
			    f.light[i].binding.target.step == at)
				expect_state(&f.light[i], LIGHT_HERE);
		if (pad && pad->binding.target.instrument == INST_BD) {
			show_layer(pad->binding.layer - 1);
			refresh();
			expect_state(pad, at % 2 == 0 ? LIGHT_ON : LIGHT_OFF);
		}
	}
	assert_int_equal(view.engine.place.step, 3);
}

static void
try_map(const char *name)
{
	open_map(name);
	refresh();
	bool seen[2][128] = {0};
	int lamps = 0;
	for (int i = 0; i < f.n_lights; i++) {
		bool *s = &seen[f.light[i].from == MIDI_FROM_NOTE][f.light[i].number];
		lamps += !*s;
		*s = true;
	}
	for (int kind = 0; kind < 2; kind++) /* at connection each is told */
		for (int n = 0; n < 128; n++)
			assert_int_equal(lamp[kind][n][1] != 0xff, seen[kind][n]);
	assert_int_equal(refresh(), 0);
	lights_forget(&told);
	assert_int_equal(refresh(), lamps);
	try_parameters();
	try_cells();
	try_scenes();
	try_layers();
	show_layer(0);
	try_playing();
	close_map();
}

static void
nanokontrol2_shows_what_is_so(void **state)
{
	(void)state;
	try_map("nanokontrol2.map");
	open_map("nanokontrol2.map"); /* and some of it spelled out */
	refresh();
	expect(MIDI_FROM_CC, 48, 0, 0);
	expect(MIDI_FROM_CC, 42, 0, 127);
	params_set(&rig->params, param_slot(PARAM_MUTE, INST_BD), 1.0f, 0);
	params_set(&rig->params, param_slot(PARAM_SOLO, INST_PC), 1.0f, 0);
	params_set(&rig->params, PARAM_FREEZE, 2.0f, 0);
	assert_int_equal(refresh(), 3);
	expect(MIDI_FROM_CC, 48, 0, 127);
	expect(MIDI_FROM_CC, 39, 0, 127);
	expect(MIDI_FROM_CC, 46, 0, 127);
	close_map();
}

static void
launchpad_mini_mk3_shows_what_is_so(void **state)
{
	(void)state;
	static const uint8_t programmer[] = {0xf0, 0x00, 0x20, 0x29, 0x02, 0x0d, 0x0e, 0x01, 0xf7};
	try_map("launchpad-mini-mk3.map");
	open_map("launchpad-mini-mk3.map");
	assert_int_equal(f.start.size, sizeof programmer);
	assert_memory_equal(f.start.data, programmer, sizeof programmer);
	params_set_cell(&rig->params, cell_index(0, INST_BD, 0), cell_hit(100));
	params_set_cell(&rig->params, cell_index(0, INST_HT, 0), (cell){.kind = CELL_REST});
	refresh();
	expect(MIDI_FROM_NOTE, 81, 0, 21); /* top left */
	expect(MIDI_FROM_CC, 95, 0, 21);   /* the first layer */
	expect(MIDI_FROM_CC, 92, 0, 3);    /* there are more instruments below */
	atomic_store(&f.pages.at[MIDI_PAGE_ROWS], 1);
	atomic_store(&f.pages.at[MIDI_PAGE_STEPS], 1);
	refresh();
	expect(MIDI_FROM_NOTE, 81, 0, 0);
	expect(MIDI_FROM_CC, 92, 0, 0);
	expect(MIDI_FROM_CC, 93, 0, 3);
	close_map();
}

static void
apc_mini_mk2_shows_what_is_so(void **state)
{
	(void)state;
	try_map("apcmini-mk2.map");
	open_map("apcmini-mk2.map");
	params_set_cell(&rig->params, cell_index(0, INST_BD, 0), cell_hit(100));
	refresh();
	expect(MIDI_FROM_NOTE, 56, 6, 21); /* full brightness */
	expect(MIDI_FROM_NOTE, 112, 0, 1);
	close_map();
}

static bool
refuse(void *user, const uint8_t m[3])
{
	(void)m;
	return (*(int *)user)-- > 0;
}

static void
no_more_than_is_allowed_is_sent_and_nothing_is_lost(void **state)
{
	(void)state;
	open_map("launchpad-mini-mk3.map");
	int n = 0, rounds = 0;
	for (int got; (got = lights_refresh(&told, &f, &view, 10, light_up, NULL)) > 0; rounds++) {
		assert_true(got <= 10);
		n += got;
	}
	assert_int_equal(n, 64 + 16);
	assert_int_equal(rounds, 8);
	lights_forget(&told);
	int room = 30;
	assert_int_equal(lights_refresh(&told, &f, &view, 1000, refuse, &room), 30);
	assert_int_equal(lights_refresh(&told, &f, &view, 1000, light_up, NULL), 50);
	close_map();
}

static void
a_value_is_shown_in_full(void **state)
{
	(void)state;
	static const char text[] =
	    "cc 16 channel 2 -> density light value\nlight note 5 <- metre is 2 off 1 on 2\n";
	open_map("gm.map");
	assert_int_equal(map_file_parse(text, sizeof text - 1, "v", &f, say, NULL), 0);
	refresh();
	expect(MIDI_FROM_CC, 16, 1, 64);
	expect(MIDI_FROM_NOTE, 5, 0, 1);
	params_set(&rig->params, PARAM_DENSITY, 1.0f, 0);
	params_set(&rig->params, PARAM_METRE, 2.0f, 0);
	refresh();
	expect(MIDI_FROM_CC, 16, 1, 127);
	expect(MIDI_FROM_NOTE, 5, 0, 2);
	close_map();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(nanokontrol2_shows_what_is_so),
	    cmocka_unit_test(launchpad_mini_mk3_shows_what_is_so),
	    cmocka_unit_test(apc_mini_mk2_shows_what_is_so),
	    cmocka_unit_test(no_more_than_is_allowed_is_sent_and_nothing_is_lost),
	    cmocka_unit_test(a_value_is_shown_in_full),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

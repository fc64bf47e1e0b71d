/* The full-screen display in a terminal of the test's own: what it shows after which keys. */
#include "tests/test.h"

#include "app/screen_state.h"
#include "model/datafind.h"
#include "rt/rng.h"

#include <locale.h>
#include <string.h>

static player p;
static midi_bound bound;
static stage_view view;

static int
open_terminal(const char *term)
{
	setenv("LC_ALL", "C.UTF-8", 1);
	setlocale(LC_ALL, "");
	FILE *in = fopen("/dev/null", "r"), *out = fopen("/dev/null", "w");
	SCREEN *s = newterm(term, out, in);
	if (!s)
		return -1;
	set_term(s);
	screen_prepare();
	char *path = model_find("default", &test_error);
	params_reset(&p.params);
	if (!path || model_load(path, &p.model, &test_error) != DR_OK ||
	    posix_memalign((void **)&p.plan, 64, sizeof *p.plan) != 0)
		return -1;
	free(path);
	plan_init(p.plan);
	midi_map_default(&p.map);
	if (engine_new(&p.params, p.plan, &p.map, 48000, &p.engine, &test_error) != DR_OK)
		return -1;
	control_init(&p.control, &p.params, p.engine);
	view = (stage_view){.player = &p, .bound = &bound, .message = "hello"};
	view.host.name = "silence";
	return 0;
}

static int
open_coloured(void **state)
{
	(void)state;
	return open_terminal("xterm-256color");
}

static int
open_plain(void **state)
{
	(void)state;
	return open_terminal("vt100");
}

static int
close_terminal(void **state)
{
	(void)state;
	endwin();
	engine_free(p.engine);
	model_free(p.model);
	free(p.plan);
	return 0;
}

static void
draw(int lines, int columns)
{
	resizeterm(lines, columns);
	engine_get_status(p.engine, &view.engine);
	screen_draw(&view);
}

static bool
row_has(int row, const char *text)
{
	char line[1024] = "";
	mvinnstr(row, 0, line, sizeof line - 1);
	return strstr(line, text) != NULL;
}

static bool
shows(const char *text)
{
	for (int row = 0; row < LINES; row++)
		if (row_has(row, text))
			return true;
	return false;
}

static void
press(const char *keys)
{
	for (; *keys; keys++)
		assert_true(screen_press(&p, *keys));
}

static void
fits_into_eighty_by_twenty_four(void **state)
{
	(void)state;
	draw(24, 80);
	assert_true(row_has(0, "DRUMLIN") && row_has(0, "stopped"));
	assert_true(shows("tempo") && shows("density") && shows("temperature"));
	for (int i = 0; i < INSTRUMENTS; i++)
		assert_true(row_has(GRID_ROW + i, instrument_name(i)));
	assert_true(row_has(GRID_ROW + INSTRUMENTS, "scenes"));
	assert_true(shows("hello") && row_has(23, "q quit"));
	press("?");
	draw(24, 80);
	assert_true(shows("panic") && shows("step editor") && shows("q  quit"));
	press("?");
}

static void
a_large_one_is_filled(void **state)
{
	(void)state;
	draw(56, 200);
	assert_int_equal(screen_grid_rows(), 3);
	for (int i = 0; i < INSTRUMENTS; i++)
		assert_true(row_has(GRID_ROW + 3 * i, instrument_name(i)));
	assert_true(row_has(GRID_ROW + 3 * INSTRUMENTS, "scenes") && row_has(55, "q quit"));
	params_set_cell(&p.params, cell_index(0, INST_SD, 2), (cell){.kind = CELL_REST});
	press("\t");
	draw(56, 200);
	assert_true(row_has(GRID_ROW + 3 * INST_SD + 1, "×"));
	press("\t");
	params_set_cell(&p.params, cell_index(0, INST_SD, 2), (cell){.kind = CELL_FREE});
}

/* What colours would say, signs, bold and reversed letters do. */
static void
without_colours_signs_say_it(void **state)
{
	(void)state;
	const int row = GRID_ROW + INST_SD;
	step_event e;
	assert_false(has_colors());
	memset(&e, 0, sizeof e);
	e.bar_len = 16;
	e.hits.hit[INST_SD] = (step_hit){127, 1, 0};
	plan_write(p.plan, 0, &e);
	memset(&e.hits, 0, sizeof e.hits);
	e.heat[INST_SD] = 200;
	e.bar_step = 1;
	plan_write(p.plan, 1, &e);
	params_set_cell(&p.params, cell_index(0, INST_SD, 2), (cell){.kind = CELL_REST});
	params_set(&p.params, PARAM_SCENE_CURRENT, 2.0f, 0);
	draw(24, 80);
	assert_true(row_has(0, "DRUMLIN") && row_has(0, "stopped") && row_has(23, "q quit"));
	assert_true(row_has(2, "> tempo") && row_has(2, "density"));
	assert_true(row_has(row, "█") && row_has(row, "∙") && row_has(row, "×") && row_has(row, "·"));
	assert_true(mvinch(0, 1) & A_BOLD);
	assert_true(mvinch(GRID_ROW + INSTRUMENTS, 20) & A_REVERSE);
	assert_false(mvinch(GRID_ROW + INSTRUMENTS, 24) & A_REVERSE);
}

static void
a_small_terminal_gets_a_line(void **state)
{
	(void)state;
	for (int lines = 1; lines < 40; lines += 3)
		for (int columns = 1; columns < 200; columns += 7)
			draw(lines, columns);
	draw(10, 60);
	assert_true(row_has(0, "stopped bar 1"));
}

static void
the_editor_fixes_cells(void **state)
{
	(void)state;
	const int at = cell_index(0, INST_SD, 2);
	draw(24, 80);
	press("\t");
	assert_true(screen_press(&p, KEY_DOWN) && screen_press(&p, KEY_RIGHT) && screen_press(&p, KEY_RIGHT));
	press("\n");
	assert_int_equal(params_cell(&p.params, at).kind, CELL_HIT);
	press("+pnn");
	const cell c = params_cell(&p.params, at);
	assert_true(c.velocity == 110 && c.chance == 90 && c.nth == 2 && c.of == 2);
	draw(24, 80);
	assert_true(shows("SD step 3") && shows("hit 110  chance 90%  2 of 2"));
	press("\n");
	assert_int_equal(params_cell(&p.params, at).kind, CELL_REST);
	draw(24, 80);
	assert_true(row_has(GRID_ROW + INST_SD, "×"));
	press("\n\t");
	assert_int_equal(params_cell(&p.params, at).kind, CELL_FREE);
}

static void
the_list_reaches_everything(void **state)
{
	(void)state;
	press("l/");
	press("PC/send/rev");
	draw(24, 80);
	assert_true(shows("PC/send/reverb") && !shows("PC/send/delay"));
	press("\n");
	for (int i = 0; i < 25; i++)
		assert_true(screen_press(&p, KEY_RIGHT));
	assert_float_equal(params_get(&p.params, param_slot(PARAM_SEND_REVERB, INST_PC)), 0.5f, 1e-4f);
	assert_true(screen_press(&p, KEY_HOME));
	assert_true(params_get(&p.params, param_slot(PARAM_SEND_REVERB, INST_PC)) == 0.0f);
	press("/quit\n"); /* q is a letter here */
	assert_string_equal(screen.filter, "quit");
	press("/\n");
	assert_true(screen_press(&p, 27));
	assert_int_equal(screen.page, PAGE_PLAY);
}

static void
scene_keys_wait_for_their_digit(void **state)
{
	(void)state;
	press("m");
	assert_int_equal(screen.scene_key, COMMAND_SCENE_STORE);
	press("q"); /* no scene: nothing happens, and nobody is thrown out */
	assert_int_equal(screen.scene_key, -1);
	assert_false(screen_press(&p, 'q'));
}

static void
what_moves_a_control_stands_beside_it(void **state)
{
	(void)state;
	midi_bound_list l = {{0}};
	midi_map *map = calloc(1, sizeof *map);
	const midi_binding knob = {.from = MIDI_FROM_CC,
				   .channel = -1,
				   .number = 21,
				   .target = {.to = MIDI_TO_SLOT, .which = PARAM_DENSITY}};
	midi_binding other = knob;
	assert_non_null(map);
	other.number = 22; /* the first is told */
	assert_true(midi_map_add(map, &knob) && midi_map_add(map, &other));
	other.from = MIDI_FROM_BEND;
	other.channel = 9;
	other.target.which = (int16_t)param_slot(PARAM_LEVEL, INST_OH);
	assert_true(midi_map_add(map, &other));
	other.from = MIDI_FROM_NOTE;
	other.target = (midi_target){.to = MIDI_TO_SLOT, .which = PARAM_TEMPO, .has_value = true};
	assert_true(midi_map_add(map, &other));
	midi_bound_add(&l, map);
	midi_bound_show(&bound, &l);
	draw(24, 80);
	assert_true(row_has(3, "CC21") && !shows("note") && !shows("CC22"));
	assert_true(row_has(GRID_ROW + INST_OH, "10:bend"));
	press("l/density\n");
	draw(24, 80);
	assert_true(shows("CC21"));
	press("/\nl");
	l = (midi_bound_list){{0}};
	midi_bound_show(&bound, &l);
	draw(24, 80);
	assert_false(shows("CC21"));
	free(map);
}

/* Any keys at any size: it draws, and what they set is in range. */
static void
any_keys_do_no_harm(void **state)
{
	(void)state;
	uint64_t seed = test_seed();
	for (int i = 0; i < 20000; i++) {
		const uint64_t bits = rng_next(&seed);
		const int key =
		    bits & 1 ? (int)(bits >> 8 & 127) : KEY_MIN + (int)(bits >> 8) % (KEY_MAX - KEY_MIN);
		(void)screen_press(&p, key);
		if (i % 20 == 0)
			draw(1 + (int)(bits >> 32) % 60, 1 + (int)(bits >> 40) % 200);
	}
	for (int slot = 0; slot < PARAM_SLOTS; slot++) {
		const param_desc *d = param_describe(slot);
		const float x = params_get(&p.params, slot);
		assert_true(x >= d->low && x <= d->high);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(fits_into_eighty_by_twenty_four),
	    cmocka_unit_test(a_large_one_is_filled),
	    cmocka_unit_test(a_small_terminal_gets_a_line),
	    cmocka_unit_test(the_editor_fixes_cells),
	    cmocka_unit_test(the_list_reaches_everything),
	    cmocka_unit_test(scene_keys_wait_for_their_digit),
	    cmocka_unit_test(what_moves_a_control_stands_beside_it),
	    cmocka_unit_test(any_keys_do_no_harm),
	};
	const struct CMUnitTest plain[] = {
	    cmocka_unit_test(fits_into_eighty_by_twenty_four),
	    cmocka_unit_test(without_colours_signs_say_it),
	};
	const int failed = cmocka_run_group_tests(plain, open_plain, close_terminal);
	return failed + cmocka_run_group_tests(tests, open_coloured, close_terminal);
}

#include "tests/files.h"

#include "app/session.h"
#include "rt/rng.h"

#include <math.h>

static int warnings;
static char last_warning[256];

static void
count_warning(void *user, const char *line)
{
	(void)user;
	warnings++;
	snprintf(last_warning, sizeof last_warning, "%s", line);
}

static int
make(void **state)
{
	(void)state;
	files_make();
	warnings = 0;
	return 0;
}

static int
clean(void **state)
{
	(void)state;
	files_remove();
	return 0;
}

static void
what_was_set_comes_back_to_the_bit(void **state)
{
	(void)state;
	uint64_t seed = test_seed();
	char *path = files_path("set.json");
	static params p, q;
	params_reset(&p);
	params_reset(&q);
	for (int slot = 0; slot < PARAM_SLOTS; slot++)
		params_set(&p, slot, param_from_unit(slot, rng_next_unit(&seed)), 0);
	for (int i = 0; i < CELLS; i++)
		params_set_cell(&p, i, cell_unpack((uint32_t)rng_mix(seed + (uint64_t)i)));
	control c;
	scenes bank;
	control_init(&c, &p, NULL);
	scenes_init(&bank, &c);
	assert_true(scenes_store(&bank, 3));
	const music_options o = {.kit = {"basalt", files_root}, .n_kits = 2, .model = "default"};
	session s, back;
	assert_true(session_take(&s, &p, "techno", &o) && session_take_scenes(&s, &bank));
	s.learned = strdup("cc 80 = swing \"\\\"\n");
	assert_ok(session_write(path, &s, &test_error));
	assert_ok(session_read(path, &back, count_warning, NULL, &test_error));
	assert_int_equal(warnings, 0);
	session_to_params(&back, &q, true);
	for (int slot = 0; slot < PARAM_SLOTS; slot++)
		if ((param_describe(slot)->flags & PARAM_FLAG_SAVED) && slot != PARAM_STYLE)
			assert_true(params_get(&p, slot) == params_get(&q, slot));
	for (int i = 0; i < CELLS; i++)
		assert_int_equal(cell_pack(params_cell(&q, i)), cell_pack(params_cell(&p, i)));
	back.given[PARAM_REVERB_LEVEL] = false; /* as in a file of an older version: as at first */
	session_to_params(&back, &q, true);
	assert_true(params_get(&q, PARAM_REVERB_LEVEL) == param_describe(PARAM_REVERB_LEVEL)->initial);
	session_to_scenes(&back, &bank);
	const scene third = scenes_get(&bank, 3);
	assert_true(third.used && !scenes_get(&bank, 4).used);
	for (int slot = 0; slot < PARAM_SLOTS; slot++)
		assert_true(!scene_keeps(slot) || third.value[slot] == params_get(&p, slot));
	assert_memory_equal(third.cell, back.cell, sizeof third.cell);
	scenes_destroy(&bank);
	control_destroy(&c);
	assert_string_equal(back.learned, s.learned);
	assert_string_equal(back.style, "techno");
	assert_int_equal(back.n_kits, 2);
	assert_string_equal(back.kit[0], "basalt");
	assert_true(back.kit[1][0] == '/'); /* a path is good from anywhere */
	session_clear(&s);
	session_clear(&back);
	free(path);
}

static void
the_command_line_comes_first(void **state)
{
	(void)state;
	static const char text[] = "{\"drumlin-session\": 1, \"style\": \"dnb\", \"kits\": [\"slag\"],"
				   " \"parameters\": {\"tempo\": 174, \"density\": 0.25}}";
	files_put("a.json", text, strlen(text));
	char *path = files_path("a.json");
	session s;
	assert_ok(session_read(path, &s, count_warning, NULL, &test_error));
	music_options o = {
	    .given = {[PARAM_TEMPO] = true}, .value = {[PARAM_TEMPO] = 140.0f}, .style = "acid"};
	session_to_options(&s, &o);
	assert_true(o.value[PARAM_TEMPO] == 140.0f && o.value[PARAM_DENSITY] == 0.25f);
	assert_true(o.given[PARAM_DENSITY] && !o.given[PARAM_SWING]);
	assert_string_equal(o.style, "acid");
	assert_true(o.n_kits == 1 && strcmp(o.kit[0], "slag") == 0);
	assert_false(o.style_kept); /* it was typed: an unknown one is wrong usage */
	music_options kept = {.n_kits = 0};
	session_to_options(&s, &kept);
	assert_true(kept.style_kept && strcmp(kept.style, "dnb") == 0);
	session_clear(&s);
	free(path);
}

/* A model that counts its styles otherwise. */
static int
find_style(void *user, const char *name)
{
	(void)user;
	return strcmp(name, "dub") == 0 ? 7 : strcmp(name, "acid") == 0 ? 1 : -1;
}

static void
styles_keep_their_names(void **state)
{
	(void)state;
	static const char text[] = "{\"drumlin-session\": 1, \"styles\": [\"acid\", \"polka\", \"dub\"],"
				   " \"parameters\": {\"style/2\": 3, \"style/3\": 2, \"style/4\": 0},"
				   " \"scenes\": {\"1\": {\"parameters\": {\"style\": 3}}}}";
	files_put("a.json", text, strlen(text));
	char *path = files_path("a.json");
	session s;
	assert_ok(session_read(path, &s, count_warning, NULL, &test_error));
	session_map_styles(&s, find_style, NULL);
	assert_true(s.value[PARAM_STYLE_2] == 7.0f && s.value[PARAM_STYLE_3] == 0.0f &&
		    s.value[PARAM_STYLE_4] == 0.0f);
	assert_true(s.scenes[0].value[PARAM_STYLE] == 7.0f);
	session_clear(&s);
	free(path);
}

/* Every word that makes no sense is said, and the rest kept. */
static void
bad_cells_and_scenes_are_left_out(void **state)
{
	(void)state;
	static const char text[] = "{\"drumlin-session\": 1, \"cells\": {\"BD\": [\"1.1 v100 c50 3:4 r2 "
				   "o-12\", \"1.2\", \"1.3 v128\","
				   " \"5.1 v1\", \"1.33 v1\", \"1.4 v1 5:4\", \"1.5 v1 q\", 7, \"4.32 "
				   "rest\"], \"XX\": [\"1.1 v1\"]},"
				   " \"scenes\": {\"0\": {}, \"17\": {}, \"x\": {}, \"2\": 5, \"16\": {}}}";
	files_put("a.json", text, strlen(text));
	char *path = files_path("a.json");
	session s;
	assert_ok(session_read(path, &s, count_warning, NULL, &test_error));
	assert_int_equal(warnings, 7 + 1 + 4);
	const cell c = cell_unpack(s.cell[cell_index(0, INST_BD, 0)]);
	assert_true(c.velocity == 100 && c.chance == 50 && c.nth == 3 && c.of == 4 && c.ratchet == 2 &&
		    c.offset == -12);
	assert_int_equal(cell_unpack(s.cell[cell_index(3, INST_BD, 31)]).kind, CELL_REST);
	assert_true(s.scenes[15].used && s.scenes[15].value[PARAM_DENSITY] == 0.5f);
	session_clear(&s);
	free(path);
}

static void
bad_files_say_where(void **state)
{
	(void)state;
	static const struct {
		const char *text, *said;
	} bad[] = {{"", "bad.json:"},
		   {"{\"drumlin-session\": 1,\n \"parameters\": }", "bad.json:2:"},
		   {"[1]", "not a session"},
		   {"{}", "not a session"},
		   {"{\"drumlin-session\": 2}", "later Drumlin"},
		   {"{\"drumlin-session\": \"1\"}", "not a session"},
		   {"{\"drumlin-session\": 1, \"kits\": [], \"kits\": []}", "bad.json:1:"}};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		session s;
		files_put("bad.json", bad[i].text, strlen(bad[i].text));
		char *path = files_path("bad.json");
		assert_int_equal(session_read(path, &s, count_warning, NULL, &test_error), DR_BAD_INPUT);
		assert_non_null(strstr(test_error.text, bad[i].said));
		free(path);
	}
	session s;
	assert_int_equal(session_read("/nowhere/at/all.json", &s, NULL, NULL, &test_error), DR_BAD_INPUT);
}

static void
strange_values_are_left_out_or_brought_in(void **state)
{
	(void)state;
	static const char text[] =
	    "{\"drumlin-session\": 1, \"kits\": [\"a\", \"b\", \"c\", \"d\", \"e\", 5], \"style\": 7,"
	    " \"parameters\": {\"tempo\": 1e9, \"nonsense\": 1, \"density\": \"much\", \"BD/level\": 0.5,"
	    " \"swing\": null}, \"future\": {\"x\": []}}";
	files_put("odd.json", text, strlen(text));
	char *path = files_path("odd.json");
	session s;
	assert_ok(session_read(path, &s, count_warning, NULL, &test_error));
	assert_int_equal(warnings, 7);
	assert_int_equal(s.n_kits, 4);
	assert_true(s.value[PARAM_TEMPO] == 300.0f && !s.given[PARAM_DENSITY] && !s.given[PARAM_SWING]);
	assert_true(s.value[param_slot(PARAM_LEVEL, INST_BD)] == 0.5f);
	session_clear(&s);
	free(path);
}

/* A part of another kind than it should be is said by name, and the rest is read. */
static void
parts_of_another_kind_are_said(void **state)
{
	(void)state;
	static const struct {
		const char *part, *name;
	} cases[] = {{"\"parameters\": [1]", "parameters"},
		     {"\"cells\": 5", "cells"},
		     {"\"cells\": {\"SD\": \"1.1 v1\"}", "SD"},
		     {"\"scenes\": \"none\"", "scenes"},
		     {"\"scenes\": {\"3\": {\"parameters\": 7}}", "parameters"},
		     {"\"scenes\": {\"3\": {\"cells\": []}}", "cells"},
		     {"\"kits\": \"slag\"", "kits"},
		     {"\"styles\": {}", "styles"},
		     {"\"style\": 7", "style"},
		     {"\"model\": [\"tcn\"]", "model"},
		     {"\"learned\": true", "learned"}};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char text[256], said[64];
		session s;
		const bool more = strncmp(cases[i].part, "\"parameters", 11) != 0;
		snprintf(text, sizeof text, "{\"drumlin-session\": 1, %s%s}", cases[i].part,
			 more ? ", \"parameters\": {\"tempo\": 99}" : "");
		files_put("odd.json", text, strlen(text));
		char *path = files_path("odd.json");
		warnings = 0;
		assert_ok(session_read(path, &s, count_warning, NULL, &test_error));
		snprintf(said, sizeof said, "odd.json: not as it should be, left out: %s", cases[i].name);
		if (warnings != 1 || !strstr(last_warning, said))
			fail_msg("%s: %d warnings: %s", text, warnings, last_warning);
		assert_true(!more || s.value[PARAM_TEMPO] == 99.0f);
		session_clear(&s);
		/* and without anybody to tell */
		assert_ok(session_read(path, &s, NULL, NULL, &test_error));
		session_clear(&s);
		free(path);
	}
}

/* A disk that is full, or a folder that cannot be written: the old file is untouched. */
static void
a_failed_write_leaves_the_old_file(void **state)
{
	(void)state;
	char *path = files_path("kept.json");
	static params p;
	params_reset(&p);
	const music_options o = {.n_kits = 0};
	session s, back;
	assert_true(session_take(&s, &p, "techno", &o));
	assert_ok(session_write(path, &s, &test_error));
	assert_int_equal(session_write("/dev/full/x.json", &s, &test_error), DR_FAILED);
	assert_non_null(strstr(test_error.text, "/dev/full/x.json"));
	assert_ok(session_read(path, &back, count_warning, NULL, &test_error));
	session_clear(&s);
	session_clear(&back);
	free(path);
}

static void
the_last_session_has_its_place(void **state)
{
	(void)state;
	char *base = files_path("state/deeper");
	setenv("XDG_STATE_HOME", base, 1);
	char *last = session_last_path(&test_error);
	assert_non_null(last);
	assert_true(strncmp(last, base, strlen(base)) == 0 && strstr(last, "/drumlin/last.json"));
	files_put("state/deeper/drumlin/last.json", "x", 1);
	free(last);
	files_put("file", "x", 1);
	free(base);
	base = files_path("file/below");
	setenv("XDG_STATE_HOME", base, 1);
	assert_null(session_last_path(&test_error));
	free(base);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(what_was_set_comes_back_to_the_bit, make, clean),
	    cmocka_unit_test_setup_teardown(the_command_line_comes_first, make, clean),
	    cmocka_unit_test_setup_teardown(styles_keep_their_names, make, clean),
	    cmocka_unit_test_setup_teardown(bad_cells_and_scenes_are_left_out, make, clean),
	    cmocka_unit_test_setup_teardown(bad_files_say_where, make, clean),
	    cmocka_unit_test_setup_teardown(strange_values_are_left_out_or_brought_in, make, clean),
	    cmocka_unit_test_setup_teardown(parts_of_another_kind_are_said, make, clean),
	    cmocka_unit_test_setup_teardown(a_failed_write_leaves_the_old_file, make, clean),
	    cmocka_unit_test_setup_teardown(the_last_session_has_its_place, make, clean),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "tests/kit_fixture.h"

#include "model/kit_map.h"
#include "model/kit_source.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void
make_kit(void)
{
	fixture_sine("a.wav", 48000, 1, 500, 200.0, 0.5);
	fixture_sine("b c.wav", 48000, 1, 700, 200.0, 0.5);
	fixture_kit(
	    "<instrument><name>Kick</name><layer><filename>a.wav</filename></layer></instrument>"
	    "<instrument><name>Snare Rimshot</name><layer><filename>a.wav</filename></layer></instrument>"
	    "<instrument><name>Rim</name><layer><filename>a.wav</filename></layer></instrument>"
	    "<instrument><name>Cowbell</name><layer><filename>a.wav</filename></layer></instrument>");
}

static kit *
load(const char *path, const char *map)
{
	kit *k;
	const kit_load_options o = {.rate = 48000, .warn = fixture_listen, .map = map};
	assert_ok(kit_load_with(path, &o, &k, &test_error));
	return k;
}

static void
a_map_in_the_folder_overrides(void **state)
{
	(void)state;
	make_kit();
	fixture_text(KIT_MAP_NAME, "# mine\n"
				   "name = Mine\n"
				   "BD = a.wav velocity 1-90 gain -6.0206 # soft\n"
				   "BD = \"b c.wav\" velocity 91-127 tune 2\r\n"
				   "  rs = instrument \"Snare Rimshot\" gain 6.0206\n"
				   "BD : choke 4 pan -0.5 select random\n"
				   "PC = silent\n");
	kit *k = load(fixture_path(""), NULL);
	assert_int_equal(fixture_lines(), 0);
	assert_string_equal(k->name, "Mine");
	const kit_instrument *bd = &k->instrument[INST_BD];
	assert_int_equal(bd->n_layers, 2);
	assert_int_equal(bd->layers[0].velocity_hi, 90);
	assert_true(fabsf(bd->layers[0].gain - 0.5f) < 1e-4f);
	assert_int_equal(bd->layers[1].sample.frames, 700);
	assert_true(bd->layers[1].pitch == 2.0f);
	assert_true(bd->choke_group == 4 && bd->pan == -0.5f && bd->selection == KIT_SELECT_RANDOM);
	assert_string_equal(k->instrument[INST_RS].name, "Snare Rimshot");
	assert_true(fabsf(k->instrument[INST_RS].gain - 2.0f) < 1e-3f);
	assert_int_equal(k->instrument[INST_PC].n_layers, 0);
	kit_free(k);
}

static void
a_map_may_lie_elsewhere(void **state)
{
	(void)state;
	make_kit();
	fixture_folder("maps");
	fixture_text("maps/one.kitmap", "kit = ..\nBD = \"b c.wav\"\n");
	kit *k = load(fixture_path("maps/one.kitmap"), NULL);
	assert_int_equal(k->instrument[INST_BD].layers[0].sample.frames, 700);
	assert_int_equal(k->instrument[INST_RS].n_layers, 1);
	kit_free(k);
	fixture_text("maps/two.kitmap", "SD = \"b c.wav\"\n");
	k = load(fixture_path(""), fixture_path("maps/two.kitmap"));
	assert_int_equal(k->instrument[INST_SD].n_layers, 1);
	assert_int_equal(k->instrument[INST_BD].layers[0].sample.frames, 500);
	kit_free(k);
	const kit_load_options o = {.rate = 48000, .map = "/no/such.kitmap"};
	assert_int_equal(kit_load_with(fixture_path(""), &o, &k, &test_error), DR_BAD_INPUT);
	fixture_text("maps/loop.kitmap", "kit = loop.kitmap\n");
	assert_int_equal(kit_load(fixture_path("maps/loop.kitmap"), 48000, NULL, NULL, &k, &test_error),
			 DR_BAD_INPUT);
	assert_non_null(strstr(test_error.text, "another map"));
}

static void
faults_name_line_and_column(void **state)
{
	(void)state;
	static const struct {
		const char *line, *fault;
	} cases[] = {
	    {"XX = a.wav", ":1:1: not one of the twelve"},
	    {"BD a.wav", ":1:4: = is missing"},
	    {"BD =", ":1:5: a sample's file is missing"},
	    {"BD = \"a.wav", ":1:6: a quote that does not end"},
	    {"BD = a.wav velocity 90", ":1:23: velocities are written 1-127"},
	    {"BD = a.wav velocity 0-9", ":1:21: a number from 1 to 127 is missing"},
	    {"BD = a.wav gain loud", ":1:17: a number from -60 to 24 is missing"},
	    {"BD = a.wav gain nan", ":1:17: a number"},
	    {"BD = a.wav  colour 3", ":1:13: unknown option"},
	    {"RS = instrument Nobody", ":1:23: the kit has no such instrument"},
	    {"BD : velocity 1-9", ":1:6: unknown option"},
	    {"CC : gain 3", ":1:5: nothing plays there"},
	    {"PC = silent please", ":1:13: nothing may follow"},
	    {"BD : select any", ":1:16: velocity, robin or random"},
	    {"name : x", ":1:6: = is missing"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		assert_int_equal(fixture_up(NULL), 0);
		make_kit();
		fixture_text(KIT_MAP_NAME, cases[i].line);
		kit *k = load(fixture_path(""), NULL);
		if (!fixture_heard(cases[i].fault))
			fail_msg("%s: not said: %s", cases[i].line, cases[i].fault);
		assert_int_equal(fixture_lines(), 1);
		/* The rest plays. */
		assert_int_equal(k->instrument[INST_BD].n_layers, 1);
		kit_free(k);
		assert_int_equal(fixture_down(NULL), 0);
	}
}

static void
a_map_does_not_lead_outside(void **state)
{
	(void)state;
	make_kit();
	fixture_sine("secret.wav", 48000, 1, 900, 200.0, 0.5);
	fixture_folder("kit");
	fixture_sine("kit/kick.wav", 48000, 1, 500, 200.0, 0.5);
	fixture_text("kit/" KIT_MAP_NAME, "kit = ..\nSD = ../secret.wav\nRS = /etc/passwd\n");
	kit *k = load(fixture_path("kit"), NULL);
	assert_int_equal(k->instrument[INST_SD].n_layers, 0);
	assert_int_equal(k->instrument[INST_BD].n_layers, 1);
	assert_true(fixture_heard("../secret.wav: lies outside"));
	kit_free(k);
	/* Nor may it be a link to text that is elsewhere. */
	assert_int_equal(remove(fixture_path("kit/" KIT_MAP_NAME)), 0);
	fixture_text("elsewhere", "BD = silent\n");
	assert_int_equal(symlink("../elsewhere", fixture_path("kit/" KIT_MAP_NAME)), 0);
	k = load(fixture_path("kit"), NULL);
	assert_int_equal(k->instrument[INST_BD].n_layers, 1);
	assert_true(fixture_heard(KIT_MAP_NAME ": lies outside"));
	kit_free(k);
}

int
main(void)
{
#define IN_FOLDER(f) cmocka_unit_test_setup_teardown(f, fixture_up, fixture_down)
	const struct CMUnitTest tests[] = {
	    IN_FOLDER(a_map_in_the_folder_overrides),
	    IN_FOLDER(a_map_may_lie_elsewhere),
	    cmocka_unit_test(faults_name_line_and_column),
	    IN_FOLDER(a_map_does_not_lead_outside),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

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
	    {"RS = instrument", ":1:16: an instrument's name is missing"},
	    {"BD = a.wav tune 49", ":1:17: a number from -48 to 48 is missing"},
	    {"BD = a.wav pan -1.1", ":1:16: a number from -1 to 1 is missing"},
	    {"BD : choke 1001", ":1:12: a number from -1 to 1000 is missing"},
	    {"BD = a.wav velocity 1-128", ":1:23: a number from 1 to 127 is missing"},
	    {"BD : select", ":1:12: velocity, robin or random is missing"},
	    {"BD : =", ":1:6: an option is missing"},
	    {"= a.wav", ":1:1: a place is missing"},
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

/* What is longer than any word is a fault of its line, in quotes and without. */
static void
words_are_bounded(void **state)
{
	(void)state;
	char text[2048], word[601];
	memset(word, 'x', 600);
	word[600] = '\0';
	make_kit();
	snprintf(text, sizeof text, "BD = %s\nBD = \"%s\"\nSD = a.wav\n", word, word);
	fixture_text(KIT_MAP_NAME, text);
	kit *k = load(fixture_path(""), NULL);
	assert_true(fixture_heard(":1:6: a sample's file is too long"));
	assert_true(fixture_heard(":2:6: a sample's file is too long"));
	assert_int_equal(fixture_lines(), 2);
	assert_int_equal(k->instrument[INST_SD].n_layers, 1);
	kit_free(k);
}

static void
settings_end_at_their_comment_or_quote(void **state)
{
	(void)state;
	static const struct {
		const char *line, *name;
	} cases[] = {
	    {"name = Mine # of old", "Mine"},
	    {"name = Kit in F# minor", "Kit in F# minor"},
	    {"name = \"Mine # of old\" # too", "Mine # of old"},
	    {"name = \"Mine", "\"Mine"},
	    {"name = # none", "tiny"},
	    {"name=Mine  \r", "Mine"},
	};
	make_kit();
	fixture_folder("maps");
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		fixture_text(KIT_MAP_NAME, cases[i].line);
		kit *k = load(fixture_path(""), NULL);
		assert_string_equal(k->name, cases[i].name);
		kit_free(k);
	}
	static const char *const kits[] = {"kitchen = /nowhere\nkit : /nowhere\n kit = ..  # the one above\n",
					   "kit = \"..\" # the same\n"};
	for (size_t i = 0; i < sizeof kits / sizeof *kits; i++) {
		fixture_text("maps/one.kitmap", kits[i]);
		kit *k = load(fixture_path("maps/one.kitmap"), NULL);
		assert_string_equal(k->instrument[INST_BD].name, "Kick");
		kit_free(k);
	}
}

static void
a_map_that_names_no_kit_is_about_its_folder(void **state)
{
	(void)state;
	make_kit();
	fixture_text("own.kitmap", "kit = # this one\nBD = silent\n");
	kit *k = load(fixture_path("own.kitmap"), NULL);
	assert_int_equal(k->instrument[INST_BD].n_layers, 0);
	assert_int_equal(k->instrument[INST_RS].n_layers, 1);
	kit_free(k);
	fixture_text("own.kitmap", "PC = silent\n");
	k = load(fixture_path("own.kitmap"), NULL);
	assert_int_equal(k->instrument[INST_BD].n_layers, 1);
	assert_int_equal(k->instrument[INST_PC].n_layers, 0);
	kit_free(k);
}

static void
layers_play_as_selected(void **state)
{
	(void)state;
	static const struct {
		const char *word;
		kit_selection selection;
	} cases[] = {{"robin", KIT_SELECT_ROUND_ROBIN},
		     {"random", KIT_SELECT_RANDOM},
		     {"velocity", KIT_SELECT_VELOCITY}};
	make_kit();
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char text[128];
		snprintf(text, sizeof text, "BD = a.wav\nBD = \"b c.wav\" select %s\n", cases[i].word);
		fixture_text(KIT_MAP_NAME, text);
		kit *k = load(fixture_path(""), NULL);
		assert_int_equal(fixture_lines(), 0);
		assert_int_equal(k->instrument[INST_BD].n_layers, 2);
		assert_int_equal(k->instrument[INST_BD].selection, cases[i].selection);
		kit_free(k);
	}
}

static void
layers_are_bounded(void **state)
{
	(void)state;
	static char text[KIT_MAX_LAYERS * 16];
	size_t used = 0;
	make_kit();
	for (int i = 0; i <= KIT_MAX_LAYERS; i++)
		used += (size_t)snprintf(text + used, sizeof text - used, "BD = a.wav\n");
	fixture_text(KIT_MAP_NAME, text);
	kit *k = load(fixture_path(""), NULL);
	assert_int_equal(k->instrument[INST_BD].n_layers, KIT_MAX_LAYERS);
	assert_true(fixture_heard(":129:11: too many layers"));
	assert_int_equal(fixture_lines(), 1);
	kit_free(k);
}

/* A folder may hold more sounds than other kits may have instruments: a map chooses among them. */
static void
a_map_over_a_thousand_sounds(void **state)
{
	(void)state;
	fixture_folder("pack");
	fixture_sine("pack/zorp a.wav", 48000, 1, 500, 200.0, 0.5);
	for (int i = 0; i < 1100; i++) {
		char name[64];
		snprintf(name, sizeof name, "pack/zorp %da.wav", i);
		assert_int_equal(link(fixture_path("pack/zorp a.wav"), fixture_path(name)), 0);
	}
	fixture_text("pack/" KIT_MAP_NAME, "CC = \"zorp 7a.wav\"\n");
	kit *k = load(fixture_path("pack"), NULL);
	assert_string_equal(k->instrument[INST_CC].name, "CC zorp 7a.wav");
	assert_int_equal(k->instrument[INST_CC].n_layers, 1);
	kit_free(k);
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
	    IN_FOLDER(words_are_bounded),
	    IN_FOLDER(settings_end_at_their_comment_or_quote),
	    IN_FOLDER(a_map_that_names_no_kit_is_about_its_folder),
	    IN_FOLDER(layers_play_as_selected),
	    IN_FOLDER(layers_are_bounded),
	    IN_FOLDER(a_map_over_a_thousand_sounds),
	    IN_FOLDER(a_map_does_not_lead_outside),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "tests/kit_fixture.h"

#include "model/kit_desc.h"
#include "model/kit_hydrogen.h"

#include <locale.h>
#include <math.h>
#include <sndfile.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LAYER(file, min, max)                                                                                \
	"<layer><filename>" file "</filename><min>" min "</min><max>" max "</max><gain>1</gain></layer>"
#define BD(inner) "<instrument><id>0</id><name>BD kick</name>" inner "</instrument>"

static dr_status
load(kit **k)
{
	return kit_load(fixture_path(""), 48000, fixture_listen, NULL, k, &test_error);
}

static void
a_good_kit_loads(void **state)
{
	(void)state;
	fixture_sine("soft.wav", 48000, 1, 1000, 200.0, 0.2);
	fixture_sine("hard.flac", 24000, 2, 1000, 200.0, 0.8);
	fixture_kit(
	    "<instrument><id>7</id><name>My snare</name><volume>0.5</volume><pan>-0.25</pan><gain>2</gain>"
	    "<pitchOffset>1</pitchOffset><Attack>48</Attack><Decay>96</Decay><Sustain>0.5</"
	    "Sustain><Release>480</Release>"
	    "<muteGroup>3</muteGroup><midiOutNote>38</midiOutNote><isStopNote>true</isStopNote>"
	    "<sampleSelectionAlgo>ROUND_ROBIN</sampleSelectionAlgo>"
	    "<instrumentComponent><component_id>0</component_id><gain>0.5</gain>" LAYER(
		"hard.flac", "0.5",
		"1") "<layer><filename>soft.wav</filename><min>0</min><max>0.5</max><gain>0.75</gain>"
		     "<pitch>-2</pitch></layer></instrumentComponent></instrument>");
	kit *k;
	assert_ok(load(&k));
	assert_int_equal(fixture_lines(), 0);
	assert_string_equal(k->name, "tiny");
	assert_int_equal(k->rate, 48000);
	const kit_instrument *in = &k->instrument[INST_SD];
	assert_string_equal(in->name, "My snare");
	assert_int_equal(in->n_layers, 2);
	assert_int_equal(in->selection, KIT_SELECT_ROUND_ROBIN);
	assert_int_equal(in->choke_group, 3);
	assert_true(in->gain == 1.0f && in->pan == -0.25f && in->sustain == 0.5f);
	assert_true(in->attack == 48.0f && in->decay == 96.0f && in->release == 480.0f);
	const kit_layer *soft = &in->layers[0], *hard = &in->layers[1];
	assert_int_equal(soft->velocity_lo, 1);
	assert_int_equal(soft->velocity_hi, 63);
	assert_int_equal(hard->velocity_lo, 64);
	assert_int_equal(hard->velocity_hi, 127);
	/* Layer gain times its component's gain times the kit's volume for that component. */
	assert_true(fabsf(soft->gain - 0.75f * 0.5f * 0.5f) < 1e-6f && soft->pitch == -1.0f);
	assert_true(hard->pitch == 1.0f);
	assert_int_equal(soft->sample.frames, 1000);
	assert_in_range(hard->sample.frames, 1998, 2002);
	assert_null(soft->sample.channel[1]);
	assert_non_null(hard->sample.channel[1]);
	kit_free(k);
}

static void
the_document_itself_may_be_named(void **state)
{
	(void)state;
	fixture_sine("a.wav", 48000, 1, 100, 200.0, 0.2);
	fixture_kit(BD(LAYER("a.wav", "0", "1")));
	kit *k;
	assert_ok(kit_load(fixture_path("drumkit.xml"), 44100, NULL, NULL, &k, &test_error));
	assert_int_equal(k->rate, 44100);
	assert_int_equal(k->instrument[INST_BD].n_layers, 1);
	kit_free(k);
}

static void
older_generations_load(void **state)
{
	(void)state;
	fixture_sine("a.wav", 48000, 1, 100, 200.0, 0.2);
	fixture_text(
	    "drumkit.xml",
	    "<drumkit_info><name>old</name><instrumentList>"
	    "<instrument><id>0</id><name>x</name><midiOutNote>36</midiOutNote><filename>a.wav</filename>"
	    "<pan_L>1</pan_L><pan_R>0.5</pan_R></instrument>"
	    "<instrument><id>1</id><name>y</name><midiOutNote>38</midiOutNote>" LAYER(
		"a.wav", "0", "1") "<volume>0,5</volume></instrument>"
				   "</instrumentList></drumkit_info>");
	kit *k;
	assert_ok(load(&k));
	assert_int_equal(k->instrument[INST_BD].n_layers, 1);
	assert_true(k->instrument[INST_BD].pan == -0.5f);
	assert_int_equal(k->instrument[INST_SD].n_layers, 1);
	assert_true(k->instrument[INST_SD].gain == 0.5f);
	kit_free(k);
}

static void
the_right_instrument_gets_the_place(void **state)
{
	(void)state;
	fixture_sine("a.wav", 48000, 1, 100, 200.0, 0.2);
#define NOTED(name, note)                                                                                    \
	"<instrument><name>" name "</name><midiOutNote>" note                                                \
	"</midiOutNote>" LAYER("a.wav", "0", "1") "</instrument>"
	fixture_kit(
	    NOTED("Pedal", "44") NOTED("Closed", "42") NOTED("Other", "42") NOTED("CP-909", "60")
		NOTED("Bongo", "60") NOTED("Cowbell", "56")
		    NOTED("Far",
			  "99") "<instrument><name>OH open</name><midiOutNote>46</midiOutNote></instrument>");
	kit *k;
	assert_ok(load(&k));
	assert_string_equal(k->instrument[INST_CH].name, "Closed");
	assert_string_equal(k->instrument[INST_CP].name, "CP-909");
	assert_string_equal(k->instrument[INST_PC].name, "Cowbell");
	assert_int_equal(k->instrument[INST_OH].n_layers, 0);
	kit_free(k);
}

static void
missing_and_bad_samples_leave_the_rest(void **state)
{
	(void)state;
	fixture_sine("good.wav", 48000, 1, 100, 200.0, 0.2);
	fixture_text("text.wav", "no sound");
	SF_INFO info = {.samplerate = 48000, .channels = 1, .format = SF_FORMAT_WAV | SF_FORMAT_FLOAT};
	SNDFILE *f = sf_open(fixture_path("nan.wav"), SFM_WRITE, &info);
	sf_writef_float(f, (float[]){NAN, 0.0f}, 2);
	sf_close(f);
	f = sf_open(fixture_path("empty.wav"), SFM_WRITE, &info);
	sf_close(f);
	fixture_kit(BD(LAYER("gone.wav", "0", "0.2") LAYER("text.wav", "0.2", "0.3")
			   LAYER("nan.wav", "0.3", "0.4") LAYER("good.wav", "0.4", "0.6")
			       LAYER("empty.wav", "0.6", "1") LAYER("", "0", "1")
				   LAYER("good.wav", "0.7", "0.2") "<layer><min>0</min></layer>"));
	kit *k;
	assert_ok(load(&k));
	static const char *const named[] = {": gone.wav: No such file",
					    ": text.wav: no audio file",
					    ": nan.wav: not a number",
					    ": empty.wav: holds no samples",
					    "names no file",
					    "no velocity reaches it"};
	for (size_t i = 0; i < sizeof named / sizeof *named; i++)
		assert_true(fixture_heard(named[i]));
	assert_int_equal(fixture_lines(), 7);
	const kit_instrument *in = &k->instrument[INST_BD];
	assert_int_equal(in->n_layers, 1);
	/* What is left answers to every velocity. */
	assert_int_equal(in->layers[0].velocity_lo, 1);
	assert_int_equal(in->layers[0].velocity_hi, 127);
	kit_free(k);
}

static void
gaps_go_to_the_nearest_layers(void **state)
{
	(void)state;
	fixture_sine("a.wav", 48000, 1, 100, 200.0, 0.2);
	fixture_kit(BD(LAYER("a.wav", "0", "0.2") LAYER("a.wav", "0", "0.2") LAYER("gone.wav", "0.2", "0.8")
			   LAYER("a.wav", "0.8", "1")));
	kit *k;
	assert_ok(load(&k));
	const kit_instrument *in = &k->instrument[INST_BD];
	assert_int_equal(in->n_layers, 3);
	assert_int_equal(in->layers[0].velocity_hi, in->layers[1].velocity_hi);
	for (int v = 1; v <= 127; v++) {
		int answer = 0;
		for (uint32_t l = 0; l < in->n_layers; l++)
			answer += v >= in->layers[l].velocity_lo && v <= in->layers[l].velocity_hi;
		assert_int_equal(answer, v < 64 ? 2 : 1);
	}
	kit_free(k);
}

static void
nothing_outside_the_folder_is_read(void **state)
{
	(void)state;
	assert_int_equal(mkdir(fixture_path("kit"), 0700), 0);
	assert_int_equal(mkdir(fixture_path("kit/sub"), 0700), 0);
	assert_int_equal(mkdir(fixture_path("kot"), 0700), 0);
	fixture_sine("secret.wav", 48000, 1, 100, 200.0, 0.2);
	fixture_sine("kot/secret.wav", 48000, 1, 100, 200.0, 0.2);
	fixture_sine("kit/sub/inside.wav", 48000, 1, 100, 200.0, 0.2);
	assert_int_equal(symlink("../secret.wav", fixture_path("kit/link.wav")), 0);
	assert_int_equal(mkdir(fixture_path("kit-b"), 0700), 0);
	fixture_sine("kit-b/secret.wav", 48000, 1, 100, 200.0, 0.2);
	assert_int_equal(symlink("../kot", fixture_path("kit/away")), 0);
	assert_int_equal(symlink("../kit-b/secret.wav", fixture_path("kit/near.wav")), 0);
	assert_int_equal(symlink("sub/inside.wav", fixture_path("kit/stays.wav")), 0);
	char absolute[1024];
	snprintf(absolute, sizeof absolute, "%s", fixture_path("secret.wav"));
	char text[8192];
	snprintf(text, sizeof text,
		 "<drumkit_info><instrumentList>" BD(
		     "%s<layer><filename>%s</filename></layer>") "</instrumentList></drumkit_info>",
		 LAYER("../nowhere.wav", "0", "1") LAYER("near.wav", "0", "1")
		     LAYER("../secret.wav", "0", "1") LAYER("sub/../../secret.wav", "0", "1")
			 LAYER("link.wav", "0", "1") LAYER("away/secret.wav", "0", "1")
			     LAYER("sub/inside.wav", "0", "1") LAYER("stays.wav", "0", "1")
				 LAYER("sub", "0", "1"),
		 absolute);
	fixture_text("kit/drumkit.xml", text);
	kit *k;
	assert_ok(kit_load(fixture_path("kit"), 48000, fixture_listen, NULL, &k, &test_error));
	assert_int_equal(k->instrument[INST_BD].n_layers, 2);
	assert_int_equal(fixture_lines(), 8);
	assert_true(fixture_heard("../nowhere.wav: lies outside")); /* not even whether it exists is told */
	assert_true(fixture_heard("link.wav: lies outside"));
	assert_true(fixture_heard("away/secret.wav: lies outside"));
	kit_free(k);
}

static void
bad_numbers_are_clamped_and_told(void **state)
{
	(void)state;
	fixture_sine("a.wav", 48000, 1, 100, 200.0, 0.2);
	fixture_kit(
	    "<instrument><name>BD</name><volume>nan</volume><gain>1e400</gain><pan>-7</pan><pitchOffset>inf</"
	    "pitchOffset>"
	    "<Attack>-5</Attack><Sustain>abc</Sustain><muteGroup>99999999999999999999</muteGroup>"
	    "<midiOutNote>1000</midiOutNote><sampleSelectionAlgo>MAGIC</"
	    "sampleSelectionAlgo><layer><filename>a.wav</filename>"
	    "<min>-1</min><max>NaN</max><max>17</max><gain>-3</gain><pitch>1e9</pitch></layer></instrument>");
	kit *k;
	assert_ok(load(&k));
	assert_int_equal(fixture_lines(), 14);
	const kit_instrument *in = &k->instrument[INST_BD];
	assert_true(in->gain == 0.0f && in->pan == -1.0f && in->attack == 0.0f && in->sustain == 1.0f);
	assert_int_equal(in->choke_group, 1000);
	assert_int_equal(in->n_layers, 1);
	assert_true(in->layers[0].gain == 0.0f && in->layers[0].pitch == 96.0f);
	assert_int_equal(in->layers[0].velocity_hi, 127);
	kit_free(k);
}

static void
numbers_do_not_depend_on_the_locale(void **state)
{
	(void)state;
	fixture_sine("a.wav", 48000, 1, 100, 200.0, 0.2);
	fixture_kit(BD("<volume>0.25</volume>" LAYER("a.wav", "0", "1")));
	static const char *const locales[] = {"de_DE.UTF-8", "fr_FR.UTF-8", "C"};
	for (size_t i = 0; i < sizeof locales / sizeof *locales; i++) {
		setlocale(LC_ALL, locales[i]); /* where it is not installed, C is tested again */
		kit *k;
		assert_ok(load(&k));
		assert_true(k->instrument[INST_BD].gain == 0.25f);
		kit_free(k);
	}
}

static void
what_is_no_kit_is_refused(void **state)
{
	(void)state;
	static const struct {
		const char *text, *fault;
	} cases[] = {
	    {"", "no element"},
	    {"garbage", "line 1"},
	    {"<drumkit_info><name>", "line 1"},
	    {"<playlist></playlist>", "not a Hydrogen drumkit"},
	    {"<drumkit_info></drumkit_info>", "none of its samples"},
	    {"<drumkit_info><instrumentList>" BD(
		 LAYER("gone.wav", "0", "1")) "</instrumentList></drumkit_info>",
	     "none of its samples"},
	    {"<?xml version=\"1.0\"?>\n<!DOCTYPE d [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b "
	     "\"&a;&a;&a;&a;&a;&a;&a;&a;\">"
	     "<!ENTITY c \"&b;&b;&b;&b;&b;&b;&b;&b;\">]>\n<drumkit_info><name>&c;</name></drumkit_info>",
	     "line 2: document types"},
	    {"<!DOCTYPE d SYSTEM \"/etc/passwd\"><drumkit_info/>", "document types"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		fixture_text("drumkit.xml", cases[i].text);
		kit *k;
		assert_int_equal(load(&k), DR_BAD_INPUT);
		if (!strstr(test_error.text, cases[i].fault))
			fail_msg("case %zu: %s", i, test_error.text);
	}
	kit *k;
	assert_int_equal(kit_load(fixture_path("none"), 48000, NULL, NULL, &k, &test_error), DR_BAD_INPUT);
	assert_non_null(strstr(test_error.text, "none"));
	assert_int_equal(remove(fixture_path("drumkit.xml")), 0);
	assert_int_equal(load(&k), DR_BAD_INPUT);
	assert_int_equal(mkfifo(fixture_path("drumkit.xml"), 0600), 0);
	assert_int_equal(load(&k), DR_BAD_INPUT);
}

static void
sizes_and_depths_are_bounded(void **state)
{
	(void)state;
	kit_warner warner = {.where = "memory"};
	kit_desc *d;
	char *text = malloc(1 << 20);
	assert_non_null(text);
	char *at = text;
	for (int i = 0; i < 10000; i++)
		at += sprintf(at, i ? "<a>" : "<drumkit_info>");
	assert_int_equal(kit_hydrogen_parse(text, (size_t)(at - text), &warner, &d, &test_error),
			 DR_BAD_INPUT);
	assert_non_null(strstr(test_error.text, "too deeply"));
	at = text + sprintf(text, "<drumkit_info><instrumentList>");
	for (int i = 0; i <= KIT_DESC_MAX_INSTRUMENTS; i++)
		at += sprintf(at, "<instrument/>");
	assert_int_equal(kit_hydrogen_parse(text, (size_t)(at - text), &warner, &d, &test_error),
			 DR_BAD_INPUT);
	assert_non_null(strstr(test_error.text, "too many instruments"));
	assert_int_equal(kit_hydrogen_parse(text, KIT_HYDROGEN_MAX_BYTES + 1, &warner, &d, &test_error),
			 DR_BAD_INPUT);

	at = text + sprintf(text, "<drumkit_info><instrumentList><instrument><name>");
	for (int i = 0; i < 3000; i++)
		at += sprintf(at, "\303\244\303\266");
	at += sprintf(at, "</name>");
	for (int i = 0; i < 1000; i++)
		at += sprintf(at, "<layer><min>x</min></layer>");
	at += sprintf(at, "</instrument></instrumentList></drumkit_info>");
	warner = (kit_warner){.where = "memory", .fn = fixture_listen};
	assert_ok(kit_hydrogen_parse(text, (size_t)(at - text), &warner, &d, &test_error));
	assert_int_equal(d->instruments[0].n_layers, KIT_MAX_LAYERS);
	assert_int_equal(strlen(d->instruments[0].name),
			 sizeof d->instruments[0].name - 2); /* whole characters */
	assert_int_equal(fixture_lines(), 101);
	assert_true(fixture_heard("more faults"));
	kit_desc_free(d);
	free(text);
}

static void
kits_are_found_where_the_header_says(void **state)
{
	(void)state;
	assert_int_equal(mkdir(fixture_path("one"), 0700), 0);
	assert_int_equal(mkdir(fixture_path("one/drumlin"), 0700), 0);
	assert_int_equal(mkdir(fixture_path("one/drumlin/kits"), 0700), 0);
	assert_int_equal(mkdir(fixture_path("one/drumlin/kits/basalt"), 0700), 0);
	char dirs[1024];
	snprintf(dirs, sizeof dirs, "/nowhere::%s", fixture_path("one"));
	setenv("XDG_DATA_HOME", "/nowhere", 1);
	setenv("XDG_DATA_DIRS", dirs, 1);
	char *found = kit_find("basalt", &test_error);
	assert_non_null(found);
	assert_string_equal(found, fixture_path("one/drumlin/kits/basalt"));
	free(found);
	/* Hydrogen's kits: the system's, and before them the user's. */
	assert_int_equal(mkdir(fixture_path("one/hydrogen"), 0700), 0);
	assert_int_equal(mkdir(fixture_path("one/hydrogen/data"), 0700), 0);
	assert_int_equal(mkdir(fixture_path("one/hydrogen/data/drumkits"), 0700), 0);
	assert_int_equal(mkdir(fixture_path("one/hydrogen/data/drumkits/Some Kit"), 0700), 0);
	found = kit_find("Some Kit", &test_error);
	assert_non_null(found);
	assert_string_equal(found, fixture_path("one/hydrogen/data/drumkits/Some Kit"));
	free(found);
	assert_int_equal(mkdir(fixture_path("home"), 0700), 0);
	assert_int_equal(mkdir(fixture_path("home/.hydrogen"), 0700), 0);
	assert_int_equal(mkdir(fixture_path("home/.hydrogen/data"), 0700), 0);
	assert_int_equal(mkdir(fixture_path("home/.hydrogen/data/drumkits"), 0700), 0);
	assert_int_equal(mkdir(fixture_path("home/.hydrogen/data/drumkits/Some Kit"), 0700), 0);
	setenv("HOME", fixture_path("home"), 1);
	found = kit_find("Some Kit", &test_error);
	assert_non_null(found);
	assert_string_equal(found, fixture_path("home/.hydrogen/data/drumkits/Some Kit"));
	free(found);
	setenv("XDG_DATA_DIRS", "/nowhere", 1);
	found = kit_find("slag", &test_error); /* installed, or in the source tree */
	assert_non_null(found);
	free(found);
	found = kit_find(fixture_path("one"), &test_error);
	assert_string_equal(found, fixture_path("one"));
	free(found);
	assert_null(kit_find("no-such-kit", &test_error));
	assert_non_null(strstr(test_error.text, "no-such-kit"));
	assert_null(kit_find("", &test_error));
	assert_null(kit_find("../kits/slag/no", NULL));
}

int
main(void)
{
#define IN_FOLDER(f) cmocka_unit_test_setup_teardown(f, fixture_up, fixture_down)
	const struct CMUnitTest tests[] = {
	    IN_FOLDER(a_good_kit_loads),
	    IN_FOLDER(the_document_itself_may_be_named),
	    IN_FOLDER(older_generations_load),
	    IN_FOLDER(the_right_instrument_gets_the_place),
	    IN_FOLDER(missing_and_bad_samples_leave_the_rest),
	    IN_FOLDER(gaps_go_to_the_nearest_layers),
	    IN_FOLDER(nothing_outside_the_folder_is_read),
	    IN_FOLDER(bad_numbers_are_clamped_and_told),
	    IN_FOLDER(numbers_do_not_depend_on_the_locale),
	    IN_FOLDER(what_is_no_kit_is_refused),
	    IN_FOLDER(sizes_and_depths_are_bounded),
	    IN_FOLDER(kits_are_found_where_the_header_says),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

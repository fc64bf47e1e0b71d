/* Hydrogen's drumkits of every generation, and what is beyond one layer that plays. */
#include "tests/kit_fixture.h"

#include "model/kit_source.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FILE_LAYER(file, min, max)                                                                           \
	"<layer><filename>" file "</filename><min>" min "</min><max>" max "</max><gain>1</gain></layer>"
#define COMPONENT(id, gain, inner)                                                                           \
	"<instrumentComponent><component_id>" id "</component_id><gain>" gain "</gain>" inner                \
	"</instrumentComponent>"

static kit *
load(void)
{
	kit *k;
	assert_ok(kit_load(fixture_path(""), 48000, fixture_listen, NULL, &k, &test_error));
	return k;
}

static float
level(const kit_layer *l)
{
	float peak = 0.0f;
	for (uint32_t i = 0; i < l->sample.frames; i++)
		peak = fmaxf(peak, fabsf(l->sample.channel[0][i]));
	return peak * l->gain;
}

/* Before 0.9.4: no namespace, the file name in the instrument, an order and names but no notes. */
static void
the_first_generation(void **state)
{
	(void)state;
	fixture_sine("k.wav", 44100, 1, 500, 200.0, 0.5);
	fixture_text("drumkit.xml",
		     "<drumkit_info><name>old</name><instrumentList>"
		     "<instrument><id>0</id><filename>k.wav</filename><name>Kick 1</name><volume>1</volume>"
		     "<isMuted>false</isMuted><pan_L>1</pan_L><pan_R>1</pan_R></instrument>"
		     "<instrument><id>1</id><filename>k.wav</filename><name>Closed HH 2</name></instrument>"
		     "</instrumentList></drumkit_info>");
	kit *k = load();
	assert_int_equal(k->instrument[INST_BD].n_layers, 1);
	assert_int_equal(k->instrument[INST_CH].n_layers, 1);
	assert_int_equal(fixture_lines(), 0);
	kit_free(k);
}

/* Components sound together, so they are mixed, each with its own gain and the kit's volume for it. */
static void
components_are_mixed(void **state)
{
	(void)state;
	fixture_sine("near.wav", 48000, 1, 1000, 400.0, 0.4);
	fixture_sine("far.wav", 48000, 1, 2000, 400.0, 0.4);
	fixture_text(
	    "drumkit.xml",
	    "<drumkit_info><name>mics</name><componentList>"
	    "<drumkitComponent><id>0</id><name>Near</name><volume>1</volume></drumkitComponent>"
	    "<drumkitComponent><id>7</id><name>Far</name><volume>0.5</volume></drumkitComponent>"
	    "</componentList><instrumentList><instrument><name>Kick</name>" COMPONENT(
		"0", "1", FILE_LAYER("near.wav", "0", "0.5") FILE_LAYER("near.wav", "0.5", "1"))
		COMPONENT("7", "0.5", FILE_LAYER("far.wav", "0", "1")) "</instrument></instrumentList>"
								       "</drumkit_info>");
	kit *k = load();
	const kit_instrument *in = &k->instrument[INST_BD];
	assert_int_equal(fixture_lines(), 0);
	assert_int_equal(in->n_layers, 2);
	for (int l = 0; l < 2; l++) {
		assert_int_equal(in->layers[l].sample.frames, 2000);
		assert_true(fabsf(level(&in->layers[l]) - 0.4f * 1.25f) < 0.01f);
	}
	assert_int_equal(in->layers[0].velocity_hi, 63);
	assert_int_equal(in->layers[1].velocity_lo, 64);
	/* Where one of them is missing the other plays on. */
	assert_int_equal(remove(fixture_path("near.wav")), 0);
	kit_free(k);
	k = load();
	assert_int_equal(k->instrument[INST_BD].n_layers, 2);
	assert_true(fabsf(level(&k->instrument[INST_BD].layers[0]) - 0.4f * 0.25f) < 0.01f);
	assert_true(fixture_heard("near.wav: No such file"));
	kit_free(k);
}

/* The development format that calls itself 2: components have names, algorithms and mutes, instruments types.
 */
static void
format_version_two(void **state)
{
	(void)state;
	fixture_sine("a.wav", 48000, 1, 500, 200.0, 0.5);
	fixture_text(
	    "drumkit.xml",
	    "<drumkit_info xmlns=\"http://www.hydrogen-music.org/drumkit\"><formatVersion>2</formatVersion>"
	    "<name>two</name><userVersion>0</userVersion><instrumentList>"
	    "<instrument><id>0</id><name>Thing</name><type>Hi-hat open</type><midiOutNote>60</midiOutNote>"
	    "<instrumentComponent><name>Main</name><gain>0.5</gain><isMuted>false</isMuted>"
	    "<sampleSelectionAlgo>ROUND_ROBIN</sampleSelectionAlgo>" FILE_LAYER("a.wav", "0", "1") FILE_LAYER(
		"a.wav", "0", "1") "<layer><filename>gone.wav</filename><isMuted>true</isMuted></layer>"
				   "</instrumentComponent>"
				   "<instrumentComponent><name>Off</name><isMuted>true</isMuted>" FILE_LAYER(
				       "gone.wav", "0",
				       "1") "</instrumentComponent></instrument>"
					    "<instrument><id>1</id><name>x</name><type>Kick</type>"
					    "<midiOutNote>60</midiOutNote><instrumentComponent><layer>"
					    "<filename>a.wav</filename><ismodified>true</ismodified>"
					    "<startframe>100</startframe><endframe>300</endframe>"
					    "</layer></instrumentComponent></instrument>"
					    "</instrumentList></drumkit_info>");
	kit *k = load();
	assert_int_equal(fixture_lines(), 0);
	const kit_instrument *open = &k->instrument[INST_OH];
	assert_int_equal(open->n_layers, 2);
	assert_int_equal(open->selection, KIT_SELECT_ROUND_ROBIN);
	assert_true(open->layers[0].gain == 0.5f);
	assert_int_equal(k->instrument[INST_BD].n_layers, 1);
	assert_int_equal(k->instrument[INST_BD].layers[0].sample.frames, 200);
	kit_free(k);
}

#define HAT(name, lo, hi)                                                                                    \
	"<instrument><name>" name "</name><isHihat>2</isHihat><lower_cc>" lo "</lower_cc><higher_cc>" hi     \
	"</higher_cc>" FILE_LAYER("a.wav", "0", "1") "</instrument>"

/* The pedal says which is closed, and they choke one another. */
static void
pressure_groups_are_hats(void **state)
{
	(void)state;
	fixture_sine("a.wav", 48000, 1, 500, 8000.0, 0.5);
	fixture_kit(HAT("one", "0", "40") HAT("two", "41", "90") HAT("three", "91", "127"));
	kit *k = load();
	assert_string_equal(k->instrument[INST_OH].name, "one");
	assert_string_equal(k->instrument[INST_CH].name, "three");
	assert_true(k->instrument[INST_OH].choke_group >= 0);
	assert_int_equal(k->instrument[INST_OH].choke_group, k->instrument[INST_CH].choke_group);
	kit_free(k);
	/* A name that says it is believed before the pedal. */
	fixture_kit(HAT("Open Hat", "91", "127") HAT("Closed Hat", "0", "40"));
	k = load();
	assert_string_equal(k->instrument[INST_OH].name, "Open Hat");
	assert_string_equal(k->instrument[INST_CH].name, "Closed Hat");
	kit_free(k);
}

static void
filters_are_heard(void **state)
{
	(void)state;
	fixture_sine("high.wav", 48000, 1, 4800, 10000.0, 0.5);
	fixture_sine("low.wav", 48000, 1, 4800, 100.0, 0.5);
	fixture_kit(
	    "<instrument><name>Snare</name><filterActive>true</filterActive><filterCutoff>0.2</filterCutoff>"
	    "<filterResonance>0</filterResonance>" FILE_LAYER(
		"high.wav", "0",
		"1") "</instrument>"
		     "<instrument><name>Kick</name><filterActive>true</filterActive><filterCutoff>0.2</"
		     "filterCutoff>" FILE_LAYER(
			 "low.wav", "0",
			 "1") "</instrument>"
			      "<instrument><name>Clap</name><filterCutoff>0.01</filterCutoff>" FILE_LAYER(
				  "high.wav", "0", "1") "</instrument>");
	kit *k = load();
	assert_true(level(&k->instrument[INST_SD].layers[0]) < 0.12f);
	assert_true(level(&k->instrument[INST_BD].layers[0]) > 0.45f);
	assert_true(level(&k->instrument[INST_CP].layers[0]) > 0.45f);
	kit_free(k);
}

static void
a_note_that_many_share_says_nothing(void **state)
{
	(void)state;
	fixture_sine("a.wav", 48000, 1, 500, 200.0, 0.5);
#define SIXTY(name)                                                                                          \
	"<instrument><name>" name                                                                            \
	"</name><midiOutNote>38</midiOutNote>" FILE_LAYER("a.wav", "0", "1") "</instrument>"
	fixture_kit(SIXTY("Kick") SIXTY("Rim Click") SIXTY("Bongo"));
	kit *k = load();
	assert_int_equal(k->instrument[INST_BD].n_layers, 1);
	assert_int_equal(k->instrument[INST_RS].n_layers, 1);
	assert_int_equal(k->instrument[INST_PC].n_layers, 1);
	assert_int_equal(k->instrument[INST_SD].n_layers, 0);
	kit_free(k);
}

/* Toms that are only numbered are put in order by note or by ear; the floor tom is the low one. */
static void
toms_are_put_in_order(void **state)
{
	(void)state;
	fixture_drum("low.wav", FIXTURE_TOM, 0);
	fixture_drum("high.wav", FIXTURE_TOM, 40);
	fixture_drum("floor.wav", FIXTURE_TOM, 0);
	fixture_kit("<instrument><name>Tom A</name>" FILE_LAYER(
	    "low.wav", "0",
	    "1") "</instrument><instrument><name>Tom B</name>" FILE_LAYER("high.wav", "0",
									  "1") "</"
									       "instrument><instrument><"
									       "name>Floor "
									       "Tom</name>" FILE_LAYER(
										   "f"
										   "l"
										   "o"
										   "o"
										   "r"
										   "."
										   "w"
										   "a"
										   "v",
										   "0", "1") "</instrument>");
	kit *k = load();
	assert_string_equal(k->instrument[INST_HT].name, "Tom B");
	assert_string_equal(k->instrument[INST_MT].name, "Tom A");
	assert_string_equal(k->instrument[INST_LT].name, "Floor Tom");
	kit_free(k);
}

typedef struct watched {
	uint64_t done, total;
	int calls, stop_after;
	atomic_bool cancel;
} watched;

static void
watch(void *user, uint64_t done, uint64_t total)
{
	watched *w = user;
	assert_true(done >= w->done && done <= total);
	w->done = done;
	w->total = total;
	if (++w->calls == w->stop_after)
		atomic_store(&w->cancel, true);
}

static void
progress_is_told_and_a_stop_obeyed(void **state)
{
	(void)state;
	fixture_sine("a.wav", 48000, 1, 5000, 200.0, 0.5);
	fixture_kit("<instrument><name>Kick</name>" FILE_LAYER("a.wav", "0", "0.5") FILE_LAYER(
	    "a.wav", "0.5",
	    "1") "</instrument><instrument><name>Snare</name>" FILE_LAYER("a.wav", "0", "1") "</instrument>");
	watched w = {.stop_after = -1};
	kit *k;
	kit_load_options o = {.rate = 48000, .progress = watch, .user = &w, .cancel = &w.cancel};
	assert_ok(kit_load_with(fixture_path(""), &o, &k, &test_error));
	kit_free(k);
	assert_int_equal(w.calls, 4);
	assert_true(w.done == w.total && w.total >= 3 * 20000);
	w = (watched){.stop_after = 2};
	assert_int_equal(kit_load_with(fixture_path(""), &o, &k, &test_error), DR_CANCELLED);
	assert_int_equal(w.calls, 2);
	w = (watched){.stop_after = -1, .cancel = true};
	assert_int_equal(kit_load_with(fixture_path(""), &o, &k, &test_error), DR_CANCELLED);
}

/* A document that is a link to somewhere else is not of this kit. */
static void
a_document_elsewhere_is_refused(void **state)
{
	(void)state;
	fixture_sine("a.wav", 48000, 1, 500, 200.0, 0.5);
	fixture_kit("<instrument><name>Kick</name>" FILE_LAYER("a.wav", "0", "1") "</instrument>");
	fixture_folder("kit");
	assert_int_equal(symlink("../drumkit.xml", fixture_path("kit/drumkit.xml")), 0);
	kit *k;
	assert_int_equal(kit_load(fixture_path("kit"), 48000, NULL, NULL, &k, &test_error), DR_BAD_INPUT);
	assert_non_null(strstr(test_error.text, "lies outside"));
}

int
main(void)
{
#define IN_FOLDER(f) cmocka_unit_test_setup_teardown(f, fixture_up, fixture_down)
	const struct CMUnitTest tests[] = {
	    IN_FOLDER(the_first_generation),
	    IN_FOLDER(components_are_mixed),
	    IN_FOLDER(format_version_two),
	    IN_FOLDER(pressure_groups_are_hats),
	    IN_FOLDER(filters_are_heard),
	    IN_FOLDER(a_note_that_many_share_says_nothing),
	    IN_FOLDER(toms_are_put_in_order),
	    IN_FOLDER(progress_is_told_and_a_stop_obeyed),
	    IN_FOLDER(a_document_elsewhere_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

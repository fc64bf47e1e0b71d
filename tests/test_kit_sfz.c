#include "tests/kit_fixture.h"

#include "model/kit_sfz.h"
#include "model/kit_source.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static kit *
load(const char *text)
{
	kit *k;
	fixture_text("kit.sfz", text);
	assert_ok(kit_load(fixture_path("kit.sfz"), 48000, fixture_listen, NULL, &k, &test_error));
	return k;
}

static kit_desc *
parse(const char *text)
{
	kit_warner warner = {.where = "kit.sfz", .fn = fixture_listen};
	kit_desc *d;
	assert_ok(kit_sfz_parse(text, strlen(text), "kit.sfz", NULL, NULL, &warner, &d, &test_error));
	return d;
}

static void
headers_inherit(void **state)
{
	(void)state;
	fixture_folder("Samples");
	fixture_sine("Samples/Kick Soft.wav", 48000, 1, 1000, 200.0, 0.2);
	fixture_sine("Samples/Kick Hard.wav", 48000, 1, 1000, 200.0, 0.8);
	fixture_sine("Samples/x.wav", 48000, 1, 1000, 200.0, 0.5);
	kit *k = load("// a kit\n"
		      "<control> default_path=samples\\ // another case, and backslashes\n"
		      "#define $SNARE 38\n"
		      "<global> volume=-6.0206 pan=50\n"
		      "<master> tune=50\n"
		      "<group> key=c1 pitch_keycenter=c1 transpose=1\n"
		      "<region> sample=kick soft.wav lovel=1 hivel=63\n"
		      "<region> sample=KICK HARD.WAV lovel=64\n"
		      "/* nothing\n here */ <master>\n"
		      "<region> sample=x.wav key=$SNARE offset=100 end=599\n");
	const kit_instrument *bd = &k->instrument[INST_BD], *sd = &k->instrument[INST_SD];
	assert_int_equal(fixture_lines(), 0);
	/* c1 is 24, beyond the notes that are drums; the name says what it is. */
	assert_int_equal(bd->n_layers, 2);
	assert_true(fabsf(bd->layers[0].gain - 0.5f) < 1e-4f && bd->pan == 0.5f);
	assert_true(fabsf(bd->layers[0].pitch - 1.5f) < 1e-5f);
	assert_int_equal(bd->layers[0].velocity_hi, 63);
	assert_int_equal(bd->layers[1].velocity_lo, 64);
	assert_int_equal(sd->n_layers, 1);
	assert_int_equal(sd->layers[0].sample.frames, 500);
	assert_true(fabsf(sd->layers[0].pitch) < 1e-6f);
	kit_free(k);
}

/* What stands in a header is for all that come below it, whatever other headers stand between. */
static void
other_headers_do_not_end_inheritance(void **state)
{
	(void)state;
	static const char *const texts[] = {
	    "<global> volume=-20 <group> key=36 <region> sample=a.wav",
	    "<global> volume=-20 <region> key=36 sample=a.wav",
	    "<global> volume=-20 <master> key=36 <region> sample=a.wav",
	    "<global> volume=-20 <control> note_offset=0 <group> key=36 <region> sample=a.wav",
	    "<global> volume=-20 <curve> curve_index=7 <region> key=36 sample=a.wav",
	    "<master> volume=-20 <effect> bus=main <region> key=36 sample=a.wav",
	    "<group> volume=-20 key=36 <control> note_offset=0 <region> sample=a.wav",
	};
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		kit_desc *d = parse(texts[i]);
		assert_int_equal(d->n_instruments, 1);
		if (fabsf(d->instruments[0].layers[0].gain - 0.1f) > 1e-5f)
			fail_msg("%s: gain %f", texts[i], (double)d->instruments[0].layers[0].gain);
		kit_desc_free(d);
	}
}

static void
texts_from_other_systems(void **state)
{
	(void)state;
	kit_desc *d = parse("\357\273\277<region> key=36 sample=a.wav\r\n\r\nnonsense\r\n");
	assert_string_equal(d->instruments[0].layers[0].file, "a.wav");
	assert_true(fixture_heard("kit.sfz:3: nonsense is not understood"));
	assert_int_equal(fixture_lines(), 1);
	kit_desc_free(d);
}

static void
definitions(void **state)
{
	(void)state;
	kit_desc *d =
	    parse("#define $K 40\n#define $KEY 41\n#define $K 38\n"
		  "<region> key=$K sample=a.wav\n<region> key=$KEY sample=b.wav\n#define K 36\n#nonsense\n");
	assert_int_equal(d->n_instruments, 2);
	assert_int_equal(d->instruments[0].note,
			 38); /* the later one counts; and of names that fit, the longest */
	assert_int_equal(d->instruments[1].note, 41);
	assert_true(fixture_heard("kit.sfz:6: #define K 36 is not understood"));
	assert_true(fixture_heard("kit.sfz:7: #nonsense is not understood"));
	assert_int_equal(fixture_lines(), 2);
	kit_desc_free(d);
}

static void
what_is_too_much_is_refused(void **state)
{
	(void)state;
	const size_t room = 1 << 20;
	char *text = malloc(room), *at = text;
	kit_warner warner = {.where = "kit.sfz", .fn = fixture_listen};
	kit_desc *d;
	assert_non_null(text);
	for (int i = 0; i <= SFZ_MAX_REGIONS; i++)
		at += sprintf(at, "<region> key=36\n");
	assert_int_equal(
	    kit_sfz_parse(text, (size_t)(at - text), "kit.sfz", NULL, NULL, &warner, &d, &test_error),
	    DR_BAD_INPUT);
	assert_non_null(strstr(test_error.text, "kit.sfz:8193: too many regions"));
	at = text;
	for (int i = 0; i < 300; i++)
		at += sprintf(at, "#define $K%d 36\n", i);
	assert_int_equal(
	    kit_sfz_parse(text, (size_t)(at - text), "kit.sfz", NULL, NULL, &warner, &d, &test_error),
	    DR_BAD_INPUT);
	assert_non_null(strstr(test_error.text, "kit.sfz:257: too many #defines"));
	assert_int_equal(
	    kit_sfz_parse(text, SFZ_MAX_BYTES + 1, "kit.sfz", NULL, NULL, &warner, &d, &test_error),
	    DR_BAD_INPUT);
	assert_non_null(strstr(test_error.text, "kit.sfz: too long"));
	free(text);
}

static void
turns_and_dice_select(void **state)
{
	(void)state;
	kit_desc *d =
	    parse("<group> key=36 seq_length=3\n"
		  "<region> sample=c.wav seq_position=3\n<region> sample=a.wav seq_position=1\n"
		  "<region> sample=b.wav seq_position=2\n"
		  "<group> key=38\n<region> sample=a.wav hirand=0.5\n<region> sample=b.wav lorand=0.5\n"
		  "<group> key=42\n<region> sample=a.wav\n");
	assert_int_equal(d->n_instruments, 3);
	assert_int_equal(d->instruments[0].selection, KIT_SELECT_ROUND_ROBIN);
	assert_string_equal(d->instruments[0].layers[0].file, "a.wav");
	assert_string_equal(d->instruments[0].layers[2].file, "c.wav");
	assert_int_equal(d->instruments[1].selection, KIT_SELECT_RANDOM);
	assert_int_equal(d->instruments[1].n_layers, 2);
	assert_int_equal(d->instruments[2].selection, KIT_SELECT_VELOCITY);
	kit_desc_free(d);
}

static void
keys_have_names_and_regions_labels(void **state)
{
	(void)state;
	kit_desc *d = parse("<control> note_offset=12 hint_ram=1\n"
			    "<region> sample=kick.wav key=c1 region_label=thump\n"
			    "<region> sample=snare.wav key=C#1 trigger=attack\n"
			    "<region> sample=clap.wav key=eb1\n"
			    "<region> sample=noise.wav key=c1 trigger=release\n");
	assert_int_equal(d->n_instruments, 3);
	assert_string_equal(d->instruments[0].layers[0].file, "kick.wav");
	assert_int_equal(d->instruments[0].n_layers, 1);
	kit_desc_free(d);
	/* What comes before any header belongs to nothing. */
	d = parse("volume=3\n<region> key=36 sample=kick.wav\n");
	assert_int_equal(d->n_instruments, 1);
	kit_desc_free(d);
}

/* Regions of one key, velocity and turn sound at once. */
static void
what_sounds_together_is_one_layer(void **state)
{
	(void)state;
	kit_desc *d = parse("<group> key=38\n<region> sample=top.wav volume=0\n"
			    "<region> sample=bottom.wav volume=-20 lovel=0 hivel=63\n");
	assert_int_equal(d->instruments[0].n_layers, 2);
	const kit_desc_layer *soft = &d->instruments[0].layers[0], *hard = &d->instruments[0].layers[1];
	assert_int_equal(soft->n_parts, 1);
	assert_string_equal(soft->parts[0].file, "bottom.wav");
	assert_true(fabsf(soft->parts[0].gain - 0.1f) < 1e-5f);
	assert_int_equal(hard->n_parts, 0);
	int lo, hi;
	kit_desc_velocities(hard, &lo, &hi);
	assert_true(lo == 64 && hi == 127);
	kit_desc_free(d);
}

static void
groups_choke(void **state)
{
	(void)state;
	kit_desc *d =
	    parse("<region> sample=ch.wav key=42 group=1\n<region> sample=oh.wav key=46 group=2 off_by=1\n"
		  "<region> sample=ride.wav key=51 group=3\n"
		  "<region> sample=crash.wav key=49 group=4 off_by=4\n");
	assert_true(d->instruments[0].mute_group >= 0);
	assert_int_equal(d->instruments[0].mute_group, d->instruments[1].mute_group);
	assert_int_equal(d->instruments[2].mute_group, -1);
	assert_true(d->instruments[3].mute_group >= 0 &&
		    d->instruments[3].mute_group != d->instruments[0].mute_group);
	kit_desc_free(d);
}

static void
envelopes_are_given_to_the_sample(void **state)
{
	(void)state;
	fixture_sine("a.wav", 48000, 1, 48000, 1000.0, 0.5);
	kit *k = load(
	    "<region> sample=a.wav key=36 pitch_keycenter=36 ampeg_attack=0.1 ampeg_hold=0.1 ampeg_decay=0.3 "
	    "ampeg_sustain=0\n");
	const kit_layer *l = &k->instrument[INST_BD].layers[0];
	float early = 0.0f, held = 0.0f, late = 0.0f;
	for (int i = 0; i < 480; i++) {
		early = fmaxf(early, fabsf(l->sample.channel[0][i]));
		held = fmaxf(held, fabsf(l->sample.channel[0][7000 + i]));
		late = fmaxf(late, fabsf(l->sample.channel[0][9600 + 7200 + i]));
	}
	assert_true(early < 0.06f && held > 0.49f && late < 0.5f * 0.04f);
	assert_true(l->sample.frames < 48000 / 2 + 9600); /* silence is cut off */
	kit_free(k);
}

static void
pans_of_their_own_make_stereo(void **state)
{
	(void)state;
	fixture_sine("a.wav", 48000, 1, 1000, 1000.0, 0.5);
	kit *k = load("<group> key=36 pitch_keycenter=36\n<region> sample=a.wav pan=-100 hivel=63\n"
		      "<region> sample=a.wav pan=100 lovel=64\n");
	const kit_layer *l = k->instrument[INST_BD].layers;
	assert_true(k->instrument[INST_BD].pan == 0.0f);
	assert_non_null(l[0].sample.channel[1]);
	assert_true(fabsf(l[0].sample.channel[1][12]) < 1e-6f && fabsf(l[0].sample.channel[0][12]) > 0.5f);
	assert_true(fabsf(l[1].sample.channel[0][12]) < 1e-6f);
	kit_free(k);
}

static void
faults_name_file_and_line(void **state)
{
	(void)state;
	fixture_sine("a.wav", 48000, 1, 1000, 1000.0, 0.5);
	kit *k =
	    load("<region> sample=a.wav\nkey=36 volume=loud\nlovel=300 cutoff=100 fil_type=lpf_2p cutoff=2\n"
		 "nonsense\n<what>\n<region> sample=../a.wav key=38\n<region> sample=gone.wav key=42\n"
		 "#include \"/etc/passwd\"\n<region\n");
	static const char *const said[] = {"kit.sfz:2: volume=loud is no number",
					   "kit.sfz:3: lovel=300 is out of range; 127",
					   "kit.sfz:4: nonsense",
					   "kit.sfz:5: unknown header <what>",
					   "../a.wav: lies outside",
					   "gone.wav: No such file",
					   "kit.sfz:8: #include",
					   "kit.sfz:9: a header without",
					   "3 opcodes of 2 kinds are not used: cutoff, fil_type"};
	for (size_t i = 0; i < sizeof said / sizeof *said; i++)
		if (!fixture_heard(said[i]))
			fail_msg("not said: %s", said[i]);
	assert_int_equal(fixture_lines(), sizeof said / sizeof *said);
	assert_int_equal(k->instrument[INST_BD].n_layers, 1);
	kit_free(k);
	fixture_text("kit.sfz", "nothing here\n");
	assert_int_equal(kit_load(fixture_path("kit.sfz"), 48000, NULL, NULL, &k, &test_error), DR_BAD_INPUT);
	assert_non_null(strstr(test_error.text, "kit.sfz: no <region>"));
}

static void
includes_stay_inside_and_end(void **state)
{
	(void)state;
	fixture_sine("a.wav", 48000, 1, 1000, 1000.0, 0.5);
	fixture_text("keys.sfz", "#define $BD 36\n#include \"keys.sfz\"\n#include \"keys.sfz\"\n");
	kit *k = load("#include \"keys.sfz\"\n<region> sample=a.wav key=$BD pitch_keycenter=$BD\n");
	assert_int_equal(k->instrument[INST_BD].n_layers, 1);
	assert_true(fixture_heard("is not followed"));
	kit_free(k);
}

/* A pack with its programs in one folder and its samples in another: the folder of both is the kit. */
static void
samples_may_lie_beside_the_programs(void **state)
{
	(void)state;
	fixture_folder("pack");
	fixture_folder("pack/Programs");
	fixture_folder("pack/Samples");
	fixture_folder("pack/Samples/deep");
	fixture_sine("pack/Samples/deep/kick.wav", 48000, 1, 1000, 200.0, 0.5);
	fixture_sine("secret.wav", 48000, 1, 1000, 200.0, 0.5);
	fixture_text("pack/Programs/one.sfz", "<region> sample=..\\Samples\\.\\x\\..\\deep\\kick.wav key=36 "
					      "pitch_keycenter=36\n"
					      "<region> sample=../../secret.wav key=38\n"
					      "<region> sample=../Samples/../../secret.wav key=42\n");
	kit *k;
	assert_ok(kit_load(fixture_path("pack"), 48000, fixture_listen, NULL, &k, &test_error));
	assert_int_equal(k->instrument[INST_BD].n_layers, 1);
	assert_int_equal(k->instrument[INST_SD].n_layers, 0);
	assert_int_equal(fixture_lines(), 2);
	assert_true(fixture_heard("../secret.wav: lies outside"));
	kit_free(k);
	/* The program alone may not leave its own folder. */
	assert_int_equal(kit_load(fixture_path("pack/Programs/one.sfz"), 48000, NULL, NULL, &k, &test_error),
			 DR_BAD_INPUT);
}

static void
the_pedal_is_a_controller(void **state)
{
	(void)state;
	kit_desc *d =
	    parse("<region> sample=x1.wav key=46 locc4=0 hicc4=63\n<region> sample=x2.wav key=46 locc4=64\n");
	assert_int_equal(d->n_instruments, 2);
	assert_int_equal(d->instruments[0].hat_group, d->instruments[1].hat_group);
	assert_int_equal(d->instruments[0].pedal_hi, 63);
	assert_int_equal(d->instruments[1].pedal_lo, 64);
	kit_desc_free(d);
}

static void
velocities_come_out_as_they_went_in(void **state)
{
	(void)state;
	for (int lo = 1; lo <= 127; lo++)
		for (int hi = lo; hi <= 127; hi++) {
			kit_desc_layer l;
			int lo2, hi2;
			kit_desc_set_velocities(&l, lo, hi);
			kit_desc_velocities(&l, &lo2, &hi2);
			assert_true(lo == lo2 && hi == hi2);
		}
}

int
main(void)
{
#define IN_FOLDER(f) cmocka_unit_test_setup_teardown(f, fixture_up, fixture_down)
	const struct CMUnitTest tests[] = {
	    IN_FOLDER(headers_inherit),
	    IN_FOLDER(other_headers_do_not_end_inheritance),
	    IN_FOLDER(texts_from_other_systems),
	    IN_FOLDER(definitions),
	    IN_FOLDER(what_is_too_much_is_refused),
	    IN_FOLDER(turns_and_dice_select),
	    IN_FOLDER(keys_have_names_and_regions_labels),
	    IN_FOLDER(what_sounds_together_is_one_layer),
	    IN_FOLDER(groups_choke),
	    IN_FOLDER(envelopes_are_given_to_the_sample),
	    IN_FOLDER(pans_of_their_own_make_stereo),
	    IN_FOLDER(faults_name_file_and_line),
	    IN_FOLDER(includes_stay_inside_and_end),
	    IN_FOLDER(samples_may_lie_beside_the_programs),
	    IN_FOLDER(the_pedal_is_a_controller),
	    cmocka_unit_test(velocities_come_out_as_they_went_in),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

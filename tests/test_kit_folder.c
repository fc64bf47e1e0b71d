#include "tests/kit_fixture.h"

#include "model/kit_ear.h"
#include "model/kit_folder.h"
#include "model/kit_source.h"
#include "model/kit_words.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

static void
spellings(void **state)
{
	(void)state;
	static const struct {
		const char *name;
		int what;
	} cases[] = {
	    {"bd.wav", INST_BD},
	    {"BD0025.WAV", INST_BD},
	    {"808bd.wav", INST_BD},
	    {"Kick_03.aif", INST_BD},
	    {"KickDrum-Deep.wav", INST_BD},
	    {"bass drum 2.flac", INST_BD},
	    {"TR909Kik.wav", INST_BD},
	    {"SD 7.wav", INST_SD},
	    {"snr-tight.wav", INST_SD},
	    {"My Snare (rock).wav", INST_SD},
	    {"Clap01.wav", INST_CP},
	    {"handclap.ogg", INST_CP},
	    {"RIM127.WAV", INST_RS},
	    {"Side-Stick.wav", INST_RS},
	    {"snare_rim.wav", INST_RS},
	    {"hh closed.wav", INST_CH},
	    {"HHC.wav", INST_CH},
	    {"ClosedHat2.wav", INST_CH},
	    {"chh_1.wav", INST_CH},
	    {"Hi-Hat Closed 4.wav", INST_CH},
	    {"OHH.wav", INST_OH},
	    {"open_hihat.wav", INST_OH},
	    {"Hat 1 Op.wav", INST_OH},
	    {"tom_lo.wav", INST_LT},
	    {"FloorTom.wav", INST_LT},
	    {"Tom Mid.wav", INST_MT},
	    {"HiTom.wav", INST_HT},
	    {"tomhi2.wav", INST_HT},
	    {"crash16inch.flac", INST_CC},
	    {"Splash.wav", INST_CC},
	    {"ride_bell.wav", INST_RC},
	    {"CB.wav", INST_PC},
	    {"Conga Hi.wav", INST_PC},
	    {"shaker-3.wav", INST_PC},
	    {"hat.wav", WORDS_HAT},
	    {"tom.wav", WORDS_TOM},
	    {"Cymbal.wav", WORDS_CYMBAL},
	    {"kick loop 120bpm.wav", WORDS_NO_DRUM},
	    {"snare roll.wav", WORDS_NO_DRUM},
	    {"bass_c2.wav", WORDS_NO_DRUM},
	    {"zorp.wav", WORDS_NOTHING},
	    {"Kicks/01.wav", INST_BD},
	    {"Drums/Hats/Closed/x3.wav", WORDS_HAT},
	    {"Snares\\a.wav", INST_SD},
	    {"", WORDS_NOTHING},
	    {"///", WORDS_NOTHING},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		kit_words w;
		kit_words_read_path(cases[i].name, &w);
		if (w.what != cases[i].what)
			fail_msg("%s: taken for %d", cases[i].name, w.what);
		assert_true(w.sure >= 0.0f && w.sure <= 1.0f);
	}
}

static void
layers_and_takes_in_names(void **state)
{
	(void)state;
	static const struct {
		const char *name, *stem;
		int velocity, take, marked;
	} cases[] = {
	    {"snare soft.wav", "snare", 2, -1, 0},
	    {"Snare_Hard_rr2.wav", "snare", 6, 2, 1},
	    {"kick_v3.wav", "kick", 4, -1, 0},
	    {"kick 07.wav", "kick", 0, 7, 0},
	    {"kick mf take 4.wav", "kick", 5, 4, 1},
	    {"Kick 808.wav", "kick 808", 0, -1, 0},
	    {"01.wav", "01", 0, -1, 0},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		kit_words w;
		kit_words_read_path(cases[i].name, &w);
		assert_string_equal(w.stem, cases[i].stem);
		assert_int_equal(w.velocity, cases[i].velocity);
		assert_int_equal(w.take, cases[i].take);
		assert_int_equal(w.takes_marked, cases[i].marked);
	}
}

static kit *
load(void)
{
	kit *k;
	assert_ok(kit_load(fixture_path("pack"), 48000, fixture_listen, NULL, &k, &test_error));
	return k;
}

static void
names_and_folders_place(void **state)
{
	(void)state;
	fixture_folder("pack");
	fixture_folder("pack/Kicks");
	fixture_folder("pack/.hidden");
	fixture_drum("pack/Kicks/zorp.wav", FIXTURE_KICK, 0);
	fixture_drum("pack/.hidden/clap.wav", FIXTURE_SNARE, 0);
	fixture_drum("pack/snare soft.wav", FIXTURE_SNARE, 0);
	fixture_drum("pack/snare hard.flac", FIXTURE_SNARE, 1);
	fixture_drum("pack/CHH rr1.wav", FIXTURE_HAT, 0);
	fixture_drum("pack/CHH rr2.wav", FIXTURE_HAT, 1);
	fixture_drum("pack/open hat.wav", FIXTURE_OPEN_HAT, 0);
	fixture_text("pack/notes.txt", "no sample");
	fixture_text("pack/rim.wav", "no sample either");
	kit *k = load();
	assert_int_equal(k->instrument[INST_BD].n_layers, 1);
	assert_int_equal(k->instrument[INST_CP].n_layers, 0);
	const kit_instrument *sd = &k->instrument[INST_SD];
	assert_int_equal(sd->n_layers, 2);
	assert_int_equal(sd->layers[0].velocity_hi, 63);
	assert_int_equal(sd->layers[1].velocity_hi, 127);
	assert_int_equal(sd->selection, KIT_SELECT_VELOCITY);
	assert_int_equal(k->instrument[INST_CH].n_layers, 2);
	assert_int_equal(k->instrument[INST_CH].selection, KIT_SELECT_ROUND_ROBIN);
	assert_true(k->instrument[INST_CH].choke_group >= 0);
	assert_int_equal(k->instrument[INST_CH].choke_group, k->instrument[INST_OH].choke_group);
	assert_int_equal(fixture_lines(), 1);
	assert_true(fixture_heard("rim.wav: no audio file"));
	kit_free(k);
}

/* Bare numbers are takes where they sound alike and are few; otherwise one of them is chosen. */
static void
numbers_are_takes_or_a_choice(void **state)
{
	(void)state;
	char name[64];
	fixture_folder("pack");
	for (int i = 1; i <= 3; i++) {
		snprintf(name, sizeof name, "pack/tom %d.wav", i);
		fixture_drum(name, FIXTURE_TOM, (unsigned)i % 2);
	}
	fixture_drum("pack/snare 1.wav", FIXTURE_SNARE, 0);
	fixture_drum("pack/snare 2.wav", FIXTURE_TOM, 9);
	for (int i = 0; i < 30; i++) {
		snprintf(name, sizeof name, "pack/kick_%02d.wav", i);
		fixture_drum(name, FIXTURE_KICK, 0);
	}
	kit *k = load();
	assert_int_equal(k->instrument[INST_BD].n_layers, 1);
	assert_int_equal(k->instrument[INST_MT].n_layers, 3);
	assert_int_equal(k->instrument[INST_MT].selection, KIT_SELECT_ROUND_ROBIN);
	assert_int_equal(k->instrument[INST_SD].n_layers, 1);
	/* And the one that is chosen sounds like a snare. */
	assert_string_equal(k->instrument[INST_SD].name, "snare 1");
	kit_free(k);
}

static void
what_names_do_not_tell_is_heard(void **state)
{
	(void)state;
	fixture_folder("pack");
	fixture_drum("pack/a.wav", FIXTURE_KICK, 0);
	fixture_drum("pack/b.wav", FIXTURE_HAT, 0);
	kit_warner warner = {.where = "pack"};
	kit_source s;
	assert_ok(kit_source_open(fixture_path("pack"), &(kit_load_options){.rate = 48000}, &warner, &s,
				  &test_error));
	assert_int_equal(s.desc->n_instruments, 2);
	assert_int_equal(s.desc->instruments[0].place, INST_BD);
	assert_int_equal(s.desc->instruments[1].place, INST_CH);
	assert_int_equal(s.desc->instruments[0].why, KIT_BY_EAR);
	assert_true(s.desc->instruments[0].sure > 0.4f && s.desc->instruments[0].sure <= 1.0f);
	kit_source_close(&s);
}

/* The figures are of the sound, not of its level, its rate or the silence before it. */
static void
the_ear_hears_the_same_in_any_form(void **state)
{
	(void)state;
	static float x[2 * 50000], y[2 * 100000];
	for (int i = 0; i < 24000; i++)
		x[i] = (float)(sin(2.0 * M_PI * 100.0 * i / 48000) * exp(-i / 6000.0));
	for (int i = 0; i < 48000; i++)
		y[2 * (i + 9600)] = y[2 * (i + 9600) + 1] =
		    0.01f * (float)(sin(2.0 * M_PI * 100.0 * i / 96000) * exp(-i / 12000.0));
	ear_figures a, b;
	assert_true(ear_measure(x, 24000, 1, 48000, &a));
	assert_true(ear_measure(y, 57600, 2, 96000, &b));
	for (int i = 0; i < EAR_FIGURES; i++) {
		/* Decibels, and an attack in whole steps of 3 ms, are coarser than octaves. */
		const bool coarse = i == EAR_ATTACK || i == EAR_TONE || (i >= EAR_BAND_1 && i <= EAR_SUB);
		if (i != EAR_FLATNESS && fabsf(a.at[i] - b.at[i]) > (coarse ? 1.01f : 0.35f))
			fail_msg("figure %d: %f and %f", i, (double)a.at[i], (double)b.at[i]);
	}
	assert_true(fabsf(a.at[EAR_PITCH] - log2f(100.0f)) < 0.1f);
	float p[INSTRUMENTS], sum = 0.0f;
	ear_guess(&a, p);
	for (int i = 0; i < INSTRUMENTS; i++)
		sum += p[i];
	assert_true(fabsf(sum - 1.0f) < 1e-5f);
	const float silence[64] = {0.0f};
	assert_false(ear_measure(silence, 64, 1, 48000, &a));
	assert_false(ear_measure(silence, 1, 1, 8000, &a));
	const float click[3] = {0.0f, 1.0f, 0.0f};
	assert_true(ear_measure(click, 3, 1, 192000, &a));
	ear_guess(&a, p);
	assert_true(p[0] >= 0.0f);
}

/* Of a library, the first four thousand files; of an instrument, as many takes as it may have. Both are told.
 */
static void
libraries_are_bounded(void **state)
{
	(void)state;
	kit_warner warner = {.where = "pack", .fn = fixture_listen};
	kit_desc *d;
	char name[64];
	fixture_folder("pack");
	fixture_drum("pack/snare rr0.wav", FIXTURE_SNARE, 0);
	for (int i = 1; i < KIT_MAX_LAYERS + 2; i++) {
		snprintf(name, sizeof name, "pack/snare rr%d.wav", i);
		assert_int_equal(link(fixture_path("pack/snare rr0.wav"), fixture_path(name)), 0);
	}
	assert_ok(kit_folder_read(fixture_path("pack"), NULL, NULL, &warner, &d, &test_error));
	assert_int_equal(d->n_instruments, 1);
	assert_int_equal(d->instruments[0].n_layers, KIT_MAX_LAYERS);
	assert_int_equal(fixture_lines(), 1);
	assert_true(fixture_heard("snare rr0.wav and its like: only 128 of 130 are used"));
	kit_desc_free(d);
	for (int i = 0; i < FOLDER_MAX_FILES - KIT_MAX_LAYERS - 2; i++) {
		snprintf(name, sizeof name, "pack/zorp %da.wav", i);
		assert_int_equal(link(fixture_path("pack/snare rr0.wav"), fixture_path(name)), 0);
	}
	assert_ok(kit_folder_read(fixture_path("pack"), NULL, NULL, &warner, &d, &test_error));
	assert_int_equal(d->n_instruments, 1 + FOLDER_MAX_FILES - KIT_MAX_LAYERS - 2);
	assert_false(fixture_heard("only the first"));
	kit_desc_free(d);
	assert_int_equal(link(fixture_path("pack/snare rr0.wav"), fixture_path("pack/one more.wav")), 0);
	assert_ok(kit_folder_read(fixture_path("pack"), NULL, NULL, &warner, &d, &test_error));
	assert_true(fixture_heard("only the first 4000 samples are looked at"));
	kit_desc_free(d);
}

static void
depths_are_bounded(void **state)
{
	(void)state;
	kit_warner warner = {.where = "pack", .fn = fixture_listen};
	kit_desc *d;
	char path[64] = "pack";
	fixture_folder(path);
	for (int i = 0; i <= FOLDER_MAX_DEPTH; i++) {
		char file[80];
		snprintf(file, sizeof file, "%s/zorp%da.wav", path, i);
		fixture_text(file, "");
		strcat(path, "/x");
		fixture_folder(path);
	}
	strcat(path, "/zorp.wav");
	fixture_text(path, "");
	assert_ok(kit_folder_read(fixture_path("pack"), NULL, NULL, &warner, &d, &test_error));
	assert_int_equal(d->n_instruments, FOLDER_MAX_DEPTH + 1);
	kit_desc_free(d);
}

/* A folder that cannot be looked into is told by name, and the rest plays. */
static void
a_closed_folder_is_told(void **state)
{
	(void)state;
	kit_warner warner = {.where = "pack", .fn = fixture_listen};
	kit_desc *d;
	struct rlimit before, none;
	fixture_folder("pack");
	fixture_folder("pack/Kicks");
	fixture_text("pack/Kicks/a.wav", "");
	fixture_text("pack/snare.wav", "");
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	const int next = dup(0);
	none = before;
	none.rlim_cur = (rlim_t)next + 1; /* room for one more: the pack itself */
	close(next);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	const dr_status status = kit_folder_read(fixture_path("pack"), NULL, NULL, &warner, &d, &test_error);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	assert_int_equal(status, DR_OK);
	assert_int_equal(d->n_instruments, 1);
	assert_true(fixture_heard("Kicks: Too many open files"));
	assert_int_equal(fixture_lines(), 1);
	kit_desc_free(d);
}

static void
nothing_outside_is_found(void **state)
{
	(void)state;
	fixture_folder("pack");
	fixture_folder("other");
	fixture_drum("other/snare.wav", FIXTURE_SNARE, 0);
	fixture_drum("pack/kick.wav", FIXTURE_KICK, 0);
	assert_int_equal(symlink("../other/snare.wav", fixture_path("pack/snare.wav")), 0);
	assert_int_equal(symlink("../other", fixture_path("pack/more")), 0);
	kit *k = load();
	assert_int_equal(k->instrument[INST_SD].n_layers, 0);
	assert_int_equal(k->instrument[INST_BD].n_layers, 1);
	assert_true(fixture_heard("snare.wav: lies outside"));
	kit_free(k);
	fixture_folder("empty");
	assert_int_equal(kit_load(fixture_path("empty"), 48000, NULL, NULL, &k, &test_error), DR_BAD_INPUT);
	assert_non_null(strstr(test_error.text, "no samples in it"));
}

int
main(void)
{
#define IN_FOLDER(f) cmocka_unit_test_setup_teardown(f, fixture_up, fixture_down)
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(spellings),
	    cmocka_unit_test(layers_and_takes_in_names),
	    IN_FOLDER(names_and_folders_place),
	    IN_FOLDER(numbers_are_takes_or_a_choice),
	    IN_FOLDER(what_names_do_not_tell_is_heard),
	    cmocka_unit_test(the_ear_hears_the_same_in_any_form),
	    IN_FOLDER(libraries_are_bounded),
	    IN_FOLDER(depths_are_bounded),
	    IN_FOLDER(a_closed_folder_is_told),
	    IN_FOLDER(nothing_outside_is_found),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "tests/kit_fixture.h"

#include "app/commands.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static char said[65536], complained[65536];

static void
slurp(const char *name, char *into, size_t size)
{
	FILE *f = fopen(fixture_path(name), "r");
	assert_non_null(f);
	into[fread(into, 1, size - 1, f)] = '\0';
	fclose(f);
}

/* Runs the command with its output caught in files of the test's folder. */
static int
run(const char *verb, const char *path)
{
	char kit_name[] = "kit";
	char *argv[] = {kit_name, (char *)(uintptr_t)verb, (char *)(uintptr_t)path, NULL};
	fflush(NULL);
	const int out = dup(STDOUT_FILENO), err = dup(STDERR_FILENO);
	assert_non_null(freopen(fixture_path("out.txt"), "w", stdout));
	assert_non_null(freopen(fixture_path("err.txt"), "w", stderr));
	const int code = cmd_kit(1 + (verb != NULL) + (path != NULL), argv);
	fflush(NULL);
	dup2(out, STDOUT_FILENO);
	dup2(err, STDERR_FILENO);
	close(out);
	close(err);
	slurp("out.txt", said, sizeof said);
	slurp("err.txt", complained, sizeof complained);
	return code;
}

static void
shipped_kits_have_neither_faults_nor_remarks(void **state)
{
	(void)state;
	static const char *const kits[] = {
	    DRUMLIN_SOURCE_DATADIR "/kits/basalt", DRUMLIN_SOURCE_DATADIR "/kits/larch",
	    DRUMLIN_SOURCE_DATADIR "/kits/moraine", DRUMLIN_SOURCE_DATADIR "/kits/slag"};
	for (int i = 0; i < 4; i++) {
		assert_int_equal(run("check", kits[i]), 0);
		assert_non_null(strstr(said, "12 of 12 instruments"));
		assert_non_null(strstr(said, "0 faults, 0 remarks"));
		assert_string_equal(complained, "");
		assert_int_equal(run("info", kits[i]), 0);
		assert_non_null(strstr(said, "CH-2b.flac"));
		assert_non_null(strstr(said, "in turn"));
	}
}

static void
faults_are_named_and_end_with_three(void **state)
{
	(void)state;
	fixture_sine("loud.wav", 48000, 1, 100, 12000.0, 1.5);
	fixture_kit("<instrument><name>BD</name><layer><filename>gone.wav</filename></layer>"
		    "<layer><filename>loud.wav</filename></layer></instrument>"
		    "<instrument><name>Kick 2</name><midiOutNote>36</midiOutNote>"
		    "<layer><filename>loud.wav</filename></layer></instrument>"
		    "<instrument><name>Voice</name><midiOutNote>100</midiOutNote>"
		    "<layer><filename>loud.wav</filename></layer></instrument>");
	assert_int_equal(run("check", fixture_path("")), 3);
	assert_non_null(strstr(complained, "gone.wav: No such file"));
	assert_non_null(strstr(said, "loud.wav goes over full scale (3.5 dBFS)"));
	assert_non_null(strstr(said, "1 faults"));
	assert_int_equal(run("info", fixture_path("")), 0);
	assert_non_null(strstr(said, "gone.wav                     not usable"));
	assert_non_null(strstr(said, "another instrument plays BD"));
	assert_non_null(strstr(said, "is none of the twelve"));
	assert_non_null(strstr(said, "SD  (silent)"));
}

/* Where, why, how sure; and what a map changes. */
static void
info_says_why(void **state)
{
	(void)state;
	fixture_sine("a.wav", 48000, 1, 1000, 200.0, 0.5);
	fixture_kit("<instrument><name>Kick</name><layer><filename>a.wav</filename></layer></instrument>"
		    "<instrument><name>Thing</name><midiOutNote>38</midiOutNote><layer><filename>a.wav</"
		    "filename></layer>"
		    "</instrument>");
	assert_int_equal(run("info", fixture_path("")), 0);
	assert_non_null(strstr(said, "Hydrogen, 2 of 12 instruments"));
	assert_non_null(strstr(said, "silent: CP RS CH OH LT MT HT CC RC PC"));
	assert_non_null(strstr(said, "[name, 96 %]"));
	assert_non_null(strstr(said, "note 38 [note, 90 %]"));
	fixture_text("drumlin.kitmap", "CP = instrument Thing\n");
	assert_int_equal(run("info", fixture_path("")), 0);
	assert_non_null(strstr(said, "CP  Thing"));
	assert_non_null(strstr(said, "[map, 100 %]"));
	assert_int_equal(run("check", "--map"), 2);
	assert_int_equal(run("check", "--colour"), 2);
	assert_int_equal(run("check", "--usable"), 2); /* no kit is named */
}

static void
what_is_no_kit_ends_with_three(void **state)
{
	(void)state;
	fixture_text("drumkit.xml", "<drumkit_info/>");
	assert_int_equal(run("check", fixture_path("")), 3);
	assert_int_equal(run("info", "no-such-kit"), 3);
	assert_non_null(strstr(complained, "no-such-kit"));
}

static void
wrong_usage_ends_with_two_and_help_with_none(void **state)
{
	(void)state;
	assert_int_equal(run(NULL, NULL), 2);
	assert_int_equal(run("info", NULL), 2);
	assert_int_equal(run("blend", "x"), 2);
	assert_non_null(strstr(complained, "--help"));
	assert_int_equal(run("--help", NULL), 0);
	assert_non_null(strstr(said, "Usage:"));
}

int
main(void)
{
#define IN_FOLDER(f) cmocka_unit_test_setup_teardown(f, fixture_up, fixture_down)
	const struct CMUnitTest tests[] = {
	    IN_FOLDER(shipped_kits_have_neither_faults_nor_remarks),
	    IN_FOLDER(faults_are_named_and_end_with_three),
	    IN_FOLDER(info_says_why),
	    IN_FOLDER(what_is_no_kit_ends_with_three),
	    IN_FOLDER(wrong_usage_ends_with_two_and_help_with_none),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

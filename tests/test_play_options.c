#include "tests/test.h"

#include "app/play_options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WORDS = 48 };

/* Splits the words at blanks; they stay until the next call. */
static dr_status
parse(const char *words, play_options *o)
{
	static char text[1024];
	static char *argv[WORDS + 1];
	int argc = 0;
	snprintf(text, sizeof text, "drumlin %s", words);
	for (char *word = strtok(text, " "); word; word = strtok(NULL, " ")) {
		assert_true(argc < WORDS);
		argv[argc++] = word;
	}
	argv[argc] = NULL;
	return play_options_parse(o, argc, argv, &test_error);
}

static void
nothing_given_is_the_usual(void **state)
{
	(void)state;
	play_options o;
	assert_ok(parse("", &o));
	assert_true(o.osc_port == 9770 && o.connect && !o.start && !o.plain && !o.help);
	assert_true(!o.osc_bind && !o.osc_token && !o.device && !o.midi_out && !o.session && !o.record_to);
	assert_true(o.n_osc_allow == 0 && o.n_maps == 0 && o.music.n_kits == 0);
}

static void
every_option_has_its_place(void **state)
{
	(void)state;
	play_options o;
	assert_ok(
	    parse("--backend none --osc-port 9771 --osc-bind 0.0.0.0 --osc-allow 10.0.0.0/8 --osc-allow=::1 "
		  "--osc-token hunter2 --start --plain --no-connect --midi-out all --map gm --map my.map "
		  "--session last --record-to /tmp/takes --device hw:1 --rate 44100 --tempo 131 --kit slag",
		  &o));
	assert_int_equal(o.backend, BACKEND_NONE);
	assert_true(o.osc_port == 9771 && o.rate == 44100);
	assert_string_equal(o.osc_bind, "0.0.0.0");
	assert_int_equal(o.n_osc_allow, 2);
	assert_string_equal(o.osc_allow[0], "10.0.0.0/8");
	assert_string_equal(o.osc_allow[1], "::1");
	assert_string_equal(o.osc_token, "hunter2");
	assert_true(o.start && o.plain && !o.connect && !o.help);
	assert_string_equal(o.midi_out, "all");
	assert_int_equal(o.n_maps, 2);
	assert_string_equal(o.map[0], "gm");
	assert_string_equal(o.map[1], "my.map");
	assert_string_equal(o.session, "last");
	assert_string_equal(o.record_to, "/tmp/takes");
	assert_string_equal(o.device, "hw:1");
	assert_true(o.music.given[PARAM_TEMPO] && o.music.value[PARAM_TEMPO] == 131.0f);
	assert_int_equal(o.music.n_kits, 1);
	assert_ok(parse("--help", &o));
	assert_true(o.help);
	assert_ok(parse("-h --start", &o));
	assert_true(o.help && o.start);
}

/* What play and render share. */
static void
the_music_has_its_options(void **state)
{
	(void)state;
	play_options o;
	assert_ok(parse("--style dub --style-3 acid --kit a --kit b --model tcn --int8 --primer techno/anvil "
			"--metre 7/8 --delay-time 1/8D --swing 0.5 --kit-x=1",
			&o));
	assert_string_equal(o.music.style, "dub");
	assert_true(!o.music.style_corner[0] && strcmp(o.music.style_corner[1], "acid") == 0);
	assert_int_equal(o.music.n_kits, 2);
	assert_string_equal(o.music.kit[1], "b");
	assert_string_equal(o.music.model, "tcn");
	assert_string_equal(o.music.primer, "techno/anvil");
	assert_true(o.music.int8);
	assert_true(o.music.given[PARAM_METRE] &&
		    o.music.value[PARAM_METRE] == (float)param_choice(PARAM_METRE, "7/8"));
	assert_true(o.music.given[PARAM_DELAY_TIME] &&
		    o.music.value[PARAM_DELAY_TIME] == (float)param_choice(PARAM_DELAY_TIME, "1/8D"));
	assert_true(o.music.value[PARAM_SWING] == 0.5f && o.music.value[PARAM_KIT_X] == 1.0f);
	assert_false(o.music.given[PARAM_TEMPO]);
}

static void
faults_name_the_option(void **state)
{
	(void)state;
	static const struct {
		const char *words, *said;
	} cases[] = {
	    {"--backend cassette", "cassette"},
	    {"--osc-port seven", "--osc-port seven: not a number"},
	    {"--osc-port 65536", "--osc-port 65536: must lie between 0 and 65535"},
	    {"--osc-port -1", "--osc-port -1: must lie"},
	    {"--rate 7999", "--rate 7999: must lie between 8000 and 192000"},
	    {"--rate 48k", "--rate 48k: not a number"},
	    {"--osc-token abc", "--osc-token: 4 to 63 characters"},
	    {"--osc-token sec/ret", "--osc-token: 4 to 63"},
	    {"--osc-token 1234567890123456789012345678901234567890123456789012345678901234",
	     "--osc-token: 4"},
	    {"--tempo 19", "--tempo 19: must lie between 20 and 300"},
	    {"--density 1e999", "--density 1e999: not a number"},
	    {"--metre 9/4", "--metre 9/4: must be one of 4/4"},
	    {"--kit a --kit b --kit c --kit d --kit e", "--kit e: there are only four corners"},
	    {"--session", "option --session needs a value"},
	    {"--start --map", "option --map needs a value"},
	    {"--start=yes", "option --start=yes takes no value"},
	    {"--starts", "unknown option --starts"},
	    {"--osc", "unknown option --osc"}, /* of several it could be */
	    {"-x", "unknown option -x"},
	    {"--start -xh", "unknown option -xh"},
	    {"-hx --start", "unknown option -hx"},
	    {"--plain -tx", "unknown option -tx"},
	    {"-\303\251t\303\251", "unknown option -\303\251t\303\251"},
	    {"basalt", "unexpected argument basalt"},
	    {"--start -- --plain", "unexpected argument --plain"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		play_options o;
		assert_int_equal(parse(cases[i].words, &o), DR_USAGE);
		if (strncmp(test_error.text, cases[i].said, strlen(cases[i].said)) != 0 &&
		    !(i == 0 && strstr(test_error.text, cases[i].said)))
			fail_msg("%s: %s", cases[i].words, test_error.text);
	}
}

/* As many as there is room for, and one more. */
static void
lists_are_bounded(void **state)
{
	(void)state;
	static const char *const option[] = {"--map", "--osc-allow"};
	static const char *const said[] = {"--map x16: more than 16 maps",
					   "--osc-allow x16: no more than 16"};
	for (int k = 0; k < 2; k++) {
		char words[512];
		play_options o;
		size_t used = 0;
		for (int i = 0; i < 16; i++)
			used += (size_t)snprintf(words + used, sizeof words - used, "%s x%d ", option[k], i);
		assert_ok(parse(words, &o));
		assert_int_equal(k ? o.n_osc_allow : o.n_maps, 16);
		assert_string_equal(k ? o.osc_allow[15] : o.map[15], "x15");
		snprintf(words + used, sizeof words - used, "%s x16", option[k]);
		assert_int_equal(parse(words, &o), DR_USAGE);
		assert_non_null(strstr(test_error.text, said[k]));
	}
}

/* What the help promises is there: each --name in it is taken, with a value or without. */
static void
the_help_is_true(void **state)
{
	(void)state;
	char *text = NULL, *rest;
	size_t size = 0;
	FILE *f = open_memstream(&text, &size);
	int n = 0;
	assert_non_null(f);
	play_options_help(f);
	fclose(f);
	rest = text;
	for (char *line; (line = strsep(&rest, "\n"));) {
		char name[64], words[80];
		play_options o;
		if (sscanf(line, "  --%63[a-z0-9-]", name) != 1)
			continue;
		snprintf(words, sizeof words, "--%s", name);
		if (parse(words, &o) != DR_OK && !strstr(test_error.text, "needs a value"))
			fail_msg("%s", test_error.text);
		n++;
	}
	assert_true(n > 20);
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_music_has_its_options),  cmocka_unit_test(nothing_given_is_the_usual),
	    cmocka_unit_test(every_option_has_its_place), cmocka_unit_test(faults_name_the_option),
	    cmocka_unit_test(lists_are_bounded),          cmocka_unit_test(the_help_is_true),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

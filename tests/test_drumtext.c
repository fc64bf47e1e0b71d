#include "tests/test.h"

#include "model/corpus.h"
#include "model/drumtext.h"
#include "tests/files.h"

static pattern p;
static drumtext_head head;

static dr_status
parse(const char *text)
{
	return drumtext_parse(text, strlen(text), "x.drum", &head, &p, &test_error);
}

/* The text is refused with exactly that line. */
static void
refused(const char *text, const char *line)
{
	assert_int_equal(parse(text), DR_BAD_INPUT);
	assert_string_equal(test_error.text, line);
	assert_null(p.step);
	assert_null(p.path);
}

static const step_hit *
at(int step, int instrument)
{
	return &p.step[step].hit[instrument];
}

static void
head_lines_and_characters(void **state)
{
	(void)state;
	assert_ok(parse("\xef\xbb\xbf# heading\r\n"
			"name: Rust Belt, verse # not the name\r\n"
			"style: techno/hard\r\n"
			"Family : rust\r\n"
			"tempo: 132.5\r\n"
			"fill: yes\r\n"
			"\r\n"
			"BD  X... x... o... -... | %\r\n"
			"ch  |..2...3...4.....|"));
	assert_string_equal(head.name, "Rust Belt, verse");
	assert_string_equal(head.style, "techno/hard");
	assert_string_equal(head.family, "rust");
	assert_string_equal(p.own_style, "techno");
	assert_string_equal(p.path, "x.drum");
	assert_float_equal(p.tempo, 132.5f, 1e-4f);
	assert_int_equal(p.fill, 1);
	assert_int_equal(p.style, -1);
	assert_int_equal(p.bar_len, 16);
	assert_int_equal(p.source_bars, 2);
	assert_int_equal(p.n_steps, 64);
	static const int velocity[4] = {DRUMTEXT_ACCENT, DRUMTEXT_NORMAL, DRUMTEXT_SOFT, DRUMTEXT_GHOST};
	for (int t = 0; t < 64; t++) {
		const int place = t % 16;
		assert_int_equal(at(t, INST_BD)->velocity, place % 4 ? 0 : velocity[place / 4]);
		assert_int_equal(at(t, INST_BD)->ratchet, place % 4 ? 0 : 1);
		const int strokes = place == 2 ? 2 : place == 6 ? 3 : place == 10 ? 4 : 0;
		assert_int_equal(at(t, INST_CH)->ratchet, strokes);
		assert_int_equal(at(t, INST_CH)->velocity, strokes ? DRUMTEXT_NORMAL : 0);
		assert_int_equal(at(t, INST_SD)->velocity, 0);
	}
	assert_int_equal(p.notes, 4 * (4 + 9));
	assert_int_equal(p.merged, 4 * 6);
	pattern_clear(&p);
}

static void
swing_feel_and_lists_add_up(void **state)
{
	(void)state;
	assert_ok(parse("swing: 60\nswing: 50 SD\nfeel: CH -4 SD +3\n"
			"BD xxxxxxxxxxxxxxxx\n"
			"CH xX-oxxxxxxxxxxxx\n"
			"CH= 60 90 . 80\n"
			"CH+ 0 . -6\n"
			"SD ....x..x........\n"));
	assert_int_equal(p.n_steps, 64);
	assert_int_equal(p.source_bars, 1);
	static const int velocity[5] = {60, 113, 40, 58, 60};
	static const int offset[4] = {-4, 16, -10, 16};
	for (int t = 0; t < 4; t++) {
		assert_int_equal(at(t, INST_CH)->velocity, velocity[t]);
		assert_float_equal(step_offset_to_float(at(t, INST_CH)->offset), (float)offset[t] / 100.0f,
				   1e-4f);
		assert_float_equal(step_offset_to_float(at(t, INST_BD)->offset), (t % 2 ? 0.2f : 0.0f),
				   1e-4f);
	}
	assert_int_equal(at(4, INST_CH)->velocity, velocity[4]);
	assert_float_equal(step_offset_to_float(at(5, INST_CH)->offset), 0.10f, 1e-4f); /* 20 - 4 - 6 */
	assert_float_equal(step_offset_to_float(at(7, INST_SD)->offset), 0.03f, 1e-4f);
	assert_float_equal(step_offset_to_float(at(55, INST_SD)->offset), 0.03f, 1e-4f);
	pattern_clear(&p);
}

static void
rows_go_on_and_start_over(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		int source_bars, n_bars;
	} cases[] = {{"BD x...............\n", 1, 4},
		     {"BD x............... | %\n", 2, 4},
		     {"BD x............... | %\nBD %\n", 3, 6},
		     {"BD x............... | % | % | %\n", 4, 4},
		     {"BD x............... | % | % | % | % \nSD ....x...........\n", 5, 5}};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		assert_ok(parse(cases[i].text));
		assert_int_equal(p.source_bars, cases[i].source_bars);
		assert_int_equal(p.n_steps, cases[i].n_bars * 16);
		for (int t = 0; t < p.n_steps; t++)
			assert_int_equal(at(t, INST_BD)->velocity > 0, t % 16 == 0);
		if (i == 4)
			assert_int_equal(at(68, INST_SD)->velocity, DRUMTEXT_NORMAL);
		pattern_clear(&p);
	}
	assert_ok(parse("metre: 7/8\nRC x.x.x.x.x.x.x. | x.....x.......\n"));
	assert_int_equal(p.bar_len, 14);
	assert_int_equal(p.n_steps, 56);
	assert_int_equal(p.numerator, 7);
	pattern_clear(&p);
}

static void
faults_name_line_and_column(void **state)
{
	(void)state;
	refused("", "x.drum:0:1: no row of steps");
	refused("BD ................\n", "x.drum:1:1: no hits");
	refused("name: a\n\n BD x...x...x...x..\n", "x.drum:3:20: bar 1 of BD has 15 steps; 4/4 has 16");
	refused("BD x...............|x.|", "x.drum:1:23: bar 2 of BD has 2 steps; 4/4 has 16");
	refused("BD x...x...x...x....", "x.drum:1:20: bar 1 of BD goes on behind its 16 steps");
	refused("BD x...5", "x.drum:1:8: a step is one of . - o x X 2 3 4");
	refused("BD %", "x.drum:1:4: a % with no bar before it");
	refused("BD x...............|x%", "x.drum:1:22: a % stands for a whole bar");
	refused("BD x...............|%%", "x.drum:1:22: bar 2 of BD goes on behind its 16 steps");
	refused("kick x", "x.drum:1:1: neither a head line nor the name of an instrument");
	refused("BDx", "x.drum:1:3: behind an instrument's name: a blank, = or +");
	refused("tempo: fast", "x.drum:1:8: a tempo is 10 to 1000 quarter notes a minute");
	refused("tempo: 1001", "x.drum:1:8: a tempo is 10 to 1000 quarter notes a minute");
	refused("metre: 4", "x.drum:1:8: a metre is written 4/4, and its bar has 8 to 32 sixteenths");
	refused("metre: 3/8", "x.drum:1:8: a metre is written 4/4, and its bar has 8 to 32 sixteenths");
	refused("fill: maybe", "x.drum:1:7: fill is yes or no");
	refused("name:", "x.drum:1:6: nothing behind the colon");
	refused("swing: 75", "x.drum:1:8: swing is 50 to 74 percent");
	refused("swing: 55 CH XX", "x.drum:1:14: not an instrument");
	refused("feel: CH", "x.drum:1:7: feel is an instrument and a number, as often as needed");
	refused("feel: CH 50", "x.drum:1:10: feel is -50 to +49 hundredths of a step");
	refused("tempo: 90\ntempo: 91", "x.drum:2:1: a second tempo");
	refused("BD x...............\ntempo: 91", "x.drum:2:1: head lines come before the rows");
	refused("colour: red",
		"x.drum:1:1: no head line of that name; name style family tempo metre fill swing feel");
	refused("BD= 128", "x.drum:1:5: a number from 1 to 127, or a dot");
	refused("BD+ 3 x", "x.drum:1:7: a number from -50 to 49, or a dot");
	refused("BD=", "x.drum:1:4: an empty list");
	refused("BD x...............\nSD= 9", "x.drum:2:4: SD has no hits for this list");
	refused("swing: 70\nfeel: BD 10\nBD x..x............",
		"x.drum:3:7: BD lies +50 hundredths of a step off; -50 to +49 go");
}

static void
sizes_are_bounded(void **state)
{
	(void)state;
	static char text[DRUMTEXT_MAX_BYTES + 2];
	memset(text, ' ', sizeof text - 1);
	refused(text, "x.drum: longer than 1048576 bytes");
	memcpy(text, "BD", 2);
	text[DRUMTEXT_MAX_LINE + 1] = '\0';
	refused(text, "x.drum:1:4097: the line is longer than 4096 bytes");
	strcpy(text, "BD x...............");
	for (int i = 1; i < DRUMTEXT_MAX_BARS; i++)
		strcat(text, "|%");
	assert_ok(parse(text));
	assert_int_equal(p.n_steps, DRUMTEXT_MAX_BARS * 16);
	pattern_clear(&p);
	strcat(text, "|%");
	assert_int_equal(parse(text), DR_BAD_INPUT);
	assert_non_null(strstr(test_error.text, "more than 64 bars"));
	assert_int_equal(drumtext_parse("BD\0", 3, "x.drum", NULL, &p, &test_error), DR_BAD_INPUT);
	assert_string_equal(test_error.text, "x.drum:1:3: a zero byte");
}

/* A folder of one's own patterns: styles from the files where no index says otherwise. */
static void
a_folder_is_a_corpus(void **state)
{
	(void)state;
	static const char acid[] = "style: acid/hard\ntempo: 130\nfill: no\nBD x...x...x...x...\n",
			  plain[] = "BD x...x...x...x... | x...x...x...x.x.\n", bad[] = "BD x\n",
			  index[] = "filename,style,substyle,bpm,bars,split\n"
				    "techno/a.drum,electro,fill,140,2,validation\n"
				    "techno/b.DRUM,,,,,train\n";
	files_make();
	files_put("techno/a.drum", acid, sizeof acid - 1);
	files_put("techno/b.DRUM", plain, sizeof plain - 1);
	files_put("techno/c.drum", bad, sizeof bad - 1);
	const char *const path[1] = {files_root};
	for (int indexed = 0; indexed < 2; indexed++) {
		corpus c;
		if (indexed)
			files_put("index.csv", index, sizeof index - 1);
		assert_ok(corpus_load(path, 1, NULL, 0, NULL, NULL, &c, &test_error));
		assert_int_equal(c.n_patterns, 2);
		assert_int_equal(c.n_skipped, indexed ? 0 : 1);
		const pattern *a = &c.pattern[0], *b = &c.pattern[1];
		assert_string_equal(c.style[a->style], indexed ? "electro" : "acid");
		assert_float_equal(a->tempo, (indexed ? 140.0f : 130.0f), 1e-4f);
		assert_int_equal(a->fill, indexed ? 1 : 0);
		assert_int_equal(a->source_bars, indexed ? 2 : 1);
		assert_int_equal(b->source_bars, 2);
		assert_int_equal(b->style, indexed ? -1 : 1);
		assert_true(a->validation || !indexed);
		corpus_clear(&c);
	}
	files_remove();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(head_lines_and_characters), cmocka_unit_test(swing_feel_and_lists_add_up),
	    cmocka_unit_test(rows_go_on_and_start_over), cmocka_unit_test(faults_name_line_and_column),
	    cmocka_unit_test(sizes_are_bounded),         cmocka_unit_test(a_folder_is_a_corpus),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

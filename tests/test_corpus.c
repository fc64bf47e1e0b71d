#include "tests/test.h"

#include "model/corpus.h"
#include "model/csv.h"
#include "rt/rng.h"
#include "tests/files.h"
#include "tests/midibytes.h"

static corpus c;
static char skipped[32][512];
static int n_skipped;

static int
make(void **state)
{
	(void)state;
	files_make();
	n_skipped = 0;
	memset(&c, 0, sizeof c);
	return 0;
}

static int
drop(void **state)
{
	(void)state;
	corpus_clear(&c);
	files_remove();
	return 0;
}

static void
note_skip(void *user, const char *line)
{
	assert_ptr_equal(user, &c);
	snprintf(skipped[n_skipped++ % 32], sizeof skipped[0], "%s", line);
}

/* A file of one bar, at 120, with `hits` kicks. */
static void
put_midi(const char *name, int hits)
{
	static midibytes m;
	midi_head(&m, 0, 1, 4);
	midi_track(&m);
	MIDI(&m, 0, 0xff, 0x51, 3, 7, 0xa1, 0x20);
	for (int i = 0; i < hits; i++)
		midi_hit(&m, i > 0, 36, 100);
	midi_end(&m);
	files_put(name, m.data, m.size);
}

static void
put_text(const char *name, const char *text)
{
	files_put(name, text, strlen(text));
}

static dr_status
load(const char *below)
{
	const char *const path[1] = {below ? below : files_root};
	return corpus_load(path, 1, NULL, 0, note_skip, &c, &c, &test_error);
}

static const pattern *
find(const char *name)
{
	for (size_t i = 0; i < c.n_patterns; i++)
		if (strstr(c.pattern[i].path, name))
			return &c.pattern[i];
	fail_msg("no pattern %s", name);
	return NULL;
}

static void
tables_are_read_tolerantly(void **state)
{
	(void)state;
	put_text("t.csv", "\xef\xbb\xbfName, B ,c\r\n"
			  "\"a, \"\"q\"\"\n2\" , x y ,3\r\n"
			  "\r\n"
			  "short\r"
			  "1,2,3,4,\"open\n");
	char *path = files_path("t.csv");
	csv t;
	assert_ok(csv_read(path, &t, &test_error));
	assert_int_equal(t.n_columns, 3);
	assert_int_equal(t.n_rows, 3);
	assert_int_equal(csv_column(&t, "name"), 0);
	assert_int_equal(csv_column(&t, "b"), 1);
	assert_int_equal(csv_column(&t, "d"), -1);
	assert_string_equal(csv_cell(&t, 0, 0), "a, \"q\"\n2");
	assert_string_equal(csv_cell(&t, 0, 1), "x y");
	assert_string_equal(csv_cell(&t, 1, 0), "short");
	assert_string_equal(csv_cell(&t, 1, 1), "");
	assert_string_equal(csv_cell(&t, 2, 3), "4");
	assert_string_equal(csv_cell(&t, 2, 4), "open\n");
	assert_string_equal(csv_cell(&t, 9, 0), "");
	assert_string_equal(csv_cell(&t, 0, -1), "");
	csv_clear(&t);
	put_text("t.csv", "");
	assert_int_equal(csv_read(path, &t, &test_error), DR_BAD_INPUT);
	put_text("t.csv", "\n\n");
	assert_int_equal(csv_read(path, &t, &test_error), DR_BAD_INPUT);
	free(path);
}

/* Random commas, quotes and line ends: every row starts where the one before ended. */
static void
any_table_is_survived(void **state)
{
	(void)state;
	static const char letters[] = {',', ',', '"', '"', '\n', '\r', ' ', 'a', 'b', '\xef', '\0'};
	uint64_t seed = 42;
	print_message("seed %llu\n", (unsigned long long)seed);
	char *path = files_path("r.csv");
	for (int i = 0; i < 5000; i++) {
		char text[64];
		const size_t n = rng_next(&seed) % sizeof text;
		for (size_t k = 0; k < n; k++)
			text[k] = letters[rng_next(&seed) % sizeof letters];
		FILE *f = fopen(path, "wb");
		assert_non_null(f);
		assert_int_equal(fwrite(text, 1, n, f), n);
		fclose(f);
		csv t;
		if (csv_read(path, &t, &test_error) != DR_OK)
			continue;
		assert_int_equal(t.row[0], t.n_columns);
		assert_int_equal(t.row[t.n_rows], t.n_cells);
		for (size_t r = 0; r < t.n_rows; r++) {
			assert_true(t.row[r] < t.row[r + 1]);
			for (size_t k = t.row[r]; k < t.row[r + 1]; k++)
				assert_true(strlen(t.cell[k]) < n);
		}
		csv_clear(&t);
	}
	free(path);
}

static void
groove_and_loops_are_two_collections(void **state)
{
	(void)state;
	put_midi("groove/d1/a.mid", 1);
	put_midi("groove/d1/b.mid", 2);
	put_midi("groove/d1/test.mid", 2);
	put_midi("groove/d1/norow.mid", 2);
	put_text("groove/info.csv", "drummer,style,bpm,beat_type,midi_filename,split\n"
				    "d,Funk/groove1,95,beat,d1/a.mid,train\n"
				    "d,jazz,nonsense,fill,d1/b.mid,validation\n"
				    "d,jazz,100,beat,d1/test.mid,test\n"
				    "d,jazz,100,beat,d1/gone.mid,train\n");
	put_midi("loops/x/c.mid", 3);
	put_midi("loops/x/d.mid", 4);
	put_text("loops/index.csv", "midi_filename,style,substyle,bpm,bars,split\n"
				    "x/c.mid,funk,slow fill,80,2,train\n"
				    "x/d.mid,techno,acid,1e9,-3,validation\n");
	put_text("LICENSES/readme.txt", "nothing");
	assert_ok(load(NULL));
	assert_int_equal(c.n_patterns, 4);
	assert_int_equal(c.n_collections, 2);
	assert_string_equal(c.collection[0], "groove");
	assert_string_equal(c.collection[1], "loops");
	assert_int_equal(c.n_styles, 3);
	const pattern *a = find("a.mid"), *b = find("b.mid"), *x = find("c.mid"), *d = find("d.mid");
	assert_string_equal(c.style[a->style], "funk");
	assert_int_equal(a->style, x->style);
	assert_float_equal(a->tempo, 95.0f, 1e-6f);
	assert_float_equal(b->tempo, 120.0f, 1e-3f);
	assert_float_equal(d->tempo, 120.0f, 1e-3f);
	assert_int_equal(a->fill, 0);
	assert_int_equal(b->fill, 1);
	assert_int_equal(x->fill, 1);
	assert_int_equal(d->fill, 0);
	assert_false(a->validation);
	assert_true(b->validation && d->validation);
	assert_int_equal(x->source_bars, 2);
	assert_int_equal(d->source_bars, 0);
	assert_int_equal(a->source_bars, 0);
	assert_int_equal(a->collection, 0);
	assert_int_equal(x->collection, 1);
	assert_int_equal(n_skipped, 1);
	assert_int_equal(c.n_skipped, 1);
	assert_non_null(strstr(skipped[0], "d1/gone.mid"));
}

static void
an_index_cannot_leave_its_folder(void **state)
{
	(void)state;
	put_midi("secret.mid", 1);
	put_midi("in/ok.mid", 1);
	char *link = files_path("in/link.mid"), *secret = files_path("secret.mid"), *in = files_path("in"),
	     text[1024];
	assert_int_equal(symlink(secret, link), 0);
	snprintf(text, sizeof text, "midi_filename\n../secret.mid\n%s\nlink.mid\nok.mid\nindex.csv\n",
		 secret);
	put_text("in/index.csv", text);
	assert_ok(load(in));
	assert_int_equal(c.n_patterns, 1);
	assert_int_equal(n_skipped, 4);
	for (int i = 0; i < 3; i++)
		assert_non_null(strstr(skipped[i], "outside its folder") ? skipped[i]
									 : strstr(skipped[i], "No such"));
	assert_non_null(strstr(skipped[0], "outside its folder"));
	assert_non_null(strstr(skipped[2], "outside its folder"));
	assert_non_null(strstr(skipped[3], "not a pattern file"));
	free(link);
	free(secret);
	free(in);
}

static void
a_plain_folder_takes_styles_from_its_folders(void **state)
{
	(void)state;
	char name[64];
	int validation = 0;
	for (int i = 0; i < 100; i++) {
		snprintf(name, sizeof name, "%s/loop%03d.%s", i % 2 ? "Techno" : "deep/House", i,
			 i % 3 ? "mid" : "MIDI");
		put_midi(name, 1 + i % 16);
	}
	put_midi("top.mid", 1);
	put_text("readme.md", "not music");
	put_text("Techno/.hidden.mid", "not music");
	put_text("Techno/bad.mid", "not music");
	assert_ok(load(NULL));
	assert_int_equal(c.n_patterns, 101);
	assert_int_equal(c.n_styles, 2);
	assert_string_equal(c.style[find("loop001")->style], "techno");
	assert_string_equal(c.style[find("loop002")->style], "house");
	assert_int_equal(find("top.mid")->style, -1);
	assert_int_equal(n_skipped, 1);
	assert_non_null(strstr(skipped[0], "bad.mid"));
	for (size_t i = 0; i < c.n_patterns; i++)
		validation += c.pattern[i].validation;
	assert_in_range(validation, 3, 20);
	/* The same again, in the same order, with a resumed model's styles in front. */
	corpus first = c;
	static const char *const preset[2] = {"acid", "House"};
	const char *const path[2] = {files_root, first.pattern[0].path};
	assert_ok(corpus_load(path, 2, preset, 2, NULL, NULL, &c, &test_error));
	assert_int_equal(c.n_patterns, first.n_patterns + 1);
	assert_string_equal(c.style[0], "acid");
	assert_string_equal(c.style[1], "house");
	for (size_t i = 0; i < first.n_patterns; i++) {
		assert_string_equal(c.pattern[i].path, first.pattern[i].path);
		assert_int_equal(c.pattern[i].validation, first.pattern[i].validation);
	}
	assert_int_equal(c.pattern[first.n_patterns].validation, first.pattern[0].validation);
	corpus_clear(&first);
}

static void
two_folders_of_one_name_are_two_collections(void **state)
{
	(void)state;
	put_midi("a/loops/x.mid", 1);
	put_midi("b/loops/y.mid", 2);
	put_midi("b/loops/z.mid", 3);
	char *path[3] = {files_path("a/loops"), files_path("b/loops/y.mid"),
			 files_path("b/../b/loops/z.mid")};
	assert_ok(corpus_load((const char *const *)path, 3, NULL, 0, NULL, NULL, &c, &test_error));
	assert_int_equal(c.n_collections, 2);
	assert_string_equal(c.collection[0], "loops");
	assert_string_equal(c.collection[1], "loops 2");
	assert_int_equal(find("x.mid")->collection, 0);
	assert_int_equal(find("y.mid")->collection, 1);
	assert_int_equal(find("z.mid")->collection, 1);
	for (int i = 0; i < 3; i++)
		free(path[i]);
}

static void
links_in_a_circle_end(void **state)
{
	(void)state;
	put_midi("a/b/x.mid", 1);
	char *up = files_path("a/b/up"), *self = files_path("a/self"), *fifo = files_path("a/fifo.mid");
	assert_int_equal(symlink("../..", up), 0);
	assert_int_equal(symlink("self", self), 0);
	assert_int_equal(mkfifo(fifo, 0600), 0);
	assert_ok(load(NULL));
	assert_int_equal(c.n_patterns, 1);
	assert_int_equal(n_skipped, 1);
	assert_non_null(strstr(skipped[0], "not a regular file"));
	free(up);
	free(self);
	free(fifo);
}

static void
depth_is_bounded(void **state)
{
	(void)state;
	char name[256] = "";
	for (int i = 0; i < 30; i++) {
		strcat(name, "d/");
		char file[300];
		snprintf(file, sizeof file, "%sx.mid", name);
		put_midi(file, 1);
	}
	assert_ok(load(NULL));
	assert_int_equal(c.n_patterns, 16);
}

static void
a_folder_of_junk_is_an_error(void **state)
{
	(void)state;
	assert_int_equal(load("/nonexistent/folder"), DR_BAD_INPUT);
	assert_non_null(strstr(test_error.text, "/nonexistent/folder"));
	assert_int_equal(load(NULL), DR_BAD_INPUT);
	put_text("a.mid", "junk");
	put_text("b.mid", "");
	assert_int_equal(load(NULL), DR_BAD_INPUT);
	assert_non_null(strstr(test_error.text, "2 bad files"));
	assert_int_equal(n_skipped, 2);
	put_midi("a.mid", 3);
	assert_ok(load(NULL));
	assert_int_equal(c.n_patterns, 1);
	put_text("index.csv", "style,split\nx,train\n");
	corpus_clear(&c);
	assert_int_equal(load(NULL), DR_BAD_INPUT);
	assert_non_null(strstr(test_error.text, "midi_filename"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(tables_are_read_tolerantly, make, drop),
	    cmocka_unit_test_setup_teardown(any_table_is_survived, make, drop),
	    cmocka_unit_test_setup_teardown(groove_and_loops_are_two_collections, make, drop),
	    cmocka_unit_test_setup_teardown(an_index_cannot_leave_its_folder, make, drop),
	    cmocka_unit_test_setup_teardown(a_plain_folder_takes_styles_from_its_folders, make, drop),
	    cmocka_unit_test_setup_teardown(two_folders_of_one_name_are_two_collections, make, drop),
	    cmocka_unit_test_setup_teardown(links_in_a_circle_end, make, drop),
	    cmocka_unit_test_setup_teardown(depth_is_bounded, make, drop),
	    cmocka_unit_test_setup_teardown(a_folder_of_junk_is_an_error, make, drop),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

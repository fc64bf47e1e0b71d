/* drumkit.xml from the disk and to it. */
#include "tests/kit_fixture.h"

#include "model/kit_hydrogen.h"

#include <dirent.h>
#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void
what_is_written_reads_the_same(void **state)
{
	(void)state;
	kit_desc *d = kit_desc_new(), *back;
	assert_non_null(d);
	strcpy(d->name, "a < b & \"c\"");
	strcpy(d->license, "CC0-1.0");
	kit_desc_instrument *in = kit_desc_add_instrument(d);
	assert_non_null(in);
	strcpy(in->name, "SD <snare>");
	in->id = 3;
	in->note = 38;
	in->pan = -0.125f;
	in->release = 1000.0f;
	in->mute_group = 2;
	in->selection = KIT_SELECT_RANDOM;
	kit_desc_layer *l = kit_desc_add_layer(in);
	assert_non_null(l);
	l->file = strdup("x & y.wav");
	l->min = 0.3f;
	l->gain = 1.0f / 3.0f;
	setlocale(LC_ALL, "de_DE.UTF-8");
	assert_ok(kit_hydrogen_write(d, fixture_path("out.xml"), &test_error));
	kit_warner warner = {.where = "out.xml", .fn = fixture_listen};
	assert_ok(kit_hydrogen_read(fixture_path("out.xml"), &warner, &back, &test_error));
	setlocale(LC_ALL, "C");
	assert_int_equal(fixture_lines(), 0);
	assert_string_equal(back->name, d->name);
	assert_string_equal(back->license, d->license);
	assert_int_equal(back->n_instruments, 1);
	const kit_desc_instrument *b = &back->instruments[0];
	assert_string_equal(b->name, in->name);
	assert_true(b->id == 3 && b->note == 38 && b->mute_group == 2 && b->selection == KIT_SELECT_RANDOM);
	assert_true(b->pan == in->pan && b->release == in->release);
	assert_string_equal(b->layers[0].file, l->file);
	assert_true(fabsf(b->layers[0].gain - l->gain) < 1e-6f && fabsf(b->layers[0].min - l->min) < 1e-6f);
	kit_desc_free(back);
	kit_desc_free(d);
}

/* What XML reserves is escaped, and what it cannot hold is a blank: any name makes a file that can be read.
 */
static void
any_text_is_written(void **state)
{
	(void)state;
	kit_desc *d = kit_desc_new(), *back;
	assert_non_null(d);
	strcpy(d->name, "]]> <b> &amp; \"'");
	strcpy(d->author, "one\ttwo\001three\033four");
	strcpy(d->info, "first\nsecond");
	kit_desc_instrument *in = kit_desc_add_instrument(d);
	assert_non_null(in);
	strcpy(in->name, "<&>");
	in->muted = in->stop_note = true;
	assert_ok(kit_hydrogen_write(d, fixture_path("out.xml"), &test_error));
	kit_warner warner = {.where = "out.xml", .fn = fixture_listen};
	assert_ok(kit_hydrogen_read(fixture_path("out.xml"), &warner, &back, &test_error));
	assert_string_equal(back->name, d->name);
	assert_string_equal(back->author, "one two three four");
	assert_string_equal(back->info, d->info);
	assert_string_equal(back->instruments[0].name, "<&>");
	assert_true(back->instruments[0].muted && back->instruments[0].stop_note);
	assert_int_equal(fixture_lines(), 0);
	kit_desc_free(back);
	kit_desc_free(d);
}

static void
what_cannot_be_read_is_named(void **state)
{
	(void)state;
	static const struct {
		const char *name, *said;
	} cases[] = {{"gone.xml", "gone.xml: No such file"},
		     {"folder", "folder: not a regular file"},
		     {"pipe", "pipe: not a regular file"},
		     {"none/at/all.xml", "none/at/all.xml: "},
		     {"long.xml", "long.xml: 8388609 bytes, more than the 8388608"},
		     {"empty.xml", "empty.xml"}};
	fixture_folder("folder");
	assert_int_equal(mkfifo(fixture_path("pipe"), 0600), 0);
	fixture_text("long.xml", "<drumkit_info>");
	assert_int_equal(truncate(fixture_path("long.xml"), KIT_HYDROGEN_MAX_BYTES + 1), 0);
	fixture_text("empty.xml", "");
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		kit_desc *d = NULL;
		kit_warner warner = {.where = cases[i].name, .fn = fixture_listen};
		assert_int_equal(kit_hydrogen_read(fixture_path(cases[i].name), &warner, &d, &test_error),
				 DR_BAD_INPUT);
		assert_null(d);
		if (!strstr(test_error.text, cases[i].said))
			fail_msg("%s: %s", cases[i].name, test_error.text);
	}
}

/* The error names the path, and nothing is left lying about. */
static void
what_cannot_be_written_is_named(void **state)
{
	(void)state;
	kit_desc *d = kit_desc_new();
	assert_non_null(d);
	fixture_folder("taken.xml");
	fixture_text("taken.xml/inside", "kept");
	static const char *const names[] = {"no/out.xml", "taken.xml"};
	for (int i = 0; i < 2; i++) {
		assert_int_equal(kit_hydrogen_write(d, fixture_path(names[i]), &test_error), DR_FAILED);
		assert_non_null(strstr(test_error.text, names[i]));
	}
	assert_int_equal(access(fixture_path("taken.xml/inside"), F_OK), 0);
	DIR *dir = opendir(fixture_path(""));
	int n = 0;
	assert_non_null(dir);
	while (readdir(dir))
		n++;
	closedir(dir);
	assert_int_equal(n, 3); /* itself, the one above, taken.xml */
	kit_desc_free(d);
}

int
main(void)
{
#define IN_FOLDER(f) cmocka_unit_test_setup_teardown(f, fixture_up, fixture_down)
	const struct CMUnitTest tests[] = {
	    IN_FOLDER(what_is_written_reads_the_same),
	    IN_FOLDER(any_text_is_written),
	    IN_FOLDER(what_cannot_be_read_is_named),
	    IN_FOLDER(what_cannot_be_written_is_named),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

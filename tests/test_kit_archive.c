#include "tests/kit_fixture.h"

#include "model/kit_archive.h"
#include "model/kit_source.h"

#include <archive.h>
#include <archive_entry.h>
#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static struct archive *tar;

static void
begin(const char *name, bool gzip)
{
	tar = archive_write_new();
	assert_non_null(tar);
	if (gzip)
		archive_write_add_filter_gzip(tar);
	archive_write_set_format_pax_restricted(tar);
	assert_int_equal(archive_write_open_filename(tar, fixture_path(name)), ARCHIVE_OK);
}

static void
end(void)
{
	assert_int_equal(archive_write_close(tar), ARCHIVE_OK);
	archive_write_free(tar);
}

static void
add(const char *name, const void *data, size_t size, unsigned type, const char *link, const char *hardlink)
{
	struct archive_entry *e = archive_entry_new();
	archive_entry_set_pathname(e, name);
	archive_entry_set_size(e, (la_int64_t)size);
	archive_entry_set_filetype(e, type);
	archive_entry_set_perm(e, 0777);
	if (link)
		archive_entry_set_symlink(e, link);
	if (hardlink)
		archive_entry_set_hardlink(e, hardlink);
	assert_int_equal(archive_write_header(tar, e), ARCHIVE_OK);
	if (size)
		assert_int_equal(archive_write_data(tar, data, size), size);
	archive_entry_free(e);
}

static void
add_text(const char *name, const char *text)
{
	add(name, text, strlen(text), AE_IFREG, NULL, NULL);
}

/* The fixture's file of that name. */
static void
add_file(const char *name, const char *file)
{
	static char data[65536];
	FILE *f = fopen(fixture_path(file), "rb");
	assert_non_null(f);
	const size_t n = fread(data, 1, sizeof data, f);
	fclose(f);
	add(name, data, n, AE_IFREG, NULL, NULL);
}

static const char document[] =
    "<drumkit_info><name>packed</name><instrumentList><instrument><name>Kick</name>"
    "<layer><filename>a.wav</filename></layer></instrument><instrument><name>Snare</name>"
    "<layer><filename>link.wav</filename></layer></instrument></instrumentList></drumkit_info>";

/* How many folders of unpacked archives lie in the test's own folder. */
static int
left_lying(void)
{
	int n = 0;
	DIR *dir = opendir(fixture_path(""));
	assert_non_null(dir);
	for (const struct dirent *d; (d = readdir(dir));)
		n += strncmp(d->d_name, "drumlin-kit-", 12) == 0;
	closedir(dir);
	return n;
}

static int
up(void **state)
{
	const int failed = fixture_up(state);
	setenv("TMPDIR", fixture_path(""), 1);
	return failed;
}

static dr_status
load(const char *name, kit **k)
{
	return kit_load(fixture_path(name), 48000, fixture_listen, NULL, k, &test_error);
}

static void
plain_and_gzipped_archives_load(void **state)
{
	(void)state;
	fixture_sine("a.wav", 48000, 1, 500, 200.0, 0.5);
	static const char *const prefixes[] = {"", "My Kit/"};
	for (int gzip = 0; gzip < 2; gzip++)
		for (int p = 0; p < 2; p++) {
			char name[64];
			kit *k;
			begin("k.h2drumkit", gzip);
			if (p)
				add("My Kit", NULL, 0, AE_IFDIR, NULL, NULL);
			snprintf(name, sizeof name, "%sdrumkit.xml", prefixes[p]);
			add_text(name, document);
			snprintf(name, sizeof name, "%sa.wav", prefixes[p]);
			add_file(name, "a.wav");
			end();
			assert_ok(load("k.h2drumkit", &k));
			assert_string_equal(k->name, "packed");
			assert_int_equal(k->instrument[INST_BD].n_layers, 1);
			assert_int_equal(left_lying(), 0);
			kit_free(k);
		}
}

static void
what_would_leave_the_archive_is_refused(void **state)
{
	(void)state;
	fixture_sine("a.wav", 48000, 1, 500, 200.0, 0.5);
	fixture_sine("secret.wav", 48000, 1, 500, 200.0, 0.5);
	char absolute[512];
	snprintf(absolute, sizeof absolute, "%s", fixture_path("planted.wav"));
	begin("bad.tar", false);
	add(absolute, "x", 1, AE_IFREG, NULL, NULL);
	add_text("../planted.wav", "x");
	add_text("kit/../../planted.wav", "x");
	add("kit/link.wav", NULL, 0, AE_IFLNK, fixture_path("secret.wav"), NULL);
	add("kit/away", NULL, 0, AE_IFLNK, "/tmp", NULL);
	add("kit/hard.wav", NULL, 0, AE_IFREG, NULL, fixture_path("secret.wav"));
	add("kit/device", NULL, 0, AE_IFCHR, NULL, NULL);
	add("kit/pipe", NULL, 0, AE_IFIFO, NULL, NULL);
	add_text("a/b/c/d/e/f/g/h/i/deep.wav", "x");
	add_text("kit/drumkit.xml", document);
	add_file("kit/a.wav", "a.wav");
	add_text("kit/a.wav", "a second one of that name");
	end();
	kit *k;
	assert_ok(load("bad.tar", &k));
	assert_int_equal(k->instrument[INST_BD].n_layers, 1);
	assert_int_equal(k->instrument[INST_SD].n_layers, 0);
	kit_free(k);
	static const char *const said[] = {"planted.wav: has an absolute name",
					   ": ../planted.wav: climbs out",
					   "kit/../../planted.wav: climbs out",
					   "kit/link.wav: is a link",
					   "kit/away: is a link",
					   "kit/hard.wav: is a link",
					   "kit/device: is neither",
					   "kit/pipe: is neither",
					   "deep.wav: lies too deep",
					   "kit/a.wav: File exists",
					   "link.wav: No such file"};
	for (size_t i = 0; i < sizeof said / sizeof *said; i++)
		if (!fixture_heard(said[i]))
			fail_msg("not said: %s", said[i]);
	assert_int_equal(fixture_lines(), sizeof said / sizeof *said);
	assert_int_not_equal(access(fixture_path("planted.wav"), F_OK), 0);
	assert_int_equal(left_lying(), 0);
}

static void
damaged_archives_are_named(void **state)
{
	(void)state;
	kit *k;
	fixture_sine("a.wav", 48000, 1, 500, 200.0, 0.5);
	begin("whole.tgz", true);
	add_text("drumkit.xml", document);
	add_file("a.wav", "a.wav");
	end();
	struct stat st;
	assert_int_equal(stat(fixture_path("whole.tgz"), &st), 0);
	for (off_t size = st.st_size - 1; size > 2; size -= 37) {
		assert_int_equal(truncate(fixture_path("whole.tgz"), size), 0);
		if (load("whole.tgz", &k) == DR_OK)
			kit_free(k);
		else
			assert_non_null(strstr(test_error.text, "whole.tgz"));
		assert_int_equal(left_lying(), 0);
	}
	fixture_text("empty.h2drumkit", "");
	assert_int_equal(load("empty.h2drumkit", &k), DR_BAD_INPUT);
	begin("nothing.tar", false);
	add_text("readme.txt", "no kit");
	end();
	assert_int_equal(load("nothing.tar", &k), DR_BAD_INPUT);
	assert_non_null(strstr(test_error.text, "nothing.tar"));
	assert_int_equal(left_lying(), 0);
}

static void
too_many_entries_end_it(void **state)
{
	(void)state;
	fixture_sine("a.wav", 48000, 1, 500, 200.0, 0.5);
	begin("many.tar", false);
	add_text("drumkit.xml", document);
	add_file("a.wav", "a.wav");
	for (int i = 0; i < ARCHIVE_MAX_ENTRIES; i++)
		add("x", NULL, 0, AE_IFDIR, NULL, NULL);
	add_text("link.wav", "too late");
	end();
	kit *k;
	assert_ok(load("many.tar", &k));
	assert_true(fixture_heard("only the first"));
	assert_true(fixture_heard("link.wav: No such file"));
	kit_free(k);
}

static void
a_stop_leaves_nothing(void **state)
{
	(void)state;
	const atomic_bool stop = true;
	kit_warner warner = {.where = "k"};
	char *folder;
	begin("k.tar", false);
	add_text("drumkit.xml", document);
	end();
	assert_int_equal(kit_archive_unpack(fixture_path("k.tar"), &stop, &warner, &folder, &test_error),
			 DR_CANCELLED);
	assert_int_equal(left_lying(), 0);
}

/* What is to be unpacked is not there, is no file, or has nowhere to go; and a stop before the first file. */
static void
what_cannot_be_unpacked_is_said(void **state)
{
	(void)state;
	const atomic_bool stop = true;
	kit_warner warner = {.fn = fixture_listen, .where = "k"};
	char *unpacked;
	begin("k.tar", false);
	add("kit", NULL, 0, AE_IFDIR, NULL, NULL);
	end();
	assert_int_equal(kit_archive_unpack(fixture_path("none.tar"), NULL, &warner, &unpacked, &test_error),
			 DR_BAD_INPUT);
	assert_non_null(strstr(test_error.text, "none.tar: No such file"));
	assert_int_equal(kit_archive_unpack(fixture_path(""), NULL, &warner, &unpacked, &test_error),
			 DR_BAD_INPUT);
	assert_non_null(strstr(test_error.text, "not a file"));
	assert_int_equal(kit_archive_unpack(fixture_path("k.tar"), &stop, &warner, &unpacked, &test_error),
			 DR_CANCELLED);
	assert_int_equal(left_lying(), 0);
	setenv("TMPDIR", fixture_path("nowhere"), 1);
	assert_int_equal(kit_archive_unpack(fixture_path("k.tar"), NULL, &warner, &unpacked, &test_error),
			 DR_FAILED);
	assert_non_null(strstr(test_error.text, "no folder to unpack it into: No such file"));
}

/* A disk that takes no more, here a limit on the size of files: an error, and nothing is left behind. */
static void
a_full_disk_ends_it(void **state)
{
	(void)state;
	kit_warner warner = {.fn = fixture_listen, .where = "k"};
	static const char large[4096];
	char *unpacked;
	struct rlimit before, small;
	begin("k.tar", false);
	add("large.wav", large, sizeof large, AE_IFREG, NULL, NULL);
	end();
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	small = before;
	small.rlim_cur = 0;
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	const dr_status status =
	    kit_archive_unpack(fixture_path("k.tar"), NULL, &warner, &unpacked, &test_error);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	assert_int_equal(status, DR_FAILED);
	assert_non_null(strstr(test_error.text, "File too large"));
	assert_int_equal(left_lying(), 0);
}

/* Names that no file can have are left out, and the rest is there. */
static void
names_that_no_file_can_have_are_left_out(void **state)
{
	(void)state;
	char name[400];
	kit *k;
	fixture_sine("a.wav", 48000, 1, 500, 200.0, 0.5);
	begin("k.tar", false);
	memset(name, 'n', 300);
	strcpy(name + 300, "/a.wav");
	add_text(name, "in a folder whose name is too long");
	add_text("drumkit.xml", document);
	add_file("a.wav", "a.wav");
	add_text("a.wav/b.wav", "a file is no folder");
	end();
	assert_ok(load("k.tar", &k));
	assert_int_equal(k->instrument[INST_BD].n_layers, 1);
	kit_free(k);
	assert_true(fixture_heard("File name too long"));
	assert_true(fixture_heard("b.wav: Not a directory"));
	assert_int_equal(left_lying(), 0);
}

/* Damage behind the first files: what came before it is used. */
static void
an_archive_that_breaks_off_gives_what_it_has(void **state)
{
	(void)state;
	kit *k;
	struct stat st;
	static const char noise[4096];
	fixture_sine("a.wav", 48000, 1, 500, 200.0, 0.5);
	for (int where = 0; where < 2; where++) {
		begin("k.tar", false);
		add_text("drumkit.xml", document);
		add_file("a.wav", "a.wav");
		add("late.wav", noise, sizeof noise, AE_IFREG, NULL, NULL);
		end();
		assert_int_equal(stat(fixture_path("k.tar"), &st), 0);
		/* In the middle of the last file, or just behind the header before it: 10240 is the archive's
		 * block. */
		FILE *f = fopen(fixture_path("k.tar"), "r+b");
		assert_non_null(f);
		long at = 0;
		char head[512];
		while (fread(head, 1, sizeof head, f) == sizeof head && strncmp(head, "late.wav", 9) != 0)
			at += 512;
		fclose(f);
		assert_int_equal(truncate(fixture_path("k.tar"), at + (where ? 512 + 2048 : 100)), 0);
		assert_ok(load("k.tar", &k));
		assert_int_equal(k->instrument[INST_BD].n_layers, 1);
		kit_free(k);
		assert_true(fixture_heard(where ? "late.wav: " : "breaks off"));
		assert_int_equal(left_lying(), 0);
	}
}

int
main(void)
{
#define IN_FOLDER(f) cmocka_unit_test_setup_teardown(f, up, fixture_down)
	const struct CMUnitTest tests[] = {
	    IN_FOLDER(plain_and_gzipped_archives_load),
	    IN_FOLDER(what_would_leave_the_archive_is_refused),
	    IN_FOLDER(damaged_archives_are_named),
	    IN_FOLDER(too_many_entries_end_it),
	    IN_FOLDER(a_stop_leaves_nothing),
	    IN_FOLDER(what_cannot_be_unpacked_is_said),
	    IN_FOLDER(a_full_disk_ends_it),
	    IN_FOLDER(names_that_no_file_can_have_are_left_out),
	    IN_FOLDER(an_archive_that_breaks_off_gives_what_it_has),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

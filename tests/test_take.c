#include "tests/files.h"

#include "app/take.h"
#include "model/audiofile.h"
#include "model/pattern.h"

#include <math.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

enum { RATE = 48000, CHUNK = 240 };

static int
make(void **state)
{
	(void)state;
	files_make();
	return 0;
}

static int
clean(void **state)
{
	(void)state;
	files_remove();
	return 0;
}

/* Five milliseconds: main is a ramp over the seconds, each instrument a constant. */
static void
play(tape *t, int chunk)
{
	static float left[CHUNK], right[CHUNK], level[2 * INSTRUMENTS][CHUNK];
	const float *bus[2 * INSTRUMENTS];
	for (int f = 0; f < CHUNK; f++) {
		left[f] = (float)(chunk % 200) / 200.0f;
		right[f] = -left[f];
		for (int c = 0; c < 2 * INSTRUMENTS; c++)
			level[c][f] = (float)(c + 1) / 100.0f;
	}
	for (int c = 0; c < 2 * INSTRUMENTS; c++)
		bus[c] = level[c];
	tape_write(t, RATE, CHUNK, left, right, bus);
}

static char *
in(const char *folder, const char *name)
{
	static char path[2][4200];
	static int which;
	which = !which;
	snprintf(path[which], sizeof path[which], "%s/%s", folder, name);
	return path[which];
}

static void
all_files_hold_what_was_played(void **state)
{
	(void)state;
	tape *t;
	take *k;
	char folder[4096];
	char *parent = files_path("a/b");
	assert_ok(tape_new(true, RATE, &t, &test_error));
	assert_ok(take_begin(parent, t, &k, &test_error));
	snprintf(folder, sizeof folder, "%s", take_folder(k));
	/* Four bars of 4/4 at 120 bpm, a kick on every quarter, the tempo doubled half way. */
	for (int chunk = 0, next = 0; chunk < 1600; chunk++) {
		if (chunk == next) {
			tape_strike(t, 7, chunk < 800 ? 120.0f : 240.0f, (float)(chunk / 100 % 4), INST_BD,
				    100);
			next += chunk < 800 ? 100 : 50;
		}
		play(t, chunk);
		if (chunk % 50 == 0)
			assert_ok(take_write(k, &test_error));
		if (chunk == 1000) { /* it can be played while it is being written */
			audiofile_info info;
			assert_ok(audiofile_probe(in(folder, "main.wav"), &info, &test_error));
			assert_true(info.frames >= 900 * CHUNK);
		}
	}
	assert_ok(take_end(k, &test_error));
	tape_free(t);
	audiofile_sound s;
	assert_ok(audiofile_decode(in(folder, "main.wav"), 100.0, &s, &test_error));
	assert_int_equal(s.frames, 1600 * CHUNK);
	assert_int_equal(s.rate, RATE);
	for (uint32_t f = 0; f < s.frames; f++)
		assert_true(s.data[2 * f] == (float)(f / CHUNK % 200) / 200.0f &&
			    s.data[2 * f + 1] == -s.data[2 * f]);
	free(s.data);
	for (int i = 0; i < INSTRUMENTS; i++) {
		char name[16];
		snprintf(name, sizeof name, "%s.wav", instrument_name(i));
		assert_ok(audiofile_decode(in(folder, name), 100.0, &s, &test_error));
		assert_true(s.frames == 1600 * CHUNK && s.data[1] == (float)(2 * i + 2) / 100.0f);
		free(s.data);
	}
	pattern p;
	assert_ok(pattern_read_midi(in(folder, "set.mid"), &p, &test_error));
	int kicks = 0;
	for (int step = 0; step < p.n_steps; step++) {
		const step_hit *h = &p.step[step].hit[INST_BD];
		assert_int_equal(h->velocity, step % 4 == 0 ? 100 : 0);
		kicks += h->velocity > 0;
	}
	assert_int_equal(kicks, 8 + 16);
	pattern_clear(&p);
	free(parent);
}

static void
two_takes_in_a_second_have_two_folders(void **state)
{
	(void)state;
	tape *t;
	take *k, *l;
	assert_ok(tape_new(false, RATE, &t, &test_error));
	assert_ok(take_begin(files_root, t, &k, &test_error));
	assert_ok(take_begin(files_root, t, &l, &test_error));
	assert_string_not_equal(take_folder(k), take_folder(l));
	struct stat s;
	assert_int_equal(stat(in(take_folder(l), "main.wav"), &s), 0);
	assert_true(stat(in(take_folder(l), "BD.wav"), &s) != 0);
	assert_ok(take_end(k, &test_error));
	assert_ok(take_end(l, &test_error));
	tape_free(t);
}

/* The disk fills: it is said with the file's name, and what is there can be played. */
static void
a_full_disk_keeps_what_it_has(void **state)
{
	(void)state;
	tape *t;
	take *k;
	char folder[4096];
	const struct rlimit little = {1 << 20, RLIM_INFINITY};
	struct rlimit before;
	assert_ok(tape_new(false, RATE, &t, &test_error));
	assert_ok(take_begin(files_root, t, &k, &test_error));
	snprintf(folder, sizeof folder, "%s", take_folder(k));
	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &before);
	setrlimit(RLIMIT_FSIZE, &little);
	dr_status status = DR_OK;
	for (int chunk = 0; chunk < 2000 && status == DR_OK; chunk++) {
		play(t, chunk);
		status = take_write(k, &test_error);
	}
	assert_int_equal(status, DR_FAILED);
	assert_non_null(strstr(test_error.text, "main.wav"));
	assert_ok(take_end(k, &test_error));
	setrlimit(RLIMIT_FSIZE, &before);
	audiofile_sound s;
	assert_ok(audiofile_decode(in(folder, "main.wav"), 100.0, &s, &test_error));
	assert_true(s.frames > 120000 && s.frames < 131072);
	free(s.data);
	tape_free(t);
}

static void
a_folder_that_cannot_be_is_said(void **state)
{
	(void)state;
	tape *t;
	take *k;
	files_put("file", "x", 1);
	char *path = files_path("file/below");
	assert_ok(tape_new(false, RATE, &t, &test_error));
	assert_int_equal(take_begin(path, t, &k, &test_error), DR_FAILED);
	assert_non_null(strstr(test_error.text, "file"));
	free(path);
	tape_free(t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(all_files_hold_what_was_played, make, clean),
	    cmocka_unit_test_setup_teardown(two_takes_in_a_second_have_two_folders, make, clean),
	    cmocka_unit_test_setup_teardown(a_full_disk_keeps_what_it_has, make, clean),
	    cmocka_unit_test_setup_teardown(a_folder_that_cannot_be_is_said, make, clean),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

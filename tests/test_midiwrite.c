#include "tests/test.h"

#include "model/midifile.h"
#include "model/midiwrite.h"
#include "rt/rng.h"
#include "tests/files.h"

static int
make(void **state)
{
	(void)state;
	files_make();
	return 0;
}

static int
drop(void **state)
{
	(void)state;
	files_remove();
	return 0;
}

static midifile
read_back(const char *path)
{
	char *data;
	size_t size;
	midifile f;
	assert_ok(file_read_whole(path, MIDIFILE_MAX_BYTES, &data, &size, &test_error));
	assert_ok(midifile_parse(data, size, path, &f, &test_error));
	free(data);
	return f;
}

static void
what_is_written_is_read_back(void **state)
{
	(void)state;
	uint64_t seed = 7;
	print_message("seed %llu\n", (unsigned long long)seed);
	enum { NOTES = 2000 };
	static uint8_t key[NOTES], velocity[NOTES];
	static uint32_t tick[NOTES];
	char *path = files_path("x.mid");
	midiwriter *w;
	assert_ok(midiwriter_new(path, 480, 174.3, 7, 8, &w, &test_error));
	uint32_t at = 0;
	for (int i = 0; i < NOTES; i++) {
		at += 1 + (uint32_t)(rng_next(&seed) % (i % 100 == 0 ? 3000000 : 300));
		tick[i] = at;
		key[i] = (uint8_t)(rng_next(&seed) % 128);
		velocity[i] = (uint8_t)(1 + rng_next(&seed) % 127);
	}
	for (int i = NOTES; i-- > 0;) /* the order does not matter */
		assert_ok(midiwriter_note(w, tick[i], 1000, 10, key[i], velocity[i], &test_error));
	assert_ok(midiwriter_tempo(w, tick[10], 60.0, &test_error));
	assert_ok(midiwriter_metre(w, tick[20], 3, 4, &test_error));
	assert_ok(midiwriter_close(w, at + 5000, &test_error));
	midifile f = read_back(path);
	assert_int_equal(f.format, 0);
	assert_int_equal(f.ppq, 480);
	assert_int_equal(f.n_notes, NOTES);
	for (int i = 0; i < NOTES; i++) {
		assert_int_equal(f.note[i].tick, tick[i]);
		assert_int_equal(f.note[i].note, key[i]);
		assert_int_equal(f.note[i].velocity, velocity[i]);
		assert_int_equal(f.note[i].channel, 9);
	}
	assert_int_equal(f.n_tempi, 2);
	assert_int_equal(f.tempo[0].us_per_quarter, 344234);
	assert_int_equal(f.tempo[1].tick, tick[10]);
	assert_int_equal(f.tempo[1].us_per_quarter, 1000000);
	assert_int_equal(f.n_metres, 2);
	assert_int_equal(f.metre[0].numerator, 7);
	assert_int_equal(f.metre[0].denominator, 8);
	assert_int_equal(f.metre[1].tick, tick[20]);
	assert_int_equal(f.end, at + 5000);
	midifile_clear(&f);
	free(path);
}

static void
overlapping_notes_each_end_once(void **state)
{
	(void)state;
	char *path = files_path("o.mid");
	midiwriter *w;
	assert_ok(midiwriter_new(path, 96, 120.0, 4, 4, &w, &test_error));
	assert_ok(midiwriter_note(w, 0, 50, 10, 36, 100, &test_error));
	assert_ok(midiwriter_note(w, 20, 0, 10, 36, 101, &test_error)); /* cuts the first; one tick long */
	assert_ok(midiwriter_note(w, 40, 10, 10, 38, 30, &test_error));
	assert_ok(midiwriter_note(w, 40, 10, 10, 38, 90, &test_error)); /* together: the louder stays */
	assert_ok(midiwriter_note(w, 40, 10, 10, 38, 40, &test_error));
	assert_ok(midiwriter_close(w, 0, &test_error));
	char *data;
	size_t size;
	assert_ok(file_read_whole(path, 1000, &data, &size, &test_error));
	static const uint8_t events[] = {0,  0x99, 36, 100,  20, 0x89, 36,   64,   0,  0x99,
					 36, 101,  1,  0x89, 36, 64,   19,   0x99, 38, 90,
					 10, 0x89, 38, 64,   0,  0xff, 0x2f, 0};
	assert_true(size > sizeof events);
	assert_memory_equal(data + size - sizeof events, events, sizeof events);
	free(data);
	free(path);
}

static void
what_cannot_be_written_is_said(void **state)
{
	(void)state;
	midiwriter *w;
	assert_int_equal(midiwriter_new("x", 0, 120.0, 4, 4, &w, &test_error), DR_USAGE);
	assert_int_equal(midiwriter_new("x", 40000, 120.0, 4, 4, &w, &test_error), DR_USAGE);
	assert_int_equal(midiwriter_new("x", 480, 0.0 / 0.0, 4, 4, &w, &test_error), DR_USAGE);
	assert_int_equal(midiwriter_new("x", 480, 120.0, 4, 3, &w, &test_error), DR_USAGE);
	assert_null(w);
	char *path = files_path("no-such-folder");
	char *deeper = file_path_join(path, "x.mid");
	assert_ok(midiwriter_new(deeper, 480, 120.0, 4, 4, &w, &test_error));
	assert_int_equal(midiwriter_note(w, 0, 1, 17, 36, 100, &test_error), DR_USAGE);
	assert_int_equal(midiwriter_note(w, 0, 1, 10, 128, 100, &test_error), DR_USAGE);
	assert_int_equal(midiwriter_note(w, 0, 1, 10, 36, 0, &test_error), DR_USAGE);
	assert_int_equal(midiwriter_note(w, MIDIWRITE_MAX_TICK, 1, 10, 36, 1, &test_error), DR_USAGE);
	assert_int_equal(midiwriter_close(w, 0, &test_error), DR_FAILED);
	assert_non_null(strstr(test_error.text, deeper));
	free(deeper);
	free(path);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_is_written_is_read_back),
	    cmocka_unit_test(overlapping_notes_each_end_once),
	    cmocka_unit_test(what_cannot_be_written_is_said),
	};
	return cmocka_run_group_tests(tests, make, drop);
}

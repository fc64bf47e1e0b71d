#include "tests/test.h"

#include "model/midifile.h"
#include "rt/rng.h"
#include "tests/midibytes.h"

#include <stdio.h>
#include <stdlib.h>

static midibytes m;

static dr_status
parse(midifile *f)
{
	/* A copy of the exact size, so that a sanitizer sees every read beyond it. */
	uint8_t *copy = malloc(m.size ? m.size : 1);
	memcpy(copy, m.data, m.size);
	dr_status status = midifile_parse(copy, m.size, "x.mid", f, &test_error);
	free(copy);
	return status;
}

static void
refused(const char *why)
{
	midifile f;
	assert_int_equal(parse(&f), DR_BAD_INPUT);
	if (!strstr(test_error.text, why) || !strstr(test_error.text, "x.mid"))
		fail_msg("\"%s\" does not say \"%s\" and the file's name", test_error.text, why);
	assert_null(f.note);
}

static void
tracks_are_merged_in_time(void **state)
{
	(void)state;
	midi_head(&m, 1, 3, 480);
	midi_track(&m);
	MIDI(&m, 0, 0xff, 0x51, 3, 0x07, 0xa1, 0x20, 0, 0xff, 0x58, 4, 7, 3, 24, 8);
	midi_end(&m);
	midi_track(&m);
	midi_hit(&m, 0, 36, 100);
	midi_hit(&m, 480, 36, 101);
	midi_end(&m);
	midi_track(&m);
	midi_hit(&m, 240, 38, 90);
	midi_hit(&m, 240, 38, 91);
	midi_end(&m);
	midifile f;
	assert_ok(parse(&f));
	assert_int_equal(f.ppq, 480);
	assert_int_equal(f.n_notes, 4);
	static const struct midifile_note want[4] = {
	    {0, 9, 36, 100}, {240, 9, 38, 90}, {480, 9, 36, 101}, {480, 9, 38, 91}};
	for (int i = 0; i < 4; i++) {
		assert_int_equal(f.note[i].tick, want[i].tick);
		assert_int_equal(f.note[i].note, want[i].note);
		assert_int_equal(f.note[i].velocity, want[i].velocity);
		assert_int_equal(f.note[i].channel, 9);
	}
	assert_int_equal(f.n_tempi, 1);
	assert_int_equal(f.tempo[0].us_per_quarter, 500000);
	assert_int_equal(f.n_metres, 1);
	assert_int_equal(f.metre[0].numerator, 7);
	assert_int_equal(f.metre[0].denominator, 8);
	assert_int_equal(f.end, 480);
	midifile_clear(&f);
}

static void
running_status_note_offs_and_sysex_are_understood(void **state)
{
	(void)state;
	midi_head(&m, 0, 1, 96);
	midi_track(&m);
	MIDI(&m, 0, 0x90, 60, 1, 10, 61, 2, 10, 61, 0);   /* running status; velocity 0 is an end */
	MIDI(&m, 0, 0xf0, 3, 1, 2, 0xf7, 0, 0x80, 60, 0); /* SysEx, then a note-off */
	MIDI(&m, 0, 0xc3, 5, 0, 0xd3, 6, 0, 0xe3, 1, 2);  /* one and two bytes of data */
	MIDI(&m, 0, 0xff, 0x7f, 0x81, 0x00);              /* 128 bytes of meta event */
	m.size += 128;
	MIDI(&m, 5, 0x91, 62, 127);
	midi_end(&m);
	midifile f;
	assert_ok(parse(&f));
	assert_int_equal(f.n_notes, 3);
	assert_int_equal(f.note[1].tick, 10);
	assert_int_equal(f.note[1].note, 61);
	assert_int_equal(f.note[2].tick, 25);
	assert_int_equal(f.note[2].channel, 1);
	midifile_clear(&f);
}

static void
format_two_plays_its_tracks_one_after_another(void **state)
{
	(void)state;
	midi_head(&m, 2, 2, 4);
	for (int i = 0; i < 2; i++) {
		midi_track(&m);
		midi_hit(&m, 17, 36 + i, 100); /* one tick into the second bar of 4/4 */
		midi_end(&m);
	}
	midifile f;
	assert_ok(parse(&f));
	assert_int_equal(f.n_notes, 2);
	assert_int_equal(f.note[0].tick, 17);
	assert_int_equal(f.note[1].tick, 32 + 17);
	midifile_clear(&f);
}

static void
oddities_of_real_files_are_let_pass(void **state)
{
	(void)state;
	midi_head(&m, 0, 1, 96);
	midi_put(&m, "XFIH\0\0\0\2ab", 10); /* a chunk of somebody else's */
	midi_track(&m);
	MIDI(&m, 0, 0xff, 0x51, 3, 0, 0, 0);       /* a tempo of nothing */
	MIDI(&m, 0, 0xff, 0x58, 4, 0, 2, 24, 8);   /* a metre of nothing */
	MIDI(&m, 0, 0xff, 0x58, 4, 4, 200, 24, 8); /* and one in 2^200ths */
	midi_hit(&m, 0, 36, 100);
	MIDI(&m, 0, 0xff, 0x2f, 0, 1, 2, 3, 4, 5, 6, 7, 8); /* bytes after the end */
	midi_end(&m);
	MIDI(&m, 0, 0, 0, 'p', 'a', 'd', 'd', 'i', 'n', 'g');
	midifile f;
	assert_ok(parse(&f));
	assert_int_equal(f.n_notes, 1);
	assert_int_equal(f.n_tempi, 0);
	assert_int_equal(f.n_metres, 0);
	midifile_clear(&f);
}

static void
bad_files_are_refused_with_the_place_and_the_fault(void **state)
{
	(void)state;
	m.size = 0;
	refused("not a standard MIDI file");
	midi_put(&m, "RIFFxxxxWAVEfmt ", 16);
	refused("not a standard MIDI file");
	midi_head(&m, 0, 1, 480);
	refused("no track");
	midi_head(&m, 0, 1, 0);
	refused("zero ticks");
	midi_head(&m, 0, 1, 0xe728);
	refused("SMPTE");
	midi_head(&m, 3, 1, 480);
	refused("format");
	midi_head(&m, 0, 1, 480);
	m.data[7] = 200;
	refused("header lies");

	static const struct {
		uint8_t bytes[8];
		size_t n;
		const char *why;
	} tracks[] = {
	    {{0, 36, 100}, 3, "without a status byte"},
	    {{0, 0xff, 1, 0, 0, 36, 100}, 7, "without a status byte"}, /* a meta event ends running status */
	    {{0, 0x99, 0x99, 36}, 4, "status byte where data"},
	    {{0, 0xf4, 0}, 3, "system message"},
	    {{0x81, 0x82, 0x83, 0x84, 5}, 5, "more than four bytes"},
	    {{0, 0xf0, 0xff, 0xff, 0xff, 0x7f}, 6, "longer than its track"},
	    {{0, 0xff, 0x51, 1, 0}, 5, "tempo"},
	    {{0, 0xff, 0x58, 1, 0}, 5, "time signature"},
	};
	for (size_t i = 0; i < sizeof tracks / sizeof *tracks; i++) {
		midi_head(&m, 0, 1, 480);
		midi_track(&m);
		midi_put(&m, tracks[i].bytes, tracks[i].n);
		midi_end(&m);
		refused(tracks[i].why);
		assert_non_null(strstr(test_error.text, "track 1, byte"));
	}
	midi_head(&m, 0, 1, 480);
	midi_track(&m);
	for (int i = 0; i < 5; i++) /* five times four days of ticks */
		MIDI(&m, 0xff, 0xff, 0xff, 0x7f, 0x99, 36, 1);
	midi_end(&m);
	refused("absurdly late");
}

/* Cut anywhere, a file is refused, or it was cut behind its only track. */
static void
every_truncation_is_refused(void **state)
{
	(void)state;
	midi_head(&m, 0, 1, 480);
	midi_track(&m);
	for (int i = 0; i < 20; i++)
		midi_hit(&m, 1000, 36, 100);
	midi_end(&m);
	const size_t whole = m.size;
	midifile f;
	for (m.size = 0; m.size < whole; m.size++)
		assert_int_equal(parse(&f), DR_BAD_INPUT);
	assert_ok(parse(&f));
	midifile_clear(&f);
}

static void
more_events_than_are_read_are_refused(void **state)
{
	(void)state;
	const size_t events = MIDIFILE_MAX_EVENTS + 1, size = 22 + 4 + 3 * events;
	uint8_t *big = calloc(size, 1);
	assert_non_null(big);
	midi_head(&m, 0, 1, 480);
	midi_track(&m);
	memcpy(big, m.data, m.size);
	for (int i = 0; i < 4; i++)
		big[18 + i] = (uint8_t)((size - 22) >> (24 - 8 * i));
	memcpy(big + 22, (const uint8_t[]){0, 0x99, 36, 1}, 4);
	for (size_t i = 0; i < events; i++)
		memcpy(big + 26 + 3 * i, (const uint8_t[]){0, 36, 1}, 3);
	midifile f;
	assert_int_equal(midifile_parse(big, size, "x.mid", &f, &test_error), DR_BAD_INPUT);
	assert_non_null(strstr(test_error.text, "more events"));
	free(big);
}

/* What libsmf does not survive: bytes of a good file changed at random. */
static void
mutations_are_survived(void **state)
{
	(void)state;
	uint64_t seed = 20260101;
	print_message("seed %llu\n", (unsigned long long)seed);
	midi_head(&m, 1, 2, 480);
	for (int t = 0; t < 2; t++) {
		midi_track(&m);
		MIDI(&m, 0, 0xff, 0x51, 3, 7, 0xa1, 0x20, 0, 0xff, 0x58, 4, 4, 2, 24, 8, 0, 0xf0, 2, 1, 0xf7);
		for (int i = 0; i < 30; i++)
			midi_hit(&m, (uint32_t)i * 60, 36 + i, 100);
		midi_end(&m);
	}
	static midibytes whole;
	whole = m;
	int good = 0, bad = 0;
	for (int i = 0; i < 20000; i++) {
		m = whole;
		for (int k = (int)(rng_next(&seed) % 6); k >= 0; k--)
			m.data[rng_next(&seed) % m.size] = (uint8_t)rng_next(&seed);
		if (rng_next(&seed) % 4 == 0)
			m.size = rng_next(&seed) % m.size;
		midifile f;
		if (parse(&f) == DR_OK) {
			good++;
			for (size_t n = 0; n < f.n_notes; n++) {
				assert_in_range(f.note[n].velocity, 1, 127);
				assert_in_range(f.note[n].note, 0, 127);
				assert_true(n == 0 || f.note[n - 1].tick <= f.note[n].tick);
			}
			midifile_clear(&f);
		} else {
			bad++;
		}
	}
	assert_true(good > 1000 && bad > 1000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(tracks_are_merged_in_time),
	    cmocka_unit_test(running_status_note_offs_and_sysex_are_understood),
	    cmocka_unit_test(format_two_plays_its_tracks_one_after_another),
	    cmocka_unit_test(oddities_of_real_files_are_let_pass),
	    cmocka_unit_test(bad_files_are_refused_with_the_place_and_the_fault),
	    cmocka_unit_test(every_truncation_is_refused),
	    cmocka_unit_test(more_events_than_are_read_are_refused),
	    cmocka_unit_test(mutations_are_survived),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

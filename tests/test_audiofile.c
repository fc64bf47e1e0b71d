#include "tests/kit_fixture.h"

#include "model/audiofile.h"

#include <math.h>
#include <sndfile.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Level and frequency of the first channel, away from the ends, by rising zero crossings. */
static void
assert_sine(const float *x, uint32_t frames, int channels, double rate, double hz, double level)
{
	double first = -1.0, last = 0.0, sum = 0.0;
	int crossings = 0;
	size_t n = 0;
	for (size_t i = frames / 4; i < 3 * (size_t)frames / 4; i++) {
		const double a = x[i * (size_t)channels], b = x[(i + 1) * (size_t)channels];
		sum += a * a;
		n++;
		if (a < 0.0 && b >= 0.0) {
			last = (double)i + a / (a - b);
			if (first < 0.0)
				first = last;
			else
				crossings++;
		}
	}
	assert_true(crossings > 10);
	const double measured = crossings / (last - first) * rate;
	assert_true(fabs(measured - hz) < hz * 1e-4);
	assert_true(fabs(sqrt(2.0 * sum / (double)n) - level) < level * 0.005);
}

static void
wav_and_flac_come_back(void **state)
{
	(void)state;
	static const char *const names[] = {"a.wav", "a.flac"};
	for (int i = 0; i < 2; i++) {
		fixture_sine(names[i], 48000, 2, 48000, 1000.0, 0.5);
		float *data;
		uint32_t frames;
		int channels;
		assert_ok(audiofile_read(fixture_path(names[i]), 48000, 2.0, &data, &frames, &channels,
					 &test_error));
		assert_int_equal(frames, 48000);
		assert_int_equal(channels, 2);
		assert_sine(data, frames, channels, 48000.0, 1000.0, 0.5);
		for (uint32_t f = 0; f < frames; f++)
			assert_true(fabsf(data[2 * f + 1] - 0.5f * data[2 * f]) < 2e-7f);
		free(data);
		audiofile_info info;
		assert_ok(audiofile_probe(fixture_path(names[i]), &info, &test_error));
		assert_true(info.rate == 48000 && info.channels == 2 && info.frames == 48000);
	}
}

static void
resampling_keeps_frequency_and_level(void **state)
{
	(void)state;
	fixture_sine("s.wav", 44100, 1, 44100, 3000.0, 0.7);
	static const uint32_t rates[] = {22050, 44100, 48000, 96000, 192000};
	for (size_t i = 0; i < sizeof rates / sizeof *rates; i++) {
		float *data;
		uint32_t frames;
		int channels;
		assert_ok(audiofile_read(fixture_path("s.wav"), rates[i], 2.0, &data, &frames, &channels,
					 &test_error));
		assert_true(labs((long)frames - (long)rates[i]) <= 2);
		assert_sine(data, frames, channels, rates[i], 3000.0, 0.7);
		free(data);
	}
}

static dr_status
read_quietly(const char *name, double seconds)
{
	float *data;
	uint32_t frames;
	int channels;
	const dr_status status =
	    audiofile_read(fixture_path(name), 48000, seconds, &data, &frames, &channels, &test_error);
	if (status == DR_OK)
		free(data);
	else
		assert_non_null(strstr(test_error.text, name));
	return status;
}

static void
write_frames(const char *name, int format, int channels, const float *x, sf_count_t frames)
{
	SF_INFO info = {.samplerate = 48000, .channels = channels, .format = format};
	SNDFILE *f = sf_open(fixture_path(name), SFM_WRITE, &info);
	assert_non_null(f);
	assert_int_equal(sf_writef_float(f, x, frames), frames);
	sf_close(f);
}

static void
many_channels_are_folded(void **state)
{
	(void)state;
	enum { CHANNELS = 64, FRAMES = 5000 };
	float *x = malloc(CHANNELS * FRAMES * sizeof *x);
	for (int i = 0; i < CHANNELS * FRAMES; i++)
		x[i] = i % 2 ? 0.25f : -0.5f;
	write_frames("many.wav", SF_FORMAT_WAVEX | SF_FORMAT_FLOAT, CHANNELS, x, FRAMES);
	write_frames("three.wav", SF_FORMAT_WAVEX | SF_FORMAT_FLOAT, 3, (float[]){0.1f, 0.2f, 0.3f}, 1);
	free(x);
	float *data;
	uint32_t frames;
	int channels;
	assert_ok(
	    audiofile_read(fixture_path("many.wav"), 48000, 2.0, &data, &frames, &channels, &test_error));
	assert_int_equal(channels, 2);
	assert_int_equal(frames, FRAMES);
	for (int i = 0; i < FRAMES; i++)
		assert_true(data[2 * i] == -0.5f && data[2 * i + 1] == 0.25f);
	free(data);
	assert_ok(
	    audiofile_read(fixture_path("three.wav"), 48000, 2.0, &data, &frames, &channels, &test_error));
	assert_true(fabsf(data[0] - 0.2f) < 1e-6f && fabsf(data[1] - 0.2f) < 1e-6f);
	free(data);
}

static void
bad_files_are_named(void **state)
{
	(void)state;
	write_frames("nan.wav", SF_FORMAT_WAV | SF_FORMAT_FLOAT, 1, (float[]){0.0f, NAN}, 2);
	write_frames("inf.wav", SF_FORMAT_WAV | SF_FORMAT_FLOAT, 1, (float[]){0.0f, -INFINITY}, 2);
	write_frames("huge.wav", SF_FORMAT_WAV | SF_FORMAT_FLOAT, 1, (float[]){0.0f, 1e30f}, 2);
	write_frames("empty.wav", SF_FORMAT_WAV | SF_FORMAT_FLOAT, 1, (float[]){0.0f}, 0);
	fixture_text("text.wav", "this is no sound");
	fixture_text("nothing.flac", "");
	fixture_sine("long.wav", 48000, 1, 48001, 100.0, 0.1);
	assert_int_equal(mkfifo(fixture_path("pipe.wav"), 0600), 0);
	assert_int_equal(read_quietly("nan.wav", 1.0), DR_BAD_INPUT);
	assert_int_equal(read_quietly("inf.wav", 1.0), DR_BAD_INPUT);
	assert_int_equal(read_quietly("huge.wav", 1.0), DR_BAD_INPUT);
	assert_int_equal(read_quietly("empty.wav", 1.0), DR_BAD_INPUT);
	assert_int_equal(read_quietly("text.wav", 1.0), DR_BAD_INPUT);
	assert_int_equal(read_quietly("nothing.flac", 1.0), DR_BAD_INPUT);
	assert_int_equal(read_quietly("missing.wav", 1.0), DR_BAD_INPUT);
	assert_int_equal(read_quietly("pipe.wav", 1.0), DR_BAD_INPUT);
	assert_int_equal(read_quietly("", 1.0), DR_BAD_INPUT);
	assert_int_equal(read_quietly("long.wav", 1.0), DR_BAD_INPUT);
	assert_non_null(strstr(test_error.text, "too long"));
	assert_int_equal(read_quietly("long.wav", 1.1), DR_OK);
}

static void
every_width_and_format(void **state)
{
	(void)state;
	static const struct {
		const char *name;
		int format;
		double error;
	} cases[] = {
	    {"u8.wav", SF_FORMAT_WAV | SF_FORMAT_PCM_U8, 0.01},
	    {"s8.aiff", SF_FORMAT_AIFF | SF_FORMAT_PCM_S8, 0.01},
	    {"s16.wav", SF_FORMAT_WAV | SF_FORMAT_PCM_16, 1e-4},
	    {"s16.aif", SF_FORMAT_AIFF | SF_FORMAT_PCM_16, 1e-4},
	    {"s24.wav", SF_FORMAT_WAVEX | SF_FORMAT_PCM_24, 1e-6},
	    {"s24.flac", SF_FORMAT_FLAC | SF_FORMAT_PCM_24, 1e-6},
	    {"s8.flac", SF_FORMAT_FLAC | SF_FORMAT_PCM_S8, 0.01},
	    {"s32.wav", SF_FORMAT_WAV | SF_FORMAT_PCM_32, 1e-6},
	    {"float.wav", SF_FORMAT_WAV | SF_FORMAT_FLOAT, 1e-6},
	    {"double.wav", SF_FORMAT_WAV | SF_FORMAT_DOUBLE, 1e-6},
	    {"ulaw.au", SF_FORMAT_AU | SF_FORMAT_ULAW, 0.05},
	    {"v.ogg", SF_FORMAT_OGG | SF_FORMAT_VORBIS, 0.1},
	};
	static float x[4800];
	for (int i = 0; i < 4800; i++)
		x[i] = 0.5f * (float)sin(2.0 * M_PI * 1000.0 * i / 48000.0);
	for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
		write_frames(cases[c].name, cases[c].format, 1, x, 4800);
		float *data;
		uint32_t frames;
		int channels;
		assert_ok(audiofile_read(fixture_path(cases[c].name), 48000, 1.0, &data, &frames, &channels,
					 &test_error));
		assert_int_equal(frames, 4800);
		for (int i = 0; i < 4800; i++)
			if (fabs((double)(data[i] - x[i])) > cases[c].error)
				fail_msg("%s: %f instead of %f at %d", cases[c].name, (double)data[i],
					 (double)x[i], i);
		free(data);
	}
}

/* A WAV of 16 bits that says it has that many frames, and has them (of mono) as a hole. */
static void
write_header(const char *name, uint32_t rate, uint32_t channels, uint32_t frames)
{
	unsigned char head[44] = "RIFF....WAVEfmt ";
	const uint32_t words[][2] = {{4, 36 + 2 * frames}, {16, 16},       {20, channels << 16 | 1},
				     {24, rate},           {28, rate * 2}, {32, 0x00100002},
				     {40, 2 * frames}};
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		for (int b = 0; b < 4; b++)
			head[words[i][0] + (uint32_t)b] = (unsigned char)(words[i][1] >> 8 * b);
	memcpy(head + 36, "data", 4);
	FILE *f = fopen(fixture_path(name), "wb");
	assert_non_null(f);
	assert_int_equal(fwrite(head, 1, sizeof head, f), sizeof head);
	fclose(f);
	assert_int_equal(truncate(fixture_path(name), 44 + 2 * (off_t)frames), 0);
}

static void
write_hole(const char *name, uint32_t rate, uint32_t frames)
{
	write_header(name, rate, 1, frames);
}

/* What nobody can play is refused by its header. */
static void
headers_without_sense_are_refused(void **state)
{
	(void)state;
	static const struct {
		const char *name;
		uint32_t rate, channels;
	} cases[] = {{"still.wav", 0, 1},
		     {"back.wav", 0x80000000u, 1},
		     {"mute.wav", 48000, 0},
		     {"choir.wav", 48000, 1025},
		     {"crowd.wav", 48000, 65535}};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		audiofile_info info;
		write_header(cases[i].name, cases[i].rate, cases[i].channels, 100);
		assert_int_equal(read_quietly(cases[i].name, 1.0), DR_BAD_INPUT);
		assert_non_null(strstr(test_error.text, "no audio file that can be read"));
		assert_int_equal(audiofile_probe(fixture_path(cases[i].name), &info, &test_error),
				 DR_BAD_INPUT);
		assert_non_null(strstr(test_error.text, cases[i].name));
	}
	write_header("usual.wav", 48000, 1, 100);
	assert_int_equal(read_quietly("usual.wav", 1.0), DR_OK);
}

static void
what_is_too_long_is_refused_unread(void **state)
{
	(void)state;
	write_hole("ten hours.wav", 48000, 1728000000);
	assert_int_equal(read_quietly("ten hours.wav", 120.0), DR_BAD_INPUT);
	assert_non_null(strstr(test_error.text, "too long: 36000 s"));
	/* Short in time, yet huge. */
	write_hole("fast.wav", 1000000, 90000000);
	assert_int_equal(read_quietly("fast.wav", 120.0), DR_BAD_INPUT);
	assert_non_null(strstr(test_error.text, "MiB of memory"));
	/* And what becomes huge when it is resampled. */
	write_hole("slow.wav", 400, 400 * 119);
	float *data;
	uint32_t frames;
	int channels;
	assert_int_equal(
	    audiofile_read(fixture_path("slow.wav"), 4000000, 120.0, &data, &frames, &channels, &test_error),
	    DR_BAD_INPUT);
	assert_non_null(strstr(test_error.text, "slow.wav: too long at 4000000 Hz"));
	/* A rate that nothing can resample from. */
	write_hole("crawl.wav", 1, 10);
	assert_int_equal(read_quietly("crawl.wav", 120.0), DR_BAD_INPUT);
	assert_non_null(strstr(test_error.text, "crawl.wav: its sample rate is out of range"));
}

/* A FLAC whose header promises hundreds of times what is there: no memory is taken for promises. */
static void
a_header_that_lies_is_found_out(void **state)
{
	(void)state;
	static const unsigned char promises[][5] = {{0, 0x00, 0x57, 0xe4, 0x00}, {15, 255, 255, 255, 255}};
	for (int i = 0; i < 2; i++) {
		fixture_sine("lie.flac", 48000, 1, 4800, 440.0, 0.5);
		FILE *f = fopen(fixture_path("lie.flac"), "r+b");
		assert_non_null(f);
		unsigned char mixed;
		fseek(f, 21, SEEK_SET); /* STREAMINFO's 36 bits of length begin in the middle of a byte */
		assert_int_equal(fread(&mixed, 1, 1, f), 1);
		mixed = (unsigned char)((mixed & 0xf0) | promises[i][0]);
		fseek(f, 21, SEEK_SET);
		assert_int_equal(fwrite(&mixed, 1, 1, f), 1);
		assert_int_equal(fwrite(promises[i] + 1, 1, 4, f), 4);
		fclose(f);
		assert_int_equal(read_quietly("lie.flac", 121.0), DR_BAD_INPUT);
		assert_non_null(strstr(test_error.text, i ? "too long" : "truncated: 4800 of"));
	}
}

static void
a_wrong_ending_is_no_matter(void **state)
{
	(void)state;
	fixture_sine("a.wav", 48000, 1, 4800, 100.0, 0.1);
	assert_int_equal(rename(fixture_path("a.wav"), fixture_path("a.mp3")), 0);
	assert_int_equal(read_quietly("a.mp3", 1.0), DR_OK);
}

static void
truncated_files_never_crash(void **state)
{
	(void)state;
	fixture_sine("whole.flac", 48000, 1, 48000, 500.0, 0.5);
	fixture_sine("whole.wav", 48000, 1, 48000, 500.0, 0.5);
	assert_int_equal(truncate(fixture_path("whole.flac"), 20000), 0);
	assert_int_equal(read_quietly("whole.flac", 2.0), DR_BAD_INPUT);
	assert_int_equal(truncate(fixture_path("whole.wav"), 20000), 0);
	assert_int_equal(read_quietly("whole.wav", 2.0), DR_OK);
	for (int size = 300; size >= 0; size -= 7) {
		assert_int_equal(truncate(fixture_path("whole.wav"), size), 0);
		assert_int_equal(truncate(fixture_path("whole.flac"), size), 0);
		assert_int_not_equal(read_quietly("whole.wav", 2.0), DR_FAILED);
		assert_int_equal(read_quietly("whole.flac", 2.0), DR_BAD_INPUT);
	}
}

static void
a_discarded_file_leaves_the_old_one(void **state)
{
	(void)state;
	fixture_sine("keep.wav", 48000, 1, 480, 100.0, 0.5);
	struct stat before, after;
	assert_int_equal(stat(fixture_path("keep.wav"), &before), 0);
	audiofile_writer *w;
	assert_ok(audiofile_create(fixture_path("keep.wav"), 48000, 1, &w, &test_error));
	const float silence[64] = {0.0f};
	assert_ok(audiofile_write(w, silence, 64, &test_error));
	audiofile_discard(w);
	assert_int_equal(stat(fixture_path("keep.wav"), &after), 0);
	assert_true(before.st_ino == after.st_ino && before.st_size == after.st_size);
	assert_int_equal(read_quietly("keep.wav", 1.0), DR_OK);
	assert_int_equal(remove(fixture_path("keep.wav")), 0);
	assert_int_equal(rmdir(fixture_path("")), 0); /* nothing else was left lying */
	assert_int_equal(mkdir(fixture_path(""), 0700), 0);
}

static void
equal_sound_gives_equal_bytes(void **state)
{
	(void)state;
	static char first[65536], second[65536];
	static const char *const names[] = {"a.wav", "b.flac"};
	for (int i = 0; i < 2; i++) {
		size_t n = 0;
		for (int turn = 0; turn < 2; turn++) {
			if (turn)
				sleep(1); /* so that a time of day in the file would differ */
			fixture_sine(names[i], 48000, 1, 4800, 440.0, 0.5);
			FILE *f = fopen(fixture_path(names[i]), "rb");
			assert_non_null(f);
			const size_t got = fread(turn ? second : first, 1, sizeof first, f);
			fclose(f);
			assert_true(got > 100 && (turn == 0 || got == n));
			n = got;
		}
		assert_memory_equal(first, second, n);
	}
}

static void
writing_where_one_cannot_is_an_error(void **state)
{
	(void)state;
	audiofile_writer *w;
	assert_int_equal(audiofile_create(fixture_path("no/such/a.wav"), 48000, 1, &w, &test_error),
			 DR_FAILED);
	assert_int_equal(audiofile_create(fixture_path("a.ogg"), 48000, 1, &w, &test_error), DR_USAGE);
	assert_int_equal(audiofile_create(fixture_path("a.flac"), 48000, 99, &w, &test_error), DR_USAGE);
	/* Over full scale: clipped in FLAC, never wrapped. */
	fixture_sine("loud.flac", 48000, 1, 4800, 100.0, 1.5);
	float *data;
	uint32_t frames;
	int channels;
	assert_ok(
	    audiofile_read(fixture_path("loud.flac"), 48000, 1.0, &data, &frames, &channels, &test_error));
	assert_true(data[120] > 0.999f);
	free(data);
}

int
main(void)
{
#define IN_FOLDER(f) cmocka_unit_test_setup_teardown(f, fixture_up, fixture_down)
	const struct CMUnitTest tests[] = {
	    IN_FOLDER(wav_and_flac_come_back),
	    IN_FOLDER(resampling_keeps_frequency_and_level),
	    IN_FOLDER(many_channels_are_folded),
	    IN_FOLDER(bad_files_are_named),
	    IN_FOLDER(every_width_and_format),
	    IN_FOLDER(what_is_too_long_is_refused_unread),
	    IN_FOLDER(headers_without_sense_are_refused),
	    IN_FOLDER(a_header_that_lies_is_found_out),
	    IN_FOLDER(a_wrong_ending_is_no_matter),
	    IN_FOLDER(truncated_files_never_crash),
	    IN_FOLDER(a_discarded_file_leaves_the_old_one),
	    IN_FOLDER(equal_sound_gives_equal_bytes),
	    IN_FOLDER(writing_where_one_cannot_is_an_error),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

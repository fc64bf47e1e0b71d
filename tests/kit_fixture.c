#define _XOPEN_SOURCE 700 /* nftw */

#include "tests/kit_fixture.h"

#include "model/audiofile.h"

#include <ftw.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[64];
static char heard[65536];
static int lines;

int
fixture_up(void **state)
{
	(void)state;
	heard[0] = '\0';
	lines = 0;
	strcpy(folder, "/tmp/drumlin-test-XXXXXX");
	return mkdtemp(folder) ? 0 : -1;
}

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st, (void)type, (void)ftw;
	return remove(path);
}

int
fixture_down(void **state)
{
	(void)state;
	return nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

const char *
fixture_path(const char *name)
{
	static char paths[4][512];
	static int turn;
	char *path = paths[turn++ % 4];
	snprintf(path, sizeof paths[0], "%s/%s", folder, name);
	return path;
}

void
fixture_text(const char *name, const char *text)
{
	FILE *f = fopen(fixture_path(name), "w");
	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

void
fixture_sine(const char *name, uint32_t rate, int channels, size_t frames, double hz, double level)
{
	audiofile_writer *w;
	assert_ok(audiofile_create(fixture_path(name), rate, channels, &w, &test_error));
	for (size_t i = 0; i < frames; i++) {
		float frame[2] = {(float)(level * sin(2.0 * M_PI * hz * (double)i / rate)), 0.0f};
		frame[1] = frame[0] * 0.5f;
		assert_ok(audiofile_write(w, frame, 1, &test_error));
	}
	assert_ok(audiofile_close(w, &test_error));
}

void
fixture_folder(const char *name)
{
	assert_int_equal(mkdir(fixture_path(name), 0700), 0);
}

void
fixture_drum(const char *name, enum fixture_drum what, unsigned seed)
{
	static const struct {
		double hz, fall, tone_time, noise, noise_time, seconds;
	} drums[] = {{50.0, 150.0, 0.12, 0.0, 0.01, 0.6},
		     {190.0, 60.0, 0.05, 0.8, 0.07, 0.35},
		     {0.0, 0.0, 0.01, 0.5, 0.02, 0.12},
		     {0.0, 0.0, 0.01, 0.5, 0.25, 0.9},
		     {110.0, 40.0, 0.15, 0.02, 0.02, 0.6}};
	const uint32_t rate = 48000;
	const size_t frames = (size_t)(drums[what].seconds * rate);
	uint32_t random = 12345 + seed * 7919;
	double phase = 0.0, before = 0.0, high = 0.0;
	audiofile_writer *w;
	assert_ok(audiofile_create(fixture_path(name), rate, 1, &w, &test_error));
	for (size_t i = 0; i < frames; i++) {
		const double t = (double)i / rate;
		random = random * 1664525u + 1013904223u;
		const double noise = (double)(random >> 8) / 8388608.0 - 1.0;
		high = 0.7 * (high + noise - before); /* cymbals have no bass */
		before = noise;
		phase += 2.0 * M_PI *
			 (drums[what].hz * (1.0 + 0.02 * seed) + drums[what].fall * exp(-t / 0.02)) / rate;
		const double tone = drums[what].hz > 0.0 ? sin(phase) * exp(-t / drums[what].tone_time) : 0.0;
		const double hiss = drums[what].hz > 0.0 ? noise : high;
		const float x =
		    (float)(0.5 * tone + 0.5 * drums[what].noise * hiss * exp(-t / drums[what].noise_time));
		assert_ok(audiofile_write(w, &x, 1, &test_error));
	}
	assert_ok(audiofile_close(w, &test_error));
}

void
fixture_kit(const char *instruments)
{
	static char text[65536];
	const int n =
	    snprintf(text, sizeof text,
		     "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		     "<drumkit_info xmlns=\"http://www.hydrogen-music.org/drumkit\"><name>tiny</name>"
		     "<componentList><drumkitComponent><id>0</id><name>Main</name><volume>0.5</volume>"
		     "</drumkitComponent></componentList><instrumentList>%s</instrumentList></drumkit_info>",
		     instruments);
	assert_in_range(n, 1, sizeof text - 1);
	fixture_text("drumkit.xml", text);
}

void
fixture_listen(void *user, const char *line)
{
	(void)user;
	lines++;
	const size_t at = strlen(heard);
	snprintf(heard + at, sizeof heard - at, "%s\n", line);
}

int
fixture_heard(const char *text)
{
	return strstr(heard, text) != NULL;
}

int
fixture_lines(void)
{
	return lines;
}

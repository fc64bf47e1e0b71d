#define _XOPEN_SOURCE 700 /* nftw */

#include "tests/kit_fixture.h"

#include "model/audiofile.h"

#include <ftw.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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

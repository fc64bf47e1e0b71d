/* Tiny kits in a folder of their own, for the tests of the loader. */
#ifndef DRUMLIN_TESTS_KIT_FIXTURE_H
#define DRUMLIN_TESTS_KIT_FIXTURE_H

#include "tests/test.h"

/* cmocka set-up and tear-down: makes a fresh folder and removes it with all that is in it. */
int fixture_up(void **state);
int fixture_down(void **state);

/* Path of name inside the fresh folder; one of four buffers in turn. */
const char *fixture_path(const char *name);

/* Writes text, or a mono sound of frames samples of a sine at hz (WAV or FLAC by name), there. */
void fixture_text(const char *name, const char *text);
void fixture_sine(const char *name, uint32_t rate, int channels, size_t frames, double hz, double level);

/* Makes a folder there. */
void fixture_folder(const char *name);

/* Drums of no great art, different for each seed: a falling sine; a short tone and noise; high noise, short
 * or long. */
enum fixture_drum { FIXTURE_KICK, FIXTURE_SNARE, FIXTURE_HAT, FIXTURE_OPEN_HAT, FIXTURE_TOM };
void fixture_drum(const char *name, enum fixture_drum what, unsigned seed);

/* A whole drumkit.xml with that list of instruments. */
void fixture_kit(const char *instruments);

/* What the loader said: a kit_warn_fn that keeps the lines. fixture_heard() tells whether any holds text. */
void fixture_listen(void *user, const char *line);
int fixture_heard(const char *text);
int fixture_lines(void);

#endif

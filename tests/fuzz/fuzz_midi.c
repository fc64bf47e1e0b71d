/* Any bytes at all as a MIDI file: the reader must give a lawful pattern or one line of error.
 *
 * With clang -fsanitize=fuzzer this is a libFuzzer target; built plainly (as make check does) it reads
 * the files named on its command line, or makes itself seeds with our own writer and cuts and changes them.
 */
#undef NDEBUG
#include "model/midiwrite.h"
#include "model/pattern.h"
#include "rt/rng.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_pattern(const pattern *p)
{
	long hits = 0;
	assert(p->bar_len >= STEP_MIN_BAR && p->bar_len <= STEP_MAX_BAR);
	assert(p->n_steps > 0 && p->n_steps <= PATTERN_MAX_STEPS && p->n_steps % p->bar_len == 0);
	assert(p->bar_len * p->denominator == 16 * p->numerator);
	assert(p->tempo == 0.0f || (p->tempo >= PATTERN_MIN_TEMPO && p->tempo <= PATTERN_MAX_TEMPO));
	for (int t = 0; t < p->n_steps; t++)
		for (int i = 0; i < INSTRUMENTS; i++) {
			const step_hit *h = &p->step[t].hit[i];
			assert(h->velocity <= 127);
			assert(h->velocity ? h->ratchet >= 1 && h->ratchet <= STEP_MAX_RATCHET
					   : !h->ratchet && !h->offset);
			hits += h->velocity > 0;
		}
	assert(hits > 0 && hits + (long)p->merged == (long)p->notes);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	pattern p;
	dr_error err = {""};
	if (pattern_parse_midi(data, size, "fuzz.mid", &p, &err) == DR_OK) {
		check_pattern(&p);
		pattern_clear(&p);
	} else {
		assert(strstr(err.text, "fuzz.mid"));
		assert(!p.step && !p.path);
	}
	return 0;
}

#ifndef DRUMLIN_LIBFUZZER
#include "model/fileio.h"

static int
replay(const char *path)
{
	char *data;
	size_t size;
	dr_error err;
	if (file_read_whole(path, 1 << 28, &data, &size, &err) != DR_OK) {
		fprintf(stderr, "%s\n", err.text);
		return 1;
	}
	LLVMFuzzerTestOneInput((const uint8_t *)data, size);
	free(data);
	return 0;
}

static int
make_seed(const char *path, int which)
{
	dr_error err;
	midiwriter *w;
	static const int metres[4][2] = {{4, 4}, {6, 8}, {5, 4}, {4, 4}};
	if (midiwriter_new(path, which == 3 ? 960 : 96, 120.0, metres[which][0], metres[which][1], &w,
			   &err) != DR_OK)
		return 1;
	for (uint32_t i = 0; i < 40; i++)
		if (midiwriter_note(w, i * 24 + i % 7, 6, which == 2 ? 1 : 10, 27 + (int)i, 100, &err) !=
		    DR_OK)
			return 1;
	return midiwriter_close(w, 0, &err) != DR_OK;
}

/* Seeds, and a few thousand mutations of each. */
static int
self_made(void)
{
	uint64_t seed = 1;
	printf("seed %llu\n", (unsigned long long)seed);
	for (int which = 0; which < 4; which++) {
		char *data;
		size_t size;
		dr_error err;
		char path[64];
		snprintf(path, sizeof path, "fuzz_midi.%d.tmp", which);
		if (make_seed(path, which) || file_read_whole(path, 1 << 20, &data, &size, &err) != DR_OK)
			return 1;
		remove(path);
		uint8_t *copy = malloc(size);
		if (!copy)
			return 1;
		for (int i = 0; i < 5000; i++) {
			memcpy(copy, data, size);
			for (int k = (int)(rng_next(&seed) % 8); k > 0; k--)
				copy[rng_next(&seed) % size] = (uint8_t)rng_next(&seed);
			LLVMFuzzerTestOneInput(copy, rng_next(&seed) % 3 ? size : rng_next(&seed) % size);
		}
		free(copy);
		free(data);
	}
	return 0;
}

int
main(int argc, char **argv)
{
	int failed = 0;
	for (int i = 1; i < argc; i++)
		failed |= replay(argv[i]);
	return argc > 1 ? failed : self_made();
}
#endif

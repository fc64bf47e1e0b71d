/* Any bytes at all as a pattern in text: the reader must give a lawful pattern or one line of error.
 *
 * With clang -fsanitize=fuzzer -DDRUMLIN_LIBFUZZER this is a libFuzzer target; built plainly (as make check
 * does) it reads the files named on its command line, or cuts and changes seeds of its own.
 */
#undef NDEBUG
#include "model/drumtext.h"
#include "rt/rng.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_pattern(const pattern *p)
{
	long strokes = 0, hits = 0;
	assert(p->bar_len >= STEP_MIN_BAR && p->bar_len <= STEP_MAX_BAR);
	assert(p->source_bars >= 1 && p->source_bars <= DRUMTEXT_MAX_BARS);
	assert(p->n_steps % (p->bar_len * p->source_bars) == 0);
	assert(p->n_steps >= DRUMTEXT_LOOP_BARS * p->bar_len && p->n_steps <= PATTERN_MAX_STEPS);
	assert(p->bar_len * p->denominator == 16 * p->numerator);
	assert(p->tempo == 0.0f || (p->tempo >= PATTERN_MIN_TEMPO && p->tempo <= PATTERN_MAX_TEMPO));
	assert(p->fill >= -1 && p->fill <= 1 && strlen(p->own_style) < sizeof p->own_style);
	const int loop = p->source_bars * p->bar_len;
	for (int t = 0; t < p->n_steps; t++)
		for (int i = 0; i < INSTRUMENTS; i++) {
			const step_hit *h = &p->step[t].hit[i];
			assert(h->velocity <= 127);
			assert(h->velocity ? h->ratchet >= 1 && h->ratchet <= STEP_MAX_RATCHET
					   : !h->ratchet && !h->offset);
			assert(h->velocity == p->step[t % loop].hit[i].velocity);
			hits += h->velocity > 0;
			strokes += h->ratchet;
		}
	assert(hits > 0 && strokes == (long)p->notes && strokes - hits == (long)p->merged);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	pattern p;
	drumtext_head head;
	dr_error err = {""};
	if (drumtext_parse(data, size, "fuzz.drum", &head, &p, &err) == DR_OK) {
		check_pattern(&p);
		assert(strlen(head.name) < DRUMTEXT_WORD && strlen(head.family) < DRUMTEXT_WORD);
		pattern_clear(&p);
	} else {
		assert(strstr(err.text, "fuzz.drum:"));
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

static const char *const seeds[] = {
    "name: a\nstyle: techno/dub\ntempo: 120\nfill: yes\nswing: 58 CH\nfeel: SD 3 CH -2\n"
    "BD X...x...o...-... | %\nSD ....x..2........ | ....x..3...4....\nCH x.x.x.x.x.x.x.x.\n"
    "CH= 60 90 . 40\nCH+ 0 -3\n",
    "\xef\xbb\xbfmetre: 7/8\r\nfamily: b # c\r\nRC x.x.x.x.x.x.x. | x.....x.......\r\nRC %|%|%\r\n",
    "metre: 8/4\nPC xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx|%|%|%|%\nLT x...............x...............\n"};

/* A character of the notation more often than any byte. */
static uint8_t
some_byte(uint64_t *seed)
{
	static const char letters[] = "BDSCHx.-oX234|%=+:#\n\r 019/";
	const uint64_t r = rng_next(seed);
	return r % 4 ? (uint8_t)letters[(r >> 8) % (sizeof letters - 1)] : (uint8_t)(r >> 16);
}

static void
mutate(uint64_t *seed, const char *text)
{
	uint8_t copy[512];
	const size_t size = strlen(text);
	assert(size > 0 && size < sizeof copy);
	memcpy(copy, text, size);
	for (int k = (int)(rng_next(seed) % 6); k > 0; k--)
		copy[rng_next(seed) % size] = some_byte(seed);
	LLVMFuzzerTestOneInput(copy, rng_next(seed) % 3 ? size : rng_next(seed) % size);
}

int
main(int argc, char **argv)
{
	int failed = 0;
	for (int i = 1; i < argc; i++)
		failed |= replay(argv[i]);
	if (argc > 1)
		return failed;
	uint64_t seed = 1;
	printf("seed %llu\n", (unsigned long long)seed);
	for (size_t s = 0; s < sizeof seeds / sizeof *seeds; s++)
		for (int i = 0; i < 20000; i++)
			mutate(&seed, seeds[s]);
	return 0;
}
#endif

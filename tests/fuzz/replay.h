/* A main for fuzzers outside libFuzzer: replays the files that are named; without any, the seeds of
 * tests/fuzz/seeds/FUZZ_NAME, whole and in REPLAY_MUTANTS mutations of each. */
#ifndef DRUMLIN_FUZZ_REPLAY_H
#define DRUMLIN_FUZZ_REPLAY_H
#ifndef DRUMLIN_LIBFUZZER

#include "model/fileio.h"
#include "rt/rng.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { REPLAY_LONGEST = 1 << 20 };

#ifndef REPLAY_MUTANTS
#define REPLAY_MUTANTS 1500
#endif

/* From the heap, and no longer than it says: a byte too far is seen. */
static void
replay_exactly(const char *data, size_t size)
{
	uint8_t *copy = malloc(size ? size : 1);
	if (!copy)
		abort();
	memcpy(copy, data, size);
	LLVMFuzzerTestOneInput(copy, size);
	free(copy);
}

static void
replay_mutants(const char *data, size_t size, uint64_t *seed)
{
	char *copy = malloc(size);
	if (!copy)
		abort();
	for (int i = 0; i < REPLAY_MUTANTS; i++) {
		memcpy(copy, data, size);
		for (int k = (int)(rng_next(seed) % 8); k > 0; k--)
			copy[rng_next(seed) % size] = (char)rng_next(seed);
		replay_exactly(copy, rng_next(seed) % 3 ? size : rng_next(seed) % size);
	}
	free(copy);
}

static int
replay_file(const char *path, uint64_t *seed)
{
	char *data;
	size_t size;
	dr_error err;
	if (file_read_whole(path, REPLAY_LONGEST, &data, &size, &err) != DR_OK) {
		fprintf(stderr, "%s\n", err.text);
		return 1;
	}
	replay_exactly(data, size);
	if (seed && size)
		replay_mutants(data, size, seed);
	free(data);
	return 0;
}

int
main(int argc, char **argv)
{
	const char *srcdir = getenv("srcdir");
	char folder[1024], path[2048];
	uint64_t seed = 1;
	int failed = 0, files = 0;
	for (int i = 1; i < argc; i++)
		failed |= replay_file(argv[i], NULL);
	if (argc > 1)
		return failed;
	printf("seed %llu\n", (unsigned long long)seed);
	snprintf(folder, sizeof folder, "%s/tests/fuzz/seeds/" FUZZ_NAME, srcdir ? srcdir : ".");
	DIR *d = opendir(folder);
	for (const struct dirent *e; d && (e = readdir(d));) {
		if (e->d_name[0] == '.')
			continue;
		snprintf(path, sizeof path, "%s/%s", folder, e->d_name);
		failed |= replay_file(path, &seed);
		files++;
	}
	if (d)
		closedir(d);
	if (!files)
		fprintf(stderr, "no seeds in %s\n", folder);
	return failed || !files;
}

#endif
#endif

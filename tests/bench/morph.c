/* What the morph costs, on one core: taking the shipped kits apart, and a whole kit at a place between them.
 */
#include "model/kit_morph.h"
#include "model/kitfile.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { RATE = 48000, ROUNDS = 20 };

static double
now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void
must(dr_status status, const dr_error *err)
{
	if (status != DR_OK) {
		fprintf(stderr, "bench: %s\n", err->text);
		exit(status_exit_code(status));
	}
}

static void
ignore(void *user, const char *line)
{
	(void)user;
	(void)line;
}

/* The shipped kits; where there are fewer than four, the first ones again. */
static void
load_corners(kit *corner[KIT_CORNERS])
{
	static const char folder[] = DRUMLIN_SOURCE_DATADIR "/kits";
	struct dirent **names;
	dr_error err;
	const int found = scandir(folder, &names, NULL, alphasort);
	int n = 0;
	for (int i = 0; i < found; i++) {
		char path[4096];
		FILE *f;
		snprintf(path, sizeof path, "%s/%s/drumkit.xml", folder, names[i]->d_name);
		if (n < KIT_CORNERS && (f = fopen(path, "r"))) {
			fclose(f);
			must(kit_load(path, RATE, ignore, NULL, &corner[n++], &err), &err);
		}
		free(names[i]);
	}
	if (found >= 0)
		free(names);
	if (n == 0) {
		fprintf(stderr, "bench: %s: no kits\n", folder);
		exit(3);
	}
	for (int i = n; i < KIT_CORNERS; i++)
		corner[i] = kit_share(corner[i % n]);
}

static double
seconds_of(const kit *k, int instrument)
{
	double seconds = 0.0;
	const kit_instrument *in = &k->instrument[instrument];
	for (uint32_t l = 0; l < in->n_layers; l++)
		seconds +=
		    (double)in->layers[l].sample.frames / RATE * (in->layers[l].sample.channel[1] ? 2 : 1);
	return seconds;
}

static int
by_value(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

static void
time_corners(kit *const corner[], int n)
{
	static const float middle[KIT_CORNERS + 1][KIT_CORNERS] = {
	    {0}, {1}, {0.5f, 0.5f}, {0.4f, 0.3f, 0.3f}, {0.25f, 0.25f, 0.25f, 0.25f}};
	kit_morph *m;
	dr_error err;
	bool done = false;
	double whole[ROUNDS], first[ROUNDS], seconds = 0.0;
	size_t samples = 0;
	for (int c = 0; c < n; c++)
		samples += corner[c]->bytes;
	must(kit_morph_new(corner, n, &m, &err), &err);
	const double begun = now();
	while (!done)
		must(kit_morph_prepare(m, &done, &err), &err);
	const double prepared = now() - begun;
	for (int r = 0; r < ROUNDS; r++) {
		const double t = now();
		seconds = 0.0;
		for (int i = 0; i < INSTRUMENTS; i++) {
			kit *k;
			must(kit_morph_render(m, kit_morph_order(i), middle[n], &k, &err), &err);
			if (k)
				seconds += seconds_of(k, kit_morph_order(i));
			kit_free(k);
			if (kit_morph_order(i) == INST_SD)
				first[r] = now() - t;
		}
		whole[r] = now() - t;
	}
	qsort(whole, ROUNDS, sizeof *whole, by_value);
	qsort(first, ROUNDS, sizeof *first, by_value);
	printf(
	    "%d corners: taken apart in %.0f ms into %.1f MiB (samples %.1f MiB); a kit of twelve, %.1f s of "
	    "sample:\n"
	    "  %.1f ms at best, %.1f ms (median), %.2f ms per second of sample; kick and snare after %.1f "
	    "ms\n",
	    n, 1e3 * prepared, (double)kit_morph_bytes(m) / (1 << 20), (double)samples / (1 << 20), seconds,
	    1e3 * whole[0], 1e3 * whole[ROUNDS / 2], 1e3 * whole[0] / seconds, 1e3 * first[ROUNDS / 2]);
	kit_morph_free(m);
}

int
main(void)
{
	kit *corner[KIT_CORNERS];
	load_corners(corner);
	puts("the morph, on one core (CPU time; seconds of sample count each channel)");
	for (int n = 2; n <= KIT_CORNERS; n++)
		time_corners(corner, n);
	for (int c = 0; c < KIT_CORNERS; c++)
		kit_free(corner[c]);
	return 0;
}

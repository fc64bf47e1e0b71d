#include "tests/sync/meter.h"

#include <stdlib.h>
#include <string.h>

enum { BEFORE_JUMP = 12000, AFTER_JUMP = 60000 };

static int64_t
distance_to_nearest(const event_list *l, uint32_t n, int64_t at)
{
	uint32_t low = 0, high = n;
	while (low < high) {
		const uint32_t middle = (low + high) / 2;
		if (l->at[middle] < at)
			low = middle + 1;
		else
			high = middle;
	}
	int64_t best = INT64_MAX;
	if (low < n)
		best = l->at[low] - at;
	if (low > 0 && at - l->at[low - 1] < llabs(best))
		best = l->at[low - 1] - at;
	return best;
}

static bool
near_jump(const event_list *jumps, int64_t at)
{
	for (uint32_t i = 0; i < jumps->n; i++)
		if (at > jumps->at[i] - BEFORE_JUMP && at < jumps->at[i] + AFTER_JUMP)
			return true;
	return false;
}

static int
ascending(const void *a, const void *b)
{
	const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
	return (x > y) - (x < y);
}

static int64_t
median(const int64_t *x, size_t n)
{
	int64_t *sorted = malloc((n ? n : 1) * sizeof *sorted);
	if (!sorted || n == 0) {
		free(sorted);
		return 0;
	}
	memcpy(sorted, x, n * sizeof *sorted);
	qsort(sorted, n, sizeof *sorted, ascending);
	const int64_t middle = sorted[n / 2];
	free(sorted);
	return middle;
}

int
meter_compare(const meter *m, const char *label, double seconds, int64_t window, FILE *log)
{
	const event_list *ours = &m->source[0].events, *theirs = &m->source[1].events;
	const uint32_t n_ours = ours->n, n_theirs = theirs->n;
	int64_t *offset = calloc(n_theirs + 1, sizeof *offset),
		*from_median = calloc(n_theirs + 1, sizeof *from_median);
	size_t n = 0;
	unsigned unmatched = 0, lost = 0;
	if (!offset || !from_median)
		return 1;
	for (uint32_t i = 0; i < n_theirs; i++) {
		const int64_t d = distance_to_nearest(ours, n_ours, theirs->at[i]);
		const bool jump = near_jump(&m->jumps, theirs->at[i]);
		if (log && llabs(d) > 4)
			fprintf(log, "%.4f %lld%s%s\n", (double)(theirs->at[i] - m->jumps.at[0]) / m->rate,
				d == INT64_MAX ? -1LL : (long long)d, llabs(d) > window ? " unmatched" : "",
				jump ? " at a jump" : "");
		if (llabs(d) <= window) {
			offset[n++] = d;
			continue;
		}
		unmatched++;
		lost += !jump;
	}
	const int64_t middle = median(offset, n);
	const size_t tenth = n / 10;
	const int64_t drift = median(offset + n - tenth, tenth) - median(offset, tenth);
	for (size_t i = 0; i < n; i++)
		from_median[i] = llabs(offset[i] - middle);
	qsort(from_median, n, sizeof *from_median, ascending);
	printf("| %s | %.0f | %u | %u | %u | %lld | %lld | %lld | %lld | %u | %u |\n", label, seconds,
	       n_theirs, unmatched, lost, (long long)middle, n ? (long long)from_median[n - 1] : -1LL,
	       n ? (long long)from_median[(n - 1) * 99 / 100] : -1LL, (long long)drift,
	       m->jumps.n ? m->jumps.n - 1 : 0, atomic_load(&m->xruns));
	if (m->source[1].kind == CLOCK)
		fprintf(stderr, "ticks missing: %u\n", atomic_load(&m->source[1].missing));
	free(offset);
	free(from_median);
	return n > 0 ? 0 : 1;
}

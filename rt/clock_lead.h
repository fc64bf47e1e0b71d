/* By how much one clock is ahead of another, when each reading of the two may be interrupted.
 *
 * A reading of ours before and after one of theirs bounds the lead on both sides, however long it took.
 * Bounds of all readings are kept, and widened by as much as clocks may drift apart meanwhile; the lead moves
 * only where they exclude it. So an interrupted reading moves nothing, and no jitter comes through. Plain
 * data and pure functions; microseconds. */
#ifndef DRUMLIN_CLOCK_LEAD_H
#define DRUMLIN_CLOCK_LEAD_H

#include <stdbool.h>
#include <stdint.h>

typedef struct clock_lead {
	bool known;
	int64_t lead;           /* ours less theirs */
	double lowest, highest; /* what it can be */
	int64_t at;             /* of the last reading, by our clock */
} clock_lead;

/* One reading: our clock, theirs, ours again. Bounds that contradict all before them are another clock (or
 * one that was set), and hold from here on. */
void clock_lead_take(clock_lead *c, int64_t before, int64_t theirs, int64_t after);

#endif

/* What a meter hears (tests/sync/syncmeter.c) and how it is compared (tests/sync/compare.c). */
#ifndef DRUMLIN_TESTS_SYNC_METER_H
#define DRUMLIN_TESTS_SYNC_METER_H

#include "rt/clock_lead.h"

#include <jack/jack.h>

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum { EVENTS = 1 << 18 };

typedef enum kind { AUDIO, CLOCK, BBT, GRID } kind;

/* Events' times are the server's frames, which count on over cycles that were lost. */
typedef struct event_list {
	int64_t *at;
	double *us; /* when they were due, by the server's clock; where that is wanted */
	_Atomic uint32_t n;
} event_list;

typedef struct source {
	kind kind;
	const char *text; /* ports or number */
	double number;
	jack_port_t *port;
	event_list events;
	uint32_t quiet;            /* audio: frames since it was loud */
	int64_t tick;              /* clock: ticks since the top; -1 stopped */
	int64_t tick_at, interval; /* clock: of the last tick, and before it; 0 none */
	_Atomic uint32_t missing;  /* clock: ticks that an xrun has swallowed */
	int64_t last_unit;         /* bbt, grid: last beat that was seen */
	bool seen;
} source;

typedef struct meter {
	jack_client_t *client;
	source source[2];
	int sources;
	event_list jumps;
	jack_nframes_t expected, next_time;
	bool rolling, begun;
	int64_t now; /* of the cycle's first frame */
	double rate;
	_Atomic uint32_t xruns;
	_Atomic bool gone;
	clock_lead clocks;
	/* Periods are called late, never early: the earliest of some tenths of a second says when frame 0 was
	 * due. */
	double frame_0_us, before_us;
	jack_nframes_t watched;
} meter;

/* Prints one row of a Markdown table: label | seconds | their events | unmatched | of them away from a jump |
 * median | furthest from the median | 99 in 100 are nearer to it than | median of the last tenth less that of
 * the first | jumps | xruns. Offsets are ours less theirs, in frames. Those at a jump of the transport
 * (start, stop, locate) are counted apart: what has been sent cannot be taken back. Returns 1 where nothing
 * matched.
 */
int meter_compare(const meter *m, const char *label, double seconds, int64_t window, FILE *log);

#endif

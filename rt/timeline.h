/* A straight line between wall clock and music: one that another party keeps (Ableton Link), for the audio
 * thread to go on along, or the engine's own. One thread writes it, others read. */
#ifndef DRUMLIN_TIMELINE_H
#define DRUMLIN_TIMELINE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct engine_timeline {
	uint64_t time_us; /* a moment of the monotonic clock; 0: there is no timeline */
	double quarter;   /* quarter notes at that moment; multiples of a bar are bar lines */
	double tempo;     /* quarter notes a minute */
	bool playing;
	double start; /* playing: the quarter note that is the top of the song */
} engine_timeline;

typedef struct timeline_shared {
	_Atomic uint32_t sequence; /* odd while being written */
	_Atomic uint64_t time_us;
	_Atomic double quarter, tempo, start;
	_Atomic bool playing;
} timeline_shared;

void timeline_write(timeline_shared *s, const engine_timeline *t); /* [one thread] */

/* Once, without waiting: false while it is being written. [any] */
bool timeline_read(const timeline_shared *s, engine_timeline *t);

/* Quarter notes since the top at a time of the same clock. */
double timeline_quarters(const engine_timeline *t, double time_us);

#endif

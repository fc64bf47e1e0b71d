/* Setting a transport rolling again so that it is in phase with the wall clock: after a server's restart the
 * song is where it would have been.
 *
 * Periods are called late, never early, so the earliest of some call times says when frames are due: a
 * server's own filtered time takes a second to settle. The transport is located to where the song will be
 * some periods ahead, and held in its slow sync until the period comes from which it has to roll. A server
 * answers some periods after it is told that all are ready: that is guessed, and where it rolled in another
 * period than it should have (other clients may be slow), or the server's own pace has not settled, it is
 * measured and tried again from the same anchor, at most REENTRY_TRIES times, before anything is heard. Plain
 * data and pure functions; frames are the server's own count, which goes on whether the transport rolls or
 * not. [audio] */
#ifndef DRUMLIN_REENTRY_H
#define DRUMLIN_REENTRY_H

#include <stdbool.h>
#include <stdint.h>

enum { REENTRY_TRIES = 4 };

/* Where the song is: at a moment of the monotonic clock, in seconds from its top. */
typedef struct reentry_anchor {
	uint64_t time_us;
	double seconds;
} reentry_anchor;

typedef enum reentry_state { REENTRY_IDLE, REENTRY_WANTED, REENTRY_WATCHING, REENTRY_ASKED } reentry_state;

typedef struct reentry {
	reentry_state state;
	reentry_anchor anchor;
	/* Frame `first` of the server's, and when it was due by the call times of the last moments: of the
	 * stretch before, and of the present one, which began at `since`. */
	uint32_t first, since;
	double before_us, first_us;
	int tries;
	int32_t answer; /* periods from "all are ready" to the first that rolls */
	uint32_t due;   /* the server's frame from which the transport should roll, .. */
	uint64_t place; /* ..and where it should be then */
	bool held;      /* it has not rolled since it was asked to */
} reentry;

/* What a host sees at a period's start. */
typedef struct reentry_period {
	uint32_t now, frames; /* the server's count, and the period's length */
	uint32_t rate;
	uint64_t time_us; /* on the monotonic clock, when the period was called */
	bool stopped, rolling;
	uint64_t place; /* the transport's frame */
} reentry_period;

void reentry_begin(reentry *r, const reentry_anchor *anchor);

/* Once a period: true if the transport shall now be located to r->place and started. A transport that another
 * has set rolling, or moved, is left alone. */
bool reentry_run(reentry *r, const reentry_period *p);

/* True while it rolls on from a try that went wrong: nothing of that shall be heard. */
bool reentry_mute(const reentry *r);

/* Slow sync: true unless the transport waits at r->place for its time. */
bool reentry_ready(const reentry *r, uint32_t now, uint32_t frames, uint64_t place);

#endif

/* Ableton Link: keeps the engine's timeline, the tempo knob and starts and stops at one with the session's
 * peers. A thread of its own talks to link_wall.h; nothing of Link runs in the audio thread. */
#ifndef DRUMLIN_LINK_SYNC_H
#define DRUMLIN_LINK_SYNC_H

#include "rt/control.h"

typedef struct link_sync link_sync;

/* Joins the session whenever the sync parameter is SYNC_LINK. Errors: DR_FAILED. [main] */
dr_status link_sync_start(control *c, link_sync **out, dr_error *err) DR_CHECKED;

/* Starts at the next bar line, or stops, with all peers that share that. [any but audio] */
void link_sync_play(link_sync *l, bool playing);

int link_sync_peers(const link_sync *l); /* [any] */

void link_sync_stop(link_sync *l); /* NULL is allowed. [main] */

#endif

/* Leaving somebody who may never let go: runs a call in a thread of its own and waits for a while only.
 * [main] */
#ifndef DRUMLIN_FAREWELL_H
#define DRUMLIN_FAREWELL_H

#include <stdbool.h>

/* Runs leave(arg) and waits for `seconds` at most. True if it has returned; else it goes on alone, and what
 * arg points to must stay. */
bool farewell(void (*leave)(void *arg), void *arg, double seconds);

#endif

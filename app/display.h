/* The display's thread: draws what the main thread has posted, reads the keys, prints lines where there is no
 * full screen.
 *
 * A terminal may stop taking what it is sent: Control-S, a dead connection, a pipe that nobody reads. That
 * holds this thread and nothing else: what is posted meanwhile replaces what was, and lines beyond a few are
 * left out and counted. */
#ifndef DRUMLIN_DISPLAY_H
#define DRUMLIN_DISPLAY_H

#include "app/screen.h"

typedef struct display display;

/* full_screen: screen_open has succeeded; the thread closes it. Errors: DR_FAILED. [main] */
dr_status display_start(player *p, bool full_screen, display **out, dr_error *err) DR_CHECKED;

/* What is to be shown from now on; copied. [main] */
void display_post(display *d, const stage_view *v);

/* A line (without newline) for standard output, or for standard error. [any but audio] */
void display_print(display *d, int file, const char *line);

/* The performer has quit. [any] */
bool display_left(const display *d);

/* Ends the thread, which prints what still waits. One that is held by its terminal is given half a second,
 * then what the terminal has not taken is discarded, then it is left behind (false): it touches nothing of
 * the player's any more, and goes with the process. [main] */
bool display_stop(display *d);

/* After display_stop has returned true: prints what has been said since and frees it. [main] */
void display_free(display *d);

#endif

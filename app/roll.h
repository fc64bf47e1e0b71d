/* A piano roll as a PNG picture: twelve rows, velocity as shade, microtiming visible, bar lines. */
#ifndef DRUMLIN_ROLL_H
#define DRUMLIN_ROLL_H

#include "rt/step.h"
#include "rt/status.h"

#include <stddef.h>

enum { ROLL_MAX_STEPS = 7680 }; /* 480 bars of 4/4 */

/* n_steps of them from the top; each event's bar_step 0 draws a bar line. Errors: DR_FAILED naming the path.
 */
dr_status roll_write_png(const char *path, const step_event *step, size_t n_steps, dr_error *err) DR_CHECKED;

#endif

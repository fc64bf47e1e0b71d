/* The files of one recording. One thread. */
#ifndef DRUMLIN_TAKE_H
#define DRUMLIN_TAKE_H

#include "rt/tape.h"

typedef struct take take;

/* Makes a folder in `parent` (and parent, where it is missing) named after the time, and the files in it. The
 * tape is borrowed. Errors: DR_FAILED naming the path. */
dr_status take_begin(const char *parent, tape *t, take **out, dr_error *err) DR_CHECKED;

/* Writes all that is on the tape now. Errors: DR_FAILED naming the path: the take is to be ended. */
dr_status take_write(take *k, dr_error *err) DR_CHECKED;

/* Writes what can be written yet, closes the files and frees k. Errors: DR_FAILED naming the path; what is on
 * disk stays. */
dr_status take_end(take *k, dr_error *err) DR_CHECKED;

const char *take_folder(const take *k);
double take_seconds(const take *k);

#endif

/* The figures of doc/kits.md, measured from the files as anyone would load them. */
#ifndef KITGEN_MEASURE_H
#define KITGEN_MEASURE_H

#include "rt/status.h"

#include <stdio.h>

/* Loads the kit folder dir and writes a Markdown table with a row for every layer file: length, peak,
 * loudness (K-weighted, loudest 100 ms and the standard's 400 ms), DC, decay, fundamental where there is one,
 * centroid. */
dr_status measure_kit(const char *dir, FILE *out, dr_error *err) DR_CHECKED;

#endif

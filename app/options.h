/* The musical options that play and render share, and how options become parameters. */
#ifndef DRUMLIN_OPTIONS_H
#define DRUMLIN_OPTIONS_H

#include "rt/kit.h"
#include "rt/param.h"

#include <getopt.h>
#include <stdio.h>

typedef struct music_options {
	bool given[PARAM_GLOBAL_COUNT];
	float value[PARAM_GLOBAL_COUNT];
	const char *style;           /* as typed; a name or a number; NULL not given */
	const char *style_corner[3]; /* the same for style/2, style/3, style/4 */
	bool style_kept; /* a session's: one that the model does not know is no fault of the performer's */
	const char *kit[KIT_CORNERS];
	int n_kits;
	const char *model;  /* NULL: the default */
	const char *primer; /* NULL: none */
	bool int8;          /* the network's large matrices are read in eight bits */
} music_options;

/* Values of `val` from OPTION_PARAM on belong to the table's global parameters. */
enum {
	OPTION_PARAM = 1000,
	OPTION_KIT = 2000,
	OPTION_MODEL,
	OPTION_PRIMER,
	OPTION_INT8,
	OPTION_OWN = 3000,
	OPTIONS_MAX = 96
};

/* Writes the shared long options (the table's global parameters, --kit, --model, --int8, --primer), then
 * `own` (ended by a NULL name), then the end, into `all`. */
void options_build(const struct option *own, struct option all[OPTIONS_MAX]);

/* Takes one parsed shared option. DR_USAGE with a line for values that are no numbers or out of range;
 * *taken tells whether `val` was a shared one. */
dr_status options_take(music_options *o, int val, const char *argument, bool *taken,
		       dr_error *err) DR_CHECKED;

/* The error for what getopt_long has not understood, right after it has returned `val` (':' or '?'), with the
 * word at fault. Always DR_USAGE. */
dr_status options_fault(int val, char **argv, dr_error *err) DR_CHECKED;

/* Prints a line per shared option. */
void options_help(FILE *to);

/* Parses a number that must lie within low..high. */
dr_status options_number(const char *name, const char *text, double low, double high, double *out,
			 dr_error *err) DR_CHECKED;

#endif

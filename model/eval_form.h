/* How much music repeats itself: the share of bars that are equal, or nearly, to the bar 1, 2, 4, 8 before;
 * in a corpus by style, and in what a model plays. One thread. */
#ifndef DRUMLIN_EVAL_FORM_H
#define DRUMLIN_EVAL_FORM_H

#include "model/corpus.h"
#include "model/model.h"

#include <stdio.h>

enum { FORM_LAGS = 4, FORM_NEAR = 2 }; /* cells in which bars that are near may differ */

/* Counts over the bars that have one so far before them. */
typedef struct form_shares {
	long pairs[FORM_LAGS], equal[FORM_LAGS], near[FORM_LAGS];
} form_shares;

int form_lag(int i); /* 1, 2, 4, 8 */

/* Adds n_steps steps in bars of bar_len, given by their hit masks. */
void form_add(form_shares *f, const uint16_t *mask, int n_steps, int bar_len);

/* Of each style of the model: the corpus's shares, and those of the model's music over `seeds` seeds at
 * several settings of repeat, phrases of four bars, as a table or one JSON object. c may be NULL (no corpus).
 * Errors: DR_FAILED (memory, output). */
dr_status eval_form(const model *m, const corpus *c, int seeds, bool json, FILE *out,
		    dr_error *err) DR_CHECKED;

#endif

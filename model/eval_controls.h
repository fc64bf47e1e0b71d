/* Whether the controls do what they promise (doc/design.md, promise 5), measured on a model's own music,
 * style by style. One thread. */
#ifndef DRUMLIN_EVAL_CONTROLS_H
#define DRUMLIN_EVAL_CONTROLS_H

#include "model/corpus.h"
#include "model/model.h"

#include <stdio.h>

enum {
	CONTROLS_DENSITIES = 21,
	CONTROLS_TEMPERATURES = 9,
	CONTROLS_INSTRUMENTS = 3, /* BD, SD, CH: those that every style has */
	CONTROLS_OWN = 5          /* settings of an instrument's density */
};

/* What was heard of one style. */
typedef struct controls_style {
	const char *name;
	double own_mean;                       /* hits per bar of its patterns */
	double hits[CONTROLS_DENSITIES];       /* per bar, density 0 to 1 */
	double strength[CONTROLS_DENSITIES];   /* mean probability of the hits that are heard */
	double entropy[CONTROLS_TEMPERATURES]; /* of what is heard on each cell of the bar, over bars and
						  seeds, in bits per bar; temperature 0 to 2 */
	bool cold_is_one;                      /* temperature 0 plays the same under every seed */
	int silence;                           /* most empty bars in a row where the density is above 0.1 */
	int fullest;                           /* most cells on in one bar */
	double own[CONTROLS_INSTRUMENTS]
		  [CONTROLS_OWN]; /* hits per bar of the instrument, its density 0 to 1 */
	double fill, beside;      /* hits of a bar that is a fill, and of the bars before and after it */
	double landed;            /* share of the fills after which kick and crash hit the bar line */
} controls_style;

typedef enum controls_promise {
	PROMISE_MONOTONE,
	PROMISE_EMPTY,
	PROMISE_FULL,
	PROMISE_MIDDLE,
	PROMISE_STRONG,
	PROMISE_ENTROPY,
	PROMISE_COLD,
	PROMISE_SILENCE,
	PROMISE_SOLID,
	PROMISE_OWN,
	PROMISE_FILL,
	PROMISE_LANDING,
	PROMISES
} controls_promise;

/* Rank correlation of y with 0, 1, 2 ... (Spearman, "The proof and measurement of association between two
 * things", 1904); ties share their rank. 0 if all are equal. */
double controls_spearman(const double *y, int n);

/* Whether the style keeps a promise, and its figure there. */
bool controls_kept(const controls_style *s, controls_promise promise, double *figure);

/* Listens to every style of the model over `seeds` seeds and prints a table and a verdict for each promise,
 * or one JSON object. A style's own mean is that of the corpus's patterns, or without a corpus (NULL) that of
 * the model's training patterns, which its file says. *broken: promises that some style breaks. Errors:
 * DR_FAILED (memory, output). */
dr_status eval_controls(const model *m, const corpus *c, int seeds, bool json, FILE *out, int *broken,
			dr_error *err) DR_CHECKED;

/* eval_controls_report.c */
void controls_print_text(const controls_style *s, int n, int seeds, FILE *out);
dr_status controls_print_json(const controls_style *s, int n, int seeds, FILE *out, dr_error *err) DR_CHECKED;

#endif

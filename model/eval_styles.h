/* Private to eval*.c: what the evaluations have in common that let a network play every style. */
#ifndef DRUMLIN_EVAL_STYLES_H
#define DRUMLIN_EVAL_STYLES_H

#include "model/corpus.h"
#include "model/rehearsal.h"

#include <jansson.h>
#include <stdio.h>

/* Who plays and what it is compared with; the corpus may be NULL. */
typedef struct style_stage {
	const model *model;
	const corpus *corpus;
	rehearsal *rehearsal;
	int seeds;
} style_stage;

/* Figures are an array of structs of this size, zeroed, one per style of the model. */
typedef struct style_listener {
	size_t size;
	dr_status (*listen)(const style_stage *on, int style, void *figures_of_style, dr_error *err);
	void (*print)(const void *figures, int n, FILE *out);
	json_t *(*to_json)(const void *figures, int n); /* the caller's to free */
} style_listener;

/* Listens to every style, then prints the table or the JSON object. Errors: DR_FAILED (memory, output). */
dr_status eval_styles(const style_listener *l, const model *m, const corpus *c, int seeds, bool json,
		      FILE *out, dr_error *err) DR_CHECKED;

/* Writes the object, which is freed, with so many digits. Errors: DR_FAILED. */
dr_status eval_write_json(json_t *object, int digits, FILE *out, dr_error *err) DR_CHECKED;

#endif

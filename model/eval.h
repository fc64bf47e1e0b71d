/* Scoring under protocol 1 (doc/eval.md): baselines and models side by side. One thread. */
#ifndef DRUMLIN_EVAL_H
#define DRUMLIN_EVAL_H

#include "model/corpus.h"
#include "model/model.h"

#include <stdio.h>

/* Trains the protocol's baselines on the corpus's train split (each collection's own and all together;
 * alone: none of them, which takes a part of the time), scores them and the model (may be NULL) on the
 * validation split and prints the table to `out` (json: one JSON object). Errors: DR_BAD_INPUT (no
 * validation pattern), DR_FAILED (memory). */
dr_status eval_run(const corpus *c, const model *m, bool alone, bool json, FILE *out,
		   dr_error *err) DR_CHECKED;

#endif

/* The parts of a session file as JSON. Private to session*.c. */
#ifndef DRUMLIN_SESSION_JSON_H
#define DRUMLIN_SESSION_JSON_H

#include "app/session.h"

#include <jansson.h>

typedef struct session_reader {
	const char *path;
	session_warn_fn *warn;
	void *user;
} session_reader;

void session_warn(const session_reader *r, const char *what, const char *name);

/* The object's part of that name; NULL where there is none, or, with a warning, where it is of another kind.
 */
json_t *session_part(const session_reader *r, const json_t *object, const char *key, json_type kind);

/* What turns into JSON is NULL without memory. */

/* Adds an object or array to an object, or leaves it out where it is empty; it is the object's, or freed.
 * False without memory. */
bool session_put(json_t *object, const char *key, json_t *value);

/* "parameters": values by path. */
json_t *session_values_to_json(const bool given[PARAM_SLOTS], const float value[PARAM_SLOTS]);
void session_values_from_json(const session_reader *r, json_t *object, bool given[PARAM_SLOTS],
			      float value[PARAM_SLOTS]);

/* "cells": {"BD": ["1.1 v100", ...]}. */
json_t *session_cells_to_json(const uint32_t word[CELLS]);
void session_cells_from_json(const session_reader *r, json_t *object, uint32_t word[CELLS]);

/* "scenes": {"1": {"parameters": ..., "cells": ...}}. */
json_t *session_scenes_to_json(const scene *bank);
void session_scenes_from_json(const session_reader *r, json_t *object, scene *bank);

#endif

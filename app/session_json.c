#include "app/session_json.h"

#include "app/cell_text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void
session_warn(const session_reader *r, const char *what, const char *name)
{
	char line[256];
	if (!r->warn)
		return;
	snprintf(line, sizeof line, "%s: %s: %.64s", r->path, what, name);
	r->warn(r->user, line);
}

json_t *
session_part(const session_reader *r, const json_t *object, const char *key, json_type kind)
{
	json_t *part = json_object_get(object, key);
	if (!part || json_typeof(part) == kind)
		return part;
	session_warn(r, "not as it should be, left out", key);
	return NULL;
}

/* --- parameters ---------------------------------------------------------------------------------------- */

/* The shortest decimal that reads back as the same float: 0.7, not 0.69999998807907104. */
static double
shortest(float x)
{
	char text[32];
	for (int digits = 1; digits <= 9; digits++) {
		snprintf(text, sizeof text, "%.*g", digits, (double)x);
		if (strtof(text, NULL) == x)
			break;
	}
	return strtod(text, NULL);
}

/* Half of it would take the place of what was whole. */
static json_t *
forget(json_t *value)
{
	json_decref(value);
	return NULL;
}

json_t *
session_values_to_json(const bool given[PARAM_SLOTS], const float value[PARAM_SLOTS])
{
	json_t *object = json_object();
	char path[PARAM_PATH_MAX];
	for (int slot = 0; slot < PARAM_SLOTS; slot++) {
		if (!given[slot])
			continue;
		const bool whole = param_describe(slot)->kind != PARAM_KIND_FLOAT;
		json_t *number =
		    whole ? json_integer((json_int_t)lrintf(value[slot])) : json_real(shortest(value[slot]));
		if (json_object_set_new(object, param_path(slot, path), number) != 0)
			return forget(object);
	}
	return object;
}

void
session_values_from_json(const session_reader *r, json_t *object, bool given[PARAM_SLOTS],
			 float value[PARAM_SLOTS])
{
	const char *name;
	json_t *number;
	json_object_foreach(object, name, number)
	{
		const int slot = param_find(name);
		if (slot < 0 || !(param_describe(slot)->flags & PARAM_FLAG_SAVED)) {
			session_warn(r, "not a parameter, left out", name);
			continue;
		}
		const double x = json_number_value(number);
		const param_desc *d = param_describe(slot);
		if (!json_is_number(number) || !isfinite(x)) {
			session_warn(r, "not a number, left out", name);
			continue;
		}
		if (x < (double)d->low || x > (double)d->high)
			session_warn(r, "out of range, brought into it", name);
		value[slot] = fminf(d->high, fmaxf(d->low, (float)x));
		given[slot] = true;
	}
}

/* --- cells --------------------------------------------------------------------------------------------- */

/* One instrument's cells. */
static json_t *
cells_of(const uint32_t word[CELLS], int instrument)
{
	json_t *list = json_array();
	char text[CELL_TEXT_MAX];
	for (int n = 0; n < CELL_BARS * CELL_STEPS; n++) {
		const int bar = n / CELL_STEPS, step = n % CELL_STEPS;
		cell_to_text(bar, step, cell_unpack(word[cell_index(bar, instrument, step)]), text);
		if (text[0] && json_array_append_new(list, json_string(text)) != 0)
			return forget(list);
	}
	return list;
}

json_t *
session_cells_to_json(const uint32_t word[CELLS])
{
	json_t *object = json_object();
	for (int i = 0; i < INSTRUMENTS; i++)
		if (!session_put(object, instrument_name(i), cells_of(word, i)))
			return forget(object);
	return object;
}

bool
session_put(json_t *object, const char *key, json_t *value)
{
	if (value && json_object_size(value) == 0 && json_array_size(value) == 0) {
		json_decref(value);
		return object != NULL;
	}
	return json_object_set_new(object, key, value) == 0;
}

void
session_cells_from_json(const session_reader *r, json_t *object, uint32_t word[CELLS])
{
	const char *name;
	json_t *list, *text;
	size_t at;
	json_object_foreach(object, name, list)
	{
		const int instrument = instrument_from_name(name);
		if (instrument < 0) {
			session_warn(r, "not an instrument, its cells are left out", name);
			continue;
		}
		if (!json_is_array(list))
			session_warn(r, "not as it should be, left out", name);
		json_array_foreach(list, at, text)
		{
			int bar, step;
			cell c;
			const char *words = json_is_string(text) ? json_string_value(text) : "";
			if (cell_from_text(words, &bar, &step, &c))
				word[cell_index(bar, instrument, step)] = cell_pack(c);
			else
				session_warn(r, "not a cell, left out", *words ? words : name);
		}
	}
}

/* --- scenes -------------------------------------------------------------------------------------------- */

json_t *
session_scenes_to_json(const scene *bank)
{
	json_t *object = json_object();
	bool given[PARAM_SLOTS];
	for (int slot = 0; slot < PARAM_SLOTS; slot++)
		given[slot] = scene_keeps(slot);
	for (int i = 0; bank && i < SCENES; i++) {
		char number[8];
		if (!bank[i].used)
			continue;
		json_t *one = json_object();
		const bool ok =
		    session_put(one, "parameters", session_values_to_json(given, bank[i].value)) &&
		    session_put(one, "cells", session_cells_to_json(bank[i].cell));
		snprintf(number, sizeof number, "%d", i + 1);
		if (json_object_set_new(object, number, one) != 0 || !ok)
			return forget(object);
	}
	return object;
}

void
session_scenes_from_json(const session_reader *r, json_t *object, scene *bank)
{
	const char *name;
	json_t *one;
	json_object_foreach(object, name, one)
	{
		char *end;
		const long number = strtol(name, &end, 10);
		bool given[PARAM_SLOTS];
		if (*end || number < 1 || number > SCENES || !json_is_object(one)) {
			session_warn(r, "not a scene, left out", name);
			continue;
		}
		/* What an older file does not have is as it is by itself. */
		scene *s = &bank[number - 1];
		memset(s, 0, sizeof *s);
		s->used = true;
		for (int slot = 0; slot < PARAM_SLOTS; slot++)
			s->value[slot] = param_describe(slot)->initial;
		session_values_from_json(r, session_part(r, one, "parameters", JSON_OBJECT), given, s->value);
		session_cells_from_json(r, session_part(r, one, "cells", JSON_OBJECT), s->cell);
	}
}

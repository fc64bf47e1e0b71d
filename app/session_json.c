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

json_t *
session_values_to_json(const bool given[PARAM_SLOTS], const float value[PARAM_SLOTS])
{
	json_t *object = json_object();
	char path[PARAM_PATH_MAX];
	for (int slot = 0; slot < PARAM_SLOTS; slot++) {
		if (!given[slot])
			continue;
		const bool whole = param_describe(slot)->kind != PARAM_KIND_FLOAT;
		json_object_set_new(object, param_path(slot, path),
				    whole ? json_integer((json_int_t)lrintf(value[slot]))
					  : json_real(shortest(value[slot])));
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

json_t *
session_cells_to_json(const uint32_t word[CELLS])
{
	json_t *object = NULL;
	char text[CELL_TEXT_MAX];
	for (int i = 0; i < INSTRUMENTS; i++) {
		json_t *list = NULL;
		for (int n = 0; n < CELL_BARS * CELL_STEPS; n++) {
			const int bar = n / CELL_STEPS, step = n % CELL_STEPS;
			cell_to_text(bar, step, cell_unpack(word[cell_index(bar, i, step)]), text);
			if (!text[0])
				continue;
			list = list ? list : json_array();
			json_array_append_new(list, json_string(text));
		}
		if (!list)
			continue;
		object = object ? object : json_object();
		json_object_set_new(object, instrument_name(i), list);
	}
	return object;
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
	json_t *object = NULL;
	bool given[PARAM_SLOTS];
	for (int slot = 0; slot < PARAM_SLOTS; slot++)
		given[slot] = scene_keeps(slot);
	for (int i = 0; bank && i < SCENES; i++) {
		char number[8];
		if (!bank[i].used)
			continue;
		json_t *one = json_object(), *cells = session_cells_to_json(bank[i].cell);
		json_object_set_new(one, "parameters", session_values_to_json(given, bank[i].value));
		if (cells)
			json_object_set_new(one, "cells", cells);
		object = object ? object : json_object();
		snprintf(number, sizeof number, "%d", i + 1);
		json_object_set_new(object, number, one);
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
		session_values_from_json(r, json_object_get(one, "parameters"), given, s->value);
		session_cells_from_json(r, json_object_get(one, "cells"), s->cell);
	}
}

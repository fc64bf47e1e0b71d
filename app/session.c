#include "app/session.h"

#include "app/session_json.h"
#include "model/fileio.h"
#include "model/json_text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { LONGEST = 16 << 20 };

void
session_clear(session *s)
{
	for (int i = 0; i < s->n_kits; i++)
		free(s->kit[i]);
	for (int i = 0; i < s->n_styles; i++)
		free(s->styles[i]);
	free(s->model);
	free(s->learned);
	free(s->scenes);
	memset(s, 0, sizeof *s);
}

/* --- reading ------------------------------------------------------------------------------------------- */

/* These are false without memory: a session that has lost its kits on the way is none. */
static bool
read_kits(const session_reader *r, json_t *array, session *s)
{
	size_t i;
	json_t *name;
	json_array_foreach(array, i, name)
	{
		if (!json_is_string(name) || s->n_kits == KIT_CORNERS) {
			session_warn(r, "kits", "only four names are taken");
			continue;
		}
		if (!(s->kit[s->n_kits] = strdup(json_string_value(name))))
			return false;
		s->n_kits++;
	}
	return true;
}

static bool
read_styles(json_t *array, session *s)
{
	size_t i;
	json_t *name;
	json_array_foreach(array, i, name)
	{
		if (i == SESSION_STYLES)
			break;
		if (!(s->styles[i] = strdup(json_is_string(name) ? json_string_value(name) : "")))
			return false;
		s->n_styles++;
	}
	return true;
}

static dr_status
read_root(const session_reader *r, json_t *root, session *s, dr_error *err)
{
	const json_t *version = json_object_get(root, "drumlin-session");
	if (!json_is_integer(version))
		return error_set(err, DR_BAD_INPUT, "%s: not a session of Drumlin's", r->path);
	if (json_integer_value(version) > SESSION_VERSION)
		return error_set(err, DR_BAD_INPUT, "%s: written by a later Drumlin (version %lld, not %d)",
				 r->path, (long long)json_integer_value(version), SESSION_VERSION);
	const json_t *style = session_part(r, root, "style", JSON_STRING),
		     *model = session_part(r, root, "model", JSON_STRING),
		     *learned = session_part(r, root, "learned", JSON_STRING);
	if (!(s->scenes = calloc(SCENES, sizeof *s->scenes)))
		return error_set(err, DR_FAILED, "%s: out of memory", r->path);
	session_values_from_json(r, session_part(r, root, "parameters", JSON_OBJECT), s->given, s->value);
	session_cells_from_json(r, session_part(r, root, "cells", JSON_OBJECT), s->cell);
	session_scenes_from_json(r, session_part(r, root, "scenes", JSON_OBJECT), s->scenes);
	bool whole = read_kits(r, session_part(r, root, "kits", JSON_ARRAY), s) &&
		     read_styles(session_part(r, root, "styles", JSON_ARRAY), s);
	if (style)
		snprintf(s->style, sizeof s->style, "%s", json_string_value(style));
	if (model)
		whole = (s->model = strdup(json_string_value(model))) != NULL && whole;
	if (learned)
		whole = (s->learned = strdup(json_string_value(learned))) != NULL && whole;
	return whole ? DR_OK : error_set(err, DR_FAILED, "%s: out of memory", r->path);
}

dr_status
session_parse(const char *text, size_t size, const char *name, session *s, session_warn_fn *fn, void *user,
	      dr_error *err)
{
	const session_reader r = {name, fn, user};
	json_error_t where;
	memset(s, 0, sizeof *s);
	json_t *root = json_loadb(text, size, JSON_REJECT_DUPLICATES, &where);
	if (!root && json_error_code(&where) == json_error_out_of_memory)
		return error_set(err, DR_FAILED, "%s: out of memory", name);
	if (!root)
		return error_set(err, DR_BAD_INPUT, "%s:%d:%d: %s", name, where.line, where.column,
				 where.text);
	const dr_status status = read_root(&r, root, s, err);
	json_decref(root);
	if (status != DR_OK)
		session_clear(s);
	return status;
}

dr_status
session_read(const char *path, session *s, session_warn_fn *fn, void *user, dr_error *err)
{
	char *text;
	size_t size;
	memset(s, 0, sizeof *s);
	dr_status status = file_read_whole(path, LONGEST, &text, &size, err);
	if (status != DR_OK)
		return status;
	status = session_parse(text, size, path, s, fn, user, err);
	free(text);
	return status;
}

/* --- writing ------------------------------------------------------------------------------------------- */

static bool
names_to_json(json_t *root, const char *key, char *const name[], int n)
{
	json_t *list = json_array();
	bool ok = list != NULL;
	for (int i = 0; i < n && ok; i++)
		ok = json_array_append_new(list, json_string(name[i])) == 0;
	return json_object_set_new(root, key, list) == 0 && ok;
}

/* False without memory: what is written must be all of it, for it takes the place of what was whole. */
static bool
to_json(json_t *root, const session *s)
{
	bool ok = json_object_set_new(root, "drumlin-session", json_integer(SESSION_VERSION)) == 0 &&
		  names_to_json(root, "kits", s->kit, s->n_kits);
	if (s->model)
		ok = ok && json_object_set_new(root, "model", json_string(s->model)) == 0;
	if (s->learned)
		ok = ok && json_object_set_new(root, "learned", json_string(s->learned)) == 0;
	if (s->style[0])
		ok = ok && json_object_set_new(root, "style", json_string(s->style)) == 0;
	return ok &&
	       json_object_set_new(root, "parameters", session_values_to_json(s->given, s->value)) == 0 &&
	       session_put(root, "cells", session_cells_to_json(s->cell)) &&
	       session_put(root, "scenes", session_scenes_to_json(s->scenes)) &&
	       names_to_json(root, "styles", s->styles, s->n_styles);
}

dr_status
session_write(const char *path, const session *s, dr_error *err)
{
	json_t *root = json_object();
	char *text =
	    root && to_json(root, s) ? json_text(root, JSON_INDENT(2) | JSON_REAL_PRECISION(9)) : NULL;
	json_decref(root);
	if (!text)
		return error_set(err, DR_FAILED, "%s: out of memory", path);
	const dr_status status = file_write_whole(path, text, strlen(text), err);
	free(text);
	return status;
}

/* --- in and out of a running program ------------------------------------------------------------------- */

/* A name that is a path from here is kept as a path from anywhere. */
static char *
lasting_name(const char *name)
{
	char *whole = realpath(name, NULL);
	return whole ? whole : strdup(name);
}

bool
session_take(session *s, const params *p, const char *style, const music_options *o)
{
	memset(s, 0, sizeof *s);
	for (int slot = 0; slot < PARAM_SLOTS; slot++) {
		s->given[slot] = (param_describe(slot)->flags & PARAM_FLAG_SAVED) && slot != PARAM_STYLE;
		s->value[slot] = params_get(p, slot);
	}
	for (int i = 0; i < CELLS; i++)
		s->cell[i] = cell_pack(params_cell(p, i));
	snprintf(s->style, sizeof s->style, "%s", style);
	bool ok = true;
	for (; s->n_kits < o->n_kits && ok; s->n_kits += ok)
		ok = (s->kit[s->n_kits] = lasting_name(o->kit[s->n_kits])) != NULL;
	if (o->model)
		ok = ok && (s->model = lasting_name(o->model)) != NULL;
	if (!ok)
		session_clear(s);
	return ok;
}

void
session_to_options(const session *s, music_options *o)
{
	for (int slot = 0; slot < PARAM_GLOBAL_COUNT; slot++)
		if (s->given[slot] && !o->given[slot]) {
			o->given[slot] = true;
			o->value[slot] = s->value[slot];
		}
	if (!o->style && s->style[0]) {
		o->style = s->style;
		o->style_kept = true;
	}
	if (!o->model)
		o->model = s->model;
	if (o->n_kits)
		return;
	for (o->n_kits = 0; o->n_kits < s->n_kits; o->n_kits++)
		o->kit[o->n_kits] = s->kit[o->n_kits];
}

void
session_to_params(const session *s, params *p, bool globals)
{
	for (int slot = globals ? 0 : PARAM_GLOBAL_COUNT; slot < PARAM_SLOTS; slot++)
		if (s->given[slot])
			params_set(p, slot, s->value[slot], PARAM_SOURCE_NONE);
		else if (globals && (param_describe(slot)->flags & PARAM_FLAG_SAVED))
			params_set(p, slot, param_describe(slot)->initial, PARAM_SOURCE_NONE);
	for (int i = 0; i < CELLS; i++)
		if (cell_pack(params_cell(p, i)) != s->cell[i])
			params_set_cell(p, i, cell_unpack(s->cell[i]));
}

bool
session_take_scenes(session *s, scenes *bank)
{
	if (!(s->scenes = calloc(SCENES, sizeof *s->scenes)))
		return false;
	for (int i = 0; i < SCENES; i++)
		s->scenes[i] = scenes_get(bank, i + 1);
	return true;
}

void
session_to_scenes(const session *s, scenes *bank)
{
	static const scene empty;
	for (int i = 0; i < SCENES; i++)
		scenes_put(bank, i + 1, s->scenes ? &s->scenes[i] : &empty);
}

bool
session_take_styles(session *s, session_style_fn *name, void *user)
{
	for (const char *next; s->n_styles < SESSION_STYLES && (next = name(user, s->n_styles + 1));) {
		char *copy = strdup(next);
		if (!copy)
			return false;
		s->styles[s->n_styles++] = copy;
	}
	return true;
}

static float
style_today(const session *s, float number, session_find_fn *find, void *user)
{
	const int then = (int)number;
	if (then < 1 || then > s->n_styles)
		return then < 1 ? 0.0f : number;
	const int now = find(user, s->styles[then - 1]);
	return now > 0 ? (float)now : 0.0f;
}

void
session_map_styles(session *s, session_find_fn *find, void *user)
{
	for (int slot = 0; slot < PARAM_SLOTS; slot++) {
		if (!param_is_style(slot))
			continue;
		s->value[slot] = style_today(s, s->value[slot], find, user);
		for (int i = 0; i < SCENES && s->scenes; i++)
			s->scenes[i].value[slot] = style_today(s, s->scenes[i].value[slot], find, user);
	}
}

/* Makes every folder on the way to path's last part. */
static bool
make_folders(char *path)
{
	for (char *c = path + 1; *c; c++) {
		if (*c != '/')
			continue;
		*c = '\0';
		const bool made = mkdir(path, 0700) == 0 || errno == EEXIST;
		*c = '/';
		if (!made)
			return false;
	}
	return true;
}

char *
session_last_path(dr_error *err)
{
	const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
	const char *base = state && *state ? state : home, *middle = state && *state ? "" : "/.local/state";
	if (!base || !*base) {
		(void)error_set(err, DR_FAILED,
				"neither XDG_STATE_HOME nor HOME says where to keep a session");
		return NULL;
	}
	const size_t room = strlen(base) + 64;
	char *path = malloc(room);
	if (!path)
		return NULL;
	snprintf(path, room, "%s%s/drumlin/last.json", base, middle);
	if (make_folders(path))
		return path;
	(void)error_set(err, DR_FAILED, "%s: %s", path, strerror(errno));
	free(path);
	return NULL;
}

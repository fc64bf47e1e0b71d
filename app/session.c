#include "app/session.h"

#include "model/fileio.h"

#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { LONGEST = 1 << 20 };

void
session_clear(session *s)
{
	for (int i = 0; i < s->n_kits; i++)
		free(s->kit[i]);
	free(s->model);
	memset(s, 0, sizeof *s);
}

/* --- reading ------------------------------------------------------------------------------------------- */

typedef struct reader {
	const char *path;
	session_warn_fn *warn;
	void *user;
} reader;

static void
warn(const reader *r, const char *what, const char *name)
{
	char line[256];
	if (!r->warn)
		return;
	snprintf(line, sizeof line, "%s: %s: %.64s", r->path, what, name);
	r->warn(r->user, line);
}

static void
read_values(const reader *r, json_t *object, session *s)
{
	const char *name;
	json_t *value;
	json_object_foreach(object, name, value)
	{
		const int slot = param_find(name);
		if (slot < 0 || !(param_describe(slot)->flags & PARAM_FLAG_SAVED)) {
			warn(r, "not a parameter, left out", name);
			continue;
		}
		const double x = json_number_value(value);
		const param_desc *d = param_describe(slot);
		if (!json_is_number(value) || !isfinite(x)) {
			warn(r, "not a number, left out", name);
			continue;
		}
		if (x < (double)d->low || x > (double)d->high)
			warn(r, "out of range, brought into it", name);
		s->value[slot] = fminf(d->high, fmaxf(d->low, (float)x));
		s->given[slot] = true;
	}
}

static void
read_kits(const reader *r, json_t *array, session *s)
{
	size_t i;
	json_t *name;
	json_array_foreach(array, i, name)
	{
		if (!json_is_string(name) || s->n_kits == KIT_CORNERS)
			warn(r, "kits", "only four names are taken");
		else if ((s->kit[s->n_kits] = strdup(json_string_value(name))) != NULL)
			s->n_kits++;
	}
}

static dr_status
read_root(const reader *r, json_t *root, session *s, dr_error *err)
{
	const json_t *version = json_object_get(root, "drumlin-session");
	if (!json_is_integer(version))
		return error_set(err, DR_BAD_INPUT, "%s: not a session of Drumlin's", r->path);
	if (json_integer_value(version) > SESSION_VERSION)
		return error_set(err, DR_BAD_INPUT, "%s: written by a later Drumlin (version %lld, not %d)",
				 r->path, (long long)json_integer_value(version), SESSION_VERSION);
	const json_t *style = json_object_get(root, "style"), *model = json_object_get(root, "model");
	read_values(r, json_object_get(root, "parameters"), s);
	read_kits(r, json_object_get(root, "kits"), s);
	if (json_is_string(style))
		snprintf(s->style, sizeof s->style, "%s", json_string_value(style));
	if (json_is_string(model))
		s->model = strdup(json_string_value(model));
	return DR_OK;
}

dr_status
session_read(const char *path, session *s, session_warn_fn *fn, void *user, dr_error *err)
{
	const reader r = {path, fn, user};
	char *text;
	size_t size;
	json_error_t where;
	memset(s, 0, sizeof *s);
	dr_status status = file_read_whole(path, LONGEST, &text, &size, err);
	if (status != DR_OK)
		return status;
	json_t *root = json_loadb(text, size, JSON_REJECT_DUPLICATES, &where);
	free(text);
	if (!root)
		return error_set(err, DR_BAD_INPUT, "%s:%d:%d: %s", path, where.line, where.column,
				 where.text);
	status = read_root(&r, root, s, err);
	json_decref(root);
	if (status != DR_OK)
		session_clear(s);
	return status;
}

/* --- writing ------------------------------------------------------------------------------------------- */

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

static json_t *
values(const session *s)
{
	json_t *object = json_object();
	char path[PARAM_PATH_MAX];
	for (int slot = 0; slot < PARAM_SLOTS; slot++) {
		if (!s->given[slot])
			continue;
		const bool whole = param_describe(slot)->kind != PARAM_KIND_FLOAT;
		json_object_set_new(object, param_path(slot, path),
				    whole ? json_integer((json_int_t)lrintf(s->value[slot]))
					  : json_real(shortest(s->value[slot])));
	}
	return object;
}

dr_status
session_write(const char *path, const session *s, dr_error *err)
{
	json_t *root = json_object(), *kits = json_array();
	json_object_set_new(root, "drumlin-session", json_integer(SESSION_VERSION));
	for (int i = 0; i < s->n_kits; i++)
		json_array_append_new(kits, json_string(s->kit[i]));
	json_object_set_new(root, "kits", kits);
	if (s->model)
		json_object_set_new(root, "model", json_string(s->model));
	if (s->style[0])
		json_object_set_new(root, "style", json_string(s->style));
	json_object_set_new(root, "parameters", values(s));
	char *text = json_dumps(root, JSON_INDENT(2) | JSON_REAL_PRECISION(9));
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

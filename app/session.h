/* Session files: everything that a performer has set, as JSON (doc/manual.md describes it), and where the
 * last one is kept. Blocking; the main thread and the session keeper's. */
#ifndef DRUMLIN_SESSION_H
#define DRUMLIN_SESSION_H

#include "app/options.h"
#include "app/scenes.h"
#include "rt/status.h"

enum { SESSION_VERSION = 1, SESSION_STYLE = 64, SESSION_STYLES = 64 };

typedef struct session {
	bool given[PARAM_SLOTS];
	float value[PARAM_SLOTS];
	char style[SESSION_STYLE];    /* by name, since another model may count otherwise; "" not given */
	uint32_t cell[CELLS];         /* packed */
	scene *scenes;                /* SCENES of them, owned; NULL: all empty */
	char *styles[SESSION_STYLES]; /* names of the styles that numbers stand for, from 1 on; owned */
	int n_styles;
	char *kit[KIT_CORNERS]; /* as they were asked for; owned */
	int n_kits;
	char *model;   /* likewise; NULL: the default */
	char *learned; /* what controllers have been taught, as a map's text; owned; NULL: not said */
} session;

/* Called with a line for what was left out or put right. */
typedef void session_warn_fn(void *user, const char *line);

void session_clear(session *s);

/* Errors: DR_BAD_INPUT naming file, line and fault (no JSON, not a session, a later version): *s is then
 * empty. Unknown names are warned about and left out, values out of range are clamped. */
dr_status session_read(const char *path, session *s, session_warn_fn *warn, void *user,
		       dr_error *err) DR_CHECKED;

/* What session_read reads, from memory; name is used in messages. */
dr_status session_parse(const char *text, size_t size, const char *name, session *s, session_warn_fn *warn,
			void *user, dr_error *err) DR_CHECKED;

/* Written whole or not at all. Errors: DR_FAILED naming path. */
dr_status session_write(const char *path, const session *s, dr_error *err) DR_CHECKED;

/* Takes the scenes, and the names of the model's styles (name(user, n) from 1 on, NULL after the last). False
 * without memory. */
typedef const char *session_style_fn(void *user, int number);
bool session_take_scenes(session *s, scenes *bank);
bool session_take_styles(session *s, session_style_fn *name, void *user);

/* Has the numbers of styles mean the same names to a model that may count otherwise; a style that it does not
 * know is none. find as in control. */
typedef int session_find_fn(void *user, const char *name);
void session_map_styles(session *s, session_find_fn *find, void *user);

/* Puts the scenes where they belong; empty ones too. */
void session_to_scenes(const session *s, scenes *bank);

/* Takes the values that belong to a session from p, and the names from o. False without memory. */
bool session_take(session *s, const params *p, const char *style, const music_options *o);

/* Fills in what the command line has not said. What o points to belongs to s. */
void session_to_options(const session *s, music_options *o);

/* Sets all parameters that s gives, the global ones too if `globals`, and all cells. */
void session_to_params(const session *s, params *p, bool globals);

/* The file that keeps the last session, $XDG_STATE_HOME/drumlin/last.json, its folders made; malloc'd. NULL
 * with err set if they cannot be. */
char *session_last_path(dr_error *err);

#endif

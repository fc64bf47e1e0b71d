/* Keeps the running set on disk: a thread that writes the last session every few seconds while something has
 * changed, and the session's own file when asked. */
#ifndef DRUMLIN_SESSION_KEEPER_H
#define DRUMLIN_SESSION_KEEPER_H

#include "app/player.h"
#include "app/scenes.h"

typedef struct session_keeper session_keeper;

/* Borrows the player and the scenes alone: the kits' and the model's names are copied. file: the session's
 * own, or NULL. say is called in the keeper's thread, once per fault (a disk that is full is said once and
 * tried again). Errors: DR_FAILED. [main] */
dr_status session_keeper_start(player *p, scenes *bank, const music_options *o, const char *file,
			       player_say_fn *say, void *user, session_keeper **out,
			       dr_error *err) DR_CHECKED;

/* Asks for the session's own file to be written; nothing without one. [any but audio] */
void session_keeper_save(session_keeper *k);

/* Writes it now, in the calling thread; nothing without one. Errors: DR_FAILED, naming the file. [main, and
 * the keeper's thread] */
dr_status session_keeper_save_now(session_keeper *k, dr_error *err) DR_CHECKED;

/* Another file, other kits and another model from now on; all names are copied. Errors: DR_FAILED (memory),
 * and nothing has changed. [main] */
dr_status session_keeper_switch(session_keeper *k, const char *file, const music_options *o,
				dr_error *err) DR_CHECKED;

/* What controllers have been taught, as a map's text, goes into the sessions from now on; copied. False
 * without memory, and it is as before. [main] */
bool session_keeper_learned(session_keeper *k, const char *text);

/* True while something has changed since the session's own file was written. [any] */
bool session_keeper_dirty(const session_keeper *k);

/* Writes both once more and ends the thread; NULL is allowed. [main] */
void session_keeper_stop(session_keeper *k);

#endif

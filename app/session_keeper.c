#include "app/session_keeper.h"

#include "app/session.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { AUTOSAVE_SECONDS = 3 };

struct session_keeper {
	player *player;
	scenes *scenes;
	player_say_fn *say;
	void *user;
	char *last; /* NULL: nowhere to keep it */
	pthread_t thread;
	pthread_mutex_t disk; /* around looking and writing: one after the other. Before lock */
	pthread_mutex_t lock; /* around what follows: never while the disk is waited for */
	pthread_cond_t work;
	char *file;
	char *learned; /* NULL: nothing */
	session names; /* the kits and the model; the rest is not looked at */
	bool asked, quit, fault_said;
	_Atomic uint32_t file_changes, last_changes; /* counts of settings at the last writing of each */
};

static uint32_t
changes(const session_keeper *k)
{
	/* Relaxed: whatever is missed now is seen at the next look. */
	return atomic_load_explicit(&k->player->params.changes, memory_order_relaxed);
}

static const char *
style_name(void *user, int number)
{
	const model *m = user;
	return number <= model_n_styles(m) ? model_get_style(m, number - 1)->name : NULL;
}

/* All that is to be kept, as it is now. */
static bool
take(session_keeper *k, session *s)
{
	music_options o = {.n_kits = 0};
	const int style = (int)params_get(&k->player->params, PARAM_STYLE);
	const char *name = style > 0 && style <= model_n_styles(k->player->model)
			       ? model_get_style(k->player->model, style - 1)->name
			       : "0";
	session_to_options(&k->names, &o);
	if (!session_take(s, &k->player->params, name, &o))
		return false;
	if (session_take_scenes(s, k->scenes) && session_take_styles(s, style_name, k->player->model) &&
	    (!k->learned || (s->learned = strdup(k->learned))))
		return true;
	session_clear(s);
	return false;
}

/* The session's own file or, without own, the last session's; DR_OK where there is none. Its count of
 * settings becomes that of what it then holds, and is left alone where nothing was written. */
static dr_status
write_one(session_keeper *k, bool own, dr_error *err)
{
	session s;
	pthread_mutex_lock(&k->disk);
	pthread_mutex_lock(&k->lock);
	const char *wanted = own ? k->file : k->last;
	char *path = wanted ? strdup(wanted) : NULL;
	const uint32_t now = changes(k);
	const bool taken = path && take(k, &s);
	dr_status status = taken || !wanted ? DR_OK : error_set(err, DR_FAILED, "%s: out of memory", wanted);
	pthread_mutex_unlock(&k->lock);
	if (taken) {
		status = session_write(path, &s, err);
		session_clear(&s);
		if (status == DR_OK) /* still in our turn: the latest count stands */
			atomic_store_explicit(own ? &k->file_changes : &k->last_changes, now,
					      memory_order_relaxed);
	}
	pthread_mutex_unlock(&k->disk);
	free(path);
	return status;
}

/* A fault is said once, until it has gone. */
static void
tell(session_keeper *k, dr_status status, const dr_error *err)
{
	if (status != DR_OK && !k->fault_said)
		k->say(k->user, err->text);
	k->fault_said = status != DR_OK;
}

dr_status
session_keeper_save_now(session_keeper *k, dr_error *err)
{
	return write_one(k, true, err);
}

static void
autosave(session_keeper *k)
{
	dr_error err;
	if (!k->last || changes(k) == atomic_load_explicit(&k->last_changes, memory_order_relaxed))
		return;
	tell(k, write_one(k, false, &err), &err);
}

/* Until it is asked for something, or the time has come. False: to end. */
static bool
wait_for_work(session_keeper *k, bool *asked)
{
	struct timespec until;
	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += AUTOSAVE_SECONDS;
	pthread_mutex_lock(&k->lock);
	int late = 0;
	while (!k->quit && !k->asked && !late)
		late = pthread_cond_timedwait(&k->work, &k->lock, &until);
	const bool goes_on = !k->quit;
	*asked = k->asked;
	k->asked = false;
	pthread_mutex_unlock(&k->lock);
	return goes_on;
}

static void *
run(void *arg)
{
	session_keeper *k = arg;
	dr_error err;
	for (bool asked; wait_for_work(k, &asked);) {
		if (asked)
			tell(k, session_keeper_save_now(k, &err), &err);
		autosave(k);
	}
	return NULL;
}

dr_status
session_keeper_start(player *p, scenes *bank, const music_options *o, const char *file, player_say_fn *say,
		     void *user, session_keeper **out, dr_error *err)
{
	*out = NULL;
	session_keeper *k = calloc(1, sizeof *k);
	dr_error why;
	if (!k || (file && !(k->file = strdup(file))) || !session_take(&k->names, &p->params, "", o)) {
		if (k)
			free(k->file);
		free(k);
		return error_set(err, DR_FAILED, "out of memory for the session");
	}
	k->player = p;
	k->scenes = bank;
	k->say = say;
	k->user = user;
	k->last = session_last_path(&why);
	if (!k->last)
		say(user, why.text);
	atomic_init(&k->last_changes, changes(k) - 1); /* what it began with is kept, too */
	atomic_init(&k->file_changes, changes(k));
	pthread_mutex_init(&k->disk, NULL);
	pthread_mutex_init(&k->lock, NULL);
	pthread_condattr_t monotonic; /* the time of day may jump */
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&k->work, &monotonic);
	pthread_condattr_destroy(&monotonic);
	if (pthread_create(&k->thread, NULL, run, k) != 0) {
		session_clear(&k->names);
		free(k->file);
		free(k->last);
		free(k);
		return error_set(err, DR_FAILED, "cannot start the session keeper");
	}
	pthread_setname_np(k->thread, "session");
	*out = k;
	return DR_OK;
}

void
session_keeper_save(session_keeper *k)
{
	pthread_mutex_lock(&k->lock);
	k->asked = true;
	pthread_cond_signal(&k->work);
	pthread_mutex_unlock(&k->lock);
}

dr_status
session_keeper_switch(session_keeper *k, const char *file, const music_options *o, dr_error *err)
{
	session names;
	char *copy = strdup(file);
	if (!copy || !session_take(&names, &k->player->params, "", o)) {
		free(copy);
		return error_set(err, DR_FAILED, "%s: out of memory", file);
	}
	pthread_mutex_lock(&k->lock);
	free(k->file);
	k->file = copy;
	session_clear(&k->names);
	k->names = names;
	pthread_mutex_unlock(&k->lock);
	return DR_OK;
}

bool
session_keeper_learned(session_keeper *k, const char *text)
{
	char *copy = strdup(text);
	if (!copy)
		return false;
	pthread_mutex_lock(&k->lock);
	free(k->learned);
	k->learned = copy;
	pthread_mutex_unlock(&k->lock);
	return true;
}

bool
session_keeper_dirty(const session_keeper *k)
{
	return changes(k) != atomic_load_explicit(&k->file_changes, memory_order_relaxed);
}

void
session_keeper_stop(session_keeper *k)
{
	dr_error err;
	if (!k)
		return;
	pthread_mutex_lock(&k->lock);
	k->quit = true;
	pthread_cond_signal(&k->work);
	pthread_mutex_unlock(&k->lock);
	pthread_join(k->thread, NULL);
	tell(k, session_keeper_save_now(k, &err), &err);
	autosave(k);
	pthread_cond_destroy(&k->work);
	pthread_mutex_destroy(&k->lock);
	pthread_mutex_destroy(&k->disk);
	session_clear(&k->names);
	free(k->learned);
	free(k->file);
	free(k->last);
	free(k);
}

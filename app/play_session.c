/* The set that drumlin play keeps: its session file, and the session manager that may own it. [main] */
#include "app/play_state.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static dr_status
read_session(stage *s, const char *path, dr_error *err)
{
	session_clear(&s->session);
	/* A file that is not there yet is a session that begins. */
	if (access(path, F_OK) != 0)
		return DR_OK;
	const dr_status status = session_read(path, &s->session, stage_say, s, err);
	if (status == DR_OK)
		session_to_options(&s->session, &s->options.music);
	return status;
}

static void
set_style(stage *s, const char *name)
{
	control *c = &s->player.control;
	const int style = c->find_style(c->user, name);
	if (style >= 0)
		control_set(c, PARAM_STYLE, (float)style, PARAM_SOURCE_NONE);
}

static void
keep_learned(stage *s, const char *text)
{
	if (!session_keeper_learned(s->keeper, text))
		stage_say(s, "out of memory: what was learned is not in the session");
}

/* What the session holds besides the options, once the model that its styles' names belong to is loaded. */
static void
put_session(stage *s, bool globals)
{
	control *c = &s->player.control;
	session_map_styles(&s->session, c->find_style, c->user);
	pthread_mutex_lock(&s->desk); /* nobody calls a scene between the two */
	session_to_params(&s->session, &s->player.params, globals);
	if (globals && s->session.style[0])
		set_style(s, s->session.style);
	session_to_scenes(&s->session, &s->scenes);
	scenes_begin(&s->scenes);
	undo_begin(s->undo);
	pthread_mutex_unlock(&s->desk);
}

#ifdef HAVE_LIBLO
static const double manager_patience = 10.0; /* seconds, for a manager to say what to open */

static void
session_file(const nsm_order *order, char path[NSM_PATH + 8])
{
	snprintf(path, NSM_PATH + 8, "%s.json", order->path);
}

/* Under a manager JACK waits until we know our name. A manager that does not answer does not keep us from
 * playing. */
static dr_status
ask_manager(stage *s, const char *executable, dr_error *err)
{
	const char *url = getenv("NSM_URL");
	dr_error why;
	char path[NSM_PATH + 8];
	if (!url || !*url)
		return DR_OK;
	if (nsm_start(url, executable, &s->manager, &why) != DR_OK) {
		stage_say(s, why.text);
		return DR_OK;
	}
	if (!nsm_poll(s->manager, manager_patience, &s->opened) || s->opened.kind != NSM_OPEN) {
		stage_say(s, "the session manager does not answer: playing without it");
		nsm_stop(s->manager);
		s->manager = NULL;
		return DR_OK;
	}
	s->backend.options.client_name = s->opened.id;
	s->backend.options.connect = false; /* it connects what was connected */
	session_file(&s->opened, path);
	const dr_status status = read_session(s, path, err);
	if (status != DR_OK)
		nsm_answer(s->manager, NSM_ERR_BAD_PROJECT, err->text);
	return status;
}

/* Another session, in full flight: what can be changed while it plays is. */
static void
switch_session(stage *s, const nsm_order *order)
{
	char path[NSM_PATH + 8];
	dr_error err;
	session next;
	music_options music = {.n_kits = 0};
	session_file(order, path);
	if (session_keeper_save_now(s->keeper, &err) != DR_OK)
		stage_say(s, err.text);
	memset(&next, 0, sizeof next);
	if (access(path, F_OK) == 0 && session_read(path, &next, stage_say, s, &err) != DR_OK) {
		nsm_answer(s->manager, NSM_ERR_BAD_PROJECT, err.text);
		return;
	}
	session_to_options(&next, &music);
	/* The keeper first: nothing of this session may be saved in the last one's file. */
	if (session_keeper_switch(s->keeper, path, &music, &err) != DR_OK ||
	    kit_worker_choose(s->kits, &music, s->backend.status.rate, &err) != DR_OK) {
		session_clear(&next);
		nsm_answer(s->manager, NSM_ERR_GENERAL, err.text);
		return;
	}
	if ((next.model == NULL) != (s->session.model == NULL) ||
	    (next.model && strcmp(next.model, s->session.model) != 0))
		nsm_message(s->manager, "this session's network takes over when Drumlin is started anew");
	session_clear(&s->session);
	s->session = next;
	s->options.music = (music_options){.n_kits = 0};
	session_to_options(&s->session, &s->options.music);
	put_session(s, true);
	if (s->session.learned && s->midi) {
		midi_ports_put_learned(s->midi, s->session.learned);
		keep_learned(s, s->session.learned);
	}
	nsm_answer(s->manager, NSM_OK, "opened");
}

static void
obey_manager(stage *s)
{
	nsm_order order;
	dr_error err;
	while (nsm_poll(s->manager, 0.0, &order)) {
		if (order.kind == NSM_OPEN) {
			switch_session(s, &order);
			continue;
		}
		if (session_keeper_save_now(s->keeper, &err) == DR_OK)
			nsm_answer(s->manager, NSM_OK, "saved");
		else
			nsm_answer(s->manager, NSM_ERR_SAVE_FAILED, err.text);
	}
	nsm_dirty(s->manager, session_keeper_dirty(s->keeper));
}
#endif

dr_status
stage_open_session(stage *s, const char *executable, dr_error *err)
{
	dr_status status = DR_OK;
#ifdef HAVE_LIBLO
	status = ask_manager(s, executable, err);
	if (status != DR_OK || s->manager)
		return status;
#else
	(void)executable;
#endif
	if (!s->options.session)
		return DR_OK;
	if (strcmp(s->options.session, "last") != 0)
		return read_session(s, s->options.session, err);
	char *last = session_last_path(err);
	if (!last)
		return DR_FAILED;
	status = read_session(s, last, err);
	free(last);
	return status;
}

dr_status
stage_begin_session(stage *s, dr_error *err)
{
	const char *file =
	    s->options.session && strcmp(s->options.session, "last") != 0 ? s->options.session : NULL;
#ifdef HAVE_LIBLO
	char path[NSM_PATH + 8];
	if (s->manager) {
		session_file(&s->opened, path);
		file = path;
	}
#endif
	put_session(s, false);
	atomic_store(&s->player.params.last_slot, -1); /* nobody has touched anything yet */
	const dr_status status = session_keeper_start(&s->player, &s->scenes, &s->options.music, file,
						      stage_say, s, &s->keeper, err);
	if (status == DR_OK && s->learned)
		keep_learned(s, s->learned);
#ifdef HAVE_LIBLO
	if (s->manager && status == DR_OK) {
		nsm_progress(s->manager, 1.0f);
		nsm_answer(s->manager, NSM_OK, "opened");
	}
#endif
	return status;
}

void
stage_keep_session(stage *s)
{
	/* Acquire: what was set before the command is saved with it. */
	const uint32_t saves =
	    atomic_load_explicit(&s->player.params.pulse[COMMAND_SAVE], memory_order_acquire);
	if (saves != s->saves && s->keeper)
		session_keeper_save(s->keeper);
	s->saves = saves;
#ifdef HAVE_LIBLO
	if (s->manager)
		obey_manager(s);
#endif
}

void
stage_end_session(stage *s)
{
	session_keeper_stop(s->keeper);
#ifdef HAVE_LIBLO
	nsm_stop(s->manager);
#endif
	session_clear(&s->session);
	free(s->learned);
}

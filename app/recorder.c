#include "app/recorder.h"

#include "app/take.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

struct recorder {
	engine *engine;
	params *params;
	player_say_fn *say;
	void *user;
	char *folder;
	pthread_t thread;
	_Atomic bool quit;
	take *take;     /* the one under way, or NULL */
	tape *tape;     /* what it is written from */
	bool slow;      /* that frames were lost has been said */
	bool refused;   /* it could not begin, or broke off: not tried again until asked again */
	tape *leaving;  /* the audio thread may still hold it */
	uint32_t until; /* for so many turns of the engine */
};

/* --- folder ----------------------------------------------------------------------------------------------
 */

static char *
default_folder(void)
{
	const char *data = getenv("XDG_DATA_HOME"), *home = getenv("HOME");
	const char *base = data && *data ? data : home, *middle = data && *data ? "" : "/.local/share";
	const size_t room = base ? strlen(base) + 64 : 0;
	char *folder = room ? malloc(room) : NULL;
	if (folder)
		snprintf(folder, room, "%s%s/drumlin/recordings", base, middle);
	return folder;
}

/* --- recording -------------------------------------------------------------------------------------------
 */

static void
tell(recorder *r, const char *what, const char *detail)
{
	char line[512];
	snprintf(line, sizeof line, "%s %s", what, detail);
	r->say(r->user, line);
}

static void
free_leaving(recorder *r)
{
	if (r->leaving && engine_has_turned(r->engine, r->until)) {
		tape_free(r->leaving);
		r->leaving = NULL;
	}
}

static void
begin(recorder *r)
{
	engine_status e;
	dr_error err;
	const bool all = params_get(r->params, PARAM_RECORD_TRACKS) >= 0.5f;
	engine_get_status(r->engine, &e);
	dr_status status = r->folder
			       ? tape_new(all, e.rate, &r->tape, &err)
			       : error_set(&err, DR_FAILED, "neither XDG_DATA_HOME nor HOME says where to");
	if (status == DR_OK)
		status = take_begin(r->folder, r->tape, &r->take, &err);
	if (status != DR_OK) {
		tape_free(r->tape);
		r->tape = NULL;
		r->refused = true;
		tell(r, "not recording:", err.text);
		params_set(r->params, PARAM_RECORD, 0.0f, PARAM_SOURCE_NONE);
		return;
	}
	r->slow = false;
	engine_set_tape(r->engine, r->tape);
	tell(r, "recording to", take_folder(r->take));
}

/* Ends the take. why: what broke it off, or NULL. */
static void
finish(recorder *r, const char *why)
{
	dr_error err;
	char line[256];
	/* What has been played up to now is still taken in; the tape itself goes when nobody can hold it. */
	r->until = engine_set_tape(r->engine, NULL);
	const double seconds = take_seconds(r->take);
	const dr_status status = take_end(r->take, &err);
	r->take = NULL;
	r->leaving = r->tape;
	r->tape = NULL;
	if (why)
		tell(r, "recording broken off:", why);
	else if (status != DR_OK)
		tell(r, "recording ended:", err.text);
	else {
		snprintf(line, sizeof line, "recorded %d:%02d", (int)seconds / 60, (int)seconds % 60);
		r->say(r->user, line);
	}
}

static void
write_on(recorder *r)
{
	dr_error err;
	if (take_write(r->take, &err) != DR_OK) {
		r->refused = true;
		finish(r, err.text);
		params_set(r->params, PARAM_RECORD, 0.0f, PARAM_SOURCE_NONE);
		return;
	}
	if (!r->slow && tape_lost(r->tape) > 0) {
		tell(r, "the disk is too slow:", "some of the recording is silence");
		r->slow = true;
	}
}

/* A server that came back at another rate goes on in another take. */
static bool
rate_changed(const recorder *r)
{
	engine_status e;
	engine_get_status(r->engine, &e);
	return e.rate != tape_rate(r->tape);
}

static void *
run(void *arg)
{
	recorder *r = arg;
	const struct timespec pause = {0, 20000000};
	while (!atomic_load_explicit(&r->quit, memory_order_acquire)) {
		const bool wanted = params_get(r->params, PARAM_RECORD) >= 0.5f;
		r->refused = r->refused && wanted;
		free_leaving(r);
		if (r->take)
			write_on(r);
		if (r->take && (!wanted || rate_changed(r)))
			finish(r, NULL);
		if (!r->take && wanted && !r->refused && !r->leaving)
			begin(r);
		nanosleep(&pause, NULL);
	}
	return NULL;
}

dr_status
recorder_start(engine *e, params *p, const char *folder, player_say_fn *say, void *user, recorder **out,
	       dr_error *err)
{
	*out = NULL;
	recorder *r = calloc(1, sizeof *r);
	if (!r)
		return error_set(err, DR_FAILED, "out of memory for the recorder");
	r->engine = e;
	r->params = p;
	r->say = say;
	r->user = user;
	r->folder = folder ? strdup(folder) : default_folder();
	if (pthread_create(&r->thread, NULL, run, r) != 0) {
		free(r->folder);
		free(r);
		return error_set(err, DR_FAILED, "cannot start the recorder");
	}
	pthread_setname_np(r->thread, "recorder");
	*out = r;
	return DR_OK;
}

void
recorder_stop(recorder *r)
{
	if (!r)
		return;
	atomic_store_explicit(&r->quit, true, memory_order_release);
	pthread_join(r->thread, NULL);
	if (r->take)
		finish(r, NULL);
	tape_free(r->leaving);
	free(r->folder);
	free(r);
}

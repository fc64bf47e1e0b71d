#include "app/backend.h"

#include <stdio.h>
#include <string.h>

dr_status
backend_parse(const char *text, backend_choice *out, dr_error *err)
{
	static const char *const names[] = {"auto", "jack", "alsa", "none"};
	for (int i = 0; i < 4; i++)
		if (strcmp(text, names[i]) == 0) {
			*out = (backend_choice)i;
			return DR_OK;
		}
	return error_set(err, DR_USAGE, "--backend %s: must be auto, jack, alsa or none", text);
}

static dr_status
open_one(backend *b, backend_choice which, dr_error *err)
{
	switch (which) {
	case BACKEND_JACK:
#ifdef HAVE_JACK
		return host_jack_open(&b->options, &b->host, err);
#else
		return error_set(err, DR_UNAVAILABLE, "this drumlin was built without JACK");
#endif
	case BACKEND_ALSA:
#ifdef HAVE_ALSA
		return host_alsa_open(&b->options, &b->host, err);
#else
		return error_set(err, DR_UNAVAILABLE, "this drumlin was built without ALSA");
#endif
	case BACKEND_AUTO:
	case BACKEND_NONE: break;
	}
	return host_silent_open(&b->options, &b->host, err);
}

/* A name that another client has is JACK's to vary; and what was patched by that name is to be so again. */
static void
keep_name(backend *b)
{
	const char *name = host_client_name(b->host);
	char line[2 * BACKEND_NAME + 64];
	if (!name)
		return;
	if (strcmp(name, b->options.client_name) != 0) {
		snprintf(line, sizeof line, "another client is called %s here: this is %s",
			 b->options.client_name, name);
		b->say(b->user, line);
	}
	snprintf(b->name, sizeof b->name, "%s", name);
	b->options.client_name = b->name;
}

static dr_status
open_first(backend *b, dr_error *err)
{
	dr_error why;
	b->playing = b->choice;
	if (b->choice != BACKEND_AUTO)
		return open_one(b, b->choice, err);
	for (backend_choice which = BACKEND_JACK; which < BACKEND_NONE; which++) {
		b->playing = which;
		if (open_one(b, which, &why) == DR_OK)
			return DR_OK;
		b->say(b->user, why.text);
	}
	b->say(b->user, "playing in silence, on the wall clock");
	return open_one(b, BACKEND_NONE, err);
}

dr_status
backend_open(backend *b, dr_error *err)
{
	const dr_status status = open_first(b, err);
	if (status == DR_OK)
		keep_name(b);
	return status;
}

dr_status
backend_start(backend *b, engine *e, dr_error *err)
{
	dr_error why;
	dr_status status = host_start(b->host, e, &why);
	if (status != DR_OK && b->choice == BACKEND_AUTO) {
		b->say(b->user, why.text);
		b->say(b->user, "playing in silence, on the wall clock");
		host_close(b->host);
		b->host = NULL;
		status = open_one(b, BACKEND_NONE, &why);
		if (status == DR_OK)
			status = host_start(b->host, e, &why);
	}
	if (status != DR_OK)
		return error_set(err, status, "%s", why.text);
	host_poll(b->host, &b->status);
	return DR_OK;
}

/* The set goes on without sound: state, position and controls are the engine's and stay. */
static void
stand_in(backend *b, engine *e, double now)
{
	dr_error why;
	char line[160];
	snprintf(line, sizeof line, "%s is gone; going on in silence until it is back", b->status.name);
	b->say(b->user, line);
	host_close(b->host);
	b->host = NULL;
	engine_change_host(e);
	b->options.rate = b->status.rate;
	if (open_one(b, BACKEND_NONE, &why) != DR_OK || host_start(b->host, e, &why) != DR_OK)
		b->say(b->user, why.text);
	b->lost = true;
	b->retry_at = now + 1.0;
}

static void
come_back(backend *b, engine *e, double now)
{
	host *silence = b->host;
	dr_error why;
	char line[80];
	b->retry_at = now + 1.0;
	/* Only what was lost: whoever took the sound card now would keep a JACK server from being started on
	 * it. */
	if (open_one(b, b->playing, &why) != DR_OK) {
		b->host = silence;
		return;
	}
	host_close(silence);
	engine_change_host(e);
	b->lost = false;
	host_poll(b->host, &b->status);
	if (host_start(b->host, e, &why) != DR_OK) {
		b->say(b->user, why.text);
		stand_in(b, e, now);
		return;
	}
	host_poll(b->host, &b->status);
	snprintf(line, sizeof line, "%s is back", b->status.name);
	b->say(b->user, line);
}

bool
backend_watch(backend *b, engine *e, double now)
{
	const uint32_t rate = b->status.rate;
	if (b->host)
		host_poll(b->host, &b->status);
	if (b->host && !b->status.alive)
		stand_in(b, e, now);
	else if (b->lost && now >= b->retry_at)
		come_back(b, e, now);
	return b->status.rate != rate;
}

void
backend_close(backend *b)
{
	host_close(b->host);
	b->host = NULL;
}

/* Which host plays: chooses one, notices when it dies, goes on in silence, and comes back. Main thread. */
#ifndef DRUMLIN_BACKEND_H
#define DRUMLIN_BACKEND_H

#include "app/player.h"
#include "rt/host.h"

typedef enum backend_choice { BACKEND_AUTO, BACKEND_JACK, BACKEND_ALSA, BACKEND_NONE } backend_choice;

enum { BACKEND_NAME = 64 };

typedef struct backend {
	backend_choice choice, playing; /* asked for; found */
	host_options options;
	player_say_fn *say;
	void *user;
	host *host;
	bool lost; /* the wanted host is gone and silence stands in for it */
	/* What the server called us when it was opened, and is asked for when it is back; "": no name. */
	char name[BACKEND_NAME];
	host_status status;
	double retry_at; /* seconds of the monotonic clock */
} backend;

/* Parses auto, jack, alsa or none. DR_USAGE with a line otherwise. */
dr_status backend_parse(const char *text, backend_choice *out, dr_error *err) DR_CHECKED;

/* Opens the chosen host, or the first of JACK, ALSA, silence that is there. Not started yet.
 * Errors: DR_UNAVAILABLE where a host was named and is missing. */
dr_status backend_open(backend *b, dr_error *err) DR_CHECKED;

/* Starts it; if it refuses and the choice was auto, tries the next one. */
dr_status backend_start(backend *b, engine *e, dr_error *err) DR_CHECKED;

/* Refreshes b->status; replaces a host that has died by silence and, every second, tries to get it back.
 * Returns true if the sample rate is another than before (kits want reloading). */
bool backend_watch(backend *b, engine *e, double now);

void backend_close(backend *b);

#endif

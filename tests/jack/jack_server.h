/* A JACK server of a test's own, on the dummy driver: started, waited for and ended. */
#ifndef DRUMLIN_JACK_SERVER_H
#define DRUMLIN_JACK_SERVER_H

#include <jack/jack.h>
#include <stdbool.h>
#include <sys/types.h>

typedef struct jack_server {
	pid_t pid; /* 0: none */
} jack_server;

/* What it runs with. */
typedef struct jack_server_options {
	const char *name; /* drumlin-NAME-PID is what it is called */
	int rate, period; /* Hz, frames */
	bool realtime;    /* asks for real-time scheduling, as a stage does */
} jack_server_options;

/* Starts jackd; clients that this process opens from now on are its own, and JACK's words go nowhere. It ends
 * with the thread that has started it, and is out of reach of what stops or ends that one's process group.
 * False where nothing can be started; whether it runs, jack_server_client says. */
bool jack_server_start(jack_server *s, const jack_server_options *o);

/* Opens a client as soon as the server answers. NULL: it has ended (there is no jackd), or has not answered
 * in ten seconds. */
jack_client_t *jack_server_client(jack_server *s, const char *name);

/* Sends the signal and waits until it is gone; nothing where there is none. Clients are closed before, but
 * for those that are to lose it. */
void jack_server_end(jack_server *s, int signal);

#endif

#include "tests/jack/jack_server.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { TRIES = 200, TRY_MS = 50 };

static void
say_nothing(const char *line)
{
	(void)line;
}

/* In the child. */
static void
become_server(const char *name, const jack_server_options *o)
{
	char rate[16], period[16];
	setpgid(0, 0);                    /* a group with a stopped process in it may be hung up as a whole */
	prctl(PR_SET_PDEATHSIG, SIGTERM); /* a test that is killed leaves no server behind */
	snprintf(rate, sizeof rate, "%d", o->rate);
	snprintf(period, sizeof period, "%d", o->period);
	if (!freopen("/dev/null", "w", stdout) || !freopen("/dev/null", "w", stderr))
		_exit(1);
	execlp("jackd", "jackd", "-n", name, "-S", o->realtime ? "-R" : "-r", "-P", "20", "-d", "dummy", "-r",
	       rate, "-p", period, (char *)NULL);
	_exit(127);
}

bool
jack_server_start(jack_server *s, const jack_server_options *o)
{
	char name[64];
	snprintf(name, sizeof name, "drumlin-%s-%d", o->name, (int)getpid());
	setenv("JACK_DEFAULT_SERVER", name, 1);
	setenv("JACK_NO_AUDIO_RESERVATION", "1", 1);
	jack_set_error_function(say_nothing);
	jack_set_info_function(say_nothing);
	s->pid = fork();
	if (s->pid == 0)
		become_server(name, o);
	if (s->pid < 0)
		s->pid = 0;
	return s->pid > 0;
}

jack_client_t *
jack_server_client(jack_server *s, const char *name)
{
	jack_client_t *client = NULL;
	for (int i = 0; i < TRIES && !client; i++) {
		if (s->pid > 0 && waitpid(s->pid, NULL, WNOHANG) == s->pid)
			s->pid = 0;
		if (s->pid <= 0)
			return NULL;
		client = jack_client_open(name, JackNoStartServer, NULL);
		if (!client)
			nanosleep(&(struct timespec){0, TRY_MS * 1000000L}, NULL);
	}
	return client;
}

void
jack_server_end(jack_server *s, int signal)
{
	if (s->pid <= 0)
		return;
	kill(s->pid, signal);
	waitpid(s->pid, NULL, 0);
	s->pid = 0;
}

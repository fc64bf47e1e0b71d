/* drumlin backends: what could play here, and what is missing where it could not. */
#include "app/backend.h"
#include "app/commands.h"

#include <stdio.h>
#include <string.h>

static void
say_nothing(void *user, const char *line)
{
	(void)user;
	(void)line;
}

static bool
probe(backend_choice which)
{
	dr_error err;
	host_status h;
	backend b = {.choice = which,
		     .options = {.client_name = "drumlin-probe", .connect = false},
		     .say = say_nothing};
	if (backend_open(&b, &err) != DR_OK) {
		puts(err.text);
		return false;
	}
	host_poll(b.host, &h);
	printf("%s plays: %u Hz, %u frames\n", h.name, h.rate, h.period);
	backend_close(&b);
	return true;
}

int
cmd_backends(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "--help") == 0) {
		puts("Usage: drumlin backends\n"
		     "Says for JACK and for ALSA whether they can play here. Exits with 0 if one can, with 1 "
		     "if none.");
		return 0;
	}
	if (argc > 1) {
		fprintf(stderr, "drumlin backends: unknown option %s\nTry drumlin backends --help.\n",
			argv[1]);
		return 2;
	}
	const bool jack = probe(BACKEND_JACK), alsa = probe(BACKEND_ALSA);
	return jack || alsa ? 0 : 1;
}

/* What Drumlin itself takes of the processor in JACK's thread, a load on every core beside it, and a client
 * that does nothing on another server of the same kind: what the machine loses of itself. */
#include "tests/perform/parts.h"

#ifdef HAVE_JACK

#include "tests/jack/jack_server.h"

#include <dlfcn.h>
#include <jack/jack.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { HOGS = 64, BINS = 400, BIN_NS = 10000 };

/* --- Drumlin's process(), in JACK's thread ------------------------------------------------------------- */

static JackProcessCallback drumlins;
static void *drumlins_arg;
static uint32_t rate;
static gig_spent spent; /* that thread's, read when it is over */
static uint64_t bin[BINS];

static uint64_t
own_ns(void)
{
	struct timespec t;
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static int
timed(jack_nframes_t frames, void *arg)
{
	(void)arg;
	const uint64_t before = own_ns();
	const int result = drumlins(frames, drumlins_arg);
	const uint64_t ns = own_ns() - before;
	spent.periods++;
	spent.most_us = ns > spent.most_us * 1000 ? (uint32_t)(ns / 1000) : spent.most_us;
	spent.too_long += ns * rate > (uint64_t)frames * 1000000000u;
	bin[ns / BIN_NS < BINS ? ns / BIN_NS : BINS - 1]++;
	return result;
}

/* In the place of JACK's own, for the whole program. */
int
jack_set_process_callback(jack_client_t *client, JackProcessCallback callback, void *arg)
{
	static int (*next)(jack_client_t *, JackProcessCallback, void *);
	if (!next)
		*(void **)&next = dlsym(RTLD_NEXT, "jack_set_process_callback");
	if (strcmp(jack_get_client_name(client), "drumlin") != 0)
		return next(client, callback, arg);
	drumlins = callback;
	drumlins_arg = arg;
	rate = jack_get_sample_rate(client);
	return next(client, timed, NULL);
}

gig_spent
gig_load_spent(void)
{
	static const double share[2] = {0.5, 0.999};
	uint32_t *const us[2] = {&spent.median_us, &spent.thousandth_us};
	for (int i = 0; i < 2; i++) {
		uint64_t n = 0;
		int b = 0;
		while (b < BINS - 1 && (double)(n += bin[b]) < share[i] * (double)spent.periods)
			b++;
		*us[i] = (uint32_t)(b + 1) * BIN_NS / 1000;
	}
	return spent;
}

/* --- the load, and the client that does nothing --------------------------------------------------------- */

static pid_t hog[HOGS], beside;
static int n_hogs, answer[2] = {-1, -1};
static _Atomic uint32_t lost;
static volatile sig_atomic_t over;

static int
on_lost(void *arg)
{
	(void)arg;
	atomic_fetch_add(&lost, 1);
	return 0;
}

static int
nothing(jack_nframes_t frames, void *arg)
{
	memset(jack_port_get_buffer(arg, frames), 0, frames * sizeof(float));
	return 0;
}

static void
on_end(int signal)
{
	(void)signal;
	over = 1;
}

/* A process of its own. Answers with the xruns that its server told it of; -1 where there is none. */
static void
do_nothing(void)
{
	static const jack_server_options o = {
	    .name = "beside", .rate = 48000, .period = 64, .realtime = true};
	jack_server server = {.pid = 0};
	int64_t result = -1;
	signal(SIGTERM, on_end);
	jack_client_t *c = jack_server_start(&server, &o) ? jack_server_client(&server, "nothing") : NULL;
	if (c) {
		jack_port_t *out = jack_port_register(c, "out", JACK_DEFAULT_AUDIO_TYPE, JackPortIsOutput, 0);
		jack_set_process_callback(c, nothing, out);
		jack_set_xrun_callback(c, on_lost, NULL);
		jack_activate(c);
		while (!over)
			pause();
		result = atomic_load(&lost);
		jack_client_close(c);
	}
	if (write(answer[1], &result, sizeof result) != sizeof result)
		_exit(1);
	jack_server_end(&server, SIGTERM);
	_exit(0);
}

void
gig_load_start(int hogs)
{
	if (pipe(answer) != 0)
		return;
	beside = fork();
	if (beside == 0) {
		prctl(PR_SET_PDEATHSIG, SIGTERM);
		do_nothing();
	}
	for (n_hogs = 0; n_hogs < hogs && n_hogs < HOGS; n_hogs++) {
		hog[n_hogs] = fork();
		if (hog[n_hogs] == 0) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			for (volatile unsigned turns = 0;; turns++)
				;
		}
	}
}

int64_t
gig_load_stop(void)
{
	int64_t xruns = -1;
	for (int i = 0; i < n_hogs; i++) {
		kill(hog[i], SIGKILL);
		waitpid(hog[i], NULL, 0);
	}
	if (beside > 0) {
		kill(beside, SIGTERM);
		if (read(answer[0], &xruns, sizeof xruns) != sizeof xruns)
			xruns = -1;
		waitpid(beside, NULL, 0);
	}
	return xruns;
}

#else /* nobody plays on JACK */

void
gig_load_start(int hogs)
{
	(void)hogs;
}

int64_t
gig_load_stop(void)
{
	return -1;
}

gig_spent
gig_load_spent(void)
{
	return (gig_spent){.periods = 0};
}

#endif

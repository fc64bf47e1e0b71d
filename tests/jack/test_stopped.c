/* The whole program beside a JACK server that is not its own: the program is stopped for seconds and goes on
 * (a machine that is suspended, a job that is put aside), and the server is killed and comes back at another
 * rate. A witness times the strokes of a bass drum on every quarter by JACK's transport: after each fault
 * they fall on it to the frame. */
#include "tests/jack/jack_server.h"
#include "tests/kit_fixture.h"

#include <jack/jack.h>
#include <math.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { IN_ROW = 8, APART = 1000 /* frames between strokes */, PATIENCE = 120 /* seconds */ };

static jack_server server;
static pid_t program;
static jack_client_t *witness;
static jack_port_t *ear;
static uint32_t quiet;       /* frames */
static double quarter;       /* frames */
static _Atomic int in_phase; /* strokes in a row */
static _Atomic uint32_t strokes;

static void
nap(int ms)
{
	nanosleep(&(struct timespec){ms / 1000, ms % 1000 * 1000000L}, NULL);
}

/* [JACK's thread] */
static int
process(jack_nframes_t frames, void *arg)
{
	(void)arg;
	jack_position_t at;
	const bool rolling = jack_transport_query(witness, &at) == JackTransportRolling;
	const float *x = jack_port_get_buffer(ear, frames);
	for (jack_nframes_t f = 0; f < frames; f++) {
		const bool loud = fabsf(x[f]) > 0.05f;
		if (loud && quiet > APART && rolling) {
			const double late = fmod((double)at.frame + f, quarter);
			const bool fits = late <= 2.0 || late >= quarter - 2.0; /* a sine begins with 0 */
			atomic_store(&in_phase, fits ? atomic_load(&in_phase) + 1 : 0);
			atomic_fetch_add(&strokes, 1);
		}
		quiet = loud ? 0 : quiet + 1;
	}
	return 0;
}

static void
start_server(int rate, int period)
{
	const jack_server_options o = {.name = "stopped", .rate = rate, .period = period};
	assert_true(jack_server_start(&server, &o));
	quarter = rate / 2.0; /* 120 bpm */
}

static bool
open_witness(void)
{
	witness = jack_server_client(&server, "witness");
	if (!witness)
		return false;
	ear = jack_port_register(witness, "ear", JACK_DEFAULT_AUDIO_TYPE, JackPortIsInput, 0);
	jack_set_process_callback(witness, process, NULL);
	return jack_activate(witness) == 0;
}

/* Its bass drum is a click on every quarter and nowhere else. */
static void
start_program(void)
{
	static const char session[] =
	    "{\"drumlin-session\": 1, \"parameters\": {\"tempo\": 120, \"swing\": 0, \"humanize\": 0, "
	    "\"sync\": 1}, \"cells\": {\"BD\": [\"1.1 v120\", \"1.2 rest\", \"1.3 rest\", \"1.4 rest\", "
	    "\"1.5 v120\", \"1.6 rest\", \"1.7 rest\", \"1.8 rest\", \"1.9 v120\", \"1.10 rest\", "
	    "\"1.11 rest\", \"1.12 rest\", \"1.13 v120\", \"1.14 rest\", \"1.15 rest\", \"1.16 rest\"]}}";
	fixture_folder("kit");
	fixture_sine("kit/kick.wav", 48000, 1, 48, 1000.0, 0.9);
	fixture_text("set.json", session);
	setenv("XDG_STATE_HOME", fixture_path("state"), 1);
	setenv("XDG_CONFIG_HOME", fixture_path("config"), 1);
	unsetenv("NSM_URL");
	program = fork();
	if (program == 0) {
		setpgid(0, 0); /* a group with a stopped process in it may be hung up as a whole */
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (!freopen(fixture_path("out"), "w", stdout) || dup2(1, 2) < 0)
			_exit(1);
		execl("./drumlin", "drumlin", "--plain", "--backend", "jack", "--sync", "jack", "--osc-port",
		      "0", "--session", fixture_path("set.json"), "--kit", fixture_path("kit"), (char *)NULL);
		_exit(127);
	}
	assert_true(program > 0);
}

static int
said(const char *words)
{
	char line[512];
	int n = 0;
	FILE *f = fopen(fixture_path("out"), "r");
	while (f && fgets(line, sizeof line, f))
		n += strstr(line, words) != NULL;
	if (f)
		fclose(f);
	return n;
}

static void
show(void)
{
	char line[512];
	FILE *f = fopen(fixture_path("out"), "r");
	while (f && fgets(line, sizeof line, f))
		print_message("    %s", line);
	if (f)
		fclose(f);
}

/* Until strokes have been in phase, one after the other; then says how many came before. */
static void
falls_into_phase(const char *when)
{
	const uint32_t before = atomic_load(&strokes);
	atomic_store(&in_phase, 0);
	for (int tries = 0; tries < PATIENCE * 20 && atomic_load(&in_phase) < IN_ROW; tries++) {
		(void)jack_connect(witness, "drumlin:BD_left", "witness:ear");
		nap(50);
	}
	if (atomic_load(&in_phase) < IN_ROW)
		show();
	print_message("%s: %d strokes in a row on the transport's quarters, after %d others\n", when,
		      atomic_load(&in_phase), (int)(atomic_load(&strokes) - before) - atomic_load(&in_phase));
	assert_true(atomic_load(&in_phase) >= IN_ROW);
	assert_int_equal(waitpid(program, NULL, WNOHANG), 0);
}

static void
stopped_and_continued_it_is_in_phase(void **state)
{
	(void)state;
	jack_transport_start(witness);
	falls_into_phase("at first");
	jack_position_t before, after;
	jack_transport_query(witness, &before);
	kill(program, SIGSTOP);
	nap(4000);
	kill(program, SIGCONT);
	falls_into_phase("stopped for four seconds");
	assert_int_equal(jack_transport_query(witness, &after), JackTransportRolling);
	assert_true(after.frame > before.frame);
}

static void
a_server_killed_comes_back_at_another_rate(void **state)
{
	(void)state;
	jack_position_t before, after;
	jack_transport_query(witness, &before);
	jack_server_end(&server, SIGKILL);
	jack_client_close(witness);
	for (int tries = 0; tries < PATIENCE * 20 && !said("JACK is gone"); tries++)
		nap(50);
	start_server(44100, 512);
	assert_true(open_witness());
	falls_into_phase("killed, and back at 44100");
	assert_int_equal(said("JACK is gone"), 1);
	assert_int_equal(said("JACK is back"), 1);
	/* Nobody has set it rolling but Drumlin, and it goes on where the song is. */
	assert_int_equal(jack_transport_query(witness, &after), JackTransportRolling);
	assert_true(after.frame / 44100.0 > before.frame / 48000.0);
}

static int
up(void **state)
{
	if (fixture_up(state) != 0)
		return -1;
	start_server(48000, 256);
	if (!open_witness())
		return -1;
	start_program();
	return 0;
}

static int
down(void **state)
{
	int status = 0;
	kill(program, SIGINT);
	waitpid(program, &status, 0);
	if (witness)
		jack_client_close(witness);
	jack_server_end(&server, SIGTERM);
	const bool in_order = WIFEXITED(status) && WEXITSTATUS(status) == 0;
	return fixture_down(state) == 0 && in_order ? 0 : -1;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(stopped_and_continued_it_is_in_phase),
	    cmocka_unit_test(a_server_killed_comes_back_at_another_rate),
	};
	if (getenv("DRUMLIN_NO_REALTIME")) {
		printf("skipped: no time is kept here (DRUMLIN_NO_REALTIME)\n");
		return 77;
	}
	if (system("command -v jackd >/dev/null") != 0 || access("./drumlin", X_OK) != 0) {
		printf("skipped: no jackd here, or no ./drumlin\n");
		return 77;
	}
	return cmocka_run_group_tests(tests, up, down);
}

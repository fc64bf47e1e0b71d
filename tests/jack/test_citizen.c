/* What a JACK server and its other clients see of Drumlin: ports with names, order and groups, a name that is
 * free, nothing connected that a session manager will connect. */
#include "tests/files.h"

#include "app/backend.h"
#include "tests/jack/jack_rig.h"

#include <dlfcn.h>
#include <jack/metadata.h>
#include <jack/uuid.h>
#include <lo/lo.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

static jack_rig rig;

/* A property of a port by its full name; "" where it has none. The caller frees it. */
static char *
property(const char *port, const char *key)
{
	char *value = NULL, *type = NULL;
	const jack_port_t *p = jack_port_by_name(rig.witness, port);
	assert_non_null(p);
	if (jack_get_property(jack_port_uuid(p), key, &value, &type) != 0)
		return strdup("");
	char *own = strdup(value);
	jack_free(value);
	jack_free(type);
	return own;
}

static void
expect(const char *port, const char *key, const char *wanted)
{
	char full[96];
	snprintf(full, sizeof full, "drumlin:%s", port);
	char *value = property(full, key);
	assert_string_equal(value, wanted);
	free(value);
}

static bool
described(void)
{
	host_status status;
	host_poll(rig.host, &status);
	char *last = property("drumlin:lights_out", JACK_METADATA_ORDER);
	const bool done = *last;
	free(last);
	return done;
}

/* Patch bays draw pairs as one, in our order and by readable names. */
static void
ports_have_names_order_and_groups(void **state)
{
	(void)state;
	jack_rig_or_skip(&rig, 16);
	assert_true(jack_rig_until(described()));
	static const char *const side[] = {"left", "right"};
	char port[32], title[64], order[16];
	for (int i = -1; i < INSTRUMENTS; i++)
		for (int c = 0; c < 2; c++) {
			const char *group = i < 0 ? "Main" : instrument_title(i);
			snprintf(port, sizeof port, "%s_%s", i < 0 ? "main" : instrument_name(i), side[c]);
			snprintf(title, sizeof title, "%s %s", group, side[c]);
			snprintf(order, sizeof order, "%d", 2 * (i + 1) + c);
			expect(port, JACK_METADATA_PRETTY_NAME, title);
			expect(port, JACK_METADATA_PORT_GROUP, group);
			expect(port, JACK_METADATA_ORDER, order);
		}
	expect("midi_in", JACK_METADATA_PRETTY_NAME, "Control and clock in");
	expect("midi_out", JACK_METADATA_PRETTY_NAME, "Notes and clock out");
	expect("lights_out", JACK_METADATA_PRETTY_NAME, "Lights of controllers out");
	expect("midi_in", JACK_METADATA_PORT_GROUP, "");
	expect("lights_out", JACK_METADATA_ORDER, "28");
	jack_rig_stop(&rig);
}

static bool
connected(const char *port)
{
	const jack_port_t *p = jack_port_by_name(rig.witness, port);
	const char **peers = p ? jack_port_get_all_connections(rig.witness, p) : NULL;
	const bool any = peers && peers[0];
	jack_free(peers);
	return any;
}

static int
ports_of(const char *client)
{
	char all[64];
	int n = 0;
	snprintf(all, sizeof all, "^%s:", client);
	const char **ports = jack_get_ports(rig.witness, all, NULL, 0);
	while (ports && ports[n])
		n++;
	jack_free(ports);
	return n;
}

static char said[512];

static void
say(void *user, const char *line)
{
	(void)user;
	snprintf(said + strlen(said), sizeof said - strlen(said), "%s\n", line);
}

/* The second Drumlin on a server is told apart, says under which name, has all its ports, and plays. */
static void
a_name_that_is_taken_is_varied_and_told(void **state)
{
	(void)state;
	jack_rig_or_skip(&rig, 16);
	params own;
	plan steps;
	engine *second = NULL;
	params_reset(&own);
	plan_init(&steps);
	assert_ok(engine_new(&own, &steps, &rig.map, JACK_RIG_RATE, &second, &test_error));
	backend b = {
	    .choice = BACKEND_JACK, .options = {.client_name = "drumlin", .connect = true}, .say = say};
	said[0] = '\0';
	assert_ok(backend_open(&b, &test_error));
	assert_string_equal(host_client_name(rig.host), "drumlin");
	assert_string_equal(host_client_name(b.host), "drumlin-01");
	assert_string_equal(b.options.client_name, "drumlin-01");
	assert_string_equal(said, "another client is called drumlin here: this is drumlin-01\n");
	assert_ok(backend_start(&b, second, &test_error));
	assert_int_equal(ports_of("drumlin-01"), 2 + 2 * INSTRUMENTS + 3);
	assert_true(jack_rig_until(connected("drumlin-01:main_left") && connected("drumlin-01:main_right")));
	assert_false(connected("drumlin:main_left")); /* it was not asked to */
	engine_status s;
	(void)engine_command(second, COMMAND_PLAY, -1, 1.0f);
	assert_true(jack_rig_until((engine_get_status(second, &s), s.position > 1.0)));
	backend_close(&b);
	(void)engine_command(rig.engine, COMMAND_PLAY, -1, 1.0f);
	assert_true(jack_rig_until(jack_rig_status(&rig).position > 1.0));
	engine_free(second);
	jack_rig_stop(&rig);
}

static _Atomic bool polling;
static _Thread_local bool slow;
static int (*jacks_own)(const jack_port_t *port);

/* As JACK's own; but who is slow thinks long about the answer for the last port, so that others overtake him.
 */
int
jack_port_connected(const jack_port_t *port)
{
	const int answer = jacks_own(port);
	if (slow && strcmp(jack_port_name(port), "drumlin:PC_right") == 0)
		jack_rig_sleep(0.02);
	return answer;
}

static void *
poll_on(void *arg)
{
	(void)arg;
	host_status status;
	slow = true;
	while (atomic_load(&polling))
		host_poll(rig.host, &status);
	return NULL;
}

static uint32_t
onsets(void)
{
	return atomic_load(&rig.n_onsets);
}

/* A recorder that is patched while it plays hears at once and for good, however often it is taken apart, and
 * be the server so busy that it hears of its new graph late: ports that nobody hears are not written. */
static void
what_is_connected_in_play_is_heard(void **state)
{
	(void)state;
	enum { ROUNDS = 40 };
	jack_rig_or_skip(&rig, 16);
	pthread_t thread;
	char from[INSTRUMENTS][32], to[INSTRUMENTS][32];
	for (int i = 0; i < INSTRUMENTS; i++) {
		snprintf(from[i], sizeof from[i], "drumlin:%s_left", instrument_name(i));
		snprintf(to[i], sizeof to[i], "witness:%s", instrument_name(i));
	}
	atomic_store(&polling, true);
	assert_int_equal(pthread_create(&thread, NULL, poll_on, NULL), 0);
	int heard = 0;
	for (int round = 0; round < ROUNDS; round++) {
		for (int i = 0; i < INSTRUMENTS; i++)
			jack_disconnect(rig.witness, from[i], to[i]);
		atomic_store(&rig.dawdles, round % 2 == 0);
		for (int i = INSTRUMENTS - 1; i >= 0; i--) /* the one that is played comes last */
			assert_int_equal(jack_connect(rig.witness, from[i], to[i]), 0);
		jack_rig_sleep(0.02);
		atomic_store(&rig.dawdles, false);
		jack_rig_sleep(0.1); /* all who ask have their answer */
		const uint32_t before = onsets();
		for (int tries = 0; tries < 1000 && onsets() == before; tries++) {
			jack_rig_midi(&rig, 0x99, 36, 127);
			jack_rig_sleep(0.005);
		}
		heard += onsets() > before;
	}
	atomic_store(&polling, false);
	pthread_join(thread, NULL);
	assert_int_equal(heard, ROUNDS);
	jack_rig_stop(&rig);
}

/* jackd2 tells a client that leaves of each of its ports; who does not listen any more must not fill the
 * socket that the server writes to, or the server stands still for everybody. */
static void
leaving_with_all_connected_stops_no_server(void **state)
{
	(void)state;
	jack_rig_or_skip(&rig, 16);
	char from[32], to[32];
	assert_true(jack_rig_until(described()));
	for (int i = 0; i < INSTRUMENTS; i++)
		for (int k = 0; k < INSTRUMENTS; k++)
			for (int c = 0; c < 2; c++) {
				snprintf(from, sizeof from, "drumlin:%s_%s", instrument_name(i),
					 c ? "right" : "left");
				snprintf(to, sizeof to, "witness:%s", instrument_name(k));
				jack_connect(rig.witness, from, to);
			}
	atomic_store(&rig.dawdles, true);
	jack_rig_leave(&rig);
	atomic_store(&rig.dawdles, false);
	const bool left = jack_rig_until(ports_of("drumlin") == 0);
	if (!left)
		jack_rig_end_server(); /* nothing else would let go of the witness */
	assert_true(left);
	jack_rig_stop(&rig);
}

typedef struct manager {
	lo_server server;
	lo_address client;
	bool opened;
} manager;

static int
on_any(const char *path, const char *types, lo_arg **argv, int argc, lo_message message, void *user)
{
	manager *m = user;
	(void)types;
	(void)argc;
	if (strcmp(path, "/nsm/server/announce") == 0) {
		lo_address from = lo_message_get_source(message);
		m->client = lo_address_new(lo_address_get_hostname(from), lo_address_get_port(from));
		lo_send_from(m->client, m->server, LO_TT_IMMEDIATE, "/reply", "ssss", path, "welcome",
			     "the test", "");
	} else if (strcmp(path, "/reply") == 0 && strcmp(&argv[0]->s, "/nsm/client/open") == 0) {
		m->opened = true;
	}
	return 0;
}

static void
serve_until(manager *m, bool (*done)(const manager *m))
{
	for (int i = 0; i < 3000 && !done(m); i++)
		lo_server_recv_noblock(m->server, 10);
	assert_true(done(m));
}

static bool
has_come(const manager *m)
{
	return m->client != NULL;
}

static bool
has_opened(const manager *m)
{
	return m->opened && jack_port_by_name(rig.witness, "nABCD:main_left");
}

/* The whole program: its client has the name that the manager gave, and is connected by nobody but it. */
static void
under_a_manager_nothing_is_connected(void **state)
{
	(void)state;
	jack_rig_or_skip(&rig, 16);
	files_make();
	manager m = {.server = lo_server_new(NULL, NULL)};
	assert_non_null(m.server);
	lo_server_add_method(m.server, NULL, NULL, on_any, &m);
	char url[64], *home = files_path("state"), *place = files_path("set");
	snprintf(url, sizeof url, "osc.udp://127.0.0.1:%d/", lo_server_get_port(m.server));
	const pid_t child = fork();
	if (child == 0) {
		setenv("NSM_URL", url, 1);
		setenv("XDG_STATE_HOME", home, 1);
		execl("./drumlin", "./drumlin", "--backend", "jack", "--plain", "--osc-port", "0",
		      (char *)NULL);
		_exit(127);
	}
	serve_until(&m, has_come);
	assert_null(jack_port_by_name(rig.witness, "drumlin-01:main_left")); /* it waits for its name */
	lo_send_from(m.client, m.server, LO_TT_IMMEDIATE, "/nsm/client/open", "sss", place, "Set", "nABCD");
	serve_until(&m, has_opened);
	jack_rig_sleep(1.0);
	assert_false(connected("nABCD:main_left") || connected("nABCD:main_right"));
	assert_int_equal(kill(child, SIGTERM), 0);
	int status = -1;
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	lo_address_free(m.client);
	lo_server_free(m.server);
	free(home);
	free(place);
	files_remove();
	jack_rig_stop(&rig);
}

int
main(void)
{
	*(void **)&jacks_own = dlsym(RTLD_NEXT, "jack_port_connected");
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(ports_have_names_order_and_groups),
	    cmocka_unit_test(a_name_that_is_taken_is_varied_and_told),
	    cmocka_unit_test(what_is_connected_in_play_is_heard),
	    cmocka_unit_test(leaving_with_all_connected_stops_no_server),
	    cmocka_unit_test(under_a_manager_nothing_is_connected),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

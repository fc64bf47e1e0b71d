/* The session manager's side, played by the test over real sockets; and Drumlin itself under it. */
#include "tests/files.h"

#include "osc/nsm.h"

#include <lo/lo.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>

typedef struct manager {
	lo_server server;
	lo_address client; /* who announced itself */
	char announced[256], capabilities[256], executable[256];
	int major, minor, pid;
	char replied[256], error[256];
	int replies, errors, code, dirty, clean, messages;
	float progress;
} manager;

/* Arguments lie where they lie in the packet: not aligned as a lo_arg wants it. */
static int
integer(const lo_arg *argument)
{
	int32_t i;
	memcpy(&i, argument, sizeof i);
	return i;
}

static int
on_any(const char *path, const char *types, lo_arg **argv, int argc, lo_message message, void *user)
{
	manager *m = user;
	(void)argc;
	if (strcmp(path, "/nsm/server/announce") == 0 && strcmp(types, "sssiii") == 0) {
		snprintf(m->announced, sizeof m->announced, "%s", (const char *)argv[0]);
		snprintf(m->capabilities, sizeof m->capabilities, "%s", (const char *)argv[1]);
		snprintf(m->executable, sizeof m->executable, "%s", (const char *)argv[2]);
		m->major = integer(argv[3]);
		m->minor = integer(argv[4]);
		m->pid = integer(argv[5]);
		lo_address from = lo_message_get_source(message);
		m->client = lo_address_new(lo_address_get_hostname(from), lo_address_get_port(from));
		lo_send_from(m->client, m->server, LO_TT_IMMEDIATE, "/reply", "ssss", "/nsm/server/announce",
			     "welcome", "the test", ":server-control:");
	} else if (strcmp(path, "/reply") == 0) {
		snprintf(m->replied, sizeof m->replied, "%s", (const char *)argv[0]);
		m->replies++;
	} else if (strcmp(path, "/error") == 0) {
		snprintf(m->error, sizeof m->error, "%s", (const char *)argv[2]);
		m->code = integer(argv[1]);
		m->errors++;
	} else if (strcmp(path, "/nsm/client/is_dirty") == 0) {
		m->dirty++;
	} else if (strcmp(path, "/nsm/client/is_clean") == 0) {
		m->clean++;
	} else if (strcmp(path, "/nsm/client/progress") == 0) {
		memcpy(&m->progress, argv[0], sizeof m->progress);
	} else if (strcmp(path, "/nsm/client/message") == 0) {
		m->messages++;
	}
	return 0;
}

static void
manager_open(manager *m)
{
	memset(m, 0, sizeof *m);
	m->server = lo_server_new(NULL, NULL);
	assert_non_null(m->server);
	lo_server_add_method(m->server, NULL, NULL, on_any, m);
}

static void
manager_close(manager *m)
{
	if (m->client)
		lo_address_free(m->client);
	lo_server_free(m->server);
}

/* Serves until *count has come to n, ten seconds at most. */
static void
serve_until(manager *m, const int *count, int n)
{
	for (int i = 0; i < 1000 && *count < n; i++)
		lo_server_recv_noblock(m->server, 10);
	assert_true(*count >= n);
}

/* By number: not every machine can look its own name up. */
static char *
url_of(lo_server server)
{
	char *url = malloc(64);
	snprintf(url, 64, "osc.udp://127.0.0.1:%d/", lo_server_get_port(server));
	return url;
}

static void
orders_are_taken_and_answered(void **state)
{
	(void)state;
	manager m;
	nsm *n;
	nsm_order order;
	manager_open(&m);
	char *url = url_of(m.server);
	assert_ok(nsm_start(url, "drumlin", &n, &test_error));
	assert_false(nsm_poll(n, 0.0, &order));
	serve_until(&m, &m.major, 1);
	assert_string_equal(m.announced, "Drumlin");
	assert_string_equal(m.executable, "drumlin");
	assert_non_null(strstr(m.capabilities, ":switch:"));
	assert_non_null(strstr(m.capabilities, ":dirty:"));
	assert_int_equal(m.pid, getpid());
	lo_send_from(m.client, m.server, LO_TT_IMMEDIATE, "/nsm/client/open", "sss", "/tmp/a set", "A set",
		     "drumlin_1");
	assert_true(nsm_poll(n, 5.0, &order));
	assert_int_equal(order.kind, NSM_OPEN);
	assert_string_equal(order.path, "/tmp/a set");
	assert_string_equal(order.display, "A set");
	assert_string_equal(order.id, "drumlin_1");
	nsm_answer(n, NSM_OK, "opened");
	serve_until(&m, &m.replies, 1);
	assert_string_equal(m.replied, "/nsm/client/open");
	lo_send_from(m.client, m.server, LO_TT_IMMEDIATE, "/nsm/client/save", "");
	assert_true(nsm_poll(n, 5.0, &order));
	assert_int_equal(order.kind, NSM_SAVE);
	nsm_answer(n, NSM_ERR_SAVE_FAILED, "the disk is full");
	serve_until(&m, &m.errors, 1);
	assert_int_equal(m.code, NSM_ERR_SAVE_FAILED);
	assert_string_equal(m.error, "the disk is full");
	nsm_dirty(n, true);
	nsm_dirty(n, true);
	nsm_dirty(n, false);
	nsm_message(n, "hello");
	nsm_progress(n, 0.5f);
	serve_until(&m, &m.messages, 1);
	serve_until(&m, &m.clean, 1);
	assert_int_equal(m.dirty, 1);
	nsm_stop(n);
	free(url);
	manager_close(&m);
}

static void
addresses_that_are_none_are_refused(void **state)
{
	(void)state;
	nsm *n;
	assert_int_equal(nsm_start("nonsense", "drumlin", &n, &test_error), DR_UNAVAILABLE);
	assert_null(n);
}

/* The whole program: opens what it is told, saves, switches, and leaves on SIGTERM. */
static void
drumlin_lives_under_a_manager(void **state)
{
	(void)state;
	manager m;
	files_make();
	manager_open(&m);
	char *url = url_of(m.server), *first = files_path("first"), *second = files_path("second");
	char *state_home = files_path("state");
	const pid_t child = fork();
	if (child == 0) {
		setenv("NSM_URL", url, 1);
		setenv("XDG_STATE_HOME", state_home, 1);
		execl("./drumlin", "./drumlin", "--backend", "none", "--plain", "--osc-port", "0",
		      "--osc-bind", "127.0.0.1", (char *)NULL);
		_exit(127);
	}
	serve_until(&m, &m.major, 1);
	assert_int_equal(m.pid, child);
	lo_send_from(m.client, m.server, LO_TT_IMMEDIATE, "/nsm/client/open", "sss", first, "First", "d_1");
	serve_until(&m, &m.replies, 1);
	assert_string_equal(m.replied, "/nsm/client/open");
	assert_true(m.progress == 1.0f);
	lo_send_from(m.client, m.server, LO_TT_IMMEDIATE, "/nsm/client/save", "");
	serve_until(&m, &m.replies, 2);
	assert_string_equal(m.replied, "/nsm/client/save");
	char *saved = files_path("first.json");
	assert_int_equal(access(saved, R_OK), 0);
	lo_send_from(m.client, m.server, LO_TT_IMMEDIATE, "/nsm/client/open", "sss", second, "Second", "d_1");
	serve_until(&m, &m.replies, 3);
	lo_send_from(m.client, m.server, LO_TT_IMMEDIATE, "/nsm/client/save", "");
	serve_until(&m, &m.replies, 4);
	char *other = files_path("second.json");
	assert_int_equal(access(other, R_OK), 0);
	assert_int_equal(m.errors, 0);
	/* A session that cannot be read is refused, and the set goes on. */
	files_put("third.json", "{", 1);
	char *third = files_path("third");
	lo_send_from(m.client, m.server, LO_TT_IMMEDIATE, "/nsm/client/open", "sss", third, "Third", "d_1");
	serve_until(&m, &m.errors, 1);
	assert_int_equal(m.code, NSM_ERR_BAD_PROJECT);
	assert_int_equal(kill(child, SIGTERM), 0);
	int status = -1;
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	free(url);
	free(first);
	free(second);
	free(third);
	free(saved);
	free(other);
	free(state_home);
	manager_close(&m);
	files_remove();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(orders_are_taken_and_answered),
	    cmocka_unit_test(addresses_that_are_none_are_refused),
	    cmocka_unit_test(drumlin_lives_under_a_manager),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

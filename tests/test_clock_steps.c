/* The time of day jumps (NTP at last finds a server, somebody sets the clock), and so does the time since the
 * start when the machine has slept: nothing that waits may wait for them. Here it jumps back by an hour after
 * every look at it. What waits by it waits an hour, and the test is ended before. */
#include "tests/files.h"

#include "app/session_keeper.h"
#include "rt/farewell.h"
#ifdef HAVE_LIBLO
#include "osc/nsm.h"
#endif

#include <stdatomic.h>
#include <sys/syscall.h>

int
clock_gettime(clockid_t id, struct timespec *t)
{
	const int result = (int)syscall(SYS_clock_gettime, id, t);
	if ((id == CLOCK_REALTIME || id == CLOCK_BOOTTIME) && result == 0)
		t->tv_sec += 3600;
	return result;
}

static void
rest(void)
{
	nanosleep(&(struct timespec){0, 20000000}, NULL);
}

static void
quiet(void *user, const char *line)
{
	(void)user;
	(void)line;
}

static atomic_bool let_go;

static void
stay(void *arg)
{
	(void)arg;
	while (!atomic_load(&let_go))
		rest();
}

static void
a_farewell_is_over_in_time(void **state)
{
	(void)state;
	assert_false(farewell(stay, NULL, 0.2));
	atomic_store(&let_go, true);
}

static void
the_session_is_kept_every_few_seconds(void **state)
{
	(void)state;
	static player p;
	static scenes bank;
	const music_options o = {.n_kits = 0};
	session_keeper *k;
	char *path = files_path("drumlin/last.json");
	assert_ok(player_open(&p, &o, 48000, false, quiet, NULL, &test_error));
	scenes_init(&bank, &p.control);
	assert_ok(session_keeper_start(&p, &bank, &o, NULL, quiet, NULL, &k, &test_error));
	while (access(path, F_OK) != 0)
		rest();
	session_keeper_stop(k);
	scenes_destroy(&bank);
	player_close(&p);
	free(path);
}

#ifdef HAVE_LIBLO
static void
a_manager_that_is_silent_is_not_waited_for(void **state)
{
	(void)state;
	nsm *n;
	nsm_order order;
	assert_ok(nsm_start("osc.udp://127.0.0.1:9/", "drumlin", &n, &test_error));
	assert_false(nsm_poll(n, 0.2, &order));
	nsm_stop(n);
}
#endif

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_farewell_is_over_in_time),
	    cmocka_unit_test(the_session_is_kept_every_few_seconds),
#ifdef HAVE_LIBLO
	    cmocka_unit_test(a_manager_that_is_silent_is_not_waited_for),
#endif
	};
	return cmocka_run_group_tests(tests, files_up_in_time, files_down_in_time);
}

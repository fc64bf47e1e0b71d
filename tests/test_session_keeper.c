/* Who saves a set does not wait for the disk: fsync is interposed for the whole program, and does not come
 * back until it is let go. What waits for it is ended by an alarm. strdup is interposed, too: it finds no
 * memory when told so. */
#include "tests/files.h"

#include "app/session.h"
#include "app/session_keeper.h"

#include <stdatomic.h>
#include <time.h>

static atomic_bool hangs, no_memory;
static atomic_int hanging;

static void
rest(void)
{
	nanosleep(&(struct timespec){0, 2000000}, NULL);
}

int
fsync(int fd)
{
	(void)fd;
	atomic_fetch_add(&hanging, 1);
	while (atomic_load(&hangs))
		rest();
	return 0;
}

char *
strdup(const char *text)
{
	const size_t size = strlen(text) + 1;
	char *copy = atomic_load(&no_memory) ? NULL : malloc(size);
	return copy ? memcpy(copy, text, size) : NULL;
}

static void
say(void *user, const char *line)
{
	(void)user;
	print_message("%s\n", line);
}

static player p;
static scenes bank;

static session_keeper *
start(const char *file)
{
	const music_options o = {.n_kits = 0};
	session_keeper *k;
	assert_ok(player_open(&p, &o, 48000, false, say, NULL, &test_error));
	scenes_init(&bank, &p.control);
	assert_ok(session_keeper_start(&p, &bank, &o, file, say, NULL, &k, &test_error));
	return k;
}

static void
stop(session_keeper *k)
{
	session_keeper_stop(k);
	scenes_destroy(&bank);
	player_close(&p);
}

static void
a_disk_that_hangs_is_not_waited_for(void **state)
{
	(void)state;
	const music_options o = {.n_kits = 0};
	char *file = files_path("set.json"), *other = files_path("other.json");
	session s;
	atomic_store(&hangs, true);
	session_keeper *k = start(file);
	session_keeper_save(k);
	while (!atomic_load(&hanging)) /* the keeper is at the disk, and stays there */
		rest();
	/* What the main thread does with it in play. */
	control_set(&p.control, PARAM_DENSITY, 0.125f, 0);
	session_keeper_save(k);
	assert_true(session_keeper_learned(k, "# nothing\n"));
	assert_true(session_keeper_dirty(k));
	assert_true(scenes_store(&bank, 3));
	assert_ok(session_keeper_switch(k, other, &o, &test_error));
	assert_int_equal(access(file, F_OK), -1);
	atomic_store(&hangs, false);
	stop(k);
	/* What was asked for meanwhile is done then, in the file that was the session's own at that time. */
	assert_int_equal(access(file, F_OK), 0);
	assert_ok(session_read(other, &s, say, NULL, &test_error));
	assert_float_equal(s.value[PARAM_DENSITY], 0.125f, 1e-6f);
	assert_string_equal(s.learned, "# nothing\n");
	session_clear(&s);
	free(other);
	free(file);
}

/* Asked for one after the other by two threads, the last file is the latest. */
static void
what_is_saved_now_is_there(void **state)
{
	(void)state;
	char *file = files_path("now.json");
	session s;
	session_keeper *k = start(file);
	for (int i = 0; i < 20; i++) {
		const float density = (float)i / 32.0f;
		control_set(&p.control, PARAM_DENSITY, density, 0);
		session_keeper_save(k);
		assert_ok(session_keeper_save_now(k, &test_error));
		assert_ok(session_read(file, &s, say, NULL, &test_error));
		assert_float_equal(s.value[PARAM_DENSITY], density, 1e-6f);
		session_clear(&s);
	}
	assert_false(session_keeper_dirty(k));
	stop(k);
	free(file);
}

static void
want_of_memory_is_told_with_the_files_name(void **state)
{
	(void)state;
	char *file = files_path("short.json");
	session_keeper *k = start(file);
	assert_ok(session_keeper_save_now(k, &test_error));
	control_set(&p.control, PARAM_DENSITY, 0.25f, 0);
	atomic_store(&no_memory, true);
	const dr_status status = session_keeper_save_now(k, &test_error);
	atomic_store(&no_memory, false);
	assert_int_equal(status, DR_FAILED);
	assert_memory_equal(test_error.text, file, strlen(file));
	assert_string_equal(test_error.text + strlen(file), ": out of memory");
	assert_true(session_keeper_dirty(k));
	assert_ok(session_keeper_save_now(k, &test_error));
	assert_false(session_keeper_dirty(k));
	stop(k);
	free(file);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(a_disk_that_hangs_is_not_waited_for, files_up_in_time,
					    files_down_in_time),
	    cmocka_unit_test_setup_teardown(what_is_saved_now_is_there, files_up_in_time, files_down_in_time),
	    cmocka_unit_test_setup_teardown(want_of_memory_is_told_with_the_files_name, files_up_in_time,
					    files_down_in_time),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

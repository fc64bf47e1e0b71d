/* A disk that takes its time: recording and saving go on, and the audio thread knows nothing of it.
 *
 * write() is interposed for the whole program, and sleeps while `slow` is set. */
#include "tests/engine_rig.h"
#include "tests/files.h"

#include "app/recorder.h"
#include "model/audiofile.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

static _Atomic bool slow;
static _Atomic int slept, said_slow, said_recorded, said_folder;
static char folder[512];

ssize_t
write(int fd, const void *data, size_t size)
{
	static ssize_t (*next)(int, const void *, size_t);
	if (!next)
		*(void **)&next = dlsym(RTLD_NEXT, "write");
	if (atomic_load(&slow)) {
		const struct timespec nap = {0, 50000000};
		nanosleep(&nap, NULL);
		atomic_fetch_add(&slept, 1);
	}
	return next(fd, data, size);
}

static void
say(void *user, const char *line)
{
	(void)user;
	if (strncmp(line, "recording to ", 13) == 0)
		snprintf(folder, sizeof folder, "%s", line + 13);
	atomic_fetch_add(&said_folder, strncmp(line, "recording to ", 13) == 0);
	atomic_fetch_add(&said_slow, strstr(line, "too slow") != NULL);
	atomic_fetch_add(&said_recorded, strncmp(line, "recorded ", 9) == 0);
}

static void
nap(void)
{
	const struct timespec pause = {0, 2000000};
	nanosleep(&pause, NULL);
}

/* Half a minute of music at once, which no disk that sleeps can keep up with: everything keeps its place. */
static void
a_recording_on_a_slow_disk_keeps_its_time(void **state)
{
	(void)state;
	enum { PERIODS = 30 * RIG_RATE / 64 };
	engine_rig *r = rig_new(true);
	recorder *rec;
	audiofile_info got;
	char path[600], *takes;
	files_make();
	takes = files_path("takes");
	for (int64_t step = 0; step < PLAN_STEPS; step++)
		rig_plan(r, step, 0x15);
	assert_ok(recorder_start(r->engine, &r->params, takes, say, NULL, &rec, &test_error));
	params_set(&r->params, PARAM_RECORD, 1.0f, 0);
	while (!atomic_load(&said_folder))
		nap();
	nap();
	assert_true(engine_command(r->engine, COMMAND_PLAY, -1, 1.0f));
	rig_play(r, 64, NULL, 0);
	atomic_store(&slow, true);
	for (int i = 1; i < PERIODS; i++) {
		rig_play(r, 64, NULL, 0);
		if (i % 4000 == 0)
			nap();
	}
	engine_status s;
	engine_get_status(r->engine, &s);
	assert_true(s.rolling);
	while (atomic_load(&slept) < 3)
		nap();
	atomic_store(&slow, false);
	params_set(&r->params, PARAM_RECORD, 0.0f, 0);
	for (int tries = 0; tries < 20000 && !atomic_load(&said_recorded); tries++) {
		rig_play(r, 64, NULL, 0);
		nap();
	}
	recorder_stop(rec);
	assert_int_equal(atomic_load(&said_recorded), 1);
	assert_int_equal(atomic_load(&said_slow), 1);
	snprintf(path, sizeof path, "%s/main.wav", folder);
	assert_ok(audiofile_probe(path, &got, &test_error));
	print_message("%lld frames of at least %d, written with %d slow calls\n", (long long)got.frames,
		      PERIODS * 64, atomic_load(&slept));
	assert_true(got.frames >= (uint64_t)PERIODS * 64 - 64);
	free(takes);
	files_remove();
	rig_free(r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_recording_on_a_slow_disk_keeps_its_time),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* ALSA's back end without a sound card: libasound's own file plug-in over its null device takes what is
 * written, and it must be what the engine plays. */
#include "tests/engine_rig.h"

#include "rt/host.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

static char folder[] = "/tmp/drumlin-alsa-XXXXXX", config[64], raw[64];

static int
set_up(void **state)
{
	(void)state;
	if (!mkdtemp(folder))
		return -1;
	snprintf(config, sizeof config, "%s/asound.conf", folder);
	snprintf(raw, sizeof raw, "%s/out.raw", folder);
	FILE *f = fopen(config, "w");
	if (!f)
		return -1;
	fprintf(f,
		"pcm.nowhere { type null }\n"
		"pcm.to_file { type file slave.pcm nowhere file \"%s\" format raw }\n",
		raw);
	fclose(f);
	setenv("ALSA_CONFIG_PATH", config, 1);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	unlink(raw);
	unlink(config);
	return rmdir(folder);
}

static void
what_is_written_is_what_the_engine_plays(void **state)
{
	(void)state;
	engine_rig *r = rig_new(true), *twin = rig_new(true);
	const host_options o = {.device = "to_file", .rate = RIG_RATE};
	host *h = NULL;
	host_status status;
	for (int64_t s = 0; s < 64; s++) {
		rig_plan(r, s, 1u << INST_BD);
		rig_plan(twin, s, 1u << INST_BD);
	}
	engine_command(r->engine, COMMAND_PLAY, -1, 1.0f);
	engine_command(twin->engine, COMMAND_PLAY, -1, 1.0f);
	assert_ok(host_alsa_open(&o, &h, &test_error));
	assert_ok(host_start(h, r->engine, &test_error));
	nanosleep(&(struct timespec){0, 30000000}, NULL);
	host_poll(h, &status);
	assert_true(status.alive && status.rate == RIG_RATE);
	const uint32_t period = status.period;
	host_close(h);
	FILE *f = fopen(raw, "rb");
	assert_non_null(f);
	float frame[2], peak = 0.0f;
	long frames = 0;
	bool same = true;
	while (frames < 60000) {
		rig_play(twin, period, NULL, 0);
		uint32_t i = 0;
		for (; i < period && fread(frame, sizeof frame, 1, f) == 1; i++) {
			same = same && frame[0] == twin->left[i] && frame[1] == twin->right[i];
			peak = fmaxf(peak, fabsf(frame[0]));
			frames++;
		}
		if (i < period)
			break;
	}
	fclose(f);
	assert_true(frames > 256 && peak > 0.1f && same);
	rig_free(r);
	rig_free(twin);
}

static void
a_missing_device_is_named(void **state)
{
	(void)state;
	const host_options o = {.device = "no_such_card"};
	host *h = NULL;
	assert_int_equal(host_alsa_open(&o, &h, &test_error), DR_UNAVAILABLE);
	assert_non_null(strstr(test_error.text, "no_such_card"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_is_written_is_what_the_engine_plays),
	    cmocka_unit_test(a_missing_device_is_named),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}

/* The thread that looks after controllers: it follows ports, learns, and lights what is behind the host's. */
#include "tests/midi_rig.h"

#include "osc/midi_ports.h"

#include <time.h>

/* Waits, as long as it takes within reason. */
static void
until(bool (*so)(void))
{
	const struct timespec pause = {0, 2000000};
	for (int i = 0; i < 10000 && !so(); i++) {
		rig_play(rig, 64, NULL, 0);
		nanosleep(&pause, NULL);
	}
	assert_true(so());
}

static midi_ports *ports;

static bool
no_input(void)
{
	return midi_ports_count(ports) == 0;
}

static bool
one_input(void)
{
	return midi_ports_count(ports) == 1;
}

static bool
learned(void)
{
	return params_get(&rig->params, PARAM_LEARN) == 0.0f;
}

static bool
dense(void)
{
	return value(PARAM_TEMPO) > 250.0f;
}

static char *text;

static bool
has_text(void)
{
	if (!text)
		text = midi_ports_take_learned(ports);
	return text != NULL;
}

static uint8_t host_light[3];

static bool
host_lit(void)
{
	engine_light l;
	while (engine_take_light(rig->engine, &l))
		if (l.size == 3)
			memcpy(host_light, l.data, 3);
	return host_light[0] != 0;
}

static void
the_thread_follows_ports_learns_and_lights_the_hosts_devices(void **state)
{
	(void)state;
	set_up();
	plug("Knobs", true, false);
	plug("Knobs", false, true);
	const midi_ports_options o = {.maps = devices.maps, .backend = &backend};
	assert_ok(midi_ports_start(&hands, &o, &ports, &test_error));
	assert_int_equal(midi_ports_count(ports), 1);
	pthread_mutex_lock(&fake.lock);
	fake.n = 0;
	fake.news = true;
	pthread_mutex_unlock(&fake.lock);
	until(no_input);
	pthread_mutex_lock(&fake.lock);
	fake.n = 2;
	fake.news = true;
	pthread_mutex_unlock(&fake.lock);
	until(one_input);
	/* Learn, by the port: touch, move, done. */
	params_set(&rig->params, PARAM_LEARN, 1.0f, PARAM_SOURCE_SCREEN);
	params_set(&rig->params, PARAM_TEMPO, 120.0f, PARAM_SOURCE_SCREEN);
	play(0, 0xb0, 1, 10, 0);
	play(0, 0xb0, 1, 12, 0);
	until(learned);
	until(has_text);
	assert_non_null(strstr(text, "cc 1 channel 1 -> tempo\n"));
	assert_true(value(PARAM_DENSITY) == 0.5f); /* it did nothing meanwhile */
	free(text);
	text = NULL;
	/* The host's port obeys it too. */
	const engine_midi twist[] = {{0, 3, {0xb0, 1, 10}}, {1, 3, {0xb0, 1, 127}}};
	report r;
	for (int i = 0; i < 2; i++) {
		rig_play(rig, 64, NULL, 0); /* takes the map */
		while (engine_take_report(rig->engine, &r))
			if (r.kind == REPORT_MAP)
				free(r.map);
	}
	rig_play(rig, 64, twist, 2);
	assert_true(dense());
	/* What switches learning off is not learned itself. */
	params_set(&rig->params, PARAM_LEARN, 1.0f, PARAM_SOURCE_SCREEN);
	params_set(&rig->params, PARAM_SWING, 0.0f, PARAM_SOURCE_SCREEN);
	play(0, 0xb0, 3, 0, 0);
	play(0, 0xb0, 3, 127, 0);
	until(learned);
	assert_null(midi_ports_take_learned(ports));
	/* By the host's port, through the report. */
	params_set(&rig->params, PARAM_LEARN, 1.0f, PARAM_SOURCE_SCREEN);
	params_set(&rig->params, PARAM_KIT_X, 0.0f, PARAM_SOURCE_SCREEN);
	const engine_midi key[] = {{0, 3, {0x90, 99, 1}}};
	rig_play(rig, 64, key, 1);
	bool reported = false;
	while (engine_take_report(rig->engine, &r)) {
		if (r.kind == REPORT_MAP)
			free(r.map);
		if (r.kind == REPORT_LEARN) {
			midi_ports_learn(ports, r.message);
			reported = true;
		}
	}
	assert_true(reported);
	until(has_text);
	assert_non_null(strstr(text, "note 99 channel 1 -> toggle kit/x\n"));
	free(text);
	text = NULL;
	/* And forgotten. */
	params_set(&rig->params, PARAM_KIT_X, 0.5f, PARAM_SOURCE_SCREEN);
	params_pulse(&rig->params, COMMAND_UNLEARN);
	until(has_text);
	assert_null(strstr(text, "kit/x"));
	assert_non_null(strstr(text, "tempo"));
	free(text);
	text = NULL;
	/* A device behind the host's ports. */
	params_set(&rig->params, param_slot(PARAM_MUTE, INST_BD), 1.0f, 0);
	midi_ports_host_peers(ports, "system:midi_capture_1\nalsa:Knobs\n",
			      "system:midi_playback_1\nalsa:Knobs\n");
	until(host_lit);
	assert_memory_equal(host_light, ((const uint8_t[]){0x90, 1, 5}), 3);
	midi_ports_stop(ports);
	while (engine_take_report(rig->engine, &r))
		if (r.kind == REPORT_MAP)
			free(r.map);
	control_destroy(&hands);
	rig_free(rig);
}

static void
without_a_sequencer_the_host_is_served_all_the_same(void **state)
{
	(void)state;
	set_up();
	fake.missing = true;
	const midi_ports_options o = {.maps = devices.maps, .backend = &backend};
	assert_int_equal(midi_ports_start(&hands, &o, &ports, &test_error), DR_UNAVAILABLE);
	assert_non_null(strstr(test_error.text, "/dev/snd/seq"));
	assert_non_null(ports);
	midi_ports_stop(ports);
	midi_ports_stop(NULL);
	control_destroy(&hands);
	rig_free(rig);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_thread_follows_ports_learns_and_lights_the_hosts_devices),
	    cmocka_unit_test(without_a_sequencer_the_host_is_served_all_the_same),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

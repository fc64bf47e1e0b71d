/* Controllers that come and go, over a table of ports: which are opened, which map each obeys, what its
 * lights are told; and the thread that looks after them. */
#include "tests/engine_rig.h"

#include "osc/midi_devices.h"
#include "osc/midi_ports.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { PORTS = 8, SENT = 4096, QUEUED = 256 };

/* --- the table --------------------------------------------------------------------------------------------
 */

typedef struct fake_port {
	midi_port_info info;
	bool open;
	uint8_t sent[SENT]; /* bytes that went out */
	size_t n_sent;
	int writes;
	midi_packet queue[QUEUED];
	int n_queued;
} fake_port;

static struct {
	pthread_mutex_t lock;
	fake_port port[PORTS];
	int n, opened;
	bool missing, news, finished;
} fake = {.lock = PTHREAD_MUTEX_INITIALIZER};

static int
fake_open(void *user)
{
	(void)user;
	pthread_mutex_lock(&fake.lock);
	fake.opened++;
	const int n = fake.missing ? -1 : fake.n;
	pthread_mutex_unlock(&fake.lock);
	return n;
}

static void
fake_close(void *user)
{
	(void)user;
	for (int i = 0; i < PORTS; i++)
		fake.port[i].open = false;
}

static bool
fake_describe(void *user, int port, midi_port_info *info)
{
	(void)user;
	*info = fake.port[port].info;
	return true;
}

static bool
fake_open_port(void *user, int port)
{
	(void)user;
	fake.port[port].open = true;
	return true;
}

static int
fake_read(void *user, int port, midi_packet *packet, int max)
{
	(void)user;
	fake_port *p = &fake.port[port];
	assert_true(p->open && p->info.input);
	pthread_mutex_lock(&fake.lock);
	const int n = p->n_queued < max ? p->n_queued : max;
	memcpy(packet, p->queue, (size_t)n * sizeof *packet);
	p->n_queued = 0;
	pthread_mutex_unlock(&fake.lock);
	return n;
}

static bool
fake_write(void *user, int port, const uint8_t *message, size_t size)
{
	(void)user;
	fake_port *p = &fake.port[port];
	assert_true(p->open && p->info.output);
	pthread_mutex_lock(&fake.lock);
	if (p->n_sent + size <= SENT) {
		memcpy(p->sent + p->n_sent, message, size);
		p->n_sent += size;
	}
	p->writes++;
	pthread_mutex_unlock(&fake.lock);
	return true;
}

static bool
fake_changed(void *user)
{
	(void)user;
	pthread_mutex_lock(&fake.lock);
	const bool news = fake.news;
	fake.news = false;
	pthread_mutex_unlock(&fake.lock);
	return news;
}

static void
fake_finish(void *user)
{
	(void)user;
	fake.finished = true;
}

static const midi_backend backend = {NULL,           fake_open, fake_close, fake_describe, fake_open_port,
				     fake_open_port, fake_read, fake_write, fake_changed,  fake_finish};

static void
plug(const char *name, bool input, bool output)
{
	fake_port *p = &fake.port[fake.n++];
	memset(p, 0, sizeof *p);
	snprintf(p->info.name, sizeof p->info.name, "%s", name);
	p->info.input = input;
	p->info.output = output;
}

static void
play(int port, uint8_t a, uint8_t b, uint8_t c, uint8_t d)
{
	fake_port *p = &fake.port[port];
	pthread_mutex_lock(&fake.lock);
	p->queue[p->n_queued++] = (midi_packet){.data = {a, b, c, d}};
	pthread_mutex_unlock(&fake.lock);
}

static void
forget_sent(void)
{
	for (int i = 0; i < PORTS; i++) {
		fake.port[i].n_sent = 0;
		fake.port[i].writes = 0;
	}
}

/* --- the rig ----------------------------------------------------------------------------------------------
 */

static const char knobs_map[] = "device Knobs\nstart F0 7D 01 F7\nend F0 7D 00 F7\n"
				"cc 1 -> density jump\ncc 2 -> swing\ncc 3 -> toggle learn\n"
				"note 1 -> toggle BD/mute light off 0 on 5\n";
static engine_rig *rig;
static control hands;
static midi_devices devices;

static void
say(void *user, const char *line)
{
	(void)user;
	fail_msg("%s", line);
}

static midi_maps *
some_maps(void)
{
	midi_maps *maps = midi_maps_new();
	midi_maps_add(maps, knobs_map, sizeof knobs_map - 1, "knobs.map", false, say, NULL);
	return maps;
}

static void
set_up(void)
{
	memset(fake.port, 0, sizeof fake.port);
	fake.n = fake.opened = 0;
	fake.missing = fake.news = fake.finished = false;
	rig = rig_new(false);
	control_init(&hands, &rig->params, rig->engine);
	memset(&devices, 0, sizeof devices);
	devices.control = &hands;
	devices.backend = &backend;
	devices.maps = some_maps();
}

static void
tear_down(void)
{
	midi_devices_close(&devices);
	midi_maps_free(devices.maps);
	control_destroy(&hands);
	rig_free(rig);
}

static float
value(int slot)
{
	return params_get(&rig->params, slot);
}

static void
light(void)
{
	lights_view v = {.control = &hands, .plan = &rig->plan};
	engine_get_status(rig->engine, &v.engine);
	midi_devices_light(&devices, &v, 32);
}

static void
only_what_is_needed_is_open_and_each_has_its_map(void **state)
{
	(void)state;
	set_up();
	plug("Midi Through Port-0", true, false);
	plug("Midi Through Port-0", false, true);
	plug("Knobs MIDI 1", true, false);
	plug("Knobs MIDI 1", false, true);
	plug("A Synth", true, false);
	plug("A Synth", false, true);
	assert_true(midi_devices_scan(&devices));
	assert_int_equal(devices.inputs, 2);
	assert_false(fake.port[0].open || fake.port[1].open);
	assert_true(fake.port[2].open && fake.port[3].open);
	assert_true(fake.port[4].open && !fake.port[5].open); /* nothing is sent there */
	assert_memory_equal(fake.port[3].sent, ((const uint8_t[]){0xf0, 0x7d, 1, 0xf7}), 4);
	play(2, 0xb0, 1, 127, 0);
	play(4, 0xb0, 48, 127, 0); /* the built-in map, for what no map names */
	midi_devices_read(&devices, 0);
	assert_true(value(PARAM_DENSITY) == 1.0f);
	assert_true(value(param_slot(PARAM_MUTE, INST_BD)) == 1.0f);
	forget_sent();
	light();
	assert_int_equal(fake.port[3].writes, 1);
	assert_memory_equal(fake.port[3].sent, ((const uint8_t[]){0x90, 1, 5}), 3);
	light();
	assert_int_equal(fake.port[3].writes, 1); /* changes only */
	tear_down();
	assert_true(fake.finished);
	assert_int_equal(fake.port[3].n_sent, 3 + 4); /* and good-bye */
}

static void
what_is_played_goes_to_the_outputs_asked_for(void **state)
{
	(void)state;
	set_up();
	devices.send_to = "Synth";
	plug("A Synth", false, true);
	plug("Another", false, true);
	assert_true(midi_devices_scan(&devices));
	assert_int_equal(devices.outputs, 1);
	midi_devices_send(&devices, (const uint8_t[]){0x99, 36, 100}, 3);
	assert_int_equal(fake.port[0].writes, 1);
	assert_int_equal(fake.port[1].writes, 0);
	tear_down();
}

static void
unplugged_and_back_it_is_as_it_was_and_its_lights_are_told_anew(void **state)
{
	(void)state;
	set_up();
	plug("Other", true, false);
	plug("Knobs", true, false);
	plug("Knobs", false, true);
	midi_devices_scan(&devices);
	play(1, 0xb0, 2, 0, 0);
	play(1, 0xb0, 2, 60, 0);
	midi_devices_read(&devices, 0);
	assert_true(value(PARAM_SWING) > 0.4f);
	light();
	fake.n = 1; /* gone */
	midi_devices_scan(&devices);
	assert_int_equal(devices.n, 1);
	light();
	fake.n = 0;
	plug("Knobs", true, false); /* back, at other places */
	plug("Knobs", false, true);
	plug("Other", true, false);
	params_set(&rig->params, param_slot(PARAM_MUTE, INST_BD), 1.0f, 0);
	midi_devices_scan(&devices);
	forget_sent();
	light();
	assert_memory_equal(fake.port[1].sent, ((const uint8_t[]){0x90, 1, 5}), 3);
	/* What stays keeps what its knobs have met. */
	play(0, 0xb0, 2, 60, 0);
	midi_devices_read(&devices, 0);
	plug("New", true, false);
	midi_devices_scan(&devices);
	play(0, 0xb0, 2, 120, 0);
	midi_devices_read(&devices, 0);
	assert_true(value(PARAM_SWING) > 0.9f);
	tear_down();
}

static void
two_of_a_kind_have_lights_of_their_own(void **state)
{
	(void)state;
	set_up();
	plug("Knobs", true, false);
	plug("Knobs", true, false);
	plug("Knobs", false, true);
	plug("Knobs", false, true);
	midi_devices_scan(&devices);
	assert_int_equal(devices.n, 2);
	light();
	assert_true(fake.port[2].writes == 2 && fake.port[3].writes == 2);
	/* Fighting over one knob: the later one wins. */
	play(0, 0xb0, 1, 20, 0);
	play(1, 0xb0, 1, 90, 0);
	midi_devices_read(&devices, 0);
	assert_true(fabsf(value(PARAM_DENSITY) - 90.0f / 127.0f) < 1e-6f);
	tear_down();
}

/* Connected to the host's port as well, a controller would act twice: a toggle not at all. */
static void
what_comes_in_by_the_host_counts_once(void **state)
{
	(void)state;
	set_up();
	plug("Knobs MIDI 1", true, false);
	midi_devices_scan(&devices);
	midi_devices_leave(&devices, "system:midi_capture_1\na2j:Knobs [20] (capture): Knobs MIDI 1\n");
	play(0, 0x90, 1, 100, 0);
	midi_devices_read(&devices, 0);
	assert_true(value(param_slot(PARAM_MUTE, INST_BD)) == 0.0f);
	midi_devices_scan(&devices); /* nor after it was unplugged */
	play(0, 0x90, 1, 100, 0);
	midi_devices_read(&devices, 0);
	assert_true(value(param_slot(PARAM_MUTE, INST_BD)) == 0.0f);
	midi_devices_leave(&devices, "");
	play(0, 0x90, 1, 100, 0);
	midi_devices_read(&devices, 0);
	assert_true(value(param_slot(PARAM_MUTE, INST_BD)) == 1.0f);
	tear_down();
}

static void
garbage_is_counted_and_harmless(void **state)
{
	(void)state;
	set_up();
	plug("Knobs", true, false);
	plug("Other", true, false);
	midi_devices_scan(&devices);
	play(0, 0xf0, 0x7e, 1, 2); /* exclusive without an end, clock within it */
	play(0, 0xf8, 0, 0, 0);
	play(0, 3, 4, 5, 6);
	play(1, 1, 64, 0, 0); /* running status does not cross cables */
	play(0, 0xb0, 1, 0, 0);
	midi_devices_read(&devices, 0);
	assert_true(value(PARAM_DENSITY) == 0.0f);
	assert_int_equal(midi_devices_faults(&devices), 1 + 3);
	play(0, 0xf0, 1, 0xf7, 0);
	play(0, 0xf5, 0, 0, 0);
	midi_devices_read(&devices, 0);
	assert_int_equal(midi_devices_faults(&devices), 1 + 3 + 1);
	fake.n = 0;
	midi_devices_scan(&devices);
	assert_int_equal(midi_devices_faults(&devices), 1 + 3 + 1); /* those that have gone count too */
	tear_down();
}

/* --- the thread -------------------------------------------------------------------------------------------
 */

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
	    cmocka_unit_test(only_what_is_needed_is_open_and_each_has_its_map),
	    cmocka_unit_test(what_is_played_goes_to_the_outputs_asked_for),
	    cmocka_unit_test(unplugged_and_back_it_is_as_it_was_and_its_lights_are_told_anew),
	    cmocka_unit_test(two_of_a_kind_have_lights_of_their_own),
	    cmocka_unit_test(what_comes_in_by_the_host_counts_once),
	    cmocka_unit_test(garbage_is_counted_and_harmless),
	    cmocka_unit_test(the_thread_follows_ports_learns_and_lights_the_hosts_devices),
	    cmocka_unit_test(without_a_sequencer_the_host_is_served_all_the_same),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Ports of a PortMIDI that is a table: plugged, unplugged and played by the test; and an engine, controls and
 * maps to look after them with. */
#ifndef DRUMLIN_TESTS_MIDI_RIG_H
#define DRUMLIN_TESTS_MIDI_RIG_H

#include "tests/engine_rig.h"

#include "osc/midi_devices.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

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

static inline void
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

static inline void
tear_down(void)
{
	midi_devices_close(&devices);
	midi_maps_free(devices.maps);
	control_destroy(&hands);
	rig_free(rig);
}

static inline float
value(int slot)
{
	return params_get(&rig->params, slot);
}

static inline void
light(void)
{
	lights_view v = {.control = &hands, .plan = &rig->plan};
	engine_get_status(rig->engine, &v.engine);
	midi_devices_light(&devices, &v, 32);
}
#endif

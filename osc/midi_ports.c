#include "osc/midi_ports.h"

#include "osc/midi_devices.h"
#include "osc/midi_learn.h"
#include "rt/host.h"

#include <stdio.h>

#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
	QUEUE = 64,
	LIGHTS_US = 30000, /* lights are looked at that often.. */
	LIGHTS_MOST = 32,  /* ..and so many of a device sent: a thousand a second, what a cable carries */
	WATCH_US = 100000,
	SETTLE_US = 250000 /* ports of one device come one after another */
};

struct midi_ports {
	control *control;
	midi_devices devices;
	midi_learn learn;
	uint32_t unlearned;     /* pulses of the command seen */
	engine_timed_midi next; /* taken from the engine, not yet due */
	bool has_next;
	/* The host's ports. */
	map_file *file[MIDI_CHOSEN];
	int n_files;
	lights lights[MIDI_CHOSEN];
	bool lit;
	uint64_t lights_at, watch_at, settle_at;
	/* Answers and questions from the main thread. */
	dr_status status;
	dr_error error;
	pthread_t thread;
	pthread_mutex_t lock; /* around all down to `learned` */
	pthread_cond_t answer;
	bool ready, new_peers;
	char from[HOST_PEERS], to[HOST_PEERS];
	uint8_t queue[QUEUE][3];
	int queued;
	char *learned, *put; /* for the main thread to keep; from it, to obey */
	midi_bound bound;
	_Atomic int inputs, outputs;
	_Atomic uint32_t faults;
	_Atomic bool quit;
};

/* --- the host's ports -------------------------------------------------------------------------------------
 */

/* The maps for a list of names, one to a line. */
static int
maps_for_all(const midi_ports *m, const char *names, map_file *chosen[MIDI_CHOSEN])
{
	int n = 0;
	while (*names) {
		char name[256];
		map_file *one[MIDI_CHOSEN];
		const size_t length = strcspn(names, "\n");
		snprintf(name, sizeof name, "%.*s", (int)length, names);
		names += length + (names[length] == '\n');
		const int found = midi_maps_for(m->devices.maps, name, one);
		for (int i = 0; i < found; i++) {
			bool already = false;
			for (int k = 0; k < n; k++)
				already = already || chosen[k] == one[i];
			if (!already && n < MIDI_CHOSEN)
				chosen[n++] = one[i];
		}
	}
	return n > 0 ? n : midi_maps_for(m->devices.maps, "", chosen);
}

static void
map_host(midi_ports *m)
{
	map_file *chosen[MIDI_CHOSEN];
	const int n = maps_for_all(m, m->from, chosen);
	midi_map *map = midi_maps_compose(m->devices.maps, chosen, n);
	if (map)
		free(engine_publish_map(m->control->engine, map));
}

/* What was learned first, then what is connected to the host's port, then the devices. */
static void
tell_bound(midi_ports *m)
{
	midi_bound_list l = {{0}};
	map_file *chosen[MIDI_CHOSEN];
	midi_bound_add(&l, &m->devices.maps->learned);
	const int n = *m->from ? maps_for_all(m, m->from, chosen) : 0;
	for (int i = 0; i < n; i++)
		midi_bound_add(&l, &chosen[i]->map);
	midi_devices_bound(&m->devices, &l);
	midi_bound_show(&m->bound, &l);
}

static bool
send_host_light(void *user, const uint8_t message[3])
{
	return engine_send_light(user, message, 3);
}

static void
send_host_bytes(midi_ports *m, const map_bytes *bytes)
{
	for (size_t at = 0; at < bytes->size;) {
		size_t end = at + 1;
		while (end < bytes->size && (bytes->data[end] < 0x80 || bytes->data[end] == 0xf7))
			end++;
		engine_send_light(m->control->engine, bytes->data + at, end - at);
		at = end;
	}
}

/* Whoever has been connected is told everything. */
static void
greet_host_lights(midi_ports *m)
{
	m->lit = *m->to != '\0';
	m->n_files = m->lit ? maps_for_all(m, m->to, m->file) : 0;
	for (int i = 0; i < m->n_files; i++) {
		lights_forget(&m->lights[i]);
		send_host_bytes(m, &m->file[i]->start);
	}
}

static void
take_peers(midi_ports *m)
{
	pthread_mutex_lock(&m->lock);
	const bool news = m->new_peers;
	m->new_peers = false;
	if (news) {
		map_host(m);
		greet_host_lights(m);
		midi_devices_leave(&m->devices, m->from);
		tell_bound(m);
	}
	pthread_mutex_unlock(&m->lock);
}

/* --- learning ---------------------------------------------------------------------------------------------
 */

/* The learned map has changed: both ways in obey it at once. */
static void
obey_learned(midi_ports *m)
{
	midi_devices_remap(&m->devices);
	pthread_mutex_lock(&m->lock);
	map_host(m);
	tell_bound(m);
	pthread_mutex_unlock(&m->lock);
}

/* By hand: the main thread keeps it, too. */
static void
publish_learned(midi_ports *m)
{
	char *text = midi_learn_text(&m->devices.maps->learned);
	obey_learned(m);
	if (!text)
		return;
	pthread_mutex_lock(&m->lock);
	free(m->learned);
	m->learned = text;
	pthread_mutex_unlock(&m->lock);
}

static void
learn(void *user, const uint8_t *message, size_t size)
{
	midi_ports *m = user;
	midi_binding b;
	if (!midi_learn_feed(&m->learn, m->control->params, message, size, &b))
		return;
	midi_learn_keep(&m->devices.maps->learned, &b);
	control_set(m->control, PARAM_LEARN, 0.0f, PARAM_SOURCE_NONE);
	publish_learned(m);
}

static void
take_learning(midi_ports *m)
{
	uint8_t queue[QUEUE][3];
	pthread_mutex_lock(&m->lock);
	const int n = m->queued;
	memcpy(queue, m->queue, (size_t)n * sizeof *queue);
	m->queued = 0;
	char *put = m->put;
	m->put = NULL;
	pthread_mutex_unlock(&m->lock);
	if (put) {
		midi_maps_learned(m->devices.maps, put, strlen(put), "learned", NULL, NULL);
		obey_learned(m);
		free(put);
	}
	for (int i = 0; i < n && params_get(m->control->params, PARAM_LEARN) >= 0.5f; i++)
		learn(m, queue[i], midi_message_size(queue[i][0]) == 2 ? 2 : 3);
	const params *p = m->control->params;
	const uint32_t pulses = atomic_load_explicit(&p->pulse[COMMAND_UNLEARN], memory_order_acquire);
	if (pulses == m->unlearned)
		return;
	m->unlearned = pulses;
	if (midi_unlearn(&m->devices.maps->learned,
			 atomic_load_explicit(&p->last_slot, memory_order_relaxed)))
		publish_learned(m);
}

/* --- the thread -------------------------------------------------------------------------------------------
 */

static void
pass_clock(void *user, int device, const uint8_t *message, size_t size, uint64_t time_us)
{
	midi_ports *m = user;
	engine_midi_clock(m->control->engine, device, message, (uint32_t)size, time_us);
}

static void
scan(midi_ports *m)
{
	const bool there = m->devices.backend && midi_devices_scan(&m->devices);
	if (m->devices.backend && !there)
		m->status = error_set(&m->error, DR_UNAVAILABLE,
				      "no MIDI ports: ALSA's sequencer (/dev/snd/seq) is not there");
	else if (m->devices.send_to && !m->devices.outputs)
		m->status =
		    error_set(&m->error, DR_UNAVAILABLE, "no MIDI output is called %s", m->devices.send_to);
	atomic_store_explicit(&m->inputs, m->devices.inputs, memory_order_relaxed);
	atomic_store_explicit(&m->outputs, m->devices.outputs, memory_order_relaxed);
	engine_want_midi(m->control->engine, m->devices.outputs > 0);
	pthread_mutex_lock(&m->lock);
	tell_bound(m);
	pthread_mutex_unlock(&m->lock);
}

/* Ports that have come or gone: when they have settled, all are opened anew. */
static void
watch(midi_ports *m, uint64_t now)
{
	const midi_backend *b = m->devices.backend;
	if (!b || !b->changed || now < m->watch_at)
		return;
	m->watch_at = now + WATCH_US;
	if (b->changed(b->user))
		m->settle_at = now + SETTLE_US;
	if (m->settle_at && now >= m->settle_at) {
		m->settle_at = 0;
		scan(m);
	}
}

/* Sends what is due. */
static void
write_outputs(midi_ports *m, uint64_t now)
{
	while (m->has_next || (m->has_next = engine_take_midi(m->control->engine, &m->next))) {
		if (m->next.time_us > now + 500)
			return;
		midi_devices_send(&m->devices, m->next.data, m->next.size);
		m->has_next = false;
	}
}

static void
light(midi_ports *m, uint64_t now)
{
	lights_view v = {.control = m->control, .plan = engine_plan(m->control->engine)};
	if (now < m->lights_at)
		return;
	m->lights_at = now + LIGHTS_US;
	engine_get_status(m->control->engine, &v.engine);
	midi_devices_light(&m->devices, &v, LIGHTS_MOST);
	for (int i = 0; i < m->n_files && m->lit; i++)
		lights_refresh(&m->lights[i], m->file[i], &v, LIGHTS_MOST, send_host_light,
			       m->control->engine);
	atomic_store_explicit(&m->faults, midi_devices_faults(&m->devices), memory_order_relaxed);
}

static void *
run(void *arg)
{
	midi_ports *m = arg;
	/* Where no port is open there is nothing to be in time for but the lights of what is on the host's.
	 */
	const struct timespec pause = {0, 1000000}, long_pause = {0, 10000000};
	scan(m);
	map_host(m);
	pthread_mutex_lock(&m->lock);
	m->ready = true;
	pthread_cond_signal(&m->answer);
	pthread_mutex_unlock(&m->lock);
	while (!atomic_load_explicit(&m->quit, memory_order_relaxed)) {
		const uint64_t now = host_now_us();
		midi_devices_read(&m->devices, now);
		if (m->devices.outputs)
			write_outputs(m, now);
		take_peers(m);
		take_learning(m);
		watch(m, now);
		light(m, now);
		nanosleep(m->devices.n ? &pause : &long_pause, NULL);
	}
	engine_want_midi(m->control->engine, false);
	for (int i = 0; i < m->n_files && m->lit; i++)
		send_host_bytes(m, &m->file[i]->end);
	if (m->devices.backend)
		midi_devices_close(&m->devices);
	return NULL;
}

/* --- from outside -----------------------------------------------------------------------------------------
 */

static void
free_ports(midi_ports *m)
{
	pthread_cond_destroy(&m->answer);
	pthread_mutex_destroy(&m->lock);
	midi_maps_free(m->devices.maps);
	free(m->learned);
	free(m->put);
	free(m);
}

dr_status
midi_ports_start(control *c, const midi_ports_options *o, midi_ports **out, dr_error *err)
{
	*out = NULL;
	midi_ports *m = calloc(1, sizeof *m);
	if (!m) {
		midi_maps_free(o->maps);
		return error_set(err, DR_FAILED, "out of memory for MIDI ports");
	}
	m->control = c;
	m->devices = (midi_devices){.control = c,
				    .maps = o->maps,
				    .backend = o->backend,
				    .send_to = o->send_to,
				    .learn = learn,
				    .clock = pass_clock,
				    .user = m};
	midi_learn_init(&m->learn);
	m->unlearned = atomic_load(&c->params->pulse[COMMAND_UNLEARN]);
	pthread_mutex_init(&m->lock, NULL);
	pthread_cond_init(&m->answer, NULL);
	if (pthread_create(&m->thread, NULL, run, m) != 0) {
		free_ports(m);
		return error_set(err, DR_FAILED, "cannot start the MIDI thread");
	}
	pthread_setname_np(m->thread, "midi");
	pthread_mutex_lock(&m->lock);
	while (!m->ready)
		pthread_cond_wait(&m->answer, &m->lock);
	const dr_status status = m->status;
	if (status != DR_OK && err)
		*err = m->error;
	pthread_mutex_unlock(&m->lock);
	*out = m;
	return status;
}

int
midi_ports_count(const midi_ports *m)
{
	return atomic_load_explicit(&m->inputs, memory_order_relaxed);
}

int
midi_ports_outputs(const midi_ports *m)
{
	return atomic_load_explicit(&m->outputs, memory_order_relaxed);
}

uint32_t
midi_ports_faults(const midi_ports *m)
{
	return atomic_load_explicit(&m->faults, memory_order_relaxed);
}

const midi_bound *
midi_ports_bound(const midi_ports *m)
{
	return &m->bound;
}

void
midi_ports_host_peers(midi_ports *m, const char *from, const char *to)
{
	pthread_mutex_lock(&m->lock);
	snprintf(m->from, sizeof m->from, "%s", from);
	snprintf(m->to, sizeof m->to, "%s", to);
	m->new_peers = true;
	pthread_mutex_unlock(&m->lock);
}

void
midi_ports_learn(midi_ports *m, const uint8_t message[3])
{
	pthread_mutex_lock(&m->lock);
	if (m->queued < QUEUE)
		memcpy(m->queue[m->queued++], message, 3);
	pthread_mutex_unlock(&m->lock);
}

char *
midi_ports_take_learned(midi_ports *m)
{
	pthread_mutex_lock(&m->lock);
	char *text = m->learned;
	m->learned = NULL;
	pthread_mutex_unlock(&m->lock);
	return text;
}

void
midi_ports_put_learned(midi_ports *m, const char *text)
{
	char *copy = strdup(text);
	pthread_mutex_lock(&m->lock);
	free(m->put);
	m->put = copy;
	pthread_mutex_unlock(&m->lock);
}

void
midi_ports_stop(midi_ports *m)
{
	if (!m)
		return;
	atomic_store_explicit(&m->quit, true, memory_order_relaxed);
	pthread_join(m->thread, NULL);
	free_ports(m);
}

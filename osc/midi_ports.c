#include "osc/midi_ports.h"

#include "rt/host.h"

#include <portmidi.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { INPUTS = 16, OUTPUTS = 8, EVENTS = 64 };

struct midi_ports {
	control *control;
	const midi_map *map;
	const char *send_to;
	PortMidiStream *input[INPUTS], *output[OUTPUTS];
	int n_inputs, n_outputs;
	engine_timed_midi next; /* taken from the engine, not yet due */
	bool has_next;
	dr_status status;
	dr_error error;
	pthread_t thread;
	pthread_mutex_t lock; /* around `ready` */
	pthread_cond_t answer;
	bool ready;
	_Atomic bool quit;
};

static bool
is_wanted(const midi_ports *m, const PmDeviceInfo *info)
{
	return m->send_to && (strcmp(m->send_to, "all") == 0 || strstr(info->name, m->send_to));
}

static void
open_one(midi_ports *m, int device, const PmDeviceInfo *info)
{
	const bool through = strstr(info->name, "Midi Through") != NULL;
	if (info->input && !through && m->n_inputs < INPUTS &&
	    Pm_OpenInput(&m->input[m->n_inputs], device, NULL, 512, NULL, NULL) == pmNoError)
		m->n_inputs++;
	if (info->output && is_wanted(m, info) && m->n_outputs < OUTPUTS &&
	    Pm_OpenOutput(&m->output[m->n_outputs], device, NULL, 512, NULL, NULL, 0) == pmNoError)
		m->n_outputs++;
}

static void
open_all(midi_ports *m)
{
	/* PortMIDI prints and may fall over where ALSA's sequencer is missing; look before asking it. */
	if (access("/dev/snd/seq", R_OK | W_OK) != 0) {
		m->status = error_set(&m->error, DR_UNAVAILABLE, "no MIDI ports: /dev/snd/seq is not there");
		return;
	}
	if (Pm_Initialize() != pmNoError) {
		m->status = error_set(&m->error, DR_UNAVAILABLE, "no MIDI ports: PortMIDI does not start");
		return;
	}
	for (int i = 0; i < Pm_CountDevices(); i++) {
		const PmDeviceInfo *info = Pm_GetDeviceInfo(i);
		if (info)
			open_one(m, i, info);
	}
	if (m->send_to && !m->n_outputs)
		m->status = error_set(&m->error, DR_UNAVAILABLE, "no MIDI output is called %s", m->send_to);
	else if (!m->n_inputs && !m->n_outputs)
		m->status = error_set(&m->error, DR_UNAVAILABLE, "no MIDI controller is plugged in");
	engine_want_midi(m->control->engine, m->n_outputs > 0);
}

static void
read_inputs(midi_ports *m)
{
	PmEvent event[EVENTS];
	for (int i = 0; i < m->n_inputs; i++) {
		const int n = Pm_Read(m->input[i], event, EVENTS);
		for (int e = 0; e < n; e++) {
			const uint8_t message[3] = {(uint8_t)Pm_MessageStatus(event[e].message),
						    (uint8_t)Pm_MessageData1(event[e].message),
						    (uint8_t)Pm_MessageData2(event[e].message)};
			if (message[0] == 0xf2 || message[0] >= 0xf8)
				engine_midi_clock(m->control->engine, message, sizeof message, host_now_us());
			else
				control_midi(m->control, m->map, message, sizeof message, PARAM_SOURCE_NONE);
		}
	}
}

/* Sends what is due. */
static void
write_outputs(midi_ports *m)
{
	const uint64_t now = host_now_us();
	while (m->has_next || (m->has_next = engine_take_midi(m->control->engine, &m->next))) {
		if (m->next.time_us > now + 500)
			return;
		const uint8_t *d = m->next.data;
		for (int i = 0; i < m->n_outputs; i++)
			Pm_WriteShort(m->output[i], 0, Pm_Message(d[0], d[1], d[2]));
		m->has_next = false;
	}
}

static void *
run(void *arg)
{
	midi_ports *m = arg;
	const struct timespec pause = {0, 1000000};
	open_all(m);
	const bool play = m->n_inputs > 0 || m->n_outputs > 0;
	pthread_mutex_lock(&m->lock);
	m->ready = true;
	pthread_cond_signal(&m->answer);
	pthread_mutex_unlock(&m->lock);
	while (play && !atomic_load_explicit(&m->quit, memory_order_relaxed)) {
		read_inputs(m);
		if (m->n_outputs)
			write_outputs(m);
		nanosleep(&pause, NULL);
	}
	engine_want_midi(m->control->engine, false);
	for (int i = 0; i < m->n_inputs; i++)
		Pm_Close(m->input[i]);
	for (int i = 0; i < m->n_outputs; i++)
		Pm_Close(m->output[i]);
	Pm_Terminate();
	return NULL;
}

dr_status
midi_ports_start(control *c, const midi_map *map, const char *send_to, midi_ports **out, dr_error *err)
{
	*out = NULL;
	midi_ports *m = calloc(1, sizeof *m);
	if (!m)
		return error_set(err, DR_FAILED, "out of memory for MIDI ports");
	m->control = c;
	m->map = map;
	m->send_to = send_to;
	pthread_mutex_init(&m->lock, NULL);
	pthread_cond_init(&m->answer, NULL);
	if (pthread_create(&m->thread, NULL, run, m) != 0) {
		free(m);
		return error_set(err, DR_FAILED, "cannot start the MIDI thread");
	}
	pthread_setname_np(m->thread, "midi");
	pthread_mutex_lock(&m->lock);
	while (!m->ready)
		pthread_cond_wait(&m->answer, &m->lock);
	pthread_mutex_unlock(&m->lock);
	const dr_status status = m->status;
	if (status != DR_OK && err)
		*err = m->error;
	if (!m->n_inputs && !m->n_outputs) {
		midi_ports_stop(m);
		return status;
	}
	*out = m;
	return status;
}

int
midi_ports_count(const midi_ports *m)
{
	return m->n_inputs;
}

int
midi_ports_outputs(const midi_ports *m)
{
	return m->n_outputs;
}

void
midi_ports_stop(midi_ports *m)
{
	if (!m)
		return;
	atomic_store_explicit(&m->quit, true, memory_order_relaxed);
	pthread_join(m->thread, NULL);
	pthread_cond_destroy(&m->answer);
	pthread_mutex_destroy(&m->lock);
	free(m);
}

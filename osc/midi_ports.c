#include "osc/midi_ports.h"

#include <portmidi.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { INPUTS = 16, EVENTS = 64 };

struct midi_ports {
	control *control;
	const midi_map *map;
	PortMidiStream *input[INPUTS];
	int n_inputs;
	dr_status status;
	dr_error error;
	pthread_t thread;
	pthread_mutex_t lock; /* around `ready` */
	pthread_cond_t answer;
	bool ready;
	_Atomic bool quit;
};

static void
open_inputs(midi_ports *m)
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
	for (int i = 0; i < Pm_CountDevices() && m->n_inputs < INPUTS; i++) {
		const PmDeviceInfo *info = Pm_GetDeviceInfo(i);
		if (!info || !info->input || strstr(info->name, "Midi Through"))
			continue;
		if (Pm_OpenInput(&m->input[m->n_inputs], i, NULL, 512, NULL, NULL) == pmNoError)
			m->n_inputs++;
	}
	m->status =
	    m->n_inputs ? DR_OK : error_set(&m->error, DR_UNAVAILABLE, "no MIDI controller is plugged in");
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
			control_midi(m->control, m->map, message, sizeof message, PARAM_SOURCE_NONE);
		}
	}
}

static void *
run(void *arg)
{
	midi_ports *m = arg;
	const struct timespec pause = {0, 1000000};
	open_inputs(m);
	const bool play = m->status == DR_OK;
	pthread_mutex_lock(&m->lock);
	m->ready = true;
	pthread_cond_signal(&m->answer);
	pthread_mutex_unlock(&m->lock);
	while (play && !atomic_load_explicit(&m->quit, memory_order_relaxed)) {
		read_inputs(m);
		nanosleep(&pause, NULL);
	}
	for (int i = 0; i < m->n_inputs; i++)
		Pm_Close(m->input[i]);
	Pm_Terminate();
	return NULL;
}

dr_status
midi_ports_start(control *c, const midi_map *map, midi_ports **out, dr_error *err)
{
	*out = NULL;
	midi_ports *m = calloc(1, sizeof *m);
	if (!m)
		return error_set(err, DR_FAILED, "out of memory for MIDI ports");
	m->control = c;
	m->map = map;
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
	if (m->status != DR_OK) {
		const dr_status status = m->status;
		if (err)
			*err = m->error;
		midi_ports_stop(m);
		return status;
	}
	*out = m;
	return DR_OK;
}

int
midi_ports_count(const midi_ports *m)
{
	return m->n_inputs;
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

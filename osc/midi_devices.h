/* The controllers that are plugged in: which ports are open, which map each obeys, what its lights have been
 * told.
 *
 * Over a midi_backend, so that all of it can be tried with a table of ports. One thread, the MIDI ports',
 * owns it. Nothing here waits. */
#ifndef DRUMLIN_MIDI_DEVICES_H
#define DRUMLIN_MIDI_DEVICES_H

#include "osc/lights.h"
#include "osc/midi_backend.h"
#include "osc/midi_maps.h"
#include "osc/midi_stamp.h"
#include "rt/midi_bound.h"
#include "rt/midi_stream.h"

enum { MIDI_DEVICES = 16 };

typedef struct midi_device {
	char name[MIDI_PORT_NAME];
	int nth;           /* of those with this name */
	int input, output; /* the backend's ports; -1 none */
	bool notes;        /* what is played goes there too */
	bool elsewhere;    /* it comes in by the host's port already */
	midi_stream stream;
	midi_stamp stamp;
	midi_hand hand;
	midi_map *map; /* NULL: nothing comes in */
	map_file *file[MIDI_CHOSEN];
	int n_files;
	lights lights[MIDI_CHOSEN];
} midi_device;

typedef struct midi_devices {
	control *control;
	midi_maps *maps;
	const midi_backend *backend;
	const char *send_to; /* part of the names of the outputs that get what is played; "all"; NULL none */
	/* While learning, messages go here and do nothing else. */
	void (*learn)(void *user, const uint8_t *message, size_t size);
	/* Real time and song position, with the number of the device and when it came. */
	void (*clock)(void *user, int device, const uint8_t *message, size_t size, uint64_t time_us);
	void *user;
	midi_device device[MIDI_DEVICES];
	char left[4096];        /* the names that are left out */
	int n, inputs, outputs; /* that are open; outputs: those that get what is played */
	uint32_t faults;        /* of devices that have gone */
} midi_devices;

/* Opens what is there, after closing what was: at the start, and when ports have come or gone. A device that
 * stays keeps what its controls have met; every light is told anew. False if there is no MIDI to be had. */
bool midi_devices_scan(midi_devices *d);

/* The maps have changed (something was learned). */
void midi_devices_remap(midi_devices *d);

/* What comes in by the host's port, names of one to a line: it would count twice, so from here it is left
 * out. NULL: as before. */
void midi_devices_leave(midi_devices *d, const char *names);

/* Carries out what has come in until now (microseconds of any clock; the one that `clock` is told of). */
void midi_devices_read(midi_devices *d, uint64_t now_us);

/* Sends a message to the outputs that get what is played. */
void midi_devices_send(midi_devices *d, const uint8_t *message, size_t size);

/* Tells the devices what has changed, at most `most` lights each. */
void midi_devices_light(midi_devices *d, const lights_view *v, int most);

/* What the devices' controls move, after what is in the list already. */
void midi_devices_bound(const midi_devices *d, midi_bound_list *l);

/* Messages that made no sense, of all devices so far. */
uint32_t midi_devices_faults(const midi_devices *d);

/* Says good-bye to the devices and closes. */
void midi_devices_close(midi_devices *d);

#endif

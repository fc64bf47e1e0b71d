/* Where MIDI ports come from: PortMIDI in earnest, a table in tests.
 *
 * One thread, the MIDI ports', calls all of it. A port's index is good until the next close. */
#ifndef DRUMLIN_MIDI_BACKEND_H
#define DRUMLIN_MIDI_BACKEND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { MIDI_PORT_NAME = 128 };
typedef struct midi_port_info {
	char name[MIDI_PORT_NAME];
	bool input, output; /* seen from us: what we read from, what we write to */
} midi_port_info;

/* As PortMIDI gives them: a short message in the first bytes, or up to four of a system exclusive one. */
typedef struct midi_packet {
	uint8_t data[4];
	int32_t time_ms; /* when it came, by the driver's own clock */
} midi_packet;

typedef struct midi_backend {
	void *user;
	/* Looks at the ports anew and returns their number; negative: there are none to be had. */
	int (*open)(void *user);
	/* Closes all that is open. */
	void (*close)(void *user);
	bool (*describe)(void *user, int port, midi_port_info *info);
	bool (*open_input)(void *user, int port);
	bool (*open_output)(void *user, int port);
	int (*read)(void *user, int port, midi_packet *packet, int max);
	/* One whole message; false if it could not be sent. */
	bool (*write)(void *user, int port, const uint8_t *message, size_t size);
	/* True once after ports have come or gone; never waits. NULL: not known. */
	bool (*changed)(void *user);
	/* Closes for good. NULL: nothing to do. */
	void (*finish)(void *user);
} midi_backend;

/* PortMIDI's. There is one. */
midi_backend *midi_portmidi(void);

/* ALSA's announcements of ports that come and go. NULL without a sequencer. */
typedef struct midi_announce midi_announce;
midi_announce *midi_announce_open(void);
bool midi_announce_changed(midi_announce *a); /* since the last call; never waits */
void midi_announce_close(midi_announce *a);   /* NULL is allowed */

#endif

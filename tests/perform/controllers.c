#include "osc/midi_backend.h"
#include "tests/perform/parts.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

enum { QUEUED = 1024 };

gig_device gig_devices[GIG_DEVICES] = {{.name = "nanoKONTROL2 MIDI 1", .map = "nanokontrol2"},
				       {.name = "Launchpad Mini MK3 MIDI 2", .map = "launchpad-mini-mk3"}};

static struct cable {
	midi_packet queue[QUEUED];
	int queued;
} cable[GIG_DEVICES];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* around cables and lamps */

static int
port_count(void *user)
{
	(void)user;
	return 2 * GIG_DEVICES;
}

static void
nothing(void *user)
{
	(void)user;
}

static bool
describe(void *user, int port, midi_port_info *info)
{
	(void)user;
	*info = (midi_port_info){.input = port % 2 == 0, .output = port % 2 == 1};
	snprintf(info->name, sizeof info->name, "%s", gig_devices[port / 2].name);
	return true;
}

static bool
open_port(void *user, int port)
{
	(void)user;
	(void)port;
	return true;
}

static int
read_port(void *user, int port, midi_packet *packet, int max)
{
	(void)user;
	struct cable *d = &cable[port / 2];
	pthread_mutex_lock(&lock);
	const int n = d->queued < max ? d->queued : max;
	memcpy(packet, d->queue, (size_t)n * sizeof *packet);
	memmove(d->queue, d->queue + n, (size_t)(d->queued - n) * sizeof *packet);
	d->queued -= n;
	pthread_mutex_unlock(&lock);
	return n;
}

int
gig_lamp_of(const uint8_t message[3])
{
	return message[1] + ((message[0] & 0xf0) == 0x90 ? LIGHT_LAMPS / 2 : 0);
}

static bool
write_port(void *user, int port, const uint8_t *message, size_t size)
{
	(void)user;
	gig_device *d = &gig_devices[port / 2];
	pthread_mutex_lock(&lock);
	if (size == 3 && message[0] < 0xf0) {
		memcpy(d->lamp[gig_lamp_of(message)], message, 3);
		d->lit[gig_lamp_of(message)] = true;
	}
	pthread_mutex_unlock(&lock);
	return true;
}

static midi_backend fake = {NULL,      port_count, nothing,    describe, open_port,
			    open_port, read_port,  write_port, NULL,     NULL};

/* In the place of the real one. */
midi_backend *
midi_portmidi(void)
{
	return &fake;
}

void
gig_play(int device, int a, int b, int c, int d)
{
	struct cable *to = &cable[device];
	pthread_mutex_lock(&lock);
	if (to->queued < QUEUED)
		to->queue[to->queued++] =
		    (midi_packet){.data = {(uint8_t)a, (uint8_t)b, (uint8_t)c, (uint8_t)d}};
	pthread_mutex_unlock(&lock);
}

/* The only file that knows PortMIDI, which has no notion of ports that come and go: it is started anew when
 * ALSA's sequencer says that they did. One thread. */
#include "osc/midi_backend.h"

#include <portmidi.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { PORTS = 64, BUFFER = 512 };

static struct {
	bool started;
	PortMidiStream *in[PORTS], *out[PORTS];
#ifdef HAVE_ALSA
	midi_announce *announce;
#endif
} ports;

static void
stop(void *user)
{
	(void)user;
	for (int i = 0; i < PORTS; i++) {
		if (ports.in[i])
			Pm_Close(ports.in[i]);
		if (ports.out[i])
			Pm_Close(ports.out[i]);
		ports.in[i] = ports.out[i] = NULL;
	}
	if (ports.started)
		Pm_Terminate();
	ports.started = false;
}

static void
finish(void *user)
{
	stop(user);
#ifdef HAVE_ALSA
	midi_announce_close(ports.announce);
	ports.announce = NULL;
#endif
}

static int
start(void *user)
{
	stop(user);
	/* PortMIDI prints and may fall over where the sequencer is missing; look before asking it. */
	if (access("/dev/snd/seq", R_OK | W_OK) != 0)
		return -1;
#ifdef HAVE_ALSA
	if (!ports.announce) /* before looking, so that nothing comes unseen in between */
		ports.announce = midi_announce_open();
#endif
	ports.started = Pm_Initialize() == pmNoError;
	if (!ports.started)
		return -1;
	const int n = Pm_CountDevices();
	return n < PORTS ? n : PORTS;
}

static bool
describe(void *user, int port, midi_port_info *info)
{
	(void)user;
	const PmDeviceInfo *d = Pm_GetDeviceInfo(port);
	memset(info, 0, sizeof *info);
	if (!d)
		return false;
	snprintf(info->name, sizeof info->name, "%s", d->name);
	info->input = d->input != 0;
	info->output = d->output != 0;
	return true;
}

static bool
open_input(void *user, int port)
{
	(void)user;
	if (!ports.in[port] && Pm_OpenInput(&ports.in[port], port, NULL, BUFFER, NULL, NULL) != pmNoError)
		ports.in[port] = NULL;
	if (ports.in[port])
		Pm_SetFilter(ports.in[port], PM_FILT_ACTIVE);
	return ports.in[port] != NULL;
}

static bool
open_output(void *user, int port)
{
	(void)user;
	if (!ports.out[port] &&
	    Pm_OpenOutput(&ports.out[port], port, NULL, BUFFER, NULL, NULL, 0) != pmNoError)
		ports.out[port] = NULL;
	return ports.out[port] != NULL;
}

static int
read_port(void *user, int port, midi_packet *packet, int max)
{
	(void)user;
	PmEvent event[64];
	const int n = Pm_Read(ports.in[port], event, max < 64 ? max : 64);
	for (int i = 0; i < n; i++) {
		packet[i].time_ms = event[i].timestamp;
		for (int b = 0; b < 4; b++)
			packet[i].data[b] = (uint8_t)((uint32_t)event[i].message >> (8 * b));
	}
	return n < 0 ? 0 : n;
}

static bool
write_port(void *user, int port, const uint8_t *m, size_t size)
{
	(void)user;
	unsigned char whole[512];
	if (size <= 3)
		return Pm_WriteShort(ports.out[port], 0,
				     Pm_Message(m[0], size > 1 ? m[1] : 0, size > 2 ? m[2] : 0)) == pmNoError;
	if (size > sizeof whole || m[0] != 0xf0 || m[size - 1] != 0xf7)
		return false;
	memcpy(whole, m, size);
	return Pm_WriteSysEx(ports.out[port], 0, whole) == pmNoError;
}

static bool
changed(void *user)
{
	(void)user;
#ifdef HAVE_ALSA
	return ports.announce && midi_announce_changed(ports.announce);
#else
	return false;
#endif
}

midi_backend *
midi_portmidi(void)
{
	static midi_backend backend = {NULL,        start,     stop,       describe, open_input,
				       open_output, read_port, write_port, changed,  finish};
	return &backend;
}

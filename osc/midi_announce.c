/* ALSA's sequencer tells of ports that come and go through a port of its own: the only file that listens to
 * it.
 */
#include "osc/midi_backend.h"

#include <alsa/asoundlib.h>
#include <stdlib.h>
#include <unistd.h>

struct midi_announce {
	snd_seq_t *seq;
	uint64_t ports; /* those that were there */
};

static uint64_t
add(uint64_t sum, uint32_t value)
{
	return (sum ^ value) * 1099511628211u;
}

/* A number for the ports that there are, this program's own left out: opening ours is no news. */
static uint64_t
ports_now(midi_announce *a)
{
	uint64_t sum = 14695981039346656037u; /* FNV-1a (Fowler, Noll, Vo 1991) */
	snd_seq_client_info_t *client;
	snd_seq_port_info_t *port;
	snd_seq_client_info_alloca(&client);
	snd_seq_port_info_alloca(&port);
	snd_seq_client_info_set_client(client, -1);
	while (snd_seq_query_next_client(a->seq, client) >= 0) {
		const int number = snd_seq_client_info_get_client(client);
		if (snd_seq_client_info_get_pid(client) == getpid())
			continue;
		snd_seq_port_info_set_client(port, number);
		snd_seq_port_info_set_port(port, -1);
		while (snd_seq_query_next_port(a->seq, port) >= 0) {
			sum = add(sum, (uint32_t)number);
			sum = add(sum, (uint32_t)snd_seq_port_info_get_port(port));
			for (const char *c = snd_seq_port_info_get_name(port); *c; c++)
				sum = add(sum, (uint8_t)*c);
		}
	}
	return sum;
}

midi_announce *
midi_announce_open(void)
{
	midi_announce *a = calloc(1, sizeof *a);
	if (!a)
		return NULL;
	if (snd_seq_open(&a->seq, "default", SND_SEQ_OPEN_INPUT, SND_SEQ_NONBLOCK) < 0) {
		free(a);
		return NULL;
	}
	snd_seq_set_client_name(a->seq, "drumlin watch");
	const int port =
	    snd_seq_create_simple_port(a->seq, "watch", SND_SEQ_PORT_CAP_WRITE | SND_SEQ_PORT_CAP_NO_EXPORT,
				       SND_SEQ_PORT_TYPE_APPLICATION);
	if (port < 0 ||
	    snd_seq_connect_from(a->seq, port, SND_SEQ_CLIENT_SYSTEM, SND_SEQ_PORT_SYSTEM_ANNOUNCE) < 0) {
		midi_announce_close(a);
		return NULL;
	}
	a->ports = ports_now(a);
	return a;
}

bool
midi_announce_changed(midi_announce *a)
{
	snd_seq_event_t *event;
	bool news = false;
	int got;
	/* An overrun of the queue (-ENOSPC) has lost some: look all the same. */
	while ((got = snd_seq_event_input(a->seq, &event)) >= 0 || got == -ENOSPC)
		news = true;
	if (!news)
		return false;
	const uint64_t now = ports_now(a), before = a->ports;
	a->ports = now;
	return now != before;
}

void
midi_announce_close(midi_announce *a)
{
	if (a && a->seq)
		snd_seq_close(a->seq);
	free(a);
}

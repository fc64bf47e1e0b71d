/* The JACK host's ports: their names, latency and what they are connected to. */
#include "rt/host_jack_state.h"

#include <jack/metadata.h>
#include <jack/uuid.h>

#include <stdio.h>
#include <string.h>

enum { PORTS = 2 + 3 + 2 * INSTRUMENTS, DESCRIBED_PER_POLL = 4 };

static const char *const side[] = {"left", "right"};

static jack_port_t *
add_audio(jack_host *h, const char *name)
{
	return jack_port_register(h->client, name, JACK_DEFAULT_AUDIO_TYPE,
				  JackPortIsOutput | JackPortIsTerminal, 0);
}

bool
jack_add_ports(jack_host *h)
{
	bool ok = true;
	char name[32];
	for (int c = 0; c < 2; c++) {
		snprintf(name, sizeof name, "main_%s", side[c]);
		h->main_port[c] = add_audio(h, name);
		ok = ok && h->main_port[c];
	}
	for (int i = 0; i < INSTRUMENTS && ok; i++)
		for (int c = 0; c < 2; c++) {
			snprintf(name, sizeof name, "%s_%s", instrument_name(i), side[c]);
			h->instrument_port[i][c] = add_audio(h, name);
			ok = ok && h->instrument_port[i][c];
		}
	h->midi_in = jack_port_register(h->client, "midi_in", JACK_DEFAULT_MIDI_TYPE, JackPortIsInput, 0);
	h->midi_out = jack_port_register(h->client, "midi_out", JACK_DEFAULT_MIDI_TYPE, JackPortIsOutput, 0);
	h->lights_out =
	    jack_port_register(h->client, "lights_out", JACK_DEFAULT_MIDI_TYPE, JackPortIsOutput, 0);
	return ok && h->midi_in && h->midi_out && h->lights_out;
}

void
jack_remove_ports(jack_host *h)
{
	jack_port_t *port[PORTS] = {h->main_port[0], h->main_port[1], h->midi_in, h->midi_out, h->lights_out};
	memcpy(port + 5, h->instrument_port, sizeof h->instrument_port);
	for (int i = 0; i < PORTS; i++)
		if (port[i])
			jack_port_unregister(h->client, port[i]);
}

static void
set_metadata(jack_host *h, const jack_port_t *port, const char *title, const char *group, int order)
{
	const jack_uuid_t uuid = jack_port_uuid(port);
	char number[16];
	snprintf(number, sizeof number, "%d", order);
	jack_set_property(h->client, uuid, JACK_METADATA_PRETTY_NAME, title, "text/plain");
	jack_set_property(h->client, uuid, JACK_METADATA_ORDER, number,
			  "http://www.w3.org/2001/XMLSchema#integer");
	if (group)
		jack_set_property(h->client, uuid, JACK_METADATA_PORT_GROUP, group, "text/plain");
}

/* Pretty name and order of the next port that has none yet. JACK keeps these in a database on disk, and
 * 28 ports take it a sixth of a second: that is done after the sound has begun, a few ports a poll. */
static void
describe_next(jack_host *h)
{
	char title[64];
	const int n = h->described++, i = (n - 2) / 2, c = n % 2;
	if (n < 2) {
		snprintf(title, sizeof title, "Main %s", side[c]);
		set_metadata(h, h->main_port[c], title, "Main", n);
	} else if (i < INSTRUMENTS) {
		snprintf(title, sizeof title, "%s %s", instrument_title(i), side[c]);
		set_metadata(h, h->instrument_port[i][c], title, instrument_title(i), n);
	} else if (i == INSTRUMENTS) {
		set_metadata(h, c ? h->midi_out : h->midi_in,
			     c ? "Notes and clock out" : "Control and clock in", NULL, n);
	} else {
		set_metadata(h, h->lights_out, "Lights of controllers out", NULL, n);
	}
}

void
jack_describe_some(jack_host *h)
{
	for (int i = 0; i < DESCRIBED_PER_POLL && h->active && h->described < PORTS; i++)
		describe_next(h);
}

/* One at a time: whoever asked first must not have the last word. */
void
jack_look_who_hears(jack_host *h)
{
	uint32_t heard = 0;
	pthread_mutex_lock(&h->hearing);
	if (atomic_exchange_explicit(&h->replugged, false, memory_order_acq_rel)) {
		for (int i = 0; i < INSTRUMENTS; i++)
			for (int c = 0; c < 2; c++)
				if (jack_port_connected(h->instrument_port[i][c]) > 0)
					heard |= 1u << (2 * i + c);
		atomic_store_explicit(&h->heard, heard, memory_order_relaxed);
	}
	pthread_mutex_unlock(&h->hearing);
}

void
jack_get_outputs(jack_host *h, jack_nframes_t nframes, engine_io *io)
{
	const uint32_t heard = atomic_load_explicit(&h->heard, memory_order_relaxed);
	for (int c = 0; c < 2; c++) {
		io->main[c] = jack_port_get_buffer(h->main_port[c], nframes);
		for (int i = 0; i < INSTRUMENTS; i++)
			io->instrument[i][c] = heard & 1u << (2 * i + c)
						   ? jack_port_get_buffer(h->instrument_port[i][c], nframes)
						   : NULL;
	}
}

void
jack_connect_playback(jack_host *h)
{
	const char **port =
	    jack_get_ports(h->client, NULL, JACK_DEFAULT_AUDIO_TYPE, JackPortIsPhysical | JackPortIsInput);
	for (int c = 0; port && port[c] && c < 2; c++)
		jack_connect(h->client, jack_port_name(h->main_port[c]), port[c]);
	jack_free(port);
}

/* --- latency --- */

static void
later(jack_latency_range_t *range, uint32_t frames)
{
	range->min += frames;
	range->max += frames;
}

/* What comes in as MIDI leaves in the same cycle, but through the main outputs' look-ahead. */
void
jack_on_latency(jack_latency_callback_mode_t mode, void *arg)
{
	jack_host *h = arg;
	jack_latency_range_t range;
	const uint32_t ahead = atomic_load_explicit(&h->look_ahead, memory_order_relaxed);
	if (mode == JackCaptureLatency) {
		jack_port_get_latency_range(h->midi_in, mode, &range);
		for (int c = 0; c < 2; c++)
			for (int i = 0; i < INSTRUMENTS; i++)
				jack_port_set_latency_range(h->instrument_port[i][c], mode, &range);
		jack_port_set_latency_range(h->midi_out, mode, &range);
		later(&range, ahead);
		for (int c = 0; c < 2; c++)
			jack_port_set_latency_range(h->main_port[c], mode, &range);
		return;
	}
	jack_port_get_latency_range(h->main_port[0], mode, &range);
	atomic_store_explicit(&h->latency, range.max, memory_order_relaxed);
	later(&range, ahead);
	jack_port_set_latency_range(h->midi_in, mode, &range);
}

/* The look-ahead changes with the rate. */
void
jack_tell_latency(jack_host *h)
{
	const uint32_t ahead = engine_latency(h->engine);
	if (ahead == atomic_load_explicit(&h->look_ahead, memory_order_relaxed))
		return;
	atomic_store_explicit(&h->look_ahead, ahead, memory_order_relaxed);
	jack_recompute_total_latencies(h->client);
}

/* --- who is at the other end --- */

/* Adds a port's name and aliases to a list; what finds no room is left out. */
static void
list_peer(jack_host *h, const char *name, char *list)
{
	char alias[2][512];
	char *const aliases[] = {alias[0], alias[1]};
	const jack_port_t *port = jack_port_by_name(h->client, name);
	const int n =
	    port && jack_port_name_size() <= (int)sizeof alias[0] ? jack_port_get_aliases(port, aliases) : 0;
	for (int i = -1; i < n; i++) {
		const size_t used = strlen(list);
		const char *one = i < 0 ? name : alias[i];
		if (used + strlen(one) + 2 <= HOST_PEERS)
			snprintf(list + used, HOST_PEERS - used, "%s\n", one);
	}
}

static void
list_peers(jack_host *h, const jack_port_t *port, char *list)
{
	const char **peer = jack_port_get_all_connections(h->client, port);
	*list = '\0';
	for (int i = 0; peer && peer[i]; i++)
		list_peer(h, peer[i], list);
	jack_free(peer);
}

bool
jack_midi_peers(host *base, char *from, char *to)
{
	jack_host *h = (jack_host *)base;
	if (atomic_load_explicit(&h->gone, memory_order_acquire) || !h->active ||
	    !atomic_exchange_explicit(&h->patched, false, memory_order_relaxed))
		return false;
	list_peers(h, h->midi_in, from);
	list_peers(h, h->lights_out, to);
	return true;
}

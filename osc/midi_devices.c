#include "osc/midi_devices.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- finding them -----------------------------------------------------------------------------------------
 */

static bool
is_through(const char *name)
{
	return strstr(name, "Midi Through") != NULL;
}

static bool
gets_notes(const midi_devices *d, const char *name)
{
	return d->send_to && (strcmp(d->send_to, "all") == 0 || strstr(name, d->send_to));
}

static midi_device *
find_device(midi_device *device, int n, const char *name, int nth)
{
	for (int i = 0; i < n; i++)
		if (strcmp(device[i].name, name) == 0 && device[i].nth == nth)
			return &device[i];
	return NULL;
}

/* The device of the nth port of a name, made if it is new; NULL if there are too many. */
static midi_device *
device_of(midi_devices *d, const char *name, int nth)
{
	midi_device *known = find_device(d->device, d->n, name, nth);
	if (known || d->n == MIDI_DEVICES)
		return known;
	midi_device *v = &d->device[d->n++];
	memset(v, 0, sizeof *v);
	snprintf(v->name, sizeof v->name, "%s", name);
	v->nth = nth;
	v->input = v->output = -1;
	midi_hand_init(&v->hand);
	return v;
}

static void
add_port(midi_devices *d, int port, const midi_port_info *info, int nth)
{
	midi_device *v = device_of(d, info->name, nth);
	if (!v)
		return;
	if (info->input && !is_through(info->name))
		v->input = port;
	if (info->output) {
		v->output = port;
		v->notes = gets_notes(d, info->name);
	}
}

static void
set_map(midi_devices *d, midi_device *v)
{
	free(v->map);
	v->n_files = midi_maps_for(d->maps, v->name, v->file);
	v->map = midi_maps_compose(d->maps, v->file, v->n_files);
}

static void
send_all(const midi_devices *d, const midi_device *v, const map_bytes *bytes)
{
	for (size_t at = 0; at < bytes->size;) {
		size_t end = at + 1;
		while (end < bytes->size && (bytes->data[end] < 0x80 || bytes->data[end] == 0xf7))
			end++;
		d->backend->write(d->backend->user, v->output, bytes->data + at, end - at);
		at = end;
	}
}

static bool
has_lights(const midi_device *v)
{
	for (int i = 0; i < v->n_files; i++)
		if (v->file[i]->n_lights || v->file[i]->start.size)
			return true;
	return false;
}

/* Opens a device's ports; what it has no use for stays closed, for others. */
static void
open_device(midi_devices *d, midi_device *v)
{
	const midi_backend *b = d->backend;
	set_map(d, v);
	if (v->input >= 0 && !b->open_input(b->user, v->input))
		v->input = -1;
	const bool lit = v->input >= 0 && has_lights(v);
	if (v->output >= 0 && ((!lit && !v->notes) || !b->open_output(b->user, v->output)))
		v->output = -1;
	v->notes = v->notes && v->output >= 0;
	d->inputs += v->input >= 0;
	d->outputs += v->notes;
	for (int i = 0; i < v->n_files && lit && v->output >= 0; i++)
		send_all(d, v, &v->file[i]->start);
}

static void
forget(midi_devices *d)
{
	for (int i = 0; i < d->n; i++) {
		free(d->device[i].map);
		d->faults += d->device[i].stream.faults;
	}
	d->n = d->inputs = d->outputs = 0;
}

void
midi_devices_leave(midi_devices *d, const char *names)
{
	if (names)
		snprintf(d->left, sizeof d->left, "%s", names);
	for (int i = 0; i < d->n; i++)
		d->device[i].elsewhere = false;
	for (const char *at = d->left; *at;) {
		char name[1024];
		const size_t length = strcspn(at, "\n");
		snprintf(name, sizeof name, "%.*s", (int)length, at);
		at += length + (at[length] == '\n');
		for (int i = 0; i < d->n; i++)
			if (map_name_in(d->device[i].name, name))
				d->device[i].elsewhere = true;
	}
}

bool
midi_devices_scan(midi_devices *d)
{
	midi_device *before = malloc(sizeof d->device);
	const int n_before = before ? d->n : 0;
	if (before)
		memcpy(before, d->device, sizeof d->device);
	forget(d);
	d->backend->close(d->backend->user);
	const int ports = d->backend->open(d->backend->user);
	for (int direction = 0; direction < 2; direction++)
		for (int port = 0; port < ports; port++) {
			midi_port_info info, other;
			int nth = 0;
			if (!d->backend->describe(d->backend->user, port, &info) ||
			    (direction ? !info.output : !info.input))
				continue;
			for (int p = 0; p < port; p++)
				nth += d->backend->describe(d->backend->user, p, &other) &&
				       strcmp(other.name, info.name) == 0 &&
				       (direction ? other.output : other.input);
			if (direction)
				info.input = false;
			else
				info.output = false;
			add_port(d, port, &info, nth);
		}
	for (int i = 0; i < d->n; i++) {
		midi_device *v = &d->device[i];
		const midi_device *was = find_device(before, n_before, v->name, v->nth);
		if (was)
			v->hand = was->hand;
		open_device(d, v);
	}
	free(before);
	midi_devices_leave(d, NULL);
	return ports >= 0;
}

void
midi_devices_remap(midi_devices *d)
{
	for (int i = 0; i < d->n; i++) {
		set_map(d, &d->device[i]);
		midi_hand_forget(&d->device[i].hand);
	}
}

void
midi_devices_bound(const midi_devices *d, midi_bound_list *l)
{
	for (int i = 0; i < d->n; i++)
		if (d->device[i].input >= 0 && d->device[i].map)
			midi_bound_add(l, d->device[i].map);
}

/* --- coming in --------------------------------------------------------------------------------------------
 */

static void
take_message(midi_devices *d, midi_device *v, const midi_message *m, uint64_t time_us)
{
	if (m->data[0] >= 0xf0) {
		if (d->clock)
			d->clock(d->user, (int)(v - d->device), m->data, m->size, time_us);
	} else if (d->learn && params_get(d->control->params, PARAM_LEARN) >= 0.5f &&
		   !(v->map && midi_map_moves(v->map, d->control->params, m->data, m->size, PARAM_LEARN))) {
		d->learn(d->user, m->data, m->size);
	} else if (v->map) {
		control_midi(d->control, v->map, &v->hand, m->data, m->size, PARAM_SOURCE_NONE);
	}
}

/* The bytes of a packet that mean something: a short message's own, or a piece of an exclusive one. */
static int
packet_size(const midi_device *v, const midi_packet *p)
{
	const uint8_t first = p->data[0];
	if (first >= 0x80 && first != 0xf0) {
		const int size = midi_message_size(first);
		return size ? size : 1;
	}
	if (first < 0x80 && !v->stream.exclusive)
		return 3; /* running status, should a driver let it through */
	for (int i = 0; i < 4; i++)
		if (p->data[i] == 0xf7)
			return i + 1;
	return 4;
}

static void
take_packet(midi_devices *d, midi_device *v, const midi_packet *p, uint64_t now_us)
{
	midi_message m;
	const int size = packet_size(v, p);
	const uint64_t time_us = midi_stamp_time(&v->stamp, p->time_ms, now_us);
	for (int i = 0; i < size; i++)
		if (midi_stream_byte(&v->stream, p->data[i], &m))
			take_message(d, v, &m, time_us);
}

void
midi_devices_read(midi_devices *d, uint64_t now_us)
{
	enum { PACKETS = 64 };
	midi_packet packet[PACKETS];
	for (int i = 0; i < d->n; i++) {
		midi_device *v = &d->device[i];
		const int n =
		    v->input >= 0 ? d->backend->read(d->backend->user, v->input, packet, PACKETS) : 0;
		for (int k = 0; k < n && !v->elsewhere; k++)
			take_packet(d, v, &packet[k], now_us);
	}
}

uint32_t
midi_devices_faults(const midi_devices *d)
{
	uint32_t faults = d->faults;
	for (int i = 0; i < d->n; i++)
		faults += d->device[i].stream.faults;
	return faults;
}

/* --- going out --------------------------------------------------------------------------------------------
 */

void
midi_devices_send(midi_devices *d, const uint8_t *message, size_t size)
{
	for (int i = 0; i < d->n; i++)
		if (d->device[i].notes)
			d->backend->write(d->backend->user, d->device[i].output, message, size);
}

typedef struct way_out {
	const midi_backend *backend;
	int port;
} way_out;

static bool
send_light(void *user, const uint8_t message[3])
{
	const way_out *w = user;
	return w->backend->write(w->backend->user, w->port, message, 3);
}

void
midi_devices_light(midi_devices *d, const lights_view *view, int most)
{
	for (int i = 0; i < d->n; i++) {
		midi_device *v = &d->device[i];
		way_out w = {d->backend, v->output};
		for (int f = 0; f < v->n_files && v->output >= 0 && v->input >= 0; f++)
			lights_refresh(&v->lights[f], v->file[f], view, most, send_light, &w);
	}
}

void
midi_devices_close(midi_devices *d)
{
	for (int i = 0; i < d->n; i++) {
		midi_device *v = &d->device[i];
		for (int f = 0; f < v->n_files && v->output >= 0 && v->input >= 0; f++)
			send_all(d, v, &v->file[f]->end);
	}
	forget(d);
	d->backend->close(d->backend->user);
	if (d->backend->finish)
		d->backend->finish(d->backend->user);
}

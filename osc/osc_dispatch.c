/* From an OSC packet to parameters and commands. Runs in the OSC thread. */
#include "osc/osc_state.h"

#include <arpa/inet.h>
#include <lo/lo.h>
#include <math.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>

static const char prefix[] = "/drumlin/";

static void
malformed(osc_server *s)
{
	atomic_fetch_add_explicit(&s->control->malformed, 1, memory_order_relaxed);
}

/* The first argument as a number. False where it is none. */
static bool
number(const lo_message m, float *value)
{
	const char *types = lo_message_get_types(m);
	lo_arg **arg = lo_message_get_argv(m);
	switch (types[0]) {
	case 'i': *value = (float)arg[0]->i; return true;
	case 'h': *value = (float)arg[0]->h; return true;
	case 'f': *value = arg[0]->f; return true;
	case 'd': *value = (float)arg[0]->d; return true;
	case 'T': *value = 1.0f; return true;
	case 'F': *value = 0.0f; return true;
	default: return false;
	}
}

static const char *
text(const lo_message m)
{
	const char *types = lo_message_get_types(m);
	return types[0] == 's' || types[0] == 'S' ? &lo_message_get_argv(m)[0]->s : NULL;
}

static void
set_slot(osc_server *s, osc_peer *from, int slot, const lo_message m)
{
	control *c = s->control;
	const uint32_t source = PARAM_SOURCE_FIRST_PEER + (uint32_t)(from - s->peer);
	float value;
	if (lo_message_get_argc(m) == 0) {
		osc_feedback_value(s, from, slot);
	} else if (number(m, &value)) {
		/* No echo, but where something else came of it the sender's fader is to show that. */
		if (!control_set(c, slot, value, source) ||
		    fabsf(params_get(c->params, slot) - value) > 1e-3f)
			from->corrected[slot] = from->subscribed;
	} else if (param_is_style(slot) && text(m) && c->find_style && c->find_style(c->user, text(m)) >= 0) {
		control_set(c, slot, (float)c->find_style(c->user, text(m)), source);
	} else if (text(m) && param_choice(slot, text(m)) >= 0) {
		control_set(c, slot, (float)param_choice(slot, text(m)), source);
	} else {
		malformed(s);
	}
}

/* Commands come bare, or with a button's state: 0 is its release. Velocities are 0..1 as faders
 * send them, or 1..127 as MIDI does; a button's plain 1 is a full hit. */
static void
give_command(osc_server *s, command_id id, int instrument, const lo_message m)
{
	float value = 1.0f;
	if (lo_message_get_argc(m) > 0 && (!number(m, &value) || isnan(value))) {
		malformed(s);
		return;
	}
	if (value <= 0.0f)
		return;
	if (id == COMMAND_TRIGGER)
		value = lo_message_get_argc(m) == 0 ? 100.0f
			: value <= 1.0f             ? fmaxf(1.0f, value * 127.0f)
						    : fminf(value, 127.0f);
	control_command(s->control, id, instrument, value);
}

static bool
parse_url(const char *url, struct sockaddr_storage *address, socklen_t *size)
{
	char *host = lo_url_get_hostname(url), *port = lo_url_get_port(url);
	struct addrinfo hints = {.ai_socktype = SOCK_DGRAM, .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV},
			*found = NULL;
	const char *name = host && strcmp(host, "localhost") == 0 ? "127.0.0.1" : host;
	const bool ok = host && port && lo_url_get_protocol_id(url) == LO_UDP &&
			getaddrinfo(name, port, &hints, &found) == 0 && found->ai_addrlen <= sizeof *address;
	if (ok) {
		memset(address, 0, sizeof *address);
		memcpy(address, found->ai_addr, found->ai_addrlen);
		*size = found->ai_addrlen;
	}
	if (found)
		freeaddrinfo(found);
	free(host);
	free(port);
	return ok;
}

static void
subscribe(osc_server *s, osc_peer *from, const lo_message m, bool on)
{
	const char *url = lo_message_get_argc(m) > 0 ? text(m) : NULL;
	float value;
	if (url) {
		struct sockaddr_storage address;
		socklen_t size;
		if (!parse_url(url, &address, &size)) {
			malformed(s);
			return;
		}
		from = osc_net_peer(s, &address, size, -1);
	} else if (lo_message_get_argc(m) > 0 && number(m, &value) && value <= 0.0f) {
		return; /* a button's release */
	}
	from->subscribed = on;
	osc_feedback_count(s);
	if (on)
		osc_feedback_full(s, from);
}

static bool
is_pattern(const char *path)
{
	return strpbrk(path, "*?[{") != NULL;
}

/* Every parameter and command whose path the pattern matches (OSC 1.0). */
static bool
match_all(osc_server *s, osc_peer *from, const char *pattern, const lo_message m)
{
	char path[PARAM_PATH_MAX];
	bool any = false;
	for (int slot = 0; slot < PARAM_SLOTS; slot++)
		if (lo_pattern_match(param_path(slot, path), pattern)) {
			set_slot(s, from, slot, m);
			any = true;
		}
	for (int id = 0; id < COMMANDS; id++) {
		const command_desc *d = command_describe((command_id)id);
		for (int i = 0; i < (d->per_instrument ? INSTRUMENTS : 1); i++) {
			command_path((command_id)id, d->per_instrument ? i : -1, path);
			if (lo_pattern_match(path, pattern)) {
				give_command(s, (command_id)id, d->per_instrument ? i : -1, m);
				any = true;
			}
		}
	}
	return any;
}

static void
dispatch_message(osc_server *s, osc_peer *from, void *data, size_t size)
{
	int result = 0;
	lo_message m = lo_message_deserialise(data, size, &result);
	if (!m) {
		malformed(s);
		return;
	}
	const char *path = data; /* ends within the packet: the parser has seen to it */
	int instrument;
	if (strncmp(path, prefix, sizeof prefix - 1) != 0) {
		malformed(s);
	} else {
		path += sizeof prefix - 1;
		const int slot = param_find(path), command = command_find(path, &instrument);
		if (slot >= 0)
			set_slot(s, from, slot, m);
		else if (command >= 0)
			give_command(s, (command_id)command, instrument, m);
		else if (strcmp(path, "subscribe") == 0)
			subscribe(s, from, m, true);
		else if (strcmp(path, "unsubscribe") == 0)
			subscribe(s, from, m, false);
		else if (!is_pattern(path) || !match_all(s, from, path, m))
			malformed(s);
	}
	lo_message_free(m);
}

static void
dispatch(osc_server *s, osc_peer *from, unsigned char *data, size_t size, int depth)
{
	if (size < 8 || memcmp(data, "#bundle", 8) != 0) {
		dispatch_message(s, from, data, size);
		return;
	}
	if (size < 16 || depth >= OSC_BUNDLE_DEPTH) {
		malformed(s);
		return;
	}
	for (size_t at = 16; at < size;) {
		uint32_t element;
		if (size - at < 4) {
			malformed(s);
			return;
		}
		memcpy(&element, data + at, 4);
		element = ntohl(element);
		at += 4;
		if (element > size - at || element % 4 != 0) {
			malformed(s);
			return;
		}
		dispatch(s, from, data + at, element, depth + 1);
		at += element;
	}
}

void
osc_dispatch(osc_server *s, osc_peer *from, void *data, size_t size)
{
	if (size == 0 || size % 4 != 0)
		malformed(s);
	else
		dispatch(s, from, data, size, 0);
}

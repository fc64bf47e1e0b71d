/* From an OSC packet to parameters and commands. Runs in the OSC thread. */
#include "osc/osc_state.h"

#include <arpa/inet.h>
#include <math.h>
#include <string.h>

static const char prefix[] = "/drumlin/";

void
osc_malformed(osc_server *s)
{
	atomic_fetch_add_explicit(&s->control->malformed, 1, memory_order_relaxed);
}

/* No echo, but where something else came of it the sender's fader is to show that. */
static void
correct(osc_server *s, const osc_peer *from, int slot)
{
	for (int i = 0; i < OSC_PEERS; i++)
		if (s->peer[i].used && osc_peer_same_hand(s, &s->peer[i], osc_peer_source(s, from)))
			s->peer[i].corrected[slot] = s->peer[i].subscribed;
}

static void
set_value(osc_server *s, osc_peer *from, int slot, float value, int64_t due_us)
{
	control *c = s->control;
	if (!control_set_at(c, slot, value, osc_peer_source(s, from), (uint64_t)due_us) ||
	    (!due_us && fabsf(params_get(c->params, slot) - value) > 1e-3f))
		correct(s, from, slot);
	else if (due_us && (value < param_describe(slot)->low || value > params_high(c->params, slot)))
		correct(s, from, slot);
}

static void
set_slot(osc_server *s, osc_peer *from, int slot, const lo_message m, int64_t due_us)
{
	control *c = s->control;
	const char *text = osc_text(m, 0);
	float value;
	if (osc_argc(m) == 0) {
		if (osc_out_begin(s, from)) {
			osc_feedback_value(s, from, slot);
			osc_out_end(s);
		}
	} else if (text && param_choice(slot, text) >= 0) {
		set_value(s, from, slot, (float)param_choice(slot, text), due_us);
	} else if (text && param_is_style(slot) && c->find_style && c->find_style(c->user, text) >= 0) {
		set_value(s, from, slot, (float)c->find_style(c->user, text), due_us);
	} else if (osc_number(m, 0, &value)) {
		set_value(s, from, slot, value, due_us);
	} else {
		osc_malformed(s);
	}
}

/* Commands come bare, or with a button's state: 0 is its release. Velocities are 0..1 as faders
 * send them, or 1..127 as MIDI does; a button's plain 1 is a full hit. */
static void
give_command(osc_server *s, command_id id, int instrument, const lo_message m, int64_t due_us)
{
	float value = 1.0f;
	if (osc_argc(m) > 0 && (!osc_number(m, 0, &value) || isnan(value))) {
		osc_malformed(s);
		return;
	}
	if (value <= 0.0f)
		return;
	if (id == COMMAND_TRIGGER)
		value = osc_argc(m) == 0 ? 100.0f
			: value <= 1.0f  ? fmaxf(1.0f, value * 127.0f)
					 : fminf(value, 127.0f);
	if (id == COMMAND_PANIC && !due_us)
		osc_held_clear(s);
	control_command_at(s->control, id, instrument, value, (uint64_t)due_us);
}

/* Both sides of a pad. */
static bool
set_pad(osc_server *s, osc_peer *from, const char *path, const lo_message m, int64_t due_us)
{
	const bool of_kits = strcmp(path, "kit/xy") == 0;
	float x, y;
	if (!of_kits && strcmp(path, "style/xy") != 0)
		return false;
	if (osc_number(m, 0, &x) && osc_number(m, 1, &y)) {
		set_value(s, from, of_kits ? PARAM_KIT_X : PARAM_STYLE_X, x, due_us);
		set_value(s, from, of_kits ? PARAM_KIT_Y : PARAM_STYLE_Y, y, due_us);
	} else {
		osc_malformed(s);
	}
	return true;
}

/* A pattern that would take for ever to match is none. */
static bool
is_pattern(const char *path)
{
	int stars = 0;
	for (const char *c = path; *c; c++)
		stars += *c == '*';
	return strpbrk(path, "*?[{") != NULL && stars <= OSC_PATTERN_STARS && strlen(path) <= OSC_PATTERN_MAX;
}

static const char *
full(const char *name, char buf[OSC_PATH_MAX])
{
	memcpy(buf, prefix, sizeof prefix - 1);
	memcpy(buf + sizeof prefix - 1, name, strlen(name) + 1);
	return buf;
}

/* Every parameter, command and step whose path the pattern matches (OSC 1.0). */
static bool
match_all(osc_server *s, osc_peer *from, const char *pattern, const lo_message m, int64_t due_us)
{
	char name[PARAM_PATH_MAX], path[OSC_PATH_MAX];
	bool any = false;
	for (int slot = 0; slot < PARAM_SLOTS; slot++)
		if (osc_path_match(pattern, full(param_path(slot, name), path))) {
			set_slot(s, from, slot, m, due_us);
			any = true;
		}
	for (int id = 0; id < COMMANDS; id++) {
		const command_desc *d = command_describe((command_id)id);
		for (int i = 0; i < (d->per_instrument ? INSTRUMENTS : 1); i++) {
			const int instrument = d->per_instrument ? i : -1;
			command_path((command_id)id, instrument, name);
			if (osc_path_match(pattern, full(name, path))) {
				give_command(s, (command_id)id, instrument, m, due_us);
				any = true;
			}
		}
	}
	osc_cell_match(s, from, pattern, m, &any);
	return any;
}

/* What the engine does at a frame can be given to it before its time; the rest waits here. */
static bool
obey(osc_server *s, osc_peer *from, const char *whole, const lo_message m, int64_t due_us)
{
	const char *path = whole + sizeof prefix - 1;
	int instrument;
	osc_cell_ref ref;
	if (is_pattern(whole)) {
		if (due_us && osc_cell_matched(whole))
			return false;
		if (!match_all(s, from, whole, m, due_us))
			osc_malformed(s);
		return true;
	}
	if (strncmp(whole, prefix, sizeof prefix - 1) != 0) {
		/* A tablet's keep-alive is not senseless. */
		if (strcmp(whole, "/ping") != 0)
			osc_malformed(s);
		return true;
	}
	const int slot = param_find(path), command = command_find(path, &instrument);
	if (slot >= 0)
		set_slot(s, from, slot, m, due_us);
	else if (command >= 0)
		give_command(s, (command_id)command, instrument, m, due_us);
	else if (set_pad(s, from, path, m, due_us))
		return true;
	else if (due_us)
		return false;
	else if (osc_cell_path(path, &ref))
		osc_cell_step(s, from, ref, m);
	else if (strcmp(path, "cell") == 0)
		osc_cell_any(s, from, m);
	else if (strcmp(path, "pattern/edit") == 0)
		osc_cell_edit(s, from, m);
	else if (!osc_query(s, from, path, m))
		osc_malformed(s);
	return true;
}

static bool
is_token(const char *path)
{
	static const char token[] = "/drumlin/token";
	return strncmp(path, token, sizeof token - 1) == 0 && strchr("/", path[sizeof token - 1]);
}

bool
osc_dispatch_message(osc_server *s, osc_peer *from, void *data, size_t size, int64_t due_us)
{
	int result = 0;
	bool done = true;
	lo_message m = lo_message_deserialise(data, size, &result);
	if (!m) {
		osc_malformed(s);
		return true;
	}
	const char *path = data; /* ends within the packet: the parser has seen to it */
	if (osc_access_granted(s, from) || is_token(path))
		done = obey(s, from, path, m, due_us);
	else
		atomic_fetch_add_explicit(&s->barred, 1, memory_order_relaxed);
	lo_message_free(m);
	return done;
}

static void
take_message(osc_server *s, osc_peer *from, unsigned char *data, size_t size, int64_t due_us)
{
	if (!due_us || !osc_access_granted(s, from) || !osc_hold(s, from, data, size, due_us))
		osc_dispatch_message(s, from, data, size, 0);
}

static void
dispatch(osc_server *s, osc_peer *from, unsigned char *data, size_t size, int depth, int64_t due_us)
{
	uint32_t tag[2];
	if (size < 8 || memcmp(data, "#bundle", 8) != 0) {
		take_message(s, from, data, size, due_us);
		return;
	}
	if (size < 16 || depth >= OSC_BUNDLE_DEPTH) {
		osc_malformed(s);
		return;
	}
	/* A bundle within another acts no earlier than that. */
	memcpy(tag, data + 8, sizeof tag);
	const int64_t own_us = osc_due_us(s, (uint64_t)ntohl(tag[0]) << 32 | ntohl(tag[1]));
	due_us = own_us > due_us ? own_us : due_us;
	for (size_t at = 16; at < size;) {
		uint32_t element;
		if (size - at < 4) {
			osc_malformed(s);
			return;
		}
		memcpy(&element, data + at, 4);
		element = ntohl(element);
		at += 4;
		if (element > size - at || element % 4 != 0) {
			osc_malformed(s);
			return;
		}
		dispatch(s, from, data + at, element, depth + 1, due_us);
		at += element;
	}
}

void
osc_dispatch(osc_server *s, osc_peer *from, void *data, size_t size)
{
	atomic_fetch_add_explicit(&s->received, 1, memory_order_relaxed);
	if (size == 0 || size % 4 != 0)
		osc_malformed(s);
	else
		dispatch(s, from, data, size, 0, 0);
}

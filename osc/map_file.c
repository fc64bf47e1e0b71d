#include "osc/map_file.h"

#include "osc/map_words.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What the lines before have set for those that follow. */
typedef struct reader {
	map_file *f;
	map_line line;
	int channel; /* -1 any */
	bool pickup;
	uint8_t layer;
} reader;

enum { LAYERS = 16 };

/* --- lines ------------------------------------------------------------------------------------------------
 */

static bool
done(map_line *l)
{
	return l->at == l->n || map_fault(l, "%s: not expected here", map_peek(l));
}

static bool
add_light(reader *r, const map_light *light)
{
	if (r->f->n_lights == MAP_LIGHTS)
		return map_fault(&r->line, "more than %d lights", MAP_LIGHTS);
	r->f->light[r->f->n_lights++] = *light;
	return true;
}

static bool
add_binding(reader *r, const midi_binding *b)
{
	return midi_map_add(&r->f->map, b) || map_fault(&r->line, "more than %d bindings", MIDI_MAP_BINDINGS);
}

/* The message that sets a control's own light. */
static map_light
light_of(const midi_binding *b)
{
	return (map_light){.from = b->from,
			   .number = (uint8_t)b->number,
			   .channel = (uint8_t)(b->channel < 0 ? 0 : b->channel),
			   .binding = *b};
}

static bool
take_how(map_line *l, midi_binding *b)
{
	static const struct {
		const char *name;
		midi_how how;
	} ways[] = {{"twos", MIDI_TWOS}, {"offset", MIDI_OFFSET}, {"sign", MIDI_SIGN}};
	if (!map_take(l, "relative"))
		return true;
	if (b->from != MIDI_FROM_CC)
		return map_fault(l, "only cc can be relative");
	for (size_t i = 0; i < sizeof ways / sizeof *ways; i++)
		if (map_take(l, ways[i].name)) {
			b->how = (uint8_t)ways[i].how;
			return true;
		}
	return map_fault(l, "twos, offset or sign is wanted here");
}

/* How a control acts that says nothing about it. */
static void
choose_how(midi_binding *b, bool toggle, bool momentary)
{
	const midi_target *t = &b->target;
	const bool slot = t->to == MIDI_TO_SLOT;
	if (b->how != MIDI_ABSOLUTE)
		return;
	if (toggle)
		b->how = MIDI_TOGGLE;
	else if (momentary)
		b->how = MIDI_MOMENTARY;
	else if (!slot || t->has_value)
		b->how = MIDI_PRESS;
	else if (b->from == MIDI_FROM_NOTE && param_describe(t->which)->kind == PARAM_KIND_TOGGLE)
		b->how = MIDI_TOGGLE;
	/* A key has no place that could meet anything. */
	if (b->from == MIDI_FROM_NOTE)
		b->pickup = false;
}

static bool
binding_line(reader *r)
{
	map_line *l = &r->line;
	midi_binding b = {.pickup = r->pickup, .layer = r->layer};
	if (!map_control(l, r->channel, &b) || !take_how(l, &b))
		return false;
	if (!map_take(l, "->"))
		return map_fault(l, "-> is wanted here");
	const bool toggle = map_take(l, "toggle"), momentary = !toggle && map_take(l, "momentary");
	const int at = l->at;
	if (!map_target(l, &b))
		return false;
	if (b.target.to != MIDI_TO_SLOT && (momentary || b.how != MIDI_ABSOLUTE)) {
		l->at = at;
		return map_fault(l, "only parameters can be moved like this");
	}
	if (toggle && (b.target.to == MIDI_TO_COMMAND || b.target.to == MIDI_TO_PAGE)) {
		l->at = at;
		return map_fault(l, "only parameters and cells can be toggled");
	}
	if (!map_options(l, &b))
		return false;
	choose_how(&b, toggle, momentary);
	map_light light = light_of(&b);
	const bool lit = map_take(l, "light");
	if ((lit && !map_states(l, &light)) || !done(l))
		return false;
	return add_binding(r, &b) && (!lit || add_light(r, &light));
}

static bool
light_line(reader *r)
{
	map_line *l = &r->line;
	midi_binding b = {.pickup = r->pickup, .layer = r->layer};
	if (!map_control(l, r->channel, &b))
		return false;
	if (!map_take(l, "<-"))
		return map_fault(l, "<- is wanted here");
	if (!map_target(l, &b))
		return false;
	if (map_take(l, "is")) { /* on where the parameter has this value */
		float low = -1e9f, high = 1e9f;
		if (b.target.to == MIDI_TO_SLOT) {
			low = param_describe(b.target.which)->low;
			high = param_describe(b.target.which)->high;
		}
		b.target.has_value = true;
		if (!map_real(l, low, high, &b.target.value))
			return false;
	}
	map_light light = light_of(&b);
	return map_states(l, &light) && done(l) && add_light(r, &light);
}

/* The grid's place among the notes: "by RIGHT DOWN size COLUMNS ROWS". */
typedef struct grid_place {
	int right, down, columns, rows;
} grid_place;

static bool
take_place(map_line *l, int number, grid_place *g)
{
	if (!map_take(l, "by"))
		return map_fault(l, "by is wanted here, with the distance of columns and of rows");
	if (!map_whole(l, -127, 127, &g->right) || !map_whole(l, -127, 127, &g->down))
		return false;
	if (!map_take(l, "size"))
		return map_fault(l, "size is wanted here, with columns and rows");
	if (!map_whole(l, 1, CELL_STEPS, &g->columns) || !map_whole(l, 1, INSTRUMENTS, &g->rows))
		return false;
	for (int corner = 0; corner < 4; corner++) {
		const int n = number + (corner & 1 ? (g->columns - 1) * g->right : 0) +
			      (corner & 2 ? (g->rows - 1) * g->down : 0);
		if (n < 0 || n > 127)
			return map_fault(l, "the grid's corner would be %d", n);
	}
	return true;
}

static bool
take_instruments(map_line *l, midi_grid *g)
{
	if (!map_take(l, "cells"))
		return map_fault(l, "cells is wanted here, with the instruments from top to bottom");
	for (int i; (i = instrument_from_name(map_peek(l))) >= 0; l->at++) {
		if (g->n_instruments == INSTRUMENTS)
			return map_fault(l, "there are only %d instruments", INSTRUMENTS);
		g->instrument[g->n_instruments++] = (int8_t)i;
	}
	return g->n_instruments > 0 || map_fault(l, "an instrument is wanted here (BD, SD .. PC)");
}

/* A binding, and if it is lit a light, for each pad. */
static bool
add_pads(reader *r, const grid_place *place, const midi_binding *first, const map_light *light)
{
	for (int y = 0; y < place->rows; y++)
		for (int x = 0; x < place->columns; x++) {
			midi_binding b = *first;
			b.number = (uint16_t)(first->number + x * place->right + y * place->down);
			b.target.row = (uint8_t)y;
			b.target.step = (uint8_t)x;
			if (!add_binding(r, &b))
				return false;
			if (!light)
				continue;
			map_light pad = *light;
			pad.number = (uint8_t)b.number;
			pad.binding = b;
			if (!add_light(r, &pad))
				return false;
		}
	return true;
}

/* Rows of pads that are a window on the pattern. */
static bool
grid_line(reader *r)
{
	map_line *l = &r->line;
	midi_grid *g = &r->f->map.grid[0];
	midi_binding first = {.pickup = false, .layer = r->layer};
	grid_place place;
	if (g->columns)
		return map_fault(l, "a map has one grid");
	if (!map_control(l, r->channel, &first) || !take_place(l, first.number, &place))
		return false;
	if (!map_take(l, "->"))
		return map_fault(l, "-> is wanted here");
	first.how = map_take(l, "toggle") ? MIDI_TOGGLE : MIDI_PRESS;
	first.target = (midi_target){.to = MIDI_TO_CELL, .instrument = -1};
	midi_grid grid = {
	    .layers = g->layers, .rows = (uint8_t)place.rows, .columns = (uint8_t)place.columns};
	if (!take_instruments(l, &grid) || !map_options(l, &first))
		return false;
	map_light light = light_of(&first);
	const bool lit = map_take(l, "light");
	if ((lit && !map_states(l, &light)) || !done(l))
		return false;
	*g = grid;
	return add_pads(r, &place, &first, lit ? &light : NULL);
}

static bool
bytes_line(reader *r, map_bytes *to)
{
	map_line *l = &r->line;
	uint8_t data[MAP_WORDS];
	int n = 0;
	for (; l->at < l->n; l->at++) {
		char *end;
		const long byte = strtol(map_peek(l), &end, 16);
		if (*end || byte < 0 || byte > 255)
			return map_fault(l, "%s: not a byte in hexadecimal", map_peek(l));
		const bool last = l->at + 1 == l->n, first = n == 0;
		if (first != (byte >= 0x80 && byte != 0xf7) || (byte == 0xf7 && !last))
			return map_fault(l, "a line is one message: a status byte and its data");
		data[n++] = (uint8_t)byte;
	}
	if (n < 2 || (data[0] == 0xf0) != (data[n - 1] == 0xf7) || (data[0] != 0xf0 && n > 3))
		return map_fault(l, "a whole message is wanted here, a system exclusive one from F0 to F7");
	if ((size_t)n > sizeof to->data - to->size)
		return map_fault(l, "more than %d bytes", MAP_BYTES);
	memcpy(to->data + to->size, data, (size_t)n);
	to->size = (uint16_t)(to->size + n);
	return true;
}

static bool
device_line(reader *r)
{
	map_file *f = r->f;
	map_line *l = &r->line;
	if (l->at == l->n)
		return map_fault(l, "a port's name is wanted here");
	for (; l->at < l->n; l->at++) {
		if (f->n_devices == MAP_DEVICES)
			return map_fault(l, "more than %d names", MAP_DEVICES);
		snprintf(f->device[f->n_devices++], MAP_NAME, "%.*s", MAP_NAME - 1, map_peek(l));
	}
	return true;
}

static bool
channel_line(reader *r, bool drums)
{
	map_line *l = &r->line;
	int channel = 0;
	if (drums && l->at == l->n) {
		r->f->map.drums = 0xffff;
		return true;
	}
	if (drums && !map_take(l, "channel"))
		return map_fault(l, "channel is wanted here");
	const bool any = map_take(l, "any");
	if ((!any && !map_whole(l, 1, 16, &channel)) || !done(l))
		return false;
	if (drums)
		r->f->map.drums |= (uint16_t)(any ? 0xffff : 1 << (channel - 1));
	else
		r->channel = any ? -1 : channel - 1;
	return true;
}

static bool
layer_line(reader *r)
{
	map_line *l = &r->line;
	midi_grid *g = &r->f->map.grid[0];
	int layer = 0;
	if ((!map_take(l, "all") && !map_whole(l, 1, LAYERS, &layer)) || !done(l))
		return false;
	r->layer = (uint8_t)layer;
	if (layer > g->layers)
		g->layers = (uint8_t)layer;
	return true;
}

static bool
takeover_line(reader *r)
{
	map_line *l = &r->line;
	const bool on = map_take(l, "pickup");
	if (!on && !map_take(l, "jump"))
		return map_fault(l, "pickup or jump is wanted here");
	r->pickup = on;
	return done(l);
}

static bool
read_line(reader *r)
{
	map_line *l = &r->line;
	if (l->n == 0 || l->faulty)
		return true;
	if (map_take(l, "device"))
		return device_line(r);
	if (map_take(l, "channel"))
		return channel_line(r, false);
	if (map_take(l, "drums"))
		return channel_line(r, true);
	if (map_take(l, "layer"))
		return layer_line(r);
	if (map_take(l, "takeover"))
		return takeover_line(r);
	if (map_take(l, "start"))
		return bytes_line(r, &r->f->start);
	if (map_take(l, "end"))
		return bytes_line(r, &r->f->end);
	if (map_take(l, "light"))
		return light_line(r);
	if (map_take(l, "grid"))
		return grid_line(r);
	return binding_line(r);
}

int
map_file_parse(const char *text, size_t size, const char *path, map_file *f, map_say_fn *say, void *user)
{
	reader r = {.f = f, .channel = -1, .pickup = true, .line = {.path = path, .say = say, .user = user}};
	memset(f, 0, sizeof *f);
	snprintf(f->path, sizeof f->path, "%s", path);
	f->map.n_groups = 1;
	f->map.pages[0] = &f->pages;
	for (size_t at = 0; at < size;) {
		const char *end = memchr(text + at, '\n', size - at);
		const size_t length = end ? (size_t)(end - (text + at)) : size - at;
		r.line.number++;
		map_words(&r.line, text + at, length);
		read_line(&r);
		at += length + 1;
	}
	return r.line.faults;
}

/* --- names ------------------------------------------------------------------------------------------------
 */

/* Letters and digits alone, in lower case. */
static void
plain(const char *name, char *out, size_t size)
{
	size_t n = 0;
	for (; *name && n < size - 1; name++)
		if (isalnum((unsigned char)*name))
			out[n++] = (char)tolower((unsigned char)*name);
	out[n] = '\0';
}

bool
map_name_in(const char *part, const char *whole)
{
	char short_name[256], name[1024];
	plain(whole, name, sizeof name);
	plain(part, short_name, sizeof short_name);
	return *short_name && strstr(name, short_name);
}

bool
map_file_is_for(const map_file *f, const char *port)
{
	for (int i = 0; i < f->n_devices; i++)
		if (map_name_in(f->device[i], port))
			return true;
	return false;
}

/* --- writing ----------------------------------------------------------------------------------------------
 */

int
map_line_write(const midi_binding *b, char *line, size_t size)
{
	static const char *const from[MIDI_FROMS] = {"cc",   "cc14",     "nrpn",       "note",
						     "bend", "pressure", "keypressure"};
	static const char *const how[] = {"", "", "toggle ", "momentary ", "", "", ""};
	static const char *const relative[] = {
	    "", "", "", "", " relative twos", " relative offset", " relative sign"};
	char path[PARAM_PATH_MAX], number[16] = "", channel[16] = "", range[64] = "", value[32] = "";
	const midi_target *t = &b->target;
	if (b->from != MIDI_FROM_BEND && b->from != MIDI_FROM_PRESSURE)
		snprintf(number, sizeof number, " %d", b->number);
	if (b->channel >= 0)
		snprintf(channel, sizeof channel, " channel %d", b->channel + 1);
	if (b->ranged)
		snprintf(range, sizeof range, " range %.9g %.9g", (double)b->low, (double)b->high);
	if (t->has_value)
		snprintf(value, sizeof value, " value %.9g", (double)t->value);
	if (t->to == MIDI_TO_SLOT)
		param_path(t->which, path);
	else
		command_path((command_id)t->which, t->instrument, path);
	const bool jump = b->how == MIDI_ABSOLUTE && !b->pickup && b->from != MIDI_FROM_NOTE;
	return snprintf(line, size, "%s%s%s%s -> %s%s%s%s%s", from[b->from], number, channel,
			relative[b->how], how[b->how], path, range, value, jump ? " jump" : "");
}

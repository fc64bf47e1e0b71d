#include "osc/map_words.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- words ------------------------------------------------------------------------------------------------
 */

void
map_words(map_line *l, const char *text, size_t size)
{
	l->n = l->at = 0;
	l->faulty = false;
	for (size_t i = 0; i < size;) {
		if (isspace((unsigned char)text[i])) {
			i++;
			continue;
		}
		if (text[i] == '#')
			return;
		if (l->n == MAP_WORDS) {
			l->at = l->n - 1;
			map_fault(l, "too many words");
			return;
		}
		map_word *w = &l->word[l->n++];
		w->column = (int)i + 1;
		const bool quoted = text[i] == '"';
		size_t length = 0;
		for (i += quoted; i < size && (quoted ? text[i] != '"' : !isspace((unsigned char)text[i]));
		     i++)
			if (length < sizeof w->text - 1)
				w->text[length++] = text[i] ? text[i] : '?';
		w->text[length] = '\0';
		i += quoted && i < size;
	}
}

bool
map_fault(map_line *l, const char *fmt, ...)
{
	char what[200], line[512];
	va_list args;
	if (l->faulty)
		return false;
	l->faulty = true;
	l->faults++;
	va_start(args, fmt);
	vsnprintf(what, sizeof what, fmt, args);
	va_end(args);
	const map_word *last = l->n ? &l->word[l->n - 1] : NULL;
	const int column = l->at < l->n ? l->word[l->at].column
			   : last       ? last->column + (int)strlen(last->text)
					: 1;
	snprintf(line, sizeof line, "%s:%d:%d: %s", l->path, l->number, column, what);
	if (l->say)
		l->say(l->user, line);
	return false;
}

const char *
map_peek(const map_line *l)
{
	return l->at < l->n ? l->word[l->at].text : "";
}

bool
map_take(map_line *l, const char *word)
{
	if (strcmp(map_peek(l), word) != 0)
		return false;
	l->at++;
	return true;
}

bool
map_whole(map_line *l, int low, int high, int *out)
{
	char *end;
	const char *text = map_peek(l);
	const long n = strtol(text, &end, 10);
	if (!*text || *end || n < low || n > high)
		return map_fault(l, "a whole number between %d and %d is wanted here", low, high);
	*out = (int)n;
	l->at++;
	return true;
}

bool
map_real(map_line *l, float low, float high, float *out)
{
	char *end;
	const char *text = map_peek(l);
	const float x = strtof(text, &end);
	if (!*text || *end || !(x >= low && x <= high))
		return map_fault(l, "a number between %g and %g is wanted here", (double)low, (double)high);
	*out = x;
	l->at++;
	return true;
}

/* --- controls ---------------------------------------------------------------------------------------------
 */

static const struct {
	const char *name;
	midi_from from;
	int numbers; /* 0: it has none */
} controls[] = {{"cc", MIDI_FROM_CC, 128},
		{"cc14", MIDI_FROM_CC14, 32},
		{"nrpn", MIDI_FROM_NRPN, 16384},
		{"note", MIDI_FROM_NOTE, 128},
		{"bend", MIDI_FROM_BEND, 0},
		{"pressure", MIDI_FROM_PRESSURE, 0},
		{"keypressure", MIDI_FROM_KEY_PRESSURE, 128}};

bool
map_control(map_line *l, int channel, midi_binding *b)
{
	int number = 0;
	size_t i = 0;
	while (i < sizeof controls / sizeof *controls && strcmp(map_peek(l), controls[i].name) != 0)
		i++;
	if (i == sizeof controls / sizeof *controls)
		return map_fault(l, "cc, cc14, nrpn, note, bend, pressure or keypressure is wanted here");
	l->at++;
	if (controls[i].numbers && !map_whole(l, 0, controls[i].numbers - 1, &number))
		return false;
	b->from = (uint8_t)controls[i].from;
	b->number = (uint16_t)number;
	b->channel = (int8_t)channel;
	if (!map_take(l, "channel"))
		return true;
	if (map_take(l, "any")) {
		b->channel = -1;
		return true;
	}
	if (!map_whole(l, 1, 16, &number))
		return false;
	b->channel = (int8_t)(number - 1);
	return true;
}

/* --- targets ----------------------------------------------------------------------------------------------
 */

static bool
cell_target(map_line *l, midi_binding *b)
{
	int step = 0;
	const int instrument = instrument_from_name(map_peek(l));
	if (instrument < 0)
		return map_fault(l, "an instrument is wanted here (BD, SD .. PC)");
	l->at++;
	if (!map_whole(l, 1, CELL_STEPS, &step))
		return false;
	b->target =
	    (midi_target){.to = MIDI_TO_CELL, .instrument = (int8_t)instrument, .step = (uint8_t)(step - 1)};
	return true;
}

static bool
page_target(map_line *l, midi_binding *b)
{
	static const char *const axes[MIDI_AXES] = {"steps", "rows", "bars", "layers"};
	int axis = 0, page = 0;
	while (axis < MIDI_AXES && strcmp(map_peek(l), axes[axis]) != 0)
		axis++;
	if (axis == MIDI_AXES)
		return map_fault(l, "steps, rows, bars or layers is wanted here");
	l->at++;
	b->target = (midi_target){.to = MIDI_TO_PAGE, .instrument = -1, .which = (int16_t)axis};
	if (map_take(l, "next"))
		b->target.move = 1;
	else if (map_take(l, "previous"))
		b->target.move = -1;
	else if (map_whole(l, 1, CELL_STEPS, &page))
		b->target.value = (float)(page - 1);
	else
		return false;
	return true;
}

bool
map_target(map_line *l, midi_binding *b)
{
	int instrument;
	if (map_take(l, "cell"))
		return cell_target(l, b);
	if (map_take(l, "page"))
		return page_target(l, b);
	const bool commanded = map_take(l, "command");
	const int slot = commanded ? -1 : param_find(map_peek(l));
	if (slot >= 0 && (param_describe(slot)->flags & PARAM_FLAG_SHOWN))
		return map_fault(l, "%s: is shown, and cannot be set", map_peek(l));
	if (slot >= 0) {
		b->target = (midi_target){.to = MIDI_TO_SLOT, .instrument = -1, .which = (int16_t)slot};
		l->at++;
		return true;
	}
	const int command = command_find(map_peek(l), &instrument);
	if (command < 0)
		return map_fault(l, *map_peek(l) ? "%s: no such %s" : "%sa %s is wanted here", map_peek(l),
				 commanded ? "command" : "parameter or command");
	b->target =
	    (midi_target){.to = MIDI_TO_COMMAND, .instrument = (int8_t)instrument, .which = (int16_t)command};
	l->at++;
	/* "scene 3" and the like. */
	if (isdigit((unsigned char)*map_peek(l))) {
		b->target.has_value = true;
		return map_real(l, 0.0f, 127.0f, &b->target.value);
	}
	return true;
}

static bool
value_option(map_line *l, midi_binding *b)
{
	midi_target *t = &b->target;
	t->has_value = true;
	if (t->to == MIDI_TO_CELL || (t->to == MIDI_TO_COMMAND && t->which == COMMAND_TRIGGER))
		return map_real(l, 1.0f, 127.0f, &t->value);
	if (t->to == MIDI_TO_COMMAND)
		return map_real(l, 0.0f, 127.0f, &t->value);
	if (t->to != MIDI_TO_SLOT)
		return map_fault(l, "a page has no value");
	const int choice = param_choice(t->which, map_peek(l));
	if (choice >= 0) {
		t->value = (float)choice;
		l->at++;
		return true;
	}
	return map_real(l, param_describe(t->which)->low, param_describe(t->which)->high, &t->value);
}

static bool
range_option(map_line *l, midi_binding *b)
{
	if (b->target.to != MIDI_TO_SLOT)
		return map_fault(l, "only parameters have a range");
	const param_desc *d = param_describe(b->target.which);
	b->ranged = true;
	return map_real(l, d->low, d->high, &b->low) && map_real(l, d->low, d->high, &b->high);
}

bool
map_options(map_line *l, midi_binding *b)
{
	for (;;) {
		if (map_take(l, "range")) {
			if (!range_option(l, b))
				return false;
		} else if (map_take(l, "value")) {
			if (!value_option(l, b))
				return false;
		} else if (map_take(l, "step")) {
			if (!map_real(l, 1e-6f, 1e6f, &b->step))
				return false;
		} else if (map_take(l, "curve")) {
			if (map_take(l, "log"))
				b->curve = MIDI_CURVE_LOG;
			else if (map_take(l, "linear"))
				b->curve = MIDI_CURVE_LINEAR;
			else
				return map_fault(l, "log or linear is wanted here");
		} else if (map_take(l, "jump")) {
			b->pickup = false;
		} else if (map_take(l, "pickup")) {
			b->pickup = true;
		} else {
			return true;
		}
	}
}

/* --- lights -----------------------------------------------------------------------------------------------
 */

/* "21" or "21@7": a data byte, perhaps on a channel of its own. */
static bool
colour(map_line *l, light_colour *c)
{
	char *end;
	const char *text = map_peek(l);
	const long value = strtol(text, &end, 10);
	long channel = 0;
	if (*text && *end == '@') {
		char *rest;
		channel = strtol(end + 1, &rest, 10);
		end = rest == end + 1 || channel < 1 || channel > 16 ? end : rest;
	}
	if (!*text || *end || value < 0 || value > 127)
		return map_fault(l, "a number of 0 to 127 is wanted here, perhaps with @CHANNEL");
	*c = (light_colour){(int16_t)value, (int8_t)(channel - 1)};
	l->at++;
	return true;
}

bool
map_states(map_line *l, map_light *light)
{
	static const char *const names[LIGHT_STATES] = {"off",   "on",   "hit",   "rest",
							"plays", "here", "stored"};
	if (light->from != MIDI_FROM_CC && light->from != MIDI_FROM_NOTE)
		return map_fault(l, "only cc and note can light");
	for (int s = 0; s < LIGHT_STATES; s++)
		light->colour[s] = (light_colour){-1, -1};
	light->colour[LIGHT_OFF].value = 0;
	light->scaled = map_take(l, "value");
	if (light->scaled && light->binding.target.to != MIDI_TO_SLOT)
		return map_fault(l, "only parameters have a value to show");
	if (!light->scaled && l->at == l->n)
		return map_fault(l, "what the light shows is wanted here: value, or off, on .. with numbers");
	while (l->at < l->n) {
		int s = 0;
		while (s < LIGHT_STATES && strcmp(map_peek(l), names[s]) != 0)
			s++;
		if (s == LIGHT_STATES)
			return map_fault(l, "%s: not what a light shows", map_peek(l));
		l->at++;
		if (!colour(l, &light->colour[s]))
			return false;
	}
	return true;
}

#include "osc/midi_learn.h"

#include "osc/map_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
midi_learn_init(midi_learn *l)
{
	memset(l, 0, sizeof *l);
	midi_decoder_init(&l->decoder);
}

/* Of a message's readings the one that is meant: a parameter by number rather than the controllers that make
 * it up. A plain controller is taken for itself, not for half of a pair. */
static const midi_event *
meant(const midi_event *event, int n)
{
	for (int i = 0; i < n; i++)
		if (event[i].from == MIDI_FROM_NRPN)
			return &event[i];
	/* The controllers 96 to 101 choose and step; by themselves they move nothing. */
	if (n == 0 || (event[0].from == MIDI_FROM_CC && event[0].number >= 96 && event[0].number <= 101))
		return NULL;
	return &event[0];
}

/* An absolute control never sends the same value twice; an encoder does, near 0 or near 64; a button that
 * does sends the same end of its way. */
static midi_how
guess(const midi_event *a, const midi_event *b)
{
	const int v = b->value;
	const bool ends = (a->value == 0 || a->value == a->top) && (v == 0 || v == b->top);
	if (a->from != MIDI_FROM_CC)
		return MIDI_ABSOLUTE;
	if (a->value == v && ((v >= 1 && v <= 8) || (v >= 120 && v <= 126)))
		return MIDI_TWOS;
	if (a->value == v && v >= 56 && v <= 72)
		return MIDI_OFFSET;
	return ends || a->value == v ? MIDI_TOGGLE : MIDI_ABSOLUTE;
}

bool
midi_learn_feed(midi_learn *l, const params *p, const uint8_t *message, size_t size, midi_binding *b)
{
	midi_event event[MIDI_EVENTS_MAX];
	const int n = midi_decode(&l->decoder, message, size, event);
	const midi_event *e = meant(event, n);
	const int slot = atomic_load_explicit(&p->last_slot, memory_order_relaxed);
	if (!e || slot < 0 || slot == PARAM_LEARN)
		return false;
	if (e->from == MIDI_FROM_NOTE && !e->down)
		return false;
	if (e->from != MIDI_FROM_NOTE && (!l->moved || l->first.from != e->from ||
					  l->first.channel != e->channel || l->first.number != e->number)) {
		l->first = *e;
		l->moved = true;
		return false;
	}
	*b = (midi_binding){.from = (uint8_t)e->from,
			    .channel = (int8_t)e->channel,
			    .number = e->number,
			    .pickup = e->from != MIDI_FROM_NOTE,
			    .target = {.to = MIDI_TO_SLOT, .instrument = -1, .which = (int16_t)slot}};
	b->how = (uint8_t)(e->from == MIDI_FROM_NOTE ? MIDI_TOGGLE : guess(&l->first, e));
	l->moved = false;
	return true;
}

bool
midi_unlearn(midi_map *learned, int slot)
{
	int kept = 0;
	for (int i = 0; i < learned->n_bindings; i++)
		if (learned->binding[i].target.to != MIDI_TO_SLOT || learned->binding[i].target.which != slot)
			learned->binding[kept++] = learned->binding[i];
	const bool any = kept < learned->n_bindings;
	learned->n_bindings = kept;
	return any;
}

bool
midi_learn_keep(midi_map *learned, const midi_binding *b)
{
	midi_unlearn(learned, b->target.which);
	return midi_map_add(learned, b);
}

char *
midi_learn_text(const midi_map *learned)
{
	static const char head[] = "# Learned by Drumlin, for all ports. doc/midi.md explains the lines.\n";
	const size_t room = sizeof head + (size_t)learned->n_bindings * 160;
	char *text = malloc(room);
	if (!text)
		return NULL;
	size_t n = (size_t)snprintf(text, room, "%s", head);
	for (int i = 0; i < learned->n_bindings && n < room - 160; i++) {
		n += (size_t)map_line_write(&learned->binding[i], text + n, 159);
		text[n++] = '\n';
		text[n] = '\0';
	}
	return text;
}

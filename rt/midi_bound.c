#include "rt/midi_bound.h"

#include <stdio.h>

/* From the least bit: one that says that there is one, kind (7 bits), channel + 1 (8), number (16). */
static uint32_t
pack(const midi_binding *b)
{
	return 1u | (uint32_t)b->from << 1 | (uint32_t)(b->channel + 1) << 8 | (uint32_t)b->number << 16;
}

void
midi_bound_add(midi_bound_list *l, const midi_map *m)
{
	for (int i = 0; i < m->n_bindings; i++) {
		const midi_binding *b = &m->binding[i];
		const midi_target *t = &b->target;
		if (t->to == MIDI_TO_SLOT && !t->has_value && l->control[t->which] == 0)
			l->control[t->which] = pack(b);
	}
}

void
midi_bound_show(midi_bound *b, const midi_bound_list *l)
{
	for (int slot = 0; slot < PARAM_SLOTS; slot++)
		atomic_store_explicit(&b->control[slot], l->control[slot], memory_order_relaxed);
}

const char *
midi_bound_text(const midi_bound *b, int slot, char text[MIDI_BOUND_TEXT])
{
	static const char *const names[MIDI_FROMS] = {"CC", "CC", "NRPN", "note", "bend", "pressure", "key"};
	const uint32_t word = atomic_load_explicit(&b->control[slot], memory_order_relaxed);
	const unsigned from = word >> 1 & 0x7f, channel = word >> 8 & 0xff, number = word >> 16;
	char of[8] = "", which[8] = "";
	text[0] = '\0';
	if (!word || from >= MIDI_FROMS)
		return text;
	if (channel)
		snprintf(of, sizeof of, "%u:", channel & 31);
	if (from != MIDI_FROM_BEND && from != MIDI_FROM_PRESSURE)
		snprintf(which, sizeof which, "%u", number);
	snprintf(text, MIDI_BOUND_TEXT, "%.3s%s%.5s", of, names[from], which);
	return text;
}

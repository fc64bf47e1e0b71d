#include "rt/midi_map.h"

#include "rt/metre.h"

#include <string.h>

/* --- making one ---------------------------------------------------------------------------------------- */

static uint32_t
key(uint8_t from, uint16_t number)
{
	return (uint32_t)from << 16 | number;
}

bool
midi_map_add(midi_map *m, const midi_binding *b)
{
	if (m->n_bindings == MIDI_MAP_BINDINGS)
		return false;
	int at = m->n_bindings++;
	for (; at > 0 && key(m->binding[at - 1].from, m->binding[at - 1].number) > key(b->from, b->number);
	     at--)
		m->binding[at] = m->binding[at - 1];
	m->binding[at] = *b;
	if (!m->n_groups)
		m->n_groups = 1;
	return true;
}

int
midi_map_find(const midi_map *m, midi_from from, uint16_t number)
{
	const uint32_t wanted = key((uint8_t)from, number);
	int low = 0, high = m->n_bindings;
	while (low < high) {
		const int middle = (low + high) / 2;
		if (key(m->binding[middle].from, m->binding[middle].number) < wanted)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

bool
midi_same_control(const midi_binding *a, const midi_binding *b)
{
	return a->from == b->from && a->number == b->number &&
	       (a->channel < 0 || b->channel < 0 || a->channel == b->channel);
}

static void
give_way(midi_map *m, const midi_map *to)
{
	int kept = 0;
	for (int i = 0; i < m->n_bindings; i++) {
		bool bound = false;
		for (int o = 0; o < to->n_bindings && !bound; o++)
			bound = midi_same_control(&m->binding[i], &to->binding[o]);
		if (!bound)
			m->binding[kept++] = m->binding[i];
	}
	m->n_bindings = kept;
}

bool
midi_map_join(midi_map *m, const midi_map *other, bool overriding)
{
	const int groups = other->n_groups ? other->n_groups : 1;
	if (m->n_groups + groups > MIDI_MAP_GROUPS)
		return false;
	if (overriding)
		give_way(m, other);
	const int base = m->n_groups;
	bool all = true;
	for (int g = 0; g < groups; g++) {
		m->grid[base + g] = other->grid[g];
		m->pages[base + g] = other->pages[g];
	}
	m->n_groups = base + groups;
	m->drums |= other->drums;
	for (int i = 0; i < other->n_bindings; i++) {
		midi_binding b = other->binding[i];
		b.group = (uint8_t)(b.group + base);
		all = midi_map_add(m, &b) && all;
	}
	return all;
}

static void
bind_control(midi_map *m, int controller, midi_how how, midi_to to, int which)
{
	const midi_binding b = {.from = MIDI_FROM_CC,
				.channel = -1,
				.number = (uint16_t)controller,
				.how = (uint8_t)how,
				.pickup = true,
				.target = {.to = (uint8_t)to, .which = (int16_t)which, .instrument = -1}};
	midi_map_add(m, &b);
}

void
midi_map_default(midi_map *m)
{
	static const int knobs[] = {PARAM_TEMPO,    PARAM_DENSITY, PARAM_TEMPERATURE, PARAM_SWING,
				    PARAM_HUMANIZE, PARAM_STYLE,   PARAM_KIT_X,       PARAM_VOLUME};
	static const struct {
		int controller, command;
	} buttons[] = {{41, COMMAND_PLAY},     {42, COMMAND_STOP}, {43, COMMAND_TAP},
		       {44, COMMAND_CONTINUE}, {45, COMMAND_FILL}, {60, COMMAND_REGENERATE},
		       {62, COMMAND_PANIC}};
	/* Eight strips: the instruments that techno moves most. */
	static const int strips[] = {INST_BD, INST_SD, INST_CP, INST_RS, INST_CH, INST_OH, INST_RC, INST_PC};
	memset(m, 0, sizeof *m);
	for (int i = 0; i < 8; i++) {
		bind_control(m, i, MIDI_ABSOLUTE, MIDI_TO_SLOT, param_slot(PARAM_LEVEL, strips[i]));
		bind_control(m, 16 + i, MIDI_ABSOLUTE, MIDI_TO_SLOT, knobs[i]);
		bind_control(m, 32 + i, MIDI_TOGGLE, MIDI_TO_SLOT, param_slot(PARAM_SOLO, strips[i]));
		bind_control(m, 48 + i, MIDI_TOGGLE, MIDI_TO_SLOT, param_slot(PARAM_MUTE, strips[i]));
	}
	for (size_t i = 0; i < sizeof buttons / sizeof *buttons; i++)
		bind_control(m, buttons[i].controller, MIDI_PRESS, MIDI_TO_COMMAND, buttons[i].command);
	bind_control(m, 46, MIDI_TOGGLE, MIDI_TO_SLOT, PARAM_FREEZE);
	m->drums = 0xffff;
}

/* --- pages ------------------------------------------------------------------------------------------------
 */

static int
bar_steps(const params *p)
{
	return metre_steps(
	    metre_make((int)params_get(p, PARAM_METRE), params_get(p, PARAM_TRIPLETS) >= 0.5f));
}

int
midi_map_pages(const midi_map *m, int group, midi_axis axis, const params *p)
{
	const midi_grid *g = &m->grid[group];
	int all = 1, shown = 1;
	switch (axis) {
	case MIDI_PAGE_STEPS:
		all = bar_steps(p);
		shown = g->columns;
		break;
	case MIDI_PAGE_ROWS:
		all = g->n_instruments;
		shown = g->rows;
		break;
	case MIDI_PAGE_BARS: all = (int)params_get(p, PARAM_PATTERN_BARS); break;
	case MIDI_PAGE_LAYERS: all = g->layers; break;
	case MIDI_AXES: break;
	}
	return shown > 0 && all > shown ? (all + shown - 1) / shown : 1;
}

int
midi_map_page(const midi_map *m, int group, midi_axis axis, const params *p)
{
	const int pages = midi_map_pages(m, group, axis, p);
	const int at =
	    m->pages[group] ? atomic_load_explicit(&m->pages[group]->at[axis], memory_order_relaxed) : 0;
	return at < pages ? at : pages - 1;
}

bool
midi_map_acts(const midi_map *m, const midi_binding *b, const params *p)
{
	return !b->layer || b->layer == midi_map_page(m, b->group, MIDI_PAGE_LAYERS, p) + 1;
}

bool
midi_map_moves(const midi_map *m, const params *p, const uint8_t *message, size_t size, int slot)
{
	const int kind = size == 3 ? message[0] & 0xf0 : 0;
	if (kind != 0x80 && kind != 0x90 && kind != 0xb0)
		return false;
	const midi_from from = kind == 0xb0 ? MIDI_FROM_CC : MIDI_FROM_NOTE;
	for (int i = midi_map_find(m, from, message[1]); i < m->n_bindings; i++) {
		const midi_binding *b = &m->binding[i];
		if (b->from != from || b->number != message[1])
			return false;
		if ((b->channel < 0 || b->channel == (message[0] & 0x0f)) && midi_map_acts(m, b, p) &&
		    b->target.to == MIDI_TO_SLOT && b->target.which == slot)
			return true;
	}
	return false;
}

void
midi_map_turn(const midi_map *m, const midi_binding *b, const params *p)
{
	const midi_axis axis = (midi_axis)b->target.which;
	if (!m->pages[b->group])
		return;
	const int pages = midi_map_pages(m, b->group, axis, p);
	int to = b->target.move ? midi_map_page(m, b->group, axis, p) + b->target.move : (int)b->target.value;
	to = to < 0 ? 0 : to >= pages ? pages - 1 : to;
	atomic_store_explicit(&m->pages[b->group]->at[axis], to, memory_order_relaxed);
}

int
midi_map_cell(const midi_map *m, int group, const midi_target *t, const params *p)
{
	const midi_grid *g = &m->grid[group];
	int instrument = t->instrument, step = t->step;
	if (instrument < 0) {
		/* The last page of rows is a full one. */
		int first = midi_map_page(m, group, MIDI_PAGE_ROWS, p) * g->rows;
		if (first + g->rows > g->n_instruments)
			first = g->n_instruments > g->rows ? g->n_instruments - g->rows : 0;
		if (first + t->row >= g->n_instruments)
			return -1;
		instrument = g->instrument[first + t->row];
		step += midi_map_page(m, group, MIDI_PAGE_STEPS, p) * g->columns;
	}
	if (step >= bar_steps(p))
		return -1;
	return cell_index(midi_map_page(m, group, MIDI_PAGE_BARS, p), instrument, step);
}

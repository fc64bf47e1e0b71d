#include "rt/control.h"

#include <string.h>

void
control_init(control *c, params *p, engine *e)
{
	memset(c, 0, sizeof *c);
	c->params = p;
	c->engine = e;
	pthread_mutex_init(&c->lock, NULL);
}

void
control_destroy(control *c)
{
	pthread_mutex_destroy(&c->lock);
}

static void
wake(control *c)
{
	if (c->wake)
		c->wake(c->user);
}

bool
control_set(control *c, int slot, float value, uint32_t source)
{
	if ((param_describe(slot)->flags & PARAM_FLAG_SHOWN) || !params_set(c->params, slot, value, source))
		return false;
	if (param_describe(slot)->flags & PARAM_FLAG_REPLAN)
		wake(c);
	return true;
}

void
control_set_cell(control *c, int index, cell value)
{
	params_set_cell(c->params, index, value);
	wake(c);
}

void
control_command(control *c, command_id id, int instrument, float value)
{
	control_command_at(c, id, instrument, value, 0);
}

void
control_command_at(control *c, command_id id, int instrument, float value, uint64_t time_us)
{
	if (!time_us && c->obey && c->obey(c->obey_user, id, value))
		return;
	pthread_mutex_lock(&c->lock);
	const bool posted = engine_command_at(c->engine, id, instrument, value, time_us);
	pthread_mutex_unlock(&c->lock);
	if (!posted)
		atomic_fetch_add_explicit(&c->refused, 1, memory_order_relaxed);
	wake(c);
}

bool
control_set_at(control *c, int slot, float value, uint32_t source, uint64_t time_us)
{
	if (!time_us || (param_describe(slot)->flags & PARAM_FLAG_SHOWN))
		return control_set(c, slot, value, source);
	pthread_mutex_lock(&c->lock);
	const bool posted = engine_set_at(c->engine, slot, value, source, time_us);
	pthread_mutex_unlock(&c->lock);
	return posted || control_set(c, slot, value, source);
}

void
control_midi(control *c, const midi_map *map, midi_hand *hand, const uint8_t *message, size_t size,
	     uint32_t source)
{
	enum { MAX = 16 };
	midi_action action[MAX];
	const int n = midi_map_apply(map, hand, c->params, message, size, action, MAX);
	for (int i = 0; i < n; i++) {
		const midi_action *a = &action[i];
		if (a->kind == MIDI_PARAM)
			control_set(c, a->slot, a->value, source);
		else if (a->kind == MIDI_COMMAND)
			control_command(c, a->command, a->instrument, a->value);
		else if (a->kind == MIDI_NOTE)
			control_command(c, COMMAND_TRIGGER, a->instrument, a->velocity);
		else if (a->kind == MIDI_CELL)
			control_set_cell(c, a->slot, a->cell);
	}
}

#include "rt/midi_map.h"

#include <math.h>
#include <string.h>

static void
bind(midi_map *m, int controller, bool command, bool toggle, int target, int instrument)
{
	m->binding[m->n_bindings++] = (midi_binding){.controller = (uint8_t)controller,
						     .command = command,
						     .toggle = toggle,
						     .target = (int16_t)target,
						     .instrument = (int8_t)instrument};
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
		bind(m, i, false, false, param_slot(PARAM_LEVEL, strips[i]), -1);
		bind(m, 16 + i, false, false, knobs[i], -1);
		bind(m, 32 + i, false, true, param_slot(PARAM_SOLO, strips[i]), -1);
		bind(m, 48 + i, false, true, param_slot(PARAM_MUTE, strips[i]), -1);
	}
	for (size_t i = 0; i < sizeof buttons / sizeof *buttons; i++)
		bind(m, buttons[i].controller, true, false, buttons[i].command, -1);
	bind(m, 46, false, true, PARAM_FREEZE, -1);
}

static bool
apply_binding(const midi_binding *b, const params *p, uint8_t value, midi_action *a)
{
	memset(a, 0, sizeof *a);
	a->instrument = b->instrument;
	if (b->command) {
		a->kind = MIDI_COMMAND;
		a->command = (command_id)b->target;
		a->value = 1.0f;
		return value >= 64;
	}
	a->kind = MIDI_PARAM;
	a->slot = b->target;
	if (!b->toggle) {
		a->value = param_from_unit(b->target, (float)value / 127.0f);
		if (b->target == PARAM_STYLE) /* the whole travel of the knob is the model's own styles */
			a->value = roundf(params_high(p, PARAM_STYLE) * (float)value / 127.0f);
		return true;
	}
	const float low = param_describe(b->target)->low;
	a->value = params_get(p, b->target) > low ? low : low + 1.0f;
	return value >= 64;
}

int
midi_map_apply(const midi_map *m, const params *p, const uint8_t *message, size_t size, midi_action *actions,
	       int max)
{
	if (size < 3 || message[1] > 127 || message[2] > 127 || max < 1)
		return 0;
	const int status = message[0] & 0xf0;
	if (status == 0x90 && message[2] > 0) {
		const int instrument = instrument_from_note(message[1]);
		if (instrument < 0)
			return 0;
		actions[0] =
		    (midi_action){.kind = MIDI_NOTE, .instrument = instrument, .velocity = message[2]};
		return 1;
	}
	int n = 0;
	if (status == 0xb0)
		for (int i = 0; i < m->n_bindings && n < max; i++)
			if (m->binding[i].controller == message[1])
				n += apply_binding(&m->binding[i], p, message[2], &actions[n]);
	return n;
}

#include "osc/lights.h"

#include <math.h>
#include <string.h>

void
lights_forget(lights *l)
{
	memset(l, 0, sizeof *l);
}

/* --- what a target shows ----------------------------------------------------------------------------------
 */

static light_state
slot_state(const midi_target *t, const params *p)
{
	const float value = params_get(p, t->which);
	if (t->has_value)
		return value == t->value ? LIGHT_ON : LIGHT_OFF;
	return value > param_describe(t->which)->low ? LIGHT_ON : LIGHT_OFF;
}

static light_state
scene_state(const midi_target *t, const params *p)
{
	const int scene = t->has_value ? (int)t->value : 0;
	const unsigned used = (unsigned)params_get(p, PARAM_SCENES_USED);
	if (scene < 1 || scene > 16)
		return LIGHT_OFF;
	if ((int)params_get(p, PARAM_SCENE_CURRENT) == scene)
		return LIGHT_ON;
	return used >> (scene - 1) & 1 ? LIGHT_STORED : LIGHT_OFF;
}

/* True if the network, or a fixed cell, has the instrument sound in the step that plays now. */
static bool
sounds_now(const lights_view *v, int instrument)
{
	step_event e;
	return v->engine.rolling && instrument >= 0 && v->plan &&
	       plan_read(v->plan, (int64_t)v->engine.position, &e) && e.hits.hit[instrument].velocity > 0;
}

static light_state
command_state(const midi_target *t, const lights_view *v)
{
	const engine_status *e = &v->engine;
	switch (t->which) {
	case COMMAND_PLAY:
	case COMMAND_CONTINUE:
	case COMMAND_TOGGLE_PLAY: return e->rolling ? LIGHT_ON : LIGHT_OFF;
	case COMMAND_STOP: return e->rolling ? LIGHT_OFF : LIGHT_ON;
	case COMMAND_TAP: /* the beat */
		return e->rolling && e->place.step % metre_steps_per_beat(e->place.metre) == 0 ? LIGHT_ON
											       : LIGHT_OFF;
	case COMMAND_SCENE: return scene_state(t, v->control->params);
	case COMMAND_TRIGGER: return sounds_now(v, t->instrument) ? LIGHT_ON : LIGHT_OFF;
	default: return LIGHT_OFF;
	}
}

static light_state
page_state(const map_file *f, const midi_target *t, const params *p)
{
	const midi_axis axis = (midi_axis)t->which;
	const int at = midi_map_page(&f->map, 0, axis, p);
	const bool on = t->move > 0   ? at + 1 < midi_map_pages(&f->map, 0, axis, p)
			: t->move < 0 ? at > 0
				      : at == (int)t->value;
	return on ? LIGHT_ON : LIGHT_OFF;
}

/* The network's part is seen where it plays now or next: in the bar of the pattern under way, and in the one
 * after it as far as it is planned. */
static light_state
cell_state(const map_file *f, const map_light *light, const lights_view *v)
{
	const params *p = v->control->params;
	const midi_target *t = &light->binding.target;
	const int index = midi_map_cell(&f->map, 0, t, p);
	if (index < 0)
		return LIGHT_OFF;
	const int step = index % CELL_STEPS, instrument = index / CELL_STEPS % INSTRUMENTS;
	const int bar = index / (CELL_STEPS * INSTRUMENTS), bars = (int)params_get(p, PARAM_PATTERN_BARS);
	const int64_t place = (int64_t)v->engine.position;
	const int64_t line = place - v->engine.place.step;
	const int64_t now = v->engine.place.bar % bars;
	const bool here = v->engine.rolling && bar == now && step == v->engine.place.step;
	const cell c = params_cell(p, index);
	if (here && light->colour[LIGHT_HERE].value >= 0)
		return LIGHT_HERE;
	if (c.kind != CELL_FREE)
		return c.kind == CELL_HIT ? LIGHT_HIT : LIGHT_REST;
	step_event e;
	int64_t from = line;
	if (bar != now) {
		if (bar != (v->engine.place.bar + 1) % bars)
			return LIGHT_OFF;
		from = line + v->engine.place.len;
	}
	return v->plan && step < v->engine.place.len && plan_read(v->plan, from + step, &e) &&
		       e.hits.hit[instrument].velocity > 0
		   ? LIGHT_PLAYS
		   : LIGHT_OFF;
}

static light_state
state_of(const map_file *f, const map_light *light, const lights_view *v)
{
	const midi_target *t = &light->binding.target;
	switch ((midi_to)t->to) {
	case MIDI_TO_SLOT: return slot_state(t, v->control->params);
	case MIDI_TO_COMMAND: return command_state(t, v);
	case MIDI_TO_CELL: return cell_state(f, light, v);
	case MIDI_TO_PAGE: return page_state(f, t, v->control->params);
	}
	return LIGHT_OFF;
}

void
lights_message(const map_file *f, const map_light *light, const lights_view *v, uint8_t message[3])
{
	const midi_target *t = &light->binding.target;
	const uint8_t status = light->from == MIDI_FROM_NOTE ? 0x90 : 0xb0;
	light_colour c = light->colour[light->scaled ? LIGHT_OFF : state_of(f, light, v)];
	if (c.value < 0)
		c = light->colour[LIGHT_OFF];
	if (light->scaled) {
		const float unit = param_to_unit(t->which, params_get(v->control->params, t->which));
		c = (light_colour){(int16_t)lrintf(127.0f * fminf(fmaxf(unit, 0.0f), 1.0f)), -1};
	}
	message[0] = (uint8_t)(status | (c.channel >= 0 ? c.channel : light->channel));
	message[1] = light->number;
	message[2] = (uint8_t)c.value;
}

/* The lights' lamps: those that the layer on top uses come last and so prevail; -1 - i where none of them
 * does. */
static void
find_lamps(const map_file *f, const params *p, int16_t lamp[LIGHT_LAMPS], bool known[LIGHT_LAMPS])
{
	memset(known, 0, LIGHT_LAMPS * sizeof *known);
	for (int i = 0; i < f->n_lights; i++) {
		const map_light *light = &f->light[i];
		const int at = light->number + (light->from == MIDI_FROM_NOTE ? LIGHT_LAMPS / 2 : 0);
		if (midi_map_acts(&f->map, &light->binding, p))
			lamp[at] = (int16_t)i;
		else if (!known[at])
			lamp[at] = (int16_t)(-1 - i);
		known[at] = true;
	}
}

static void
lamp_message(const map_file *f, int which, const lights_view *v, uint8_t message[3])
{
	if (which >= 0) {
		lights_message(f, &f->light[which], v, message);
		return;
	}
	const map_light *light = &f->light[-1 - which];
	const light_colour off = light->colour[LIGHT_OFF];
	message[0] = (uint8_t)((light->from == MIDI_FROM_NOTE ? 0x90 : 0xb0) |
			       (off.channel >= 0 ? off.channel : light->channel));
	message[1] = light->number;
	message[2] = 0;
}

int
lights_refresh(lights *l, const map_file *f, const lights_view *v, int most, lights_send_fn *send, void *user)
{
	int16_t lamp[LIGHT_LAMPS];
	bool known[LIGHT_LAMPS];
	int sent = 0;
	const int begin = l->next;
	find_lamps(f, v->control->params, lamp, known);
	for (int k = 0; k < LIGHT_LAMPS && sent < most; k++) {
		const int i = (begin + k) % LIGHT_LAMPS;
		uint8_t message[3];
		if (!known[i])
			continue;
		lamp_message(f, lamp[i], v, message);
		if (l->told[i] && memcmp(message, l->sent[i], sizeof message) == 0)
			continue;
		l->next = i;
		if (!send(user, message))
			break;
		memcpy(l->sent[i], message, sizeof message);
		l->told[i] = true;
		l->next = (i + 1) % LIGHT_LAMPS;
		sent++;
	}
	return sent;
}

/* A map at work: messages into actions. Private state is the hand's. */
#include "rt/midi_map.h"

#include <math.h>

void
midi_hand_init(midi_hand *h)
{
	midi_decoder_init(&h->decoder);
	midi_hand_forget(h);
}

void
midi_hand_forget(midi_hand *h)
{
	for (int i = 0; i < MIDI_MAP_BINDINGS; i++)
		h->takeover[i] = (midi_takeover){.last = -1.0f};
}

/* The way that a control travels: by the parameter's curve or its own, from low to high. */
static void
travel(const midi_binding *b, const params *p, float *low, float *high)
{
	const int slot = b->target.which;
	*low = b->ranged ? b->low : param_describe(slot)->low;
	*high = b->ranged ? b->high : params_high(p, slot);
}

static bool
is_log(const midi_binding *b, float low, float high)
{
	const bool log =
	    b->curve == MIDI_CURVE_LOG ||
	    (b->curve == MIDI_CURVE_OWN && param_describe(b->target.which)->curve == PARAM_CURVE_LOG);
	return log && low > 0.0f && high > 0.0f;
}

static float
value_at(const midi_binding *b, const params *p, float unit)
{
	float low, high;
	travel(b, p, &low, &high);
	const float u = fminf(fmaxf(unit, 0.0f), 1.0f);
	const float v = is_log(b, low, high) ? low * powf(high / low, u) : low + (high - low) * u;
	return param_describe(b->target.which)->kind == PARAM_KIND_FLOAT ? v : roundf(v);
}

/* Where the parameter stands on that way; beyond its ends it is below 0 or above 1. */
static float
place_of(const midi_binding *b, const params *p)
{
	float low, high;
	travel(b, p, &low, &high);
	const float v = params_get(p, b->target.which);
	if (low == high)
		return 0.0f;
	return is_log(b, low, high) ? logf(v / low) / logf(high / low) : (v - low) / (high - low);
}

/* A parameter of few values is met anywhere near its present one. */
static float
reach(const midi_binding *b, const params *p, uint16_t top)
{
	float low, high;
	travel(b, p, &low, &high);
	const float own = 1.5f / (top > 127 ? 1024.0f : 127.0f);
	if (param_describe(b->target.which)->kind == PARAM_KIND_FLOAT || low == high)
		return own;
	return fmaxf(own, 0.5f / fabsf(high - low));
}

/* True once the control has met its parameter, and as long as nobody else moves that. */
static bool
take_over(midi_takeover *t, const midi_binding *b, const params *p, const midi_event *e, float unit)
{
	const uint32_t version = atomic_load_explicit(&p->version[b->target.which], memory_order_acquire);
	const float last = t->last, place = fminf(fmaxf(place_of(b, p), 0.0f), 1.0f);
	t->last = unit;
	if (!t->holds || t->version != version) {
		const bool crossed = last >= 0.0f && (last - place) * (unit - place) <= 0.0f;
		t->holds = crossed || fabsf(unit - place) <= reach(b, p, e->top);
	}
	/* Should another's setting come between this and ours, the count is further, and we let go. */
	t->version = version + 1;
	return t->holds;
}

static int
relative_steps(const midi_binding *b, const midi_event *e)
{
	const int v = e->value;
	if (e->delta)
		return e->delta;
	switch ((midi_how)b->how) {
	case MIDI_TWOS: return v < 64 ? v : v - 128;
	case MIDI_OFFSET: return v - 64;
	case MIDI_SIGN: return v < 64 ? v : 64 - v;
	case MIDI_ABSOLUTE:
	case MIDI_PRESS:
	case MIDI_TOGGLE:
	case MIDI_MOMENTARY: break;
	}
	return 0;
}

static bool
move_by(const midi_binding *b, const params *p, int steps, midi_action *a)
{
	float low, high;
	travel(b, p, &low, &high);
	const int slot = b->target.which;
	const bool whole = param_describe(slot)->kind != PARAM_KIND_FLOAT;
	if (steps == 0)
		return false;
	if (b->step > 0.0f || whole) {
		const float v = params_get(p, slot) + (float)steps * (b->step > 0.0f ? b->step : 1.0f);
		a->value = fminf(fmaxf(v, fminf(low, high)), fmaxf(low, high));
	} else {
		a->value = value_at(b, p, place_of(b, p) + (float)steps / 128.0f);
	}
	return true;
}

static bool
to_slot(const midi_binding *b, midi_takeover *t, const params *p, const midi_event *e, midi_action *a)
{
	const int slot = b->target.which;
	float low, high;
	*a = (midi_action){.kind = MIDI_PARAM, .slot = slot, .instrument = -1};
	travel(b, p, &low, &high);
	if (!b->ranged && param_describe(slot)->kind != PARAM_KIND_FLOAT)
		high = low + 1.0f; /* a button turns on what has more than one way of being on by its first */
	if (e->delta)
		return move_by(b, p, e->delta, a);
	switch ((midi_how)b->how) {
	case MIDI_ABSOLUTE: {
		const float unit = (float)e->value / (float)e->top;
		a->value = value_at(b, p, unit);
		return take_over(t, b, p, e, unit) || !b->pickup;
	}
	case MIDI_PRESS: a->value = b->target.has_value ? b->target.value : high; return e->down;
	case MIDI_TOGGLE:
		if (b->target.has_value)
			high = b->target.value;
		a->value = params_get(p, slot) == low ? high : low;
		return e->down;
	case MIDI_MOMENTARY: a->value = e->down ? high : low; return true;
	case MIDI_TWOS:
	case MIDI_OFFSET:
	case MIDI_SIGN: return move_by(b, p, relative_steps(b, e), a);
	}
	return false;
}

static bool
to_cell(const midi_map *m, const midi_binding *b, const params *p, const midi_event *e, midi_action *a)
{
	const int index = midi_map_cell(m, b->group, &b->target, p);
	if (!e->down || index < 0)
		return false;
	const cell old = params_cell(p, index);
	int velocity = b->target.has_value ? (int)b->target.value : e->value * 127 / e->top;
	velocity = velocity < 1 ? 1 : velocity;
	*a = (midi_action){.kind = MIDI_CELL, .slot = index, .cell = cell_hit(velocity)};
	if (old.kind == CELL_HIT)
		a->cell = (cell){.kind = b->how == MIDI_TOGGLE ? CELL_FREE : CELL_REST};
	else if (old.kind == CELL_REST)
		a->cell = (cell){.kind = CELL_FREE};
	return true;
}

static bool
to_command(const midi_binding *b, const midi_event *e, midi_action *a)
{
	const midi_target *t = &b->target;
	if (!e->down)
		return false;
	*a = (midi_action){.kind = MIDI_COMMAND,
			   .command = (command_id)t->which,
			   .instrument = t->instrument,
			   .value = t->has_value ? t->value : 1.0f};
	if (t->which == COMMAND_TRIGGER) {
		const int played = e->value * 127 / e->top;
		a->kind = MIDI_NOTE;
		a->velocity = (uint8_t)(t->has_value ? t->value : played > 0 ? (float)played : 1.0f);
	}
	return true;
}

static bool
apply_binding(const midi_map *m, midi_hand *h, int i, const params *p, const midi_event *e, midi_action *a)
{
	const midi_binding *b = &m->binding[i];
	switch ((midi_to)b->target.to) {
	case MIDI_TO_SLOT: return to_slot(b, &h->takeover[i], p, e, a);
	case MIDI_TO_COMMAND: return to_command(b, e, a);
	case MIDI_TO_CELL: return to_cell(m, b, p, e, a);
	case MIDI_TO_PAGE:
		if (e->down)
			midi_map_turn(m, b, p);
		break;
	}
	return false;
}

int
midi_map_apply(const midi_map *m, midi_hand *h, const params *p, const uint8_t *message, size_t size,
	       midi_action *actions, int max)
{
	midi_event event[MIDI_EVENTS_MAX];
	const int events = midi_decode(&h->decoder, message, size, event);
	bool bound = false;
	int n = 0;
	for (int k = 0; k < events; k++) {
		const midi_event *e = &event[k];
		for (int i = midi_map_find(m, e->from, e->number); i < m->n_bindings && n < max; i++) {
			const midi_binding *b = &m->binding[i];
			if (b->from != e->from || b->number != e->number)
				break;
			if ((b->channel >= 0 && b->channel != e->channel) || !midi_map_acts(m, b, p))
				continue;
			bound = true;
			n += apply_binding(m, h, i, p, e, &actions[n]);
		}
	}
	if (bound || events != 1 || event[0].from != MIDI_FROM_NOTE || !event[0].down || max < 1 ||
	    !(m->drums >> event[0].channel & 1))
		return n;
	const int instrument = instrument_from_note(event[0].number);
	if (instrument < 0)
		return n;
	actions[n++] =
	    (midi_action){.kind = MIDI_NOTE, .instrument = instrument, .velocity = (uint8_t)event[0].value};
	return n;
}

/* The step editor: a cursor over the pattern of fixed cells. */
#include "app/screen_state.h"

#include <string.h>

static int
index_of(void)
{
	return cell_index(screen.bar, screen.instrument, screen.step);
}

/* Free, hit, rest, and free again. */
static cell
next_kind(cell c)
{
	switch (c.kind) {
	case CELL_FREE: return cell_hit(100);
	case CELL_HIT: return (cell){.kind = CELL_REST};
	case CELL_REST: break;
	}
	return (cell){.kind = CELL_FREE};
}

static uint8_t
next_chance(uint8_t chance)
{
	static const uint8_t steps[] = {100, 90, 75, 50, 25, 10};
	for (size_t i = 0; i < sizeof steps; i++)
		if (chance > steps[i])
			return steps[i];
	return 100;
}

/* 1 of 1, 1 of 2, 2 of 2, 1 of 3 ... */
static void
next_round(cell *c)
{
	if (c->nth < c->of) {
		c->nth++;
		return;
	}
	c->of = (uint8_t)(c->of % CELL_MAX_OF + 1);
	c->nth = 1;
}

/* A change to a hit; a cell that is none becomes one first. */
static bool
edit_hit(cell *c, int key)
{
	const cell fresh = cell_hit(100);
	cell hit = c->kind == CELL_HIT ? *c : fresh;
	const int loudness = hit.velocity;
	switch (key) {
	case '+':
	case '=': hit.velocity = (uint8_t)(loudness > 117 ? 127 : loudness + 10); break;
	case '-': hit.velocity = (uint8_t)(loudness < 11 ? 1 : loudness - 10); break;
	case 'p': hit.chance = next_chance(hit.chance); break;
	case 'n': next_round(&hit); break;
	case 'R': hit.ratchet = (uint8_t)(hit.ratchet % STEP_MAX_RATCHET + 1); break;
	case '<': hit.offset = (int8_t)(hit.offset < -120 ? -128 : hit.offset - 8); break;
	case '>': hit.offset = (int8_t)(hit.offset > 119 ? 127 : hit.offset + 8); break;
	default: return false;
	}
	*c = cell_tidy(hit);
	return true;
}

static bool
move_cursor(player *p, int key)
{
	const int bars = (int)params_get(&p->params, PARAM_PATTERN_BARS);
	engine_status e;
	engine_get_status(p->engine, &e);
	const int len = e.place.len < CELL_STEPS ? e.place.len : CELL_STEPS;
	switch (key) {
	case KEY_LEFT: screen.step = (screen.step + len - 1) % len; break;
	case KEY_RIGHT: screen.step = (screen.step + 1) % len; break;
	case KEY_UP: screen.instrument = (screen.instrument + INSTRUMENTS - 1) % INSTRUMENTS; break;
	case KEY_DOWN: screen.instrument = (screen.instrument + 1) % INSTRUMENTS; break;
	case '[': screen.bar = (screen.bar + bars - 1) % bars; break;
	case ']': screen.bar = (screen.bar + 1) % bars; break;
	default: return false;
	}
	return true;
}

bool
screen_edit_key(player *p, int key)
{
	cell c = params_cell(&p->params, index_of());
	if (move_cursor(p, key))
		return true;
	if (key == '\n' || key == KEY_ENTER || key == 'x')
		c = next_kind(c);
	else if (key == KEY_DC || key == KEY_BACKSPACE || key == 127)
		c = (cell){.kind = CELL_FREE};
	else if (!edit_hit(&c, key))
		return false;
	control_set_cell(&p->control, index_of(), c);
	return true;
}

void
screen_draw_edit(const stage_view *v)
{
	const params *p = &v->player->params;
	const cell c = params_cell(p, index_of());
	char text[160], what[64] = "free: the network plays it";
	if (c.kind == CELL_REST)
		snprintf(what, sizeof what, "rest");
	else if (c.kind == CELL_HIT)
		snprintf(what, sizeof what, "hit %d  chance %d%%  %d of %d  strokes %d  offset %+d/256",
			 c.velocity, c.chance, c.nth, c.of, c.ratchet, c.offset);
	snprintf(text, sizeof text, "  edit  bar %d of %d  %s step %d:  %s", screen.bar + 1,
		 (int)params_get(p, PARAM_PATTERN_BARS), instrument_name(screen.instrument), screen.step + 1,
		 what);
	screen_put(4, 0, COLOUR_FIXED, text);
}

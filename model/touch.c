#include "model/touch.h"

#include "model/hand.h"
#include "model/model_file.h"

#include <math.h>
#include <string.h>

enum { ON_GRID = MODEL_OFFSETS - 1, BEFORE = ON_GRID / 2 }; /* the class, and its place on the line */

int
touch_position(int bar_step)
{
	return bar_step == 0 ? 0 : bar_step % 4 == 0 ? 1 : bar_step % 2 == 0 ? 2 : 3;
}

int
touch_cell_of(int instrument, int bar_step)
{
	return instrument * TOUCH_POSITIONS + touch_position(bar_step);
}

static void
uniform(float *below, int n)
{
	for (int k = 0; k <= n; k++)
		below[k] = (float)k / (float)n;
}

void
touch_start(touch_cell cell[TOUCH_CELLS])
{
	for (int c = 0; c < TOUCH_CELLS; c++) {
		uniform(cell[c].played_velocity, MODEL_VELOCITIES);
		uniform(cell[c].wanted_velocity, MODEL_VELOCITIES);
		uniform(cell[c].played_offset, MODEL_OFFSETS);
		uniform(cell[c].wanted_offset, MODEL_OFFSETS);
	}
}

static bool
rises(const float *below, int n)
{
	bool good = below[0] == 0.0f && below[n] == 1.0f;
	for (int k = 0; k < n; k++)
		good = good && below[k] <= below[k + 1];
	return good;
}

bool
touch_is_sound(const touch_cell *cell)
{
	return rises(cell->played_velocity, MODEL_VELOCITIES) &&
	       rises(cell->wanted_velocity, MODEL_VELOCITIES) && rises(cell->played_offset, MODEL_OFFSETS) &&
	       rises(cell->wanted_offset, MODEL_OFFSETS);
}

float
touch_line_of_offset(float offset, float within)
{
	const float at = (float)BEFORE + 2.0f * (float)BEFORE * offset;
	if (offset == 0.0f)
		return (float)BEFORE + within;
	return fmaxf(0.0f, fminf(nextafterf((float)MODEL_OFFSETS, 0.0f), offset < 0.0f ? at : at + 1.0f));
}

float
touch_offset_of_line(float at)
{
	const float from_zero = at < (float)BEFORE ? at - (float)BEFORE : at - (float)BEFORE - 1.0f;
	if (at >= (float)BEFORE && at < (float)BEFORE + 1.0f)
		return 0.0f;
	return fmaxf(-0.5f, fminf(0.5f, from_zero / (2.0f * (float)BEFORE)));
}

/* A style's map for whoever plays. */
typedef struct part {
	int touch;    /* from 1; 0: none */
	float weight; /* with which it holds; 0: neither hand plays, or a fill is played */
	bool late;    /* it is a drummer's */
} part;

static part
part_of(const model_info *info, const touch_who *who, int style)
{
	const model_style *s = &info->style[style];
	const float weight = who->style[style] * (1.0f - fmaxf(0.0f, fminf(1.0f, who->fill)));
	if (!info->hands)
		return (part){s->touch, weight, true};
	const float hand = fmaxf(-1.0f, fminf(1.0f, who->hand));
	const bool own = hand * model_style_hand(s) > 0.0f;
	return (part){own ? s->touch : s->touch_other, weight * fabsf(hand), hand * HAND_DRUMMER > 0.0f};
}

static void
add(float weight, const float *below, int n, float *sum)
{
	for (int k = 0; k <= n; k++)
		sum[k] += weight * below[k];
}

/* What is left of a mixture leaves everything as it is: the same on both sides. */
static void
add_rest(float weight, int n, float *played, float *wanted)
{
	for (int k = 0; k <= n; k++) {
		played[k] += weight * (float)k / (float)n;
		wanted[k] += weight * (float)k / (float)n;
	}
}

bool
touch_mix(const model *m, const touch_who *who, int cell, touch *out)
{
	float loud = 0.0f, late = 0.0f;
	for (int s = 0; s < m->info.n_styles; s++) {
		const part p = part_of(&m->info, who, s);
		if (!p.touch || p.weight <= 0.0f)
			continue;
		if (loud <= 0.0f)
			memset(out, 0, sizeof *out);
		const touch_cell *own = &m->info.touch[(p.touch - 1) * TOUCH_CELLS + cell];
		add(p.weight, own->played_velocity, MODEL_VELOCITIES, out->cell.played_velocity);
		add(p.weight, own->wanted_velocity, MODEL_VELOCITIES, out->cell.wanted_velocity);
		loud += p.weight;
		if (!p.late)
			continue;
		add(p.weight, own->played_offset, MODEL_OFFSETS, out->cell.played_offset);
		add(p.weight, own->wanted_offset, MODEL_OFFSETS, out->cell.wanted_offset);
		late += p.weight;
	}
	if (loud <= 0.0f)
		return false;
	out->late = late > 0.0f;
	add_rest(1.0f - loud, MODEL_VELOCITIES, out->cell.played_velocity, out->cell.wanted_velocity);
	add_rest(1.0f - late, MODEL_OFFSETS, out->cell.played_offset, out->cell.wanted_offset);
	return true;
}

/* The place with as much below it in the one distribution as there is below `at` in the other. */
static float
carried(const float *from, const float *to, int n, float at)
{
	const int class = (int)fminf((float)n - 1.0f, at);
	const float share =
	    fminf(0.999999f, from[class] + (at - (float)class) * (from[class + 1] - from[class]));
	int k = 0;
	while (k < n - 1 && to[k + 1] <= share)
		k++;
	const float width = to[k + 1] - to[k];
	return (float)k + (width > 0.0f ? fmaxf(0.0f, fminf(0.999f, (share - to[k]) / width)) : 0.5f);
}

static float
within(float at, float of, float reach)
{
	return fmaxf(of - reach, fminf(of + reach, at));
}

static float
carried_velocity(const float *from, const float *to, float at)
{
	return within(carried(from, to, MODEL_VELOCITIES, at), at, (float)TOUCH_REACH);
}

static float
carried_offset(const float *from, const float *to, float at)
{
	const float offset = touch_offset_of_line(carried(from, to, MODEL_OFFSETS, at));
	return within(offset, touch_offset_of_line(at), TOUCH_REACH_LATE);
}

static uint8_t
velocity_at(float at)
{
	return (uint8_t)(1.0f + fmaxf(0.0f, fminf((float)MODEL_VELOCITIES - 1.0f, floorf(at))));
}

uint8_t
touch_velocity(const touch *t, int class, float u)
{
	return velocity_at(
	    carried_velocity(t->cell.played_velocity, t->cell.wanted_velocity, (float)class + u));
}

float
touch_offset(const touch *t, int class, float u)
{
	const int place = class == ON_GRID ? BEFORE : class < BEFORE ? class : class + 1;
	return carried_offset(t->cell.played_offset, t->cell.wanted_offset, (float)place + u);
}

step_hit
touch_undone(const touch *t, step_hit played)
{
	const touch_cell *c = &t->cell;
	played.velocity = velocity_at(
	    carried_velocity(c->wanted_velocity, c->played_velocity, (float)played.velocity - 0.5f));
	if (t->late)
		played.offset = step_offset_from_float(
		    carried_offset(c->wanted_offset, c->played_offset,
				   touch_line_of_offset(step_offset_to_float(played.offset), 0.5f)));
	return played;
}

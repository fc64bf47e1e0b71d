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

void
touch_start(touch_cell cell[TOUCH_CELLS])
{
	for (int c = 0; c < TOUCH_CELLS; c++) {
		for (int k = 0; k <= MODEL_VELOCITIES; k++)
			cell[c].velocity[k] = (float)k;
		for (int k = 0; k <= MODEL_OFFSETS; k++)
			cell[c].offset[k] = (float)k;
	}
}

static bool
rises(const float *edge, int n)
{
	bool good = edge[0] >= 0.0f && edge[n] <= (float)n;
	for (int k = 0; k < n; k++)
		good = good && edge[k] <= edge[k + 1];
	return good;
}

bool
touch_is_sound(const touch_cell *cell)
{
	return rises(cell->velocity, MODEL_VELOCITIES) && rises(cell->offset, MODEL_OFFSETS);
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

/* The weight with which a style's map holds; 0: it has none, or another hand plays. */
static float
weight_of(const model_info *info, const touch_who *who, int style)
{
	const model_style *s = &info->style[style];
	const float own = s->drummer >= 0.5f ? HAND_DRUMMER : HAND_MACHINE;
	if (!s->touch || who->style[style] <= 0.0f)
		return 0.0f;
	return who->style[style] * (info->hands ? fmaxf(0.0f, fminf(1.0f, who->hand * own)) : 1.0f);
}

static void
mix(float weight, const float *edge, int n, float *sum)
{
	for (int k = 0; k <= n; k++)
		sum[k] += weight * edge[k];
}

bool
touch_mix(const model *m, const touch_who *who, int cell, touch_cell *out)
{
	float left = 1.0f;
	for (int s = 0; s < m->info.n_styles; s++) {
		const float weight = weight_of(&m->info, who, s);
		if (weight <= 0.0f)
			continue;
		if (left >= 1.0f)
			memset(out, 0, sizeof *out);
		const touch_cell *own = &m->info.touch[(m->info.style[s].touch - 1) * TOUCH_CELLS + cell];
		mix(weight, own->velocity, MODEL_VELOCITIES, out->velocity);
		mix(weight, own->offset, MODEL_OFFSETS, out->offset);
		left -= weight;
	}
	if (left >= 1.0f)
		return false;
	for (int k = 0; k <= MODEL_VELOCITIES; k++)
		out->velocity[k] += left * (float)k;
	for (int k = 0; k <= MODEL_OFFSETS; k++)
		out->offset[k] += left * (float)k;
	return true;
}

static float
between(const float *edge, int class, float u)
{
	return edge[class] + u * (edge[class + 1] - edge[class]);
}

uint8_t
touch_velocity(const touch_cell *t, int class, float u)
{
	/* Below the upper bound: where both bounds are one, the velocity that ends there. */
	const float most = nextafterf(t->velocity[class + 1], 0.0f);
	const float at = floorf(fminf(most, between(t->velocity, class, u)));
	return (uint8_t)(1.0f + fmaxf(0.0f, fminf((float)MODEL_VELOCITIES - 1.0f, at)));
}

float
touch_offset(const touch_cell *t, int class, float u)
{
	const int place = class == ON_GRID ? BEFORE : class < BEFORE ? class : class + 1;
	return touch_offset_of_line(between(t->offset, place, u));
}

/* The place on the line from 0 to n that comes to lie at `at`; the middle one of several. */
static float
undone(const float *edge, int n, float at)
{
	int below = 0, not_above = n; /* edges that lie below; the last one that does not lie above */
	while (below < n && edge[below + 1] < at)
		below++;
	while (not_above > below + 1 && edge[not_above - 1] > at)
		not_above--;
	const float from = edge[below], to = edge[not_above];
	const float part = not_above > below + 1 || to <= from ? 0.5f : (at - from) / (to - from);
	return (float)below + fmaxf(0.0f, fminf(1.0f, part)) * (float)(not_above - below);
}

step_hit
touch_undone(const touch_cell *t, step_hit played)
{
	const float loud = undone(t->velocity, MODEL_VELOCITIES, (float)played.velocity - 0.5f);
	const float late =
	    undone(t->offset, MODEL_OFFSETS, touch_line_of_offset(step_offset_to_float(played.offset), 0.5f));
	played.velocity = (uint8_t)(1.0f + fminf((float)MODEL_VELOCITIES - 1.0f, floorf(loud)));
	played.offset = step_offset_from_float(touch_offset_of_line(late));
	return played;
}

#include "app/scene.h"

bool
scene_keeps(int slot)
{
	const unsigned flags = param_describe(slot)->flags;
	return (flags & PARAM_FLAG_SAVED) && !(flags & PARAM_FLAG_SET);
}

void
scene_take(scene *s, const params *p)
{
	s->used = true;
	for (int slot = 0; slot < PARAM_SLOTS; slot++)
		s->value[slot] = params_get(p, slot);
	for (int i = 0; i < CELLS; i++)
		s->cell[i] = cell_pack(params_cell(p, i));
}

static bool
belongs(int slot, unsigned parts)
{
	/* A metre, too, must be known before the line's first step is taken. */
	const bool music = (param_describe(slot)->flags & PARAM_FLAG_REPLAN) || slot == PARAM_METRE ||
			   slot == PARAM_TRIPLETS;
	return scene_keeps(slot) && (parts & (music ? SCENE_MUSIC : SCENE_SOUND)) != 0;
}

void
scene_apply(const scene *s, unsigned parts, control *c)
{
	for (int slot = 0; slot < PARAM_SLOTS; slot++)
		if (belongs(slot, parts) && params_get(c->params, slot) != s->value[slot])
			control_set(c, slot, s->value[slot], PARAM_SOURCE_NONE);
	for (int i = 0; i < CELLS && (parts & SCENE_MUSIC); i++)
		if (cell_pack(params_cell(c->params, i)) != s->cell[i])
			control_set_cell(c, i, cell_unpack(s->cell[i]));
}

void
scene_between(const scene *a, const scene *b, float at, scene *out)
{
	const float t = at > 0.0f ? (at < 1.0f ? at : 1.0f) : 0.0f;
	*out = t < 0.5f ? *a : *b;
	for (int slot = 0; slot < PARAM_SLOTS; slot++) {
		if (param_describe(slot)->kind != PARAM_KIND_FLOAT || t <= 0.0f || t >= 1.0f)
			continue;
		const float from = param_to_unit(slot, a->value[slot]),
			    to = param_to_unit(slot, b->value[slot]);
		out->value[slot] = param_from_unit(slot, from + t * (to - from));
	}
}

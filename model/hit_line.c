#include "model/hit_line.h"

#include "rt/rng.h"

#include <stdlib.h>
#include <string.h>

uint16_t
hit_fold(uint16_t mask)
{
	static const int8_t class_of[INSTRUMENTS] = {0, 1, 1, 1, 2, 3, 4, 5, 6, 7, 8, -1};
	uint16_t folded = 0;
	for (int i = 0; i < INSTRUMENTS; i++)
		if ((mask >> i & 1) && class_of[i] >= 0)
			folded = (uint16_t)(folded | 1u << class_of[i]);
	return folded;
}

/* nth counts the training patterns of the collections asked for. */
static bool
belongs(const pattern *p, int collection, hit_part part, size_t *nth)
{
	if (collection >= 0 && p->collection != collection)
		return false;
	if (p->validation)
		return part == PART_VALIDATION;
	const bool held_out = rng_mix((*nth)++) % 10 == 0;
	return part == PART_TRAIN || part == (held_out ? PART_TRAIN_HELD_OUT : PART_TRAIN_KEPT);
}

dr_status
hit_set_build(const corpus *c, int collection, hit_part part, int classes, hit_set *out, dr_error *err)
{
	memset(out, 0, sizeof *out);
	out->classes = classes;
	size_t n = 0, steps = 0, nth = 0;
	for (size_t i = 0; i < c->n_patterns; i++)
		if (belongs(&c->pattern[i], collection, part, &nth)) {
			n++;
			steps += (size_t)c->pattern[i].n_steps;
		}
	out->item = calloc(n + 1, sizeof *out->item);
	out->storage = calloc(steps + 1, sizeof *out->storage);
	if (!out->item || !out->storage) {
		hit_set_clear(out);
		return error_set(err, DR_FAILED, "out of memory for %zu steps", steps);
	}
	uint16_t *at = out->storage;
	nth = 0;
	for (size_t i = 0; i < c->n_patterns; i++) {
		const pattern *p = &c->pattern[i];
		if (!belongs(p, collection, part, &nth))
			continue;
		out->item[out->n++] = (hit_line){p, at, p->n_steps, p->bar_len};
		for (int t = 0; t < p->n_steps; t++) {
			const uint16_t mask = step_mask(&p->step[t]);
			*at++ = classes == CLASSES_FOLDED ? hit_fold(mask) : mask;
		}
	}
	return DR_OK;
}

void
hit_set_clear(hit_set *s)
{
	free(s->item);
	free(s->storage);
	memset(s, 0, sizeof *s);
}

#include "model/kit_mix.h"

#include <stdlib.h>
#include <string.h>

typedef struct mixing {
	const kit_desc_instrument *from;
	kit_desc_instrument *to;
	const uint32_t *first;
	uint32_t n;
} mixing;

static int
compare(const void *a, const void *b)
{
	const float x = *(const float *)a, y = *(const float *)b;
	return (x > y) - (x < y);
}

static uint32_t
end_of(const mixing *m, uint32_t component)
{
	return component + 1 < m->n ? m->first[component + 1] : m->from->n_layers;
}

/* The k-th layer of the component that sounds between the two velocities, in turn; NULL if none does. */
static const kit_desc_layer *
sounding(const mixing *m, uint32_t component, float low, float high, uint32_t k, uint32_t *count)
{
	const kit_desc_layer *found = NULL;
	uint32_t n = 0;
	for (uint32_t l = m->first[component]; l < end_of(m, component); l++) {
		const kit_desc_layer *layer = &m->from->layers[l];
		if (layer->min <= low && layer->max >= high)
			n++;
	}
	uint32_t at = n ? k % n : 0;
	for (uint32_t l = m->first[component]; n && l < end_of(m, component); l++) {
		const kit_desc_layer *layer = &m->from->layers[l];
		if (layer->min <= low && layer->max >= high && at-- == 0)
			found = layer;
	}
	*count = n;
	return found;
}

static bool
add_part(kit_desc_layer *to, const kit_desc_layer *from)
{
	kit_desc_part *grown = realloc(to->parts, (to->n_parts + 1) * sizeof *grown);
	if (!grown)
		return false;
	to->parts = grown;
	grown[to->n_parts] = (kit_desc_part){.file = from->file ? strdup(from->file) : strdup(""),
					     .gain = to->gain > 0.0f ? from->gain / to->gain : 0.0f,
					     .pitch = from->pitch - to->pitch,
					     .pan = from->pan,
					     .offset = from->offset,
					     .end = from->end,
					     .envelope = from->envelope};
	return grown[to->n_parts++].file != NULL;
}

/* One layer of what sounds together as the k-th take; the first component that is heard there leads. */
static bool
add_take(const mixing *m, float low, float high, uint32_t k)
{
	kit_desc_layer *to = NULL;
	for (uint32_t c = 0; c < m->n; c++) {
		uint32_t count;
		const kit_desc_layer *l = sounding(m, c, low, high, k, &count);
		if (!l || l->gain <= 0.0f)
			continue;
		if (to) {
			if (!add_part(to, l))
				return false;
			continue;
		}
		to = kit_desc_add_layer(m->to);
		if (!to)
			return false;
		*to = (kit_desc_layer){.file = l->file ? strdup(l->file) : NULL,
				       .min = low,
				       .max = high,
				       .gain = l->gain,
				       .pitch = l->pitch,
				       .pan = l->pan,
				       .offset = l->offset,
				       .end = l->end,
				       .envelope = l->envelope};
		if (l->file && !to->file)
			return false;
	}
	return true;
}

static bool
mix(mixing *m, const float *cuts, uint32_t n_cuts, kit_warner *warner)
{
	for (uint32_t i = 0; i + 1 < n_cuts; i++) {
		if (cuts[i] >= cuts[i + 1])
			continue;
		uint32_t takes = 0;
		for (uint32_t c = 0; c < m->n; c++) {
			uint32_t count;
			(void)sounding(m, c, cuts[i], cuts[i + 1], 0, &count);
			takes = count > takes ? count : takes;
		}
		for (uint32_t k = 0; k < takes; k++) {
			if (m->to->n_layers >= KIT_MAX_LAYERS) {
				kit_warn(warner, "instrument '%s': only the first %d layers are used",
					 m->from->name, KIT_MAX_LAYERS);
				return true;
			}
			if (!add_take(m, cuts[i], cuts[i + 1], k))
				return false;
		}
	}
	return true;
}

dr_status
kit_mix_components(kit_desc_instrument *in, const uint32_t *first, uint32_t n, kit_warner *warner)
{
	kit_desc_instrument mixed = {.name = ""};
	mixing m = {.from = in, .to = &mixed, .first = first, .n = n};
	float *cuts = malloc(2 * (size_t)in->n_layers * sizeof *cuts);
	bool good = cuts != NULL;
	if (good) {
		for (uint32_t l = 0; l < in->n_layers; l++) {
			cuts[2 * l] = in->layers[l].min;
			cuts[2 * l + 1] = in->layers[l].max;
		}
		qsort(cuts, 2 * (size_t)in->n_layers, sizeof *cuts, compare);
		good = mix(&m, cuts, 2 * in->n_layers, warner);
	}
	free(cuts);
	if (good) {
		kit_desc_drop_layers(in, 0);
		free(in->layers);
		in->layers = mixed.layers;
		in->n_layers = mixed.n_layers;
		return DR_OK;
	}
	kit_desc_drop_layers(&mixed, 0);
	free(mixed.layers);
	return DR_FAILED;
}

#include "model/kit_desc.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_WARNINGS = 100 };

kit_desc *
kit_desc_new(void)
{
	return calloc(1, sizeof(kit_desc));
}

void
kit_desc_free(kit_desc *d)
{
	if (!d)
		return;
	while (d->n_instruments)
		kit_desc_drop_last(d);
	free(d->instruments);
	free(d);
}

void
kit_desc_drop_layers(kit_desc_instrument *in, uint32_t first)
{
	while (in->n_layers > first) {
		kit_desc_layer *l = &in->layers[--in->n_layers];
		while (l->n_parts)
			free(l->parts[--l->n_parts].file);
		free(l->parts);
		free(l->file);
	}
}

void
kit_desc_drop_last(kit_desc *d)
{
	kit_desc_instrument *in = &d->instruments[--d->n_instruments];
	kit_desc_drop_layers(in, 0);
	free(in->layers);
}

kit_desc_instrument *
kit_desc_add_instrument(kit_desc *d)
{
	kit_desc_instrument *grown = realloc(d->instruments, (d->n_instruments + 1) * sizeof *grown);
	if (!grown)
		return NULL;
	d->instruments = grown;
	kit_desc_instrument *in = &grown[d->n_instruments++];
	*in = (kit_desc_instrument){.id = -1,
				    .note = -1,
				    .volume = 1.0f,
				    .gain = 1.0f,
				    .pan_left = -1.0f,
				    .pan_right = -1.0f,
				    .sustain = 1.0f,
				    .mute_group = -1,
				    .cutoff = 1.0f,
				    .hat_group = -1,
				    .pedal_hi = 127,
				    .place = -1,
				    .wants = -1};
	return in;
}

kit_desc_layer *
kit_desc_add_layer(kit_desc_instrument *in)
{
	kit_desc_layer *grown = realloc(in->layers, (in->n_layers + 1) * sizeof *grown);
	if (!grown)
		return NULL;
	in->layers = grown;
	kit_desc_layer *l = &grown[in->n_layers++];
	*l = (kit_desc_layer){.max = 1.0f, .gain = 1.0f, .envelope.sustain = 1.0f};
	return l;
}

/* Half way to the next velocity, where no rounding can tip it over. */
void
kit_desc_set_velocities(kit_desc_layer *l, int lo, int hi)
{
	l->min = lo <= 1 ? 0.0f : ((float)lo - 0.5f) / 127.0f;
	l->max = hi >= 127 ? 1.0f : ((float)hi + 0.5f) / 127.0f;
}

void
kit_desc_velocities(const kit_desc_layer *l, int *lo, int *hi)
{
	*lo = (int)ceilf(l->min * 127.0f);
	*hi = l->max >= 1.0f ? 127 : (int)ceilf(l->max * 127.0f) - 1;
	if (*lo < 1)
		*lo = 1;
}

void
kit_warn(kit_warner *w, const char *fmt, ...)
{
	w->count++;
	if (!w->fn || w->count > MAX_WARNINGS + 1)
		return;
	char line[640];
	int n = snprintf(line, sizeof line, "%s: ", w->where);
	if (n < 0 || (size_t)n >= sizeof line)
		n = 0;
	if (w->count > MAX_WARNINGS) {
		snprintf(line + n, sizeof line - (size_t)n, "more faults, which are not listed");
	} else {
		va_list args;
		va_start(args, fmt);
		vsnprintf(line + n, sizeof line - (size_t)n, fmt, args);
		va_end(args);
	}
	w->fn(w->user, line);
}

#include "model/kit_desc.h"

#include <ctype.h>
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
	for (uint32_t i = 0; i < d->n_instruments; i++) {
		for (uint32_t l = 0; l < d->instruments[i].n_layers; l++)
			free(d->instruments[i].layers[l].file);
		free(d->instruments[i].layers);
	}
	free(d->instruments);
	free(d);
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
				    .place = -1};
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
	*l = (kit_desc_layer){.max = 1.0f, .gain = 1.0f};
	return l;
}

static int
place_by_name(const char *name)
{
	char token[8];
	size_t n = 0;
	while (n < sizeof token - 1 && isalnum((unsigned char)name[n])) {
		token[n] = name[n];
		n++;
	}
	token[n] = '\0';
	return instrument_from_name(token);
}

void
kit_desc_place(kit_desc *d)
{
	enum { BY_ANY_NOTE = 1, BY_OWN_NOTE, BY_NAME };
	struct {
		kit_desc_instrument *in;
		int claim;
	} best[INSTRUMENTS] = {0};
	for (uint32_t i = 0; i < d->n_instruments; i++) {
		kit_desc_instrument *in = &d->instruments[i];
		in->place = -1;
		if (in->n_layers == 0)
			continue;
		int claim = BY_NAME, place = place_by_name(in->name);
		if (place < 0 && in->note >= 0 && in->note < 128) {
			place = instrument_from_note(in->note);
			claim = place >= 0 && instrument_note(place) == in->note ? BY_OWN_NOTE : BY_ANY_NOTE;
		}
		if (place < 0 || claim <= best[place].claim)
			continue;
		if (best[place].in)
			best[place].in->place = -1;
		best[place].in = in;
		best[place].claim = claim;
		in->place = place;
	}
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

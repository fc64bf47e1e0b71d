/* libFuzzer target: any bytes as a kit map, over a description with some instruments; no file is touched. */
#include "model/kit_map.h"
#include "model/kit_place.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const names[] = {"Kick", "Snare Rimshot", "OH", "cowbell"};
	kit_warner warner = {.where = "fuzz"};
	kit_desc *d = kit_desc_new();
	dr_error err;
	int held[INSTRUMENTS] = {0};
	for (int i = 0; d && i < 4; i++) {
		kit_desc_instrument *in = kit_desc_add_instrument(d);
		kit_desc_layer *l = in ? kit_desc_add_layer(in) : NULL;
		if (!l || !(l->file = strdup("a.wav")))
			abort();
		snprintf(in->name, sizeof in->name, "%s", names[i]);
	}
	if (!d || kit_place(d, false, NULL, NULL, &err) != DR_OK)
		abort();
	char *base;
	if (!kit_map_base((const char *)data, size, &base))
		abort();
	free(base);
	if (kit_map_apply((const char *)data, size, "fuzz.kitmap", d, &warner, &err) != DR_OK)
		abort();
	for (uint32_t i = 0; i < d->n_instruments; i++) {
		const kit_desc_instrument *in = &d->instruments[i];
		if (in->place >= INSTRUMENTS || in->n_layers > KIT_MAX_LAYERS)
			abort();
		if (in->place >= 0 && (held[in->place]++ || !in->n_layers))
			abort(); /* one instrument to a place, and one that has samples */
	}
	kit_desc_free(d);
	return 0;
}

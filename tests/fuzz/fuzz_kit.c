/* libFuzzer target: any bytes as a drumkit.xml; no file is touched. Whatever parses must keep what kit_desc.h
 * says of ranges. make fuzz-kit builds it with clang. */
#include "model/kit_hydrogen.h"
#include "model/kit_place.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
ignore(void *user, const char *line)
{
	*(char *)user ^= line[0];
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char heard = 0;
	kit_warner warner = {.fn = ignore, .user = &heard, .where = "fuzz"};
	kit_desc *d;
	dr_error err;
	if (kit_hydrogen_parse((const char *)data, size, &warner, &d, &err) != DR_OK)
		return 0;
	if (kit_place(d, false, NULL, NULL, &err) != DR_OK)
		abort();
	for (uint32_t i = 0; i < d->n_instruments; i++) {
		const kit_desc_instrument *in = &d->instruments[i];
		if (in->place >= INSTRUMENTS || in->n_layers > KIT_MAX_LAYERS || !(in->volume >= 0.0f) ||
		    !(in->pan >= -1.0f && in->pan <= 1.0f))
			abort();
		for (uint32_t l = 0; l < in->n_layers; l++) {
			int lo, hi;
			kit_desc_velocities(&in->layers[l], &lo, &hi);
			if (lo < 1 || hi > 127 || !(in->layers[l].gain >= 0.0f))
				abort();
		}
	}
	kit_desc_free(d);
	return 0;
}

/* libFuzzer target: any bytes as an SFZ file, which may include itself; no file is touched. Whatever parses
 * must keep what kit_desc.h says of ranges. */
#include "model/kit_place.h"
#include "model/kit_sfz.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef struct input {
	const uint8_t *data;
	size_t size;
	int included;
} input;

static dr_status
include_itself(void *user, const char *name, char **text, size_t *size, dr_error *err)
{
	input *in = user;
	if (name[0] == 'x' || ++in->included > 4)
		return error_set(err, DR_BAD_INPUT, "%s: not there", name);
	*text = malloc(in->size + 1);
	if (!*text)
		return error_set(err, DR_FAILED, "%s: out of memory", name);
	memcpy(*text, in->data, in->size);
	*size = in->size;
	return DR_OK;
}

static void
check(const kit_desc_instrument *in)
{
	if (in->place >= INSTRUMENTS || in->n_layers > KIT_MAX_LAYERS ||
	    !(in->pan >= -1.0f && in->pan <= 1.0f) || !(in->sure >= 0.0f && in->sure <= 1.0f) ||
	    in->note > 127)
		abort();
	for (uint32_t l = 0; l < in->n_layers; l++) {
		const kit_desc_layer *layer = &in->layers[l];
		int lo, hi;
		kit_desc_velocities(layer, &lo, &hi);
		if (lo < 1 || hi > 127 || !layer->file || !(layer->gain >= 0.0f && layer->gain <= 16.0f) ||
		    !(layer->pitch >= -48.0f && layer->pitch <= 48.0f) ||
		    !(layer->pan >= -1.0f && layer->pan <= 1.0f) ||
		    !(layer->envelope.sustain >= 0.0f && layer->envelope.sustain <= 1.0f))
			abort();
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	kit_warner warner = {.where = "fuzz"};
	input in = {data, size, 0};
	kit_desc *d;
	dr_error err;
	if (kit_sfz_parse((const char *)data, size, "fuzz.sfz", include_itself, &in, &warner, &d, &err) !=
	    DR_OK)
		return 0;
	if (kit_place(d, false, NULL, NULL, &err) != DR_OK)
		abort();
	for (uint32_t i = 0; i < d->n_instruments; i++)
		check(&d->instruments[i]);
	kit_desc_free(d);
	return 0;
}

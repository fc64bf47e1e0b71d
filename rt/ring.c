#include "rt/ring.h"

#include <stdlib.h>

dr_status
ring_init(ring *r, uint32_t capacity, size_t element, dr_error *err)
{
	memset(r, 0, sizeof *r);
	r->data = malloc(capacity * element);
	if (!r->data)
		return error_set(err, DR_FAILED, "out of memory for a ring of %u elements", capacity);
	memset(r->data, 0, capacity * element);
	r->mask = capacity - 1;
	r->element = (uint32_t)element;
	return DR_OK;
}

void
ring_free(ring *r)
{
	free(r->data);
	r->data = NULL;
}

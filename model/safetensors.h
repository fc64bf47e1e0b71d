/* The safetensors file format (huggingface/safetensors: 8 bytes of header length, little-endian; a JSON
 * header with each tensor's dtype, shape and data_offsets, and "__metadata__" of strings; then the data).
 * What is read here: F32 tensors of one or two dimensions. Everything in the header is checked before it is
 * believed: a file can neither make the reader touch memory outside it nor allocate more than
 * its own size. One thread per object. */
#ifndef DRUMLIN_SAFETENSORS_H
#define DRUMLIN_SAFETENSORS_H

#include "rt/status.h"

#include <stddef.h>
#include <stdint.h>

enum { SAFETENSORS_MAX = 512, SAFETENSORS_MAX_HEADER = 1 << 20 };

typedef struct safetensors_tensor {
	const char *name;    /* borrowed from the header */
	int rows, cols;      /* one dimension: rows 1 */
	const uint8_t *data; /* rows * cols floats, little-endian, perhaps unaligned */
} safetensors_tensor;

typedef struct safetensors safetensors;

/* Parses a file in memory, which is borrowed and must outlive *out. name is used in messages.
 * Errors: DR_BAD_INPUT naming the fault; DR_FAILED (memory). */
dr_status safetensors_parse(const void *data, size_t size, const char *name, safetensors **out,
			    dr_error *err) DR_CHECKED;
void safetensors_free(safetensors *s);

int safetensors_count(const safetensors *s);
const safetensors_tensor *safetensors_find(const safetensors *s, const char *name); /* or NULL */
const char *safetensors_metadata(const safetensors *s, const char *key);            /* or NULL */

/* Writing: tensors in order (data: native floats), metadata as key, value, ..., NULL. The file is written
 * whole and renamed. Errors: DR_FAILED naming path. */
typedef struct safetensors_out {
	const char *name;
	int rows, cols; /* rows 1: written as one dimension */
	const float *data;
} safetensors_out;
dr_status safetensors_write(const char *path, const safetensors_out *tensor, int n,
			    const char *const *metadata, dr_error *err) DR_CHECKED;

#endif

#include "model/safetensors.h"

#include "model/fileio.h"
#include "model/json_text.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct safetensors {
	json_t *header;
	safetensors_tensor tensor[SAFETENSORS_MAX];
	int n;
};

/* A tensor's place in the data, to check that they tile it. */
typedef struct extent {
	uint64_t begin, end;
} extent;

static uint64_t
read_u64(const uint8_t *p)
{
	uint64_t v = 0;
	for (int i = 7; i >= 0; i--)
		v = v << 8 | p[i];
	return v;
}

static bool
read_shape(const json_t *shape, safetensors_tensor *t)
{
	size_t dims = json_array_size(shape);
	json_int_t size[2] = {1, 1};
	if (!json_is_array(shape) || dims < 1 || dims > 2)
		return false;
	for (size_t d = 0; d < dims; d++) {
		const json_t *item = json_array_get(shape, d);
		json_int_t v = json_integer_value(item);
		if (!json_is_integer(item) || v < 1 || v > 1 << 24)
			return false;
		size[d + 2 - dims] = v;
	}
	t->rows = (int)size[0];
	t->cols = (int)size[1];
	return true;
}

static bool
read_extent(const json_t *offsets, uint64_t room, extent *e)
{
	const json_t *first = json_array_get(offsets, 0), *last = json_array_get(offsets, 1);
	if (json_array_size(offsets) != 2 || !json_is_integer(first) || !json_is_integer(last))
		return false;
	json_int_t begin = json_integer_value(first), end = json_integer_value(last);
	if (begin < 0 || end < begin || (uint64_t)end > room)
		return false;
	*e = (extent){(uint64_t)begin, (uint64_t)end};
	return true;
}

static dr_status
read_tensor(safetensors *s, const char *key, const json_t *entry, const uint8_t *data, uint64_t room,
	    extent *e, const char *name, dr_error *err)
{
	safetensors_tensor *t = &s->tensor[s->n];
	const char *dtype = json_string_value(json_object_get(entry, "dtype"));
	if (!json_is_object(entry) || !dtype)
		return error_set(err, DR_BAD_INPUT, "%s: tensor %.60s has no dtype", name, key);
	if (strcmp(dtype, "F32") != 0)
		return error_set(err, DR_BAD_INPUT, "%s: tensor %.60s is %.10s, not F32", name, key, dtype);
	if (!read_shape(json_object_get(entry, "shape"), t))
		return error_set(err, DR_BAD_INPUT, "%s: tensor %.60s has no shape of one or two dimensions",
				 name, key);
	if (!read_extent(json_object_get(entry, "data_offsets"), room, e))
		return error_set(err, DR_BAD_INPUT, "%s: tensor %.60s lies outside the file", name, key);
	if (e->end - e->begin != (uint64_t)t->rows * (uint64_t)t->cols * 4)
		return error_set(err, DR_BAD_INPUT, "%s: tensor %.60s has another size than its shape", name,
				 key);
	t->name = key;
	t->data = data + e->begin;
	s->n++;
	return DR_OK;
}

static int
by_begin(const void *a, const void *b)
{
	const extent *x = a, *y = b;
	return x->begin < y->begin ? -1 : x->begin > y->begin;
}

static dr_status
read_entries(safetensors *s, const uint8_t *data, uint64_t room, const char *name, dr_error *err)
{
	extent extents[SAFETENSORS_MAX];
	const char *key;
	json_t *entry;
	json_object_foreach(s->header, key, entry)
	{
		if (strcmp(key, "__metadata__") == 0)
			continue;
		if (s->n == SAFETENSORS_MAX)
			return error_set(err, DR_BAD_INPUT, "%s: more than %d tensors", name,
					 SAFETENSORS_MAX);
		dr_status status = read_tensor(s, key, entry, data, room, &extents[s->n], name, err);
		if (status != DR_OK)
			return status;
	}
	qsort(extents, (size_t)s->n, sizeof *extents, by_begin);
	uint64_t at = 0;
	for (int i = 0; i < s->n; i++) {
		if (extents[i].begin != at)
			return error_set(err, DR_BAD_INPUT,
					 "%s: tensors overlap or leave a hole at byte %llu", name,
					 (unsigned long long)at);
		at = extents[i].end;
	}
	if (at != room)
		return error_set(err, DR_BAD_INPUT, "%s: %llu bytes belong to no tensor", name,
				 (unsigned long long)(room - at));
	return DR_OK;
}

dr_status
safetensors_parse(const void *data, size_t size, const char *name, safetensors **out, dr_error *err)
{
	const uint8_t *bytes = data;
	*out = NULL;
	uint64_t length = size >= 8 ? read_u64(bytes) : 0;
	if (size < 8 || length > size - 8 || length < 2)
		return error_set(err, DR_BAD_INPUT, "%s: no safetensors file, or cut off in its header",
				 name);
	if (length > SAFETENSORS_MAX_HEADER)
		return error_set(err, DR_BAD_INPUT, "%s: header of %llu bytes", name,
				 (unsigned long long)length);
	safetensors *s = calloc(1, sizeof *s);
	if (!s)
		return error_set(err, DR_FAILED, "%s: out of memory", name);
	json_error_t fault;
	s->header = json_loadb((const char *)bytes + 8, (size_t)length, JSON_REJECT_DUPLICATES, &fault);
	dr_status status;
	if (!json_is_object(s->header))
		status = error_set(err, DR_BAD_INPUT, "%s: header is no JSON object: %s", name,
				   s->header ? "another value" : fault.text);
	else
		status = read_entries(s, bytes + 8 + length, size - 8 - length, name, err);
	if (status != DR_OK) {
		safetensors_free(s);
		return status;
	}
	*out = s;
	return DR_OK;
}

void
safetensors_free(safetensors *s)
{
	if (!s)
		return;
	json_decref(s->header);
	free(s);
}

int
safetensors_count(const safetensors *s)
{
	return s->n;
}

const safetensors_tensor *
safetensors_find(const safetensors *s, const char *name)
{
	for (int i = 0; i < s->n; i++)
		if (strcmp(s->tensor[i].name, name) == 0)
			return &s->tensor[i];
	return NULL;
}

const char *
safetensors_metadata(const safetensors *s, const char *key)
{
	return json_string_value(json_object_get(json_object_get(s->header, "__metadata__"), key));
}

/* The header's text, padded with spaces so that the data is aligned to 8 bytes; malloc'd, NULL without
 * memory. */
static char *
make_header(const safetensors_out *tensor, int n, const char *const *metadata, size_t *data_size)
{
	json_t *header = json_object(), *meta = json_object();
	bool good = true;
	for (int i = 0; metadata[i]; i += 2)
		good &= json_object_set_new(meta, metadata[i], json_string(metadata[i + 1])) == 0;
	good &= json_object_set_new(header, "__metadata__", meta) == 0;
	json_int_t at = 0;
	for (int i = 0; i < n; i++) {
		json_int_t size = (json_int_t)tensor[i].rows * tensor[i].cols * 4;
		json_t *shape = tensor[i].rows == 1 ? json_pack("[i]", tensor[i].cols)
						    : json_pack("[i,i]", tensor[i].rows, tensor[i].cols);
		json_t *one = json_pack("{s:s,s:o,s:[I,I]}", "dtype", "F32", "shape", shape, "data_offsets",
					at, at + size);
		good &= json_object_set_new(header, tensor[i].name, one) == 0;
		at += size;
	}
	*data_size = (size_t)at;
	/* Without memory, a header that lacks a tensor would take the place of a whole one. */
	char *text = good ? json_text(header, JSON_COMPACT) : NULL;
	json_decref(header);
	return text;
}

dr_status
safetensors_write(const char *path, const safetensors_out *tensor, int n, const char *const *metadata,
		  dr_error *err)
{
	size_t data_size = 0;
	char *header = make_header(tensor, n, metadata, &data_size);
	if (!header)
		return error_set(err, DR_FAILED, "%s: out of memory", path);
	size_t length = strlen(header), padded = (length + 7) / 8 * 8, size = 8 + padded + data_size;
	uint8_t *file = malloc(size);
	if (!file) {
		free(header);
		return error_set(err, DR_FAILED, "%s: out of memory", path);
	}
	for (int i = 0; i < 8; i++)
		file[i] = (uint8_t)((uint64_t)padded >> (8 * i));
	memset(file + 8, ' ', padded);
	memcpy(file + 8, header, length);
	free(header);
	uint8_t *at = file + 8 + padded;
	for (int i = 0; i < n; i++) {
		size_t bytes = (size_t)tensor[i].rows * (size_t)tensor[i].cols * 4;
		memcpy(at, tensor[i].data, bytes);
		at += bytes;
	}
	dr_status status = file_write_whole(path, file, size, err);
	free(file);
	return status;
}

#include "app/layout_pack.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

void
text_add(text *t, const char *format, ...)
{
	va_list args, again;
	va_start(args, format);
	va_copy(again, args);
	const int length = vsnprintf(NULL, 0, format, args);
	va_end(args);
	const size_t wanted = t->size + (length > 0 ? (size_t)length : 0) + 1;
	if (wanted > t->room && !t->failed) {
		char *more = realloc(t->data, 2 * wanted);
		t->failed = !more;
		if (more) {
			t->data = more;
			t->room = 2 * wanted;
		}
	}
	if (!t->failed) {
		vsnprintf(t->data + t->size, t->room - t->size, format, again);
		t->size = wanted - 1;
	}
	va_end(again);
}

void
text_free(text *t)
{
	free(t->data);
	*t = (text){0};
}

/* window: 15 for a zlib stream, -15 for bare deflate, as inflateInit2 has it. */
static dr_status
squeeze(const text *t, int window, size_t before, size_t behind, char **data, size_t *size, dr_error *err)
{
	z_stream z = {0};
	*data = NULL;
	if (t->failed || !t->data ||
	    deflateInit2(&z, Z_BEST_COMPRESSION, Z_DEFLATED, window, 9, Z_DEFAULT_STRATEGY) != Z_OK)
		return error_set(err, DR_FAILED, "out of memory for the layout");
	const size_t most = deflateBound(&z, t->size);
	unsigned char *to = malloc(before + most + behind);
	bool done = to != NULL;
	if (done) {
		z.next_in = (unsigned char *)t->data;
		z.avail_in = (uInt)t->size;
		z.next_out = to + before;
		z.avail_out = (uInt)most;
		done = deflate(&z, Z_FINISH) == Z_STREAM_END;
	}
	*size = z.total_out;
	deflateEnd(&z);
	if (!done) {
		free(to);
		return error_set(err, DR_FAILED, "out of memory for the layout");
	}
	*data = (char *)to;
	return DR_OK;
}

dr_status
pack_zlib(const text *t, char **data, size_t *size, dr_error *err)
{
	return squeeze(t, 15, 0, 0, data, size, err);
}

static unsigned char *
put16(unsigned char *to, uint32_t value)
{
	to[0] = (unsigned char)value;
	to[1] = (unsigned char)(value >> 8);
	return to + 2;
}

static unsigned char *
put32(unsigned char *to, uint32_t value)
{
	return put16(put16(to, value & 0xffff), value >> 16);
}

/* What a file's own header and its line in the directory have in common. */
static unsigned char *
put_entry(unsigned char *to, const text *t, size_t packed, size_t name)
{
	enum { ZIP_2_0 = 20, DEFLATED = 8, YEAR_1980 = 0x21 };
	to = put16(to, ZIP_2_0);
	to = put16(to, 0);
	to = put16(to, DEFLATED);
	to = put16(to, 0);
	to = put16(to, YEAR_1980);
	to = put32(to, (uint32_t)crc32(0, (const unsigned char *)t->data, (uInt)t->size));
	to = put32(to, (uint32_t)packed);
	to = put32(to, (uint32_t)t->size);
	to = put16(to, (uint32_t)name);
	return put16(to, 0);
}

dr_status
pack_zip(const text *t, const char *name, char **data, size_t *size, dr_error *err)
{
	enum { FILE_HEAD = 30, LINE = 46, END = 22 };
	const size_t named = strlen(name);
	size_t packed;
	const dr_status status = squeeze(t, -15, FILE_HEAD + named, LINE + named + END, data, &packed, err);
	if (status != DR_OK)
		return status;
	unsigned char *to = (unsigned char *)*data;
	to = put_entry(put32(to, 0x04034b50), t, packed, named);
	memcpy(to, name, named);
	unsigned char *line = to + named + packed;
	to = put_entry(put16(put32(line, 0x02014b50), 20), t, packed, named);
	memset(to, 0, 14); /* no comment, first disk, no attributes, at the file's start */
	memcpy(to + 14, name, named);
	unsigned char *end = to + 14 + named;
	to = put16(put16(put32(end, 0x06054b50), 0), 0);
	to = put16(put16(to, 1), 1);
	to = put32(to, (uint32_t)(end - line));
	to = put32(to, (uint32_t)(line - (unsigned char *)*data));
	to = put16(to, 0);
	*size = (size_t)(to - (unsigned char *)*data);
	return DR_OK;
}

/* A text that grows, and the two ways in which layouts are packed. zlib is known in layout_pack.c only. Main
 * thread. */
#ifndef DRUMLIN_LAYOUT_PACK_H
#define DRUMLIN_LAYOUT_PACK_H

#include "rt/status.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct text {
	char *data; /* ended by a NUL; NULL while empty */
	size_t size, room;
	bool failed; /* no memory: what follows is left out */
} text;

void text_add(text *t, const char *format, ...) DR_PRINTF(2, 3);
void text_free(text *t);

/* A zlib stream (RFC 1950). *data is malloc'd. Errors: DR_FAILED (memory). */
dr_status pack_zlib(const text *t, char **data, size_t *size, dr_error *err) DR_CHECKED;

/* A zip archive of one deflated file, dated 1980-01-01 (PKWARE's APPNOTE 6.3,
 * sections 4.3.7, 4.3.12, 4.3.16). *data is malloc'd. Errors: DR_FAILED (memory). */
dr_status pack_zip(const text *t, const char *name, char **data, size_t *size, dr_error *err) DR_CHECKED;

#endif

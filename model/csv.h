/* Comma-separated tables with a header line (RFC 4180, read tolerantly): quotes, CRLF, a byte order mark,
 * rows that are too short or too long. Plain data, no threads. */
#ifndef DRUMLIN_CSV_H
#define DRUMLIN_CSV_H

#include "rt/status.h"

#include <stddef.h>

enum { CSV_MAX_BYTES = 64 << 20 };

typedef struct csv {
	char *text;  /* owned; the cells lie in it */
	char **cell; /* owned; n_cells of them, row after row, the header's first */
	size_t *row; /* owned; n_rows + 1 starts in cell[]; row 0 is the first after the header */
	size_t n_cells, cell_capacity, n_rows, row_capacity;
	size_t n_columns; /* cells of the header */
} csv;

/* Errors: DR_BAD_INPUT (not readable, empty), DR_FAILED (memory). After an error *out is empty. */
dr_status csv_read(const char *path, csv *out, dr_error *err) DR_CHECKED;
void csv_clear(csv *c);

/* Number of the column with that name (in any case), -1 if there is none. */
int csv_column(const csv *c, const char *name);

/* A cell without blanks around it; "" where the row or the column (-1) does not have it. */
const char *csv_cell(const csv *c, size_t row, int column);

#endif

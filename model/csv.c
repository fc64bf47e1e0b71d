#include "model/csv.h"

#include "model/fileio.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static bool
add_cell(csv *c, char *text)
{
	if (c->n_cells == c->cell_capacity) {
		const size_t wanted = c->cell_capacity ? c->cell_capacity * 2 : 256;
		char **grown = realloc(c->cell, wanted * sizeof *grown);
		if (!grown)
			return false;
		c->cell = grown;
		c->cell_capacity = wanted;
	}
	c->cell[c->n_cells++] = text;
	return true;
}

/* Notes that a row starts at the next cell. */
static bool
add_row(csv *c)
{
	if (c->n_rows == c->row_capacity) {
		const size_t wanted = c->row_capacity ? c->row_capacity * 2 : 64;
		size_t *grown = realloc(c->row, wanted * sizeof *grown);
		if (!grown)
			return false;
		c->row = grown;
		c->row_capacity = wanted;
	}
	c->row[c->n_rows++] = c->n_cells;
	return true;
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Takes one cell out of *at in place and ends it with a NUL. Returns the separator that followed it:
 * ',', '\n' or '\0'. */
static char
take_cell(char **at, char **cell)
{
	char *in = *at;
	while (is_blank(*in))
		in++;
	char *start = in, *out = in;
	if (*in == '"') {
		in++;
		while (*in && !(in[0] == '"' && in[1] != '"')) {
			in += *in == '"';
			*out++ = *in++;
		}
		in += *in == '"';
		while (*in && *in != ',' && *in != '\n' && *in != '\r')
			in++;
	} else {
		while (*in && *in != ',' && *in != '\n' && *in != '\r')
			*out++ = *in++;
		while (out > start && is_blank(out[-1]))
			out--;
	}
	char separator = *in;
	if (separator == '\r') {
		separator = '\n';
		in += in[1] == '\n';
	}
	*at = separator ? in + 1 : in;
	*out = '\0';
	*cell = start;
	return separator;
}

static bool
parse(csv *c)
{
	char *at = c->text;
	if (strncmp(at, "\xef\xbb\xbf", 3) == 0)
		at += 3;
	while (*at) {
		const size_t row_start = c->n_cells;
		if (!add_row(c))
			return false;
		char separator;
		do {
			char *cell;
			separator = take_cell(&at, &cell);
			if (!add_cell(c, cell))
				return false;
		} while (separator == ',');
		if (c->n_cells == row_start + 1 && c->cell[row_start][0] == '\0') {
			c->n_cells--; /* an empty line is no row */
			c->n_rows--;
		}
	}
	return add_row(c);
}

dr_status
csv_read(const char *path, csv *out, dr_error *err)
{
	memset(out, 0, sizeof *out);
	size_t size;
	dr_status status = file_read_whole(path, CSV_MAX_BYTES, &out->text, &size, err);
	if (status != DR_OK)
		return status;
	if (!parse(out)) {
		csv_clear(out);
		return error_set(err, DR_FAILED, "%s: out of memory", path);
	}
	if (out->n_rows < 2) { /* the header, and the end that parse() notes */
		csv_clear(out);
		return error_set(err, DR_BAD_INPUT, "%s: an empty table", path);
	}
	out->n_columns = out->row[1];
	out->n_rows -= 2;
	memmove(out->row, out->row + 1, (out->n_rows + 1) * sizeof *out->row);
	return DR_OK;
}

void
csv_clear(csv *c)
{
	free(c->text);
	free(c->cell);
	free(c->row);
	memset(c, 0, sizeof *c);
}

int
csv_column(const csv *c, const char *name)
{
	for (size_t i = 0; i < c->n_columns; i++)
		if (strcasecmp(c->cell[i], name) == 0)
			return (int)i;
	return -1;
}

const char *
csv_cell(const csv *c, size_t row, int column)
{
	if (row >= c->n_rows || column < 0 || (size_t)column >= c->row[row + 1] - c->row[row])
		return "";
	return c->cell[c->row[row] + (size_t)column];
}

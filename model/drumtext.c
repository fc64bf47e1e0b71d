#include "model/drumtext_parser.h"

#include "model/fileio.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

dr_status
drumtext_fault(drumtext_parser *p, const char *at, const char *fmt, ...)
{
	char text[256];
	va_list args;
	va_start(args, fmt);
	vsnprintf(text, sizeof text, fmt, args);
	va_end(args);
	return error_set(p->err, DR_BAD_INPUT, "%s:%d:%d: %s", p->file, p->number, (int)(at - p->line) + 1,
			 text);
}

const char *
drumtext_blanks(const char *at)
{
	while (*at == ' ' || *at == '\t')
		at++;
	return at;
}

bool
drumtext_number(const char **at, int least, int most, int *out)
{
	const char *c = *at;
	const bool negative = *c == '-';
	int value = 0, digits = 0;
	if (*c == '-' || *c == '+')
		c++;
	for (; *c >= '0' && *c <= '9' && digits < 7; digits++)
		value = value * 10 + (*c++ - '0');
	value = negative ? -value : value;
	if (digits == 0 || (*c && *c != ' ' && *c != '\t') || value < least || value > most)
		return false;
	*at = c;
	*out = value;
	return true;
}

int
drumtext_instrument(const char *at)
{
	if (!at[0] || !at[1])
		return -1;
	const char name[3] = {at[0], at[1], '\0'};
	return instrument_from_name(name);
}

/* Cuts the next line, its end and its comment off; false at the end of the text. */
static bool
next_line(drumtext_parser *p, const char **at, const char *end, dr_status *status)
{
	*status = DR_OK;
	if (*at == end)
		return false;
	const char *stop = memchr(*at, '\n', (size_t)(end - *at));
	size_t n = (size_t)((stop ? stop : end) - *at);
	const char *from = *at;
	*at = stop ? stop + 1 : end;
	p->number++;
	if (n > 0 && from[n - 1] == '\r')
		n--;
	const bool whole = n <= DRUMTEXT_MAX_LINE;
	n = whole ? n : DRUMTEXT_MAX_LINE;
	memcpy(p->line, from, n);
	p->line[n] = '\0';
	char *comment = strchr(p->line, '#');
	if (!whole)
		*status = drumtext_fault(p, p->line + DRUMTEXT_MAX_LINE, "the line is longer than %d bytes",
					 DRUMTEXT_MAX_LINE);
	else if (!comment && strlen(p->line) != n)
		*status = drumtext_fault(p, p->line + strlen(p->line), "a zero byte");
	if (comment)
		*comment = '\0';
	return true;
}

static dr_status
read_line(drumtext_parser *p)
{
	const char *at = drumtext_blanks(p->line);
	if (*at == '\0')
		return DR_OK;
	const char *colon = strchr(at, ':');
	return colon ? drumtext_head_line(p, at, colon) : drumtext_row_line(p, at);
}

static int
longest_row(const drumtext_parser *p)
{
	int n = 0;
	for (int i = 0; i < INSTRUMENTS; i++)
		n = p->row[i].n_cells > n ? p->row[i].n_cells : n;
	return n;
}

static int
list_value(const drumtext_list *l, int step, int otherwise)
{
	const int value = l->n ? l->value[step % l->n] : DRUMTEXT_KEEP;
	return value == DRUMTEXT_KEEP ? otherwise : value;
}

/* What the character says, in proportion to what x is on that step. */
static uint8_t
velocity_of(const drumtext_row *row, int step)
{
	const int normal = list_value(&row->velocity, step, DRUMTEXT_NORMAL);
	const int scaled = (row->cell[step].velocity * normal + DRUMTEXT_NORMAL / 2) / DRUMTEXT_NORMAL;
	return (uint8_t)(scaled < 1 ? 1 : scaled > 127 ? 127 : scaled);
}

/* Turns the cells of one row into hits, over and over to the end of the pattern as written. */
static dr_status
place_row(drumtext_parser *p, int instrument, int cells)
{
	const drumtext_row *row = &p->row[instrument];
	int hits = 0;
	for (int t = 0; t < row->n_cells; t++) {
		const drumtext_cell *cell = &row->cell[t];
		if (!cell->velocity)
			continue;
		const int offset =
		    row->feel + (t % p->out->bar_len % 2 ? row->swing : 0) + list_value(&row->offset, t, 0);
		if (offset < -50 || offset > 49)
			return error_set(p->err, DR_BAD_INPUT,
					 "%s:%d:%d: %s lies %+d hundredths of a step off; -50 to +49 go",
					 p->file, cell->line, cell->column, instrument_name(instrument),
					 offset);
		const step_hit h = {velocity_of(row, t), cell->ratchet,
				    step_offset_from_float((float)offset / 100.0f)};
		for (int at = t; at < cells; at += row->n_cells)
			p->out->step[at].hit[instrument] = h;
		hits++;
	}
	for (int i = 0; hits == 0 && i < 2; i++) {
		const drumtext_list *l = i ? &row->offset : &row->velocity;
		if (l->n)
			return error_set(p->err, DR_BAD_INPUT, "%s:%d:%d: %s has no hits for this list",
					 p->file, l->line, l->column, instrument_name(instrument));
	}
	return DR_OK;
}

static void
count_strokes(pattern *out)
{
	for (int t = 0; t < out->n_steps; t++)
		for (int i = 0; i < INSTRUMENTS; i++) {
			const uint32_t strokes = out->step[t].hit[i].ratchet;
			out->notes += strokes;
			out->merged += strokes > 0 ? strokes - 1 : 0;
		}
}

static dr_status
place_rows(drumtext_parser *p)
{
	pattern *out = p->out;
	const int cells = longest_row(p);
	if (cells == 0)
		return drumtext_fault(p, p->line, "no row of steps");
	out->source_bars = cells / out->bar_len;
	out->n_steps = (DRUMTEXT_LOOP_BARS + out->source_bars - 1) / out->source_bars * cells;
	out->step = calloc((size_t)out->n_steps, sizeof *out->step);
	out->path = strdup(p->file);
	if (!out->step || !out->path)
		return error_set(p->err, DR_FAILED, "%s: out of memory", p->file);
	dr_status status = DR_OK;
	for (int i = 0; i < INSTRUMENTS && status == DR_OK; i++)
		status = place_row(p, i, cells);
	for (int t = cells; t < out->n_steps; t++)
		out->step[t] = out->step[t - cells];
	count_strokes(out);
	if (status == DR_OK && out->notes == 0)
		return drumtext_fault(p, p->line, "no hits");
	return status;
}

dr_status
drumtext_parse(const void *data, size_t size, const char *name, drumtext_head *head, pattern *out,
	       dr_error *err)
{
	memset(out, 0, sizeof *out);
	if (size > DRUMTEXT_MAX_BYTES)
		return error_set(err, DR_BAD_INPUT, "%s: longer than %d bytes", name, DRUMTEXT_MAX_BYTES);
	drumtext_parser *p = calloc(1, sizeof *p);
	if (!p)
		return error_set(err, DR_FAILED, "%s: out of memory", name);
	p->file = name;
	p->err = err;
	p->out = out;
	out->numerator = out->denominator = 4;
	out->bar_len = 16;
	out->style = out->fill = -1;
	const char *at = data, *end = at + size;
	if (size >= 3 && memcmp(at, "\xef\xbb\xbf", 3) == 0)
		at += 3;
	dr_status status = DR_OK;
	while (status == DR_OK && next_line(p, &at, end, &status))
		if (status == DR_OK)
			status = read_line(p);
	if (status == DR_OK)
		status = place_rows(p);
	if (status == DR_OK) {
		const size_t n = strcspn(p->head.style, "/");
		snprintf(out->own_style, sizeof out->own_style, "%.*s", (int)n, p->head.style);
		if (head)
			*head = p->head;
	} else {
		pattern_clear(out);
	}
	free(p);
	return status;
}

dr_status
pattern_read_text(const char *path, pattern *out, dr_error *err)
{
	memset(out, 0, sizeof *out);
	char *data;
	size_t size;
	dr_status status = file_read_whole(path, DRUMTEXT_MAX_BYTES, &data, &size, err);
	if (status != DR_OK)
		return status;
	status = drumtext_parse(data, size, path, NULL, out, err);
	free(data);
	return status;
}

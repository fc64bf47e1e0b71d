/* Private to drumtext*.c: a pattern file while it is being read. One thread. */
#ifndef DRUMLIN_DRUMTEXT_PARSER_H
#define DRUMLIN_DRUMTEXT_PARSER_H

#include "model/drumtext.h"

enum { DRUMTEXT_MAX_CELLS = DRUMTEXT_MAX_BARS * STEP_MAX_BAR };

/* One character of the grid, with its place in the file for messages. */
typedef struct drumtext_cell {
	uint8_t velocity, ratchet;
	uint16_t column;
	int line;
} drumtext_cell;

/* Numbers for the steps of a row, one each; starts over where it is too short. */
typedef struct drumtext_list {
	int16_t value[DRUMTEXT_MAX_LIST]; /* DRUMTEXT_KEEP where the list says '.' */
	int n, line, column;
} drumtext_list;
enum { DRUMTEXT_KEEP = INT16_MAX };

/* An instrument's rows, put together. */
typedef struct drumtext_row {
	drumtext_cell cell[DRUMTEXT_MAX_CELLS];
	int n_cells; /* whole bars, between lines */
	drumtext_list velocity, offset;
	int feel, swing; /* hundredths of a step: every hit, hits on odd steps */
} drumtext_row;

typedef struct drumtext_parser {
	const char *file;
	dr_error *err;
	char line[DRUMTEXT_MAX_LINE + 1]; /* the current one, NUL-terminated, without its end and comment */
	int number;                       /* of the line, from 1 */
	unsigned seen;                    /* head lines that were there, a bit each */
	bool in_rows;                     /* a row was there: the head is over */
	drumtext_head head;
	pattern *out;
	drumtext_row row[INSTRUMENTS];
} drumtext_parser;

/* Fills the error with file, line and column (from `at`, which lies in the current line). */
dr_status drumtext_fault(drumtext_parser *p, const char *at, const char *fmt, ...) DR_PRINTF(3, 4);

/* A whole number with an optional sign, from *at, which moves behind it; false if there is none, or it does
 * not end at a blank or the line's end, or is out of range. */
bool drumtext_number(const char **at, int least, int most, int *out);

/* Moves over blanks. */
const char *drumtext_blanks(const char *at);

/* The instrument whose two-letter name stands at `at`; -1. */
int drumtext_instrument(const char *at);

/* A head line, whose word is the bytes before `colon`. */
dr_status drumtext_head_line(drumtext_parser *p, const char *word, const char *colon) DR_CHECKED;

/* A row: the grid or a list; `at` is the line's first byte that is no blank. */
dr_status drumtext_row_line(drumtext_parser *p, const char *at) DR_CHECKED;

#endif

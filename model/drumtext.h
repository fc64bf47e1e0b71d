/* The text notation for patterns (doc/patterns.md): a file per pattern, a row per instrument, a character per
 * step. Blocking only where a file is read; no threads. */
#ifndef DRUMLIN_DRUMTEXT_H
#define DRUMLIN_DRUMTEXT_H

#include "model/pattern.h"

enum {
	DRUMTEXT_MAX_BYTES = 1 << 20,
	DRUMTEXT_MAX_LINE = 4096, /* bytes in a line */
	DRUMTEXT_MAX_BARS = 64,   /* bars as written */
	DRUMTEXT_MAX_LIST = 256,  /* numbers in a list row */
	DRUMTEXT_LOOP_BARS = 4,   /* shorter patterns are repeated to at least so many bars */
	DRUMTEXT_WORD = 64
};

/* Velocities of the characters - o x X. */
enum { DRUMTEXT_GHOST = 40, DRUMTEXT_SOFT = 70, DRUMTEXT_NORMAL = 96, DRUMTEXT_ACCENT = 120 };

/* What the head lines say that a pattern has no place for; "" where a line is missing. */
typedef struct drumtext_head {
	char name[DRUMTEXT_WORD];
	char style[DRUMTEXT_WORD]; /* with its substyle behind a '/', if it has one */
	char family[DRUMTEXT_WORD];
} drumtext_head;

/* Reads a pattern file. out->source_bars is the length as written; the steps are that, as often as it takes
 * to fill DRUMTEXT_LOOP_BARS. out->own_style is the head's style without its substyle, fill -1 if the head
 * does not say. notes counts strokes, merged the second and further ones of ratchets. Errors: DR_BAD_INPUT
 * with file, line, column and fault; DR_FAILED (memory); *out is then empty. */
dr_status pattern_read_text(const char *path, pattern *out, dr_error *err) DR_CHECKED;

/* The same from memory, with the head (may be NULL); name is used in messages. */
dr_status drumtext_parse(const void *data, size_t size, const char *name, drumtext_head *head, pattern *out,
			 dr_error *err) DR_CHECKED;

#endif

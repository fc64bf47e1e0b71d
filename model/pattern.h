/* Patterns: what the corpus is made of and what a network learns from. Plain data, no threads. */
#ifndef DRUMLIN_PATTERN_H
#define DRUMLIN_PATTERN_H

#include "rt/status.h"
#include "rt/step.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct pattern {
	char *path;      /* the file it came from, for messages; owned */
	step_hits *step; /* n_steps of them; owned */
	int n_steps;     /* whole bars */
	int bar_len;     /* steps per bar, 8..32; 16 in 4/4 */
	int numerator, denominator; /* the metre as the file gives it */
	float tempo;     /* quarter notes a minute; 0 unknown */
	int style;       /* index into the corpus's style names; -1 unknown */
	int fill;        /* 1 a fill, 0 a beat, -1 unknown */
	int source_bars; /* length of the loop it was made from, in bars; 0 if it is not a loop */
	bool validation; /* belongs to the validation split */
	int collection;  /* index into the corpus's collections (groove, electronic, house) */
	/* What the one-hit rule (doc/eval.md, rule 4) did to this file. */
	uint32_t notes;     /* note-ons that are drums */
	uint32_t ignored;   /* note-ons of other pitches */
	uint32_t merged;    /* second strokes on the same instrument and step */
} pattern;

void pattern_clear(pattern *p); /* frees what p owns and zeroes it */

/* Reads a standard MIDI file into a pattern: rules 1 to 4 of doc/eval.md. Second strokes on the same
 * instrument and step become the hit's ratchet (1..4). Channel 10, or every channel where channel 10
 * has no note. Errors: DR_BAD_INPUT with path and fault; DR_FAILED (memory). Memory is bounded by the
 * file's size and PATTERN_MAX_STEPS. */
enum { PATTERN_MAX_STEPS = 1 << 16 };
dr_status pattern_read_midi(const char *path, pattern *out, dr_error *err) DR_CHECKED;

/* The same from memory; name is used in messages. (The fuzzer's entry.) */
dr_status pattern_parse_midi(const void *data, size_t size, const char *name, pattern *out,
                             dr_error *err) DR_CHECKED;

#endif

/* Patterns: what the corpus is made of and what a network learns from. Plain data, no threads. */
#ifndef DRUMLIN_PATTERN_H
#define DRUMLIN_PATTERN_H

#include "rt/status.h"
#include "rt/step.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct pattern {
	char *path;                 /* the file it came from, for messages; owned */
	step_hits *step;            /* n_steps of them; owned */
	int n_steps;                /* whole bars */
	int bar_len;                /* steps per bar, 8..32; 16 in 4/4 */
	int numerator, denominator; /* the metre as the file gives it */
	float tempo;                /* the first one, quarter notes a minute; 0 unknown (or absurd) */
	int style;                  /* index into the corpus's style names; -1 unknown */
	char own_style[32];         /* the style that the file itself names; "" none (MIDI never does) */
	int fill;                   /* 1 a fill, 0 a beat, -1 unknown */
	int source_bars;            /* length of the loop it was made from, in bars; 0 if it is not a loop */
	bool validation;            /* belongs to the validation split */
	int collection;             /* index into the corpus's collections (groove, electronic, house) */
	/* What the one-hit rule (doc/eval.md, rule 4) did to this file. */
	uint32_t notes;   /* note-ons that are drums */
	uint32_t ignored; /* note-ons of other pitches */
	uint32_t merged;  /* second strokes on the same instrument and step */
} pattern;

void pattern_clear(pattern *p); /* frees what p owns and zeroes it */

/* Reads a standard MIDI file into a pattern: rules 1 to 4 of doc/eval.md. Second strokes on the same
 * instrument and step, at another tick than the one before, become the hit's ratchet (1..4). Channel 10, or
 * every channel where channel 10 has no note. The metre is the file's first (4/4 if it has none); a bar that
 * is not 8 to 32 whole sixteenths makes the file bad. style, fill: -1; split and collection: 0. Errors:
 * DR_BAD_INPUT with path and fault; DR_FAILED (memory); *out is then empty. Memory is bounded by the file's
 * size and PATTERN_MAX_STEPS. */
enum { PATTERN_MAX_STEPS = 1 << 16, PATTERN_MIN_TEMPO = 10, PATTERN_MAX_TEMPO = 1000 };
dr_status pattern_read_midi(const char *path, pattern *out, dr_error *err) DR_CHECKED;

/* The same from memory; name is used in messages. (The fuzzer's entry.) */
dr_status pattern_parse_midi(const void *data, size_t size, const char *name, pattern *out,
			     dr_error *err) DR_CHECKED;

#endif

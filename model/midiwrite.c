#include "model/midiwrite.h"

#include "model/fileio.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* The order of events at the same tick. */
enum { RANK_META, RANK_OFF, RANK_ON };

typedef struct event {
	uint32_t tick, serial; /* serial keeps the sort stable */
	uint8_t rank, length;
	uint8_t bytes[7];
} event;

typedef struct note {
	uint32_t tick, end, serial;
	uint8_t channel, key, velocity;
} note;

struct midiwriter {
	char *path;
	int ppq;
	event *event;
	size_t n_events, event_capacity;
	note *note;
	size_t n_notes, note_capacity;
};

static bool
add_event(midiwriter *w, uint32_t tick, uint8_t rank, const uint8_t *bytes, uint8_t length)
{
	if (w->n_events == w->event_capacity) {
		const size_t wanted = w->event_capacity ? w->event_capacity * 2 : 64;
		event *grown = realloc(w->event, wanted * sizeof *grown);
		if (!grown)
			return false;
		w->event = grown;
		w->event_capacity = wanted;
	}
	event *e = &w->event[w->n_events];
	*e = (event){.tick = tick, .serial = (uint32_t)w->n_events, .rank = rank, .length = length};
	memcpy(e->bytes, bytes, length);
	w->n_events++;
	return true;
}

static dr_status
no_memory(const midiwriter *w, dr_error *err)
{
	return error_set(err, DR_FAILED, "%s: out of memory", w->path);
}

dr_status
midiwriter_tempo(midiwriter *w, uint32_t tick, double tempo, dr_error *err)
{
	if (!(tempo >= 4.0 && tempo <= 60e6) || tick > MIDIWRITE_MAX_TICK)
		return error_set(err, DR_USAGE, "%s: a tempo of %g at tick %u cannot be written", w->path,
				 tempo, tick);
	const double exact = 60e6 / tempo + 0.5;
	const uint32_t us = exact > 16777215.0 ? 16777215u : (uint32_t)exact;
	const uint8_t bytes[6] = {0xff, 0x51, 3, (uint8_t)(us >> 16), (uint8_t)(us >> 8), (uint8_t)us};
	return add_event(w, tick, RANK_META, bytes, sizeof bytes) ? DR_OK : no_memory(w, err);
}

dr_status
midiwriter_metre(midiwriter *w, uint32_t tick, int numerator, int denominator, dr_error *err)
{
	uint8_t power = 0;
	while (power < 7 && 1 << power != denominator)
		power++;
	if (power > 6 || numerator < 1 || numerator > 255 || tick > MIDIWRITE_MAX_TICK)
		return error_set(err, DR_USAGE, "%s: a metre of %d/%d at tick %u cannot be written", w->path,
				 numerator, denominator, tick);
	/* 24 MIDI clocks to the click, 8 notated 32nds to the quarter: the usual values. */
	const uint8_t bytes[7] = {0xff, 0x58, 4, (uint8_t)numerator, power, 24, 8};
	return add_event(w, tick, RANK_META, bytes, sizeof bytes) ? DR_OK : no_memory(w, err);
}

dr_status
midiwriter_new(const char *path, int ppq, double tempo, int numerator, int denominator, midiwriter **out,
	       dr_error *err)
{
	*out = NULL;
	if (ppq < 1 || ppq > 32767)
		return error_set(err, DR_USAGE, "%s: %d ticks per quarter note cannot be written", path, ppq);
	midiwriter *w = calloc(1, sizeof *w);
	if (!w || !(w->path = strdup(path))) {
		free(w);
		return error_set(err, DR_FAILED, "%s: out of memory", path);
	}
	w->ppq = ppq;
	dr_status status = midiwriter_metre(w, 0, numerator, denominator, err);
	if (status == DR_OK)
		status = midiwriter_tempo(w, 0, tempo, err);
	if (status != DR_OK) {
		midiwriter_discard(w);
		return status;
	}
	*out = w;
	return DR_OK;
}

dr_status
midiwriter_note(midiwriter *w, uint32_t tick, uint32_t length, int channel, int key, int velocity,
		dr_error *err)
{
	if (channel < 1 || channel > 16 || key < 0 || key > 127 || velocity < 1 || velocity > 127 ||
	    tick >= MIDIWRITE_MAX_TICK)
		return error_set(err, DR_USAGE,
				 "%s: note %d, velocity %d, channel %d at tick %u cannot be written", w->path,
				 key, velocity, channel, tick);
	if (w->n_notes == w->note_capacity) {
		const size_t wanted = w->note_capacity ? w->note_capacity * 2 : 256;
		note *grown = realloc(w->note, wanted * sizeof *grown);
		if (!grown)
			return no_memory(w, err);
		w->note = grown;
		w->note_capacity = wanted;
	}
	const uint32_t room = MIDIWRITE_MAX_TICK - tick;
	w->note[w->n_notes] = (note){tick,
				     tick + (length < 1      ? 1
					     : length > room ? room
							     : length),
				     (uint32_t)w->n_notes,
				     (uint8_t)(channel - 1),
				     (uint8_t)key,
				     (uint8_t)velocity};
	w->n_notes++;
	return DR_OK;
}

static int
compare_notes(const void *a, const void *b)
{
	const note *x = a, *y = b;
	return x->tick != y->tick ? (x->tick < y->tick ? -1 : 1) : (x->serial < y->serial ? -1 : 1);
}

static int
compare_events(const void *a, const void *b)
{
	const event *x = a, *y = b;
	if (x->tick != y->tick)
		return x->tick < y->tick ? -1 : 1;
	if (x->rank != y->rank)
		return x->rank - y->rank;
	return x->serial < y->serial ? -1 : 1;
}

/* Cuts notes short at the next of the same pitch; a note of velocity 0 is dropped by emit_notes. */
static void
resolve_overlaps(midiwriter *w)
{
	static const size_t none = SIZE_MAX;
	size_t last[16][128];
	for (int c = 0; c < 16; c++)
		for (int k = 0; k < 128; k++)
			last[c][k] = none;
	for (size_t i = 0; i < w->n_notes; i++) {
		note *n = &w->note[i];
		size_t *before = &last[n->channel][n->key];
		if (*before != none) {
			note *p = &w->note[*before];
			if (p->tick == n->tick && p->velocity >= n->velocity) {
				n->velocity = 0;
				continue;
			}
			if (p->tick == n->tick)
				p->velocity = 0;
			else if (p->end > n->tick)
				p->end = n->tick;
		}
		*before = i;
	}
}

static bool
emit_notes(midiwriter *w)
{
	for (size_t i = 0; i < w->n_notes; i++) {
		const note *n = &w->note[i];
		if (!n->velocity)
			continue;
		const uint8_t on[3] = {(uint8_t)(0x90 | n->channel), n->key, n->velocity};
		const uint8_t off[3] = {(uint8_t)(0x80 | n->channel), n->key, 64};
		if (!add_event(w, n->tick, RANK_ON, on, sizeof on) ||
		    !add_event(w, n->end, RANK_OFF, off, sizeof off))
			return false;
	}
	return true;
}

static uint8_t *
put_varlen(uint8_t *at, uint32_t value)
{
	for (int shift = 21; shift > 0; shift -= 7)
		if (value >> shift)
			*at++ = (uint8_t)(0x80 | ((value >> shift) & 0x7f));
	*at++ = (uint8_t)(value & 0x7f);
	return at;
}

static uint8_t *
put_big_endian(uint8_t *at, uint32_t value, int bytes)
{
	for (int i = bytes - 1; i >= 0; i--)
		*at++ = (uint8_t)(value >> 8 * i);
	return at;
}

static dr_status
write_file(const midiwriter *w, uint32_t end_tick, dr_error *err)
{
	enum { HEADERS = 22, LONGEST_EVENT = 4 + 7, END = 4 + 3 };
	uint8_t *data = malloc(HEADERS + w->n_events * LONGEST_EVENT + END);
	if (!data)
		return no_memory(w, err);
	memcpy(data, "MThd", 4);
	uint8_t *at = put_big_endian(data + 4, 6, 4);
	at = put_big_endian(at, 0, 2);
	at = put_big_endian(at, 1, 2);
	at = put_big_endian(at, (uint32_t)w->ppq, 2);
	memcpy(at, "MTrk", 4);
	uint8_t *const track = at + 8;
	uint32_t tick = 0;
	at = track;
	for (size_t i = 0; i < w->n_events; i++) {
		const event *e = &w->event[i];
		at = put_varlen(at, e->tick - tick);
		memcpy(at, e->bytes, e->length);
		at += e->length;
		tick = e->tick;
	}
	at = put_varlen(at, end_tick > tick ? end_tick - tick : 0);
	memcpy(at, (const uint8_t[]){0xff, 0x2f, 0}, 3);
	at += 3;
	(void)put_big_endian(track - 4, (uint32_t)(at - track), 4);
	dr_status status = file_write_whole(w->path, data, (size_t)(at - data), err);
	free(data);
	return status;
}

dr_status
midiwriter_close(midiwriter *w, uint32_t end_tick, dr_error *err)
{
	if (w->n_notes > 0)
		qsort(w->note, w->n_notes, sizeof *w->note, compare_notes);
	resolve_overlaps(w);
	dr_status status = DR_OK;
	if (!emit_notes(w)) {
		status = no_memory(w, err);
	} else {
		qsort(w->event, w->n_events, sizeof *w->event, compare_events);
		status = write_file(w, end_tick < MIDIWRITE_MAX_TICK ? end_tick : MIDIWRITE_MAX_TICK, err);
	}
	midiwriter_discard(w);
	return status;
}

void
midiwriter_discard(midiwriter *w)
{
	if (!w)
		return;
	free(w->path);
	free(w->event);
	free(w->note);
	free(w);
}

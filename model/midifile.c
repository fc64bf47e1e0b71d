#include "model/midifile.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

typedef struct reader {
	const uint8_t *data; /* the whole file */
	size_t at, end;      /* where we are; where the present chunk ends */
	const char *name;
	int track; /* 1.. in messages; 0 in the header */
	uint32_t tick;
	long events;
	midifile *out;
	dr_error *err;
} reader;

static dr_status
fault(const reader *r, const char *what)
{
	if (r->track == 0)
		return error_set(r->err, DR_BAD_INPUT, "%s: byte %zu: %s", r->name, r->at, what);
	return error_set(r->err, DR_BAD_INPUT, "%s: track %d, byte %zu: %s", r->name, r->track, r->at, what);
}

/* Makes room for one more element, at most `limit` of them. *array keeps its value on failure. */
static bool
grow(void **array, size_t count, size_t *capacity, size_t element)
{
	if (count < *capacity)
		return true;
	const size_t wanted = *capacity ? *capacity * 2 : 64;
	void *grown = realloc(*array, wanted * element);
	if (!grown)
		return false;
	*array = grown;
	*capacity = wanted;
	return true;
}

static dr_status
add_note(reader *r, uint8_t channel, uint8_t note, uint8_t velocity)
{
	midifile *m = r->out;
	if (!grow((void **)&m->note, m->n_notes, &m->note_capacity, sizeof *m->note))
		return error_set(r->err, DR_FAILED, "%s: out of memory", r->name);
	m->note[m->n_notes++] = (midifile_note){r->tick, channel, note, velocity};
	return DR_OK;
}

static dr_status
add_tempo(reader *r, const uint8_t *data)
{
	midifile *m = r->out;
	const uint32_t us = (uint32_t)data[0] << 16 | (uint32_t)data[1] << 8 | data[2];
	if (us == 0 || m->n_tempi >= MIDIFILE_MAX_METAS)
		return DR_OK;
	if (!grow((void **)&m->tempo, m->n_tempi, &m->tempo_capacity, sizeof *m->tempo))
		return error_set(r->err, DR_FAILED, "%s: out of memory", r->name);
	m->tempo[m->n_tempi++] = (midifile_tempo){r->tick, us};
	return DR_OK;
}

static dr_status
add_metre(reader *r, const uint8_t *data)
{
	midifile *m = r->out;
	if (data[0] == 0 || data[1] > 6 || m->n_metres >= MIDIFILE_MAX_METAS)
		return DR_OK;
	if (!grow((void **)&m->metre, m->n_metres, &m->metre_capacity, sizeof *m->metre))
		return error_set(r->err, DR_FAILED, "%s: out of memory", r->name);
	m->metre[m->n_metres++] = (midifile_metre){r->tick, data[0], 1 << data[1]};
	return DR_OK;
}

/* Variable-length quantity of at most four bytes (Standard MIDI Files 1.0, "Conventions"). */
static dr_status
read_varlen(reader *r, uint32_t *value)
{
	uint32_t v = 0;
	for (int i = 0; i < 4; i++) {
		if (r->at >= r->end)
			return fault(r, "the track ends inside an event");
		const uint8_t b = r->data[r->at++];
		v = v << 7 | (b & 0x7fu);
		if (!(b & 0x80)) {
			*value = v;
			return DR_OK;
		}
	}
	return fault(r, "a length of more than four bytes");
}

/* A meta event or SysEx: its length, checked, and where its bytes lie. */
static dr_status
read_block(reader *r, const uint8_t **data, uint32_t *length)
{
	dr_status status = read_varlen(r, length);
	if (status != DR_OK)
		return status;
	if (*length > r->end - r->at)
		return fault(r, "an event claims to be longer than its track");
	*data = r->data + r->at;
	r->at += *length;
	return DR_OK;
}

static dr_status
read_meta(reader *r, bool *end_of_track)
{
	if (r->at >= r->end)
		return fault(r, "the track ends inside an event");
	const uint8_t type = r->data[r->at++];
	const uint8_t *data = NULL;
	uint32_t length = 0;
	dr_status status = read_block(r, &data, &length);
	if (status != DR_OK)
		return status;
	switch (type) {
	case 0x2f: *end_of_track = true; return DR_OK;
	case 0x51: return length >= 3 ? add_tempo(r, data) : fault(r, "a tempo event without a tempo");
	case 0x58: return length >= 2 ? add_metre(r, data) : fault(r, "a time signature without a metre");
	default: return DR_OK;
	}
}

static dr_status
read_channel_event(reader *r, uint8_t status_byte)
{
	const uint8_t kind = status_byte & 0xf0;
	const size_t length = kind == 0xc0 || kind == 0xd0 ? 1 : 2;
	if (r->end - r->at < length)
		return fault(r, "the track ends inside an event");
	const uint8_t *data = r->data + r->at;
	if ((data[0] & 0x80) || (length == 2 && (data[1] & 0x80)))
		return fault(r, "a status byte where data belongs");
	r->at += length;
	if (kind == 0x90 && data[1] > 0)
		return add_note(r, status_byte & 0x0f, data[0], data[1]);
	return DR_OK;
}

static dr_status
read_event(reader *r, uint8_t *running, bool *end_of_track)
{
	if (r->at >= r->end)
		return fault(r, "the track ends inside an event");
	const uint8_t b = r->data[r->at];
	if (b < 0x80) {
		if (!*running)
			return fault(r, "data without a status byte before it");
		return read_channel_event(r, *running);
	}
	r->at++;
	if (b < 0xf0) {
		*running = b;
		return read_channel_event(r, b);
	}
	*running = 0; /* meta events and SysEx cancel it (Standard MIDI Files 1.0) */
	if (b == 0xff)
		return read_meta(r, end_of_track);
	if (b == 0xf0 || b == 0xf7) {
		const uint8_t *data;
		uint32_t length;
		return read_block(r, &data, &length);
	}
	r->at--;
	return fault(r, "a system message that files do not have");
}

/* One MTrk chunk, whose times count from tick `start`. */
static dr_status
read_track(reader *r, uint32_t start)
{
	uint8_t running = 0;
	bool end_of_track = false;
	r->tick = start;
	while (r->at < r->end && !end_of_track) {
		uint32_t delta;
		dr_status status = read_varlen(r, &delta);
		if (status != DR_OK)
			return status;
		if (delta > MIDIFILE_MAX_TICK - r->tick)
			return fault(r, "an event lies absurdly late");
		r->tick += delta;
		if (++r->events > MIDIFILE_MAX_EVENTS)
			return fault(r, "more events than are read (4194304)");
		status = read_event(r, &running, &end_of_track);
		if (status != DR_OK)
			return status;
	}
	if (r->tick > r->out->end)
		r->out->end = r->tick;
	return DR_OK;
}

static uint32_t
big_endian_32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static dr_status
read_header(reader *r, size_t size)
{
	if (size < 14 || memcmp(r->data, "MThd", 4) != 0)
		return fault(r, "not a standard MIDI file (no MThd header)");
	const uint32_t length = big_endian_32(r->data + 4);
	if (length < 6 || length > size - 8)
		return fault(r, "the header lies about its size");
	const int format = r->data[8] << 8 | r->data[9];
	const unsigned division = (unsigned)r->data[12] << 8 | r->data[13];
	r->at = 8;
	if (format > 2)
		return fault(r, "a format that is not 0, 1 or 2");
	r->at = 12;
	if (division & 0x8000)
		return fault(r, "SMPTE time division; export it with ticks per quarter note");
	if (division == 0)
		return fault(r, "zero ticks per quarter note");
	r->out->format = format;
	r->out->ppq = division;
	r->at = 8 + (size_t)length;
	return DR_OK;
}

/* The first bar line at or after the end of what was read, by the last metre read (4/4 without one). */
static uint32_t
next_bar_line(const midifile *m)
{
	uint64_t bar = 4u * (uint64_t)m->ppq;
	if (m->n_metres > 0) {
		const midifile_metre *last = &m->metre[m->n_metres - 1];
		bar = bar * (unsigned)last->numerator / (unsigned)last->denominator;
	}
	if (bar == 0)
		bar = 1;
	const uint64_t line = (m->end + bar - 1) / bar * bar;
	return line > MIDIFILE_MAX_TICK ? MIDIFILE_MAX_TICK : (uint32_t)line;
}

static dr_status
read_chunks(reader *r, size_t size)
{
	while (size - r->at >= 8) {
		const uint8_t *head = r->data + r->at;
		const uint32_t length = big_endian_32(head + 4);
		const bool is_track = memcmp(head, "MTrk", 4) == 0;
		if (!is_track && length > size - r->at - 8)
			break; /* trailing bytes of no chunk */
		if (is_track)
			r->track++;
		if (length > size - r->at - 8)
			return fault(r, "cut off: the track claims more bytes than the file has");
		r->at += 8;
		r->end = r->at + length;
		if (is_track) {
			const uint32_t start =
			    r->out->format == 2 && r->track > 1 ? next_bar_line(r->out) : 0;
			dr_status status = read_track(r, start);
			if (status != DR_OK)
				return status;
		}
		r->at = r->end;
	}
	return r->track > 0 ? DR_OK : fault(r, "no track");
}

/* All three kinds of event start with their tick. */
static uint32_t
tick_at(const char *events, size_t i, size_t element)
{
	uint32_t tick;
	memcpy(&tick, events + i * element, sizeof tick);
	return tick;
}

/* Merges [lo, mid) and [mid, hi) of from into to; equal ticks keep their order. */
static void
merge_runs(const char *from, char *to, size_t lo, size_t mid, size_t hi, size_t element)
{
	size_t a = lo, b = mid;
	for (size_t k = lo; k < hi; k++) {
		const bool left =
		    a < mid && (b >= hi || tick_at(from, a, element) <= tick_at(from, b, element));
		memcpy(to + k * element, from + (left ? a++ : b++) * element, element);
	}
}

/* A stable merge sort. A single track is in order already and costs one look. */
static bool
sort_by_tick(void *events, size_t n, size_t element)
{
	size_t in_order = 1;
	while (in_order < n && tick_at(events, in_order - 1, element) <= tick_at(events, in_order, element))
		in_order++;
	if (in_order >= n)
		return true;
	char *spare = malloc(n * element), *from = events, *to = spare;
	if (!spare)
		return false;
	for (size_t width = 1; width < n; width *= 2) {
		for (size_t lo = 0; lo < n; lo += 2 * width) {
			const size_t mid = lo + width < n ? lo + width : n;
			merge_runs(from, to, lo, mid, mid + width < n ? mid + width : n, element);
		}
		char *const merged = to;
		to = from;
		from = merged;
	}
	if (from == spare)
		memcpy(events, spare, n * element);
	free(spare);
	return true;
}

dr_status
midifile_parse(const void *data, size_t size, const char *name, midifile *out, dr_error *err)
{
	memset(out, 0, sizeof *out);
	reader r = {.data = data, .end = size, .name = name, .out = out, .err = err};
	dr_status status = read_header(&r, size);
	if (status == DR_OK)
		status = read_chunks(&r, size);
	if (status == DR_OK && !(sort_by_tick(out->note, out->n_notes, sizeof *out->note) &&
				 sort_by_tick(out->tempo, out->n_tempi, sizeof *out->tempo) &&
				 sort_by_tick(out->metre, out->n_metres, sizeof *out->metre)))
		status = error_set(err, DR_FAILED, "%s: out of memory", name);
	if (status != DR_OK)
		midifile_clear(out);
	return status;
}

void
midifile_clear(midifile *m)
{
	free(m->note);
	free(m->tempo);
	free(m->metre);
	memset(m, 0, sizeof *m);
}

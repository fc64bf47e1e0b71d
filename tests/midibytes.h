/* MIDI files put together byte by byte, so that the reader is tested against the format and not against our
 * writer. */
#ifndef DRUMLIN_TESTS_MIDIBYTES_H
#define DRUMLIN_TESTS_MIDIBYTES_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef struct midibytes {
	uint8_t data[1 << 16];
	size_t size, track; /* track: where the present track's bytes begin */
} midibytes;

static inline void
midi_put(midibytes *m, const void *bytes, size_t n)
{
	memcpy(m->data + m->size, bytes, n);
	m->size += n;
}

#define MIDI(m, ...) midi_put(m, (const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__}))

static inline void
midi_head(midibytes *m, int format, int tracks, int division)
{
	m->size = 0;
	midi_put(m, "MThd", 4);
	MIDI(m, 0, 0, 0, 6, 0, (uint8_t)format, 0, (uint8_t)tracks, (uint8_t)(division >> 8),
	     (uint8_t)division);
}

static inline void
midi_track(midibytes *m)
{
	midi_put(m, "MTrk\0\0\0", 8);
	m->track = m->size;
}

static inline void
midi_end(midibytes *m)
{
	MIDI(m, 0, 0xff, 0x2f, 0);
	const size_t n = m->size - m->track;
	for (int i = 0; i < 4; i++)
		m->data[m->track - 1 - (size_t)i] = (uint8_t)(n >> 8 * i);
}

static inline void
midi_delta(midibytes *m, uint32_t ticks)
{
	for (int shift = 21; shift > 0; shift -= 7)
		if (ticks >> shift)
			MIDI(m, (uint8_t)(0x80 | (ticks >> shift & 0x7f)));
	MIDI(m, (uint8_t)(ticks & 0x7f));
}

/* A note-on on channel 10. */
static inline void
midi_hit(midibytes *m, uint32_t delta, int note, int velocity)
{
	midi_delta(m, delta);
	MIDI(m, 0x99, (uint8_t)note, (uint8_t)velocity);
}

#endif

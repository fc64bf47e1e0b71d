/* What a hand has moved: a channel message seen as the controls that it may belong to. A control change is
 * itself, perhaps a half of a 14-bit pair, perhaps part of a non-registered parameter (MIDI 1.0 Detailed
 * Specification, "Control Change"). Pure but for the halves kept; owned by the thread that reads the cable.
 */
#ifndef DRUMLIN_MIDI_DECODE_H
#define DRUMLIN_MIDI_DECODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum midi_from {
	MIDI_FROM_CC,
	MIDI_FROM_CC14, /* number 0..31; its low half comes as number + 32 */
	MIDI_FROM_NRPN, /* number 0..16383 */
	MIDI_FROM_NOTE,
	MIDI_FROM_BEND,
	MIDI_FROM_PRESSURE,     /* of the channel */
	MIDI_FROM_KEY_PRESSURE, /* of one key */
	MIDI_FROMS
} midi_from;

typedef struct midi_event {
	midi_from from;
	uint8_t channel; /* 0..15 */
	uint16_t number; /* 0 for bend and channel pressure */
	uint16_t value, top;
	int8_t delta; /* an NRPN's increment or decrement; value is not meant then */
	bool down;    /* a note that begins, a value in the upper half */
} midi_event;

enum { MIDI_CHANNELS = 16, MIDI_PAIRS = 32, MIDI_NO_NRPN = 0xffff, MIDI_EVENTS_MAX = 3 };
typedef struct midi_decoder {
	uint8_t high[MIDI_CHANNELS][MIDI_PAIRS], low[MIDI_CHANNELS][MIDI_PAIRS];
	uint16_t nrpn[MIDI_CHANNELS]; /* the number chosen */
	uint8_t data_high[MIDI_CHANNELS], data_low[MIDI_CHANNELS];
} midi_decoder;

void midi_decoder_init(midi_decoder *d);

/* What a complete channel message says; returns the number of events, none for anything else. A 14-bit
 * control speaks at either half, with the other as it was. */
int midi_decode(midi_decoder *d, const uint8_t *message, size_t size, midi_event event[MIDI_EVENTS_MAX]);

#endif

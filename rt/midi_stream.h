/* A cable's bytes made into messages, whatever they are: running status, system exclusive without an end,
 * messages that break off, real time in the middle of others. One per cable, so that nothing of one cable's
 * running status reaches another. Plain state, no allocation; owned by the thread that reads the cable. */
#ifndef DRUMLIN_MIDI_STREAM_H
#define DRUMLIN_MIDI_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct midi_stream {
	uint8_t status;  /* running, or of the message that is under way; 0 none */
	uint8_t data[2]; /* what of it has come */
	uint8_t n;
	bool exclusive;  /* inside a system exclusive message, which is passed over */
	uint32_t faults; /* bytes without a status, messages that broke off */
} midi_stream;

typedef struct midi_message {
	uint8_t size; /* 1..3 */
	uint8_t data[3];
} midi_message;

/* Bytes of a message of this status, itself included; 0 for system exclusive and what MIDI does not define.
 */
int midi_message_size(uint8_t status);

/* Takes one byte; true if it completes a message. */
bool midi_stream_byte(midi_stream *s, uint8_t byte, midi_message *m);

#endif

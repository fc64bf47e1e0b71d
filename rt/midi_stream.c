#include "rt/midi_stream.h"

int
midi_message_size(uint8_t status)
{
	switch (status & 0xf0) {
	case 0x80:
	case 0x90:
	case 0xa0:
	case 0xb0:
	case 0xe0: return 3;
	case 0xc0:
	case 0xd0: return 2;
	case 0xf0: break;
	default: return 0;
	}
	switch (status) {
	case 0xf1:
	case 0xf3: return 2;
	case 0xf2: return 3;
	case 0xf6: return 1;
	case 0xf9:
	case 0xfd: return 0;
	default: return status >= 0xf8;
	}
}

/* A status byte that is not real time. */
static bool
begin(midi_stream *s, uint8_t byte, midi_message *m)
{
	const bool ends = byte == 0xf7;
	/* Under way was a message, or an exclusive one that another status cut off. */
	s->faults += (s->n > 0 && !s->exclusive) || (s->exclusive && !ends) || (ends && !s->exclusive);
	s->n = 0;
	s->exclusive = byte == 0xf0;
	const int size = midi_message_size(byte);
	s->status = size > 1 ? byte : 0;
	if (size == 0 && byte != 0xf0 && !ends)
		s->faults++;
	if (size != 1)
		return false;
	*m = (midi_message){1, {byte, 0, 0}};
	return true;
}

bool
midi_stream_byte(midi_stream *s, uint8_t byte, midi_message *m)
{
	if (byte >= 0xf8) {
		s->faults += midi_message_size(byte) == 0;
		*m = (midi_message){1, {byte, 0, 0}};
		return midi_message_size(byte) == 1;
	}
	if (byte & 0x80)
		return begin(s, byte, m);
	if (s->exclusive)
		return false;
	if (!s->status) {
		s->faults++;
		return false;
	}
	s->data[s->n++] = byte;
	const int size = midi_message_size(s->status);
	if (s->n < size - 1)
		return false;
	*m = (midi_message){(uint8_t)size, {s->status, s->data[0], size > 2 ? s->data[1] : 0}};
	s->n = 0;
	if (s->status >= 0xf0) /* system common messages do not run on */
		s->status = 0;
	return true;
}

#include "rt/midi_decode.h"

#include <string.h>

enum {
	DATA_HIGH = 6,
	DATA_LOW = 38,
	INCREMENT = 96,
	DECREMENT = 97,
	NRPN_LOW = 98,
	NRPN_HIGH,
	RPN_LOW,
	RPN_HIGH
};

void
midi_decoder_init(midi_decoder *d)
{
	memset(d, 0, sizeof *d);
	for (int c = 0; c < MIDI_CHANNELS; c++)
		d->nrpn[c] = MIDI_NO_NRPN;
}

/* The numbers by which a parameter is chosen; a registered one is none of ours. */
static bool
choose(midi_decoder *d, int channel, uint8_t controller, uint8_t value)
{
	uint16_t *number = &d->nrpn[channel];
	if (controller == RPN_LOW || controller == RPN_HIGH) {
		*number = MIDI_NO_NRPN;
		return true;
	}
	if (controller != NRPN_LOW && controller != NRPN_HIGH)
		return false;
	if (*number == MIDI_NO_NRPN)
		*number = 0;
	*number = controller == NRPN_HIGH ? (uint16_t)(value << 7 | (*number & 127))
					  : (uint16_t)((*number & ~127) | value);
	d->data_high[channel] = d->data_low[channel] = 0;
	return true;
}

static bool
data_entry(midi_decoder *d, int channel, uint8_t controller, uint8_t value, midi_event *e)
{
	const uint16_t number = d->nrpn[channel];
	if (choose(d, channel, controller, value) || number == MIDI_NO_NRPN)
		return false;
	*e =
	    (midi_event){.from = MIDI_FROM_NRPN, .channel = (uint8_t)channel, .number = number, .top = 16383};
	switch (controller) {
	case DATA_HIGH: d->data_high[channel] = value; break;
	case DATA_LOW: d->data_low[channel] = value; break;
	case INCREMENT: e->delta = 1; break;
	case DECREMENT: e->delta = -1; break;
	default: return false;
	}
	e->value = (uint16_t)(d->data_high[channel] << 7 | d->data_low[channel]);
	e->down = e->value > 8191;
	return true;
}

static int
control_change(midi_decoder *d, int channel, uint8_t controller, uint8_t value, midi_event *event)
{
	int n = 0;
	event[n++] = (midi_event){.from = MIDI_FROM_CC,
				  .channel = (uint8_t)channel,
				  .number = controller,
				  .value = value,
				  .top = 127,
				  .down = value >= 64};
	if (controller < 2 * MIDI_PAIRS) {
		const int pair = controller % MIDI_PAIRS;
		uint8_t *half = controller < MIDI_PAIRS ? &d->high[channel][pair] : &d->low[channel][pair];
		*half = value;
		const uint16_t both = (uint16_t)(d->high[channel][pair] << 7 | d->low[channel][pair]);
		event[n++] = (midi_event){.from = MIDI_FROM_CC14,
					  .channel = (uint8_t)channel,
					  .number = (uint16_t)pair,
					  .value = both,
					  .top = 16383,
					  .down = both > 8191};
	}
	n += data_entry(d, channel, controller, value, &event[n]);
	return n;
}

int
midi_decode(midi_decoder *d, const uint8_t *message, size_t size, midi_event event[MIDI_EVENTS_MAX])
{
	if (size < 2 || message[1] > 127 || (size > 2 && message[2] > 127))
		return 0;
	const int kind = message[0] & 0xf0, channel = message[0] & 0x0f;
	midi_event e = {.channel = (uint8_t)channel, .number = message[1], .top = 127};
	if (kind == 0xd0) {
		e.from = MIDI_FROM_PRESSURE;
		e.number = 0;
		e.value = message[1];
	} else if (size < 3) {
		return 0;
	} else if (kind == 0xb0) {
		return control_change(d, channel, message[1], message[2], event);
	} else if (kind == 0xe0) {
		e.from = MIDI_FROM_BEND;
		e.number = 0;
		e.value = (uint16_t)(message[2] << 7 | message[1]);
		e.top = 16383;
	} else if (kind == 0x80 || kind == 0x90) {
		e.from = MIDI_FROM_NOTE;
		e.value = kind == 0x90 ? message[2] : 0;
	} else if (kind == 0xa0) {
		e.from = MIDI_FROM_KEY_PRESSURE;
		e.value = message[2];
	} else {
		return 0;
	}
	e.down = e.from == MIDI_FROM_NOTE ? e.value > 0 : e.value > e.top / 2;
	event[0] = e;
	return 1;
}

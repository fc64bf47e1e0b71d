/* libFuzzer target: any bytes from a cable, through the stream, the built-in map and the learner. */
#include "osc/midi_learn.h"
#include "rt/midi_stream.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static midi_map map, learned;
	static midi_hand hand;
	static params p;
	midi_stream stream = {0};
	midi_learn learn;
	midi_binding b;
	midi_action action[4];
	midi_message m;
	params_reset(&p);
	params_set(&p, PARAM_TEMPO, 100.0f, PARAM_SOURCE_SCREEN);
	midi_map_default(&map);
	midi_hand_init(&hand);
	midi_learn_init(&learn);
	learned.n_bindings = 0;
	for (size_t i = 0; i < size; i++) {
		if (!midi_stream_byte(&stream, data[i], &m))
			continue;
		if (m.size != midi_message_size(m.data[0]))
			abort();
		for (int k = 1; k < m.size; k++)
			if (m.data[k] > 127)
				abort();
		const int n = midi_map_apply(&map, &hand, &p, m.data, m.size, action, 4);
		for (int a = 0; a < n; a++)
			if (action[a].kind == MIDI_PARAM &&
			    !params_set(&p, action[a].slot, action[a].value, 0))
				abort();
		if (midi_learn_feed(&learn, &p, m.data, m.size, &b) && !midi_learn_keep(&learned, &b))
			abort();
	}
	free(midi_learn_text(&learned));
	return 0;
}

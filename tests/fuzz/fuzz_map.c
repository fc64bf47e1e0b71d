/* libFuzzer target: any bytes as a controller's map, and then what the map does with them. */
#include "osc/lights.h"
#include "osc/midi_learn.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool
take(void *user, const uint8_t message[3])
{
	(void)user;
	if (message[0] < 0x90 || message[1] > 127 || message[2] > 127)
		abort();
	return true;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static map_file f;
	static params p;
	static midi_hand hand;
	static lights told;
	midi_action action[8];
	control c = {.params = &p};
	const lights_view view = {.control = &c, .engine = {.place = {.len = 16, .metre = {4, 4, false}}}};
	params_reset(&p);
	midi_hand_init(&hand);
	lights_forget(&told);
	if (map_file_parse((const char *)data, size, "fuzz", &f, NULL, NULL) < 0)
		abort();
	if (f.map.n_bindings > MIDI_MAP_BINDINGS || f.n_lights > MAP_LIGHTS || f.start.size > MAP_BYTES)
		abort();
	for (size_t i = 0; i + 2 < size; i += 3) {
		const uint8_t message[] = {(uint8_t)(data[i] | 0x80), data[i + 1] & 0x7f, data[i + 2] & 0x7f};
		const int n = midi_map_apply(&f.map, &hand, &p, message, 3, action, 8);
		for (int a = 0; a < n; a++) {
			if (action[a].kind == MIDI_PARAM &&
			    !params_set(&p, action[a].slot, action[a].value, 0))
				abort(); /* not a number */
			if (action[a].kind == MIDI_CELL)
				params_set_cell(&p, action[a].slot, action[a].cell);
		}
	}
	lights_refresh(&told, &f, &view, 1000, take, NULL);
	char line[160];
	for (int i = 0; i < f.map.n_bindings; i++)
		if (f.map.binding[i].target.to == MIDI_TO_SLOT &&
		    map_line_write(&f.map.binding[i], line, sizeof line) >= (int)sizeof line)
			abort();
	return 0;
}

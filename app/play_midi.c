/* The controllers that drumlin play looks after. [main] */
#include "app/play_state.h"

#include <stdlib.h>

dr_status
stage_start_midi(stage *s, dr_error *err)
{
	midi_ports_options o = {.send_to = s->options.midi_out};
	dr_error why;
#ifdef HAVE_PORTMIDI
	o.backend = midi_portmidi();
#endif
	const dr_status status = maps_open(s->options.map, s->options.n_maps, stage_say, s, &o.maps, err);
	if (status != DR_OK)
		return status;
	if (midi_ports_start(&s->player.control, &o, &s->midi, &why) != DR_OK)
		stage_say(s, why.text);
	return DR_OK;
}

void
stage_keep_midi(stage *s)
{
	static char from[HOST_PEERS], to[HOST_PEERS];
	dr_error err;
	if (!s->midi)
		return;
	if (s->backend.host && host_midi_peers(s->backend.host, from, to))
		midi_ports_host_peers(s->midi, from, to);
	char *learned = midi_ports_take_learned(s->midi);
	if (!learned)
		return;
	if (maps_keep_learned(learned, &err) != DR_OK)
		stage_say(s, err.text);
	else
		stage_say(s, "learned: kept in maps/learned.map");
	free(learned);
}

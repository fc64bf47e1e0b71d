/* The controllers that drumlin play looks after. [main] */
#include "app/play_state.h"

#include "osc/midi_learn.h"

#include <stdlib.h>
#include <string.h>

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
	if (s->session.learned)
		midi_maps_learned(o.maps, s->session.learned, strlen(s->session.learned),
				  "the session's learned controls", stage_say, s);
	if (o.maps->learned.n_bindings)
		s->learned = midi_learn_text(&o.maps->learned);
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
	free(s->learned);
	s->learned = learned;
	if (s->keeper && !session_keeper_learned(s->keeper, learned))
		stage_say(s, "out of memory: what was learned is not in the session");
	if (maps_keep_learned(learned, &err) != DR_OK)
		stage_say(s, err.text);
	else
		stage_say(s, "learned: kept in maps/learned.map");
}

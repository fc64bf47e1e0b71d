/* MIDI without a JACK bridge: PortMIDI's inputs (controllers, clock) and outputs (notes, clock), served in
 * one thread (PortMIDI is single-threaded: that thread alone touches it). */
#ifndef DRUMLIN_MIDI_PORTS_H
#define DRUMLIN_MIDI_PORTS_H

#include "rt/control.h"

typedef struct midi_ports midi_ports;

/* Opens every input, and the outputs whose names contain `send_to` ("all": every one; NULL: none). What the
 * engine sends leaves within a millisecond of its frame. Errors: DR_UNAVAILABLE (no sequencer device on this
 * system, nothing to open; if the outputs alone are
 * missing, *out serves the inputs), DR_FAILED. Map and name are borrowed. [main] */
dr_status midi_ports_start(control *c, const midi_map *map, const char *send_to, midi_ports **out,
			   dr_error *err) DR_CHECKED;

int midi_ports_count(const midi_ports *m);   /* inputs that are open */
int midi_ports_outputs(const midi_ports *m); /* and outputs */

/* Ends the thread; NULL is allowed. [main] */
void midi_ports_stop(midi_ports *m);

#endif

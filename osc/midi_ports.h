/* MIDI controllers without a JACK bridge: PortMIDI's inputs, polled in one thread (PortMIDI is
 * single-threaded: that thread alone touches it). */
#ifndef DRUMLIN_MIDI_PORTS_H
#define DRUMLIN_MIDI_PORTS_H

#include "rt/control.h"

typedef struct midi_ports midi_ports;

/* Opens every input. Errors: DR_UNAVAILABLE (no sequencer device on this system, no input), DR_FAILED.
 * The map is borrowed. [main] */
dr_status midi_ports_start(control *c, const midi_map *map, midi_ports **out, dr_error *err) DR_CHECKED;

int midi_ports_count(const midi_ports *m); /* inputs that are open */

/* Ends the thread; NULL is allowed. [main] */
void midi_ports_stop(midi_ports *m);

#endif

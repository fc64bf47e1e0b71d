/* The thread of the controllers: PortMIDI's inputs (controllers, clock) and outputs (notes, clock, lights),
 * the maps of the host's MIDI port and its lights, and learning for both. PortMIDI is single-threaded: this
 * thread alone touches it. */
#ifndef DRUMLIN_MIDI_PORTS_H
#define DRUMLIN_MIDI_PORTS_H

#include "osc/midi_backend.h"
#include "osc/midi_maps.h"
#include "rt/control.h"
#include "rt/midi_bound.h"

typedef struct midi_ports midi_ports;

typedef struct midi_ports_options {
	midi_maps *maps;             /* passes to the thread */
	const midi_backend *backend; /* borrowed; NULL: the host's ports alone */
	const char *send_to; /* part of the names of the outputs that get what is played; "all"; NULL none;
				borrowed */
} midi_ports_options;

/* Opens every input, the outputs of send_to, and those that lights lead to. What the engine sends leaves
 * within a millisecond of its frame. Ports that come later are opened when they do. *out serves the host's
 * ports even where there are no others. Errors: DR_UNAVAILABLE (no sequencer device on this system, no output
 * of that name; *out is there all the same), DR_FAILED (then it is not). [main] */
dr_status midi_ports_start(control *c, const midi_ports_options *o, midi_ports **out,
			   dr_error *err) DR_CHECKED;

int midi_ports_count(const midi_ports *m);       /* inputs that are open [any] */
int midi_ports_outputs(const midi_ports *m);     /* and outputs that get what is played [any] */
uint32_t midi_ports_faults(const midi_ports *m); /* messages that made no sense [any] */

/* What moves which parameter; as long as the ports are there. [any] */
const midi_bound *midi_ports_bound(const midi_ports *m);

/* What is connected to the host's MIDI port and its lights (host_midi_peers). [main] */
void midi_ports_host_peers(midi_ports *m, const char *from, const char *to);

/* A message that came in by the host's port while learning (REPORT_LEARN). [main] */
void midi_ports_learn(midi_ports *m, const uint8_t message[3]);

/* The learned map as text, malloc'd, once after each change; NULL if nothing has changed. [main] */
char *midi_ports_take_learned(midi_ports *m);

/* Another learned map, as text, takes the place of the present one; copied. [main] */
void midi_ports_put_learned(midi_ports *m, const char *text);

/* Ends the thread; NULL is allowed. [main] */
void midi_ports_stop(midi_ports *m);

#endif

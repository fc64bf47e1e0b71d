/* What the lights of a controller show: the truth, told in full once and from then on where it changes.
 *
 * Pure functions over a view of the player and what has been sent; owned by the thread that sends. */
#ifndef DRUMLIN_LIGHTS_H
#define DRUMLIN_LIGHTS_H

#include "osc/map_file.h"
#include "rt/control.h"

typedef struct lights_view {
	const control *control; /* parameters and scenes */
	const plan *plan;       /* what the network plays; NULL: not known */
	engine_status engine;
} lights_view;

/* What one device has been told, by the message that sets the light: CC or note, and number. */
enum { LIGHT_LAMPS = 256 };
typedef struct lights {
	bool told[LIGHT_LAMPS];
	uint8_t sent[LIGHT_LAMPS][3];
	int next; /* where the next round begins, so that every lamp has its turn */
} lights;

/* Everything is told anew: the device has just appeared. */
void lights_forget(lights *l);

/* Sends a message of three bytes; false if it could not, and it is tried again. */
typedef bool lights_send_fn(void *user, const uint8_t message[3]);

/* Sends up to `most` lights that differ from what has been sent; returns how many were. A lamp that the layer
 * on top does not use is off. */
int lights_refresh(lights *l, const map_file *f, const lights_view *v, int most, lights_send_fn *send,
		   void *user);

/* The message that sets a light to what it shows now. */
void lights_message(const map_file *f, const map_light *light, const lights_view *v, uint8_t message[3]);

#endif

/* Who takes part in a gig besides Drumlin: two controllers with lights, a tablet, whoever conducts JACK, and
 * the judge at its end. One thread each but for what is said. */
#ifndef DRUMLIN_GIG_PARTS_H
#define DRUMLIN_GIG_PARTS_H

#include "osc/lights.h"
#include "rt/param.h"

#include <stdbool.h>
#include <stdint.h>

extern uint64_t gig_seed;
int gig_below(int n); /* at random, 0..n-1 */
double gig_now(void); /* seconds */

/* --- controllers.c: a nanoKONTROL2 and a Launchpad Mini MK3, in the place of PortMIDI ---- */

enum { GIG_NANO, GIG_PAD, GIG_DEVICES };
typedef struct gig_device {
	const char *name, *map;
	uint8_t lamp[LIGHT_LAMPS][3]; /* the last message to each */
	bool lit[LIGHT_LAMPS];
} gig_device;
extern gig_device gig_devices[GIG_DEVICES];

/* A packet of four bytes comes from a device. */
void gig_play(int device, int a, int b, int c, int d);
int gig_lamp_of(const uint8_t message[3]);

/* --- tablet.c: an OSC client that shows what it has sent, and what it has been told ---- */

typedef struct gig_tablet {
	int socket;
	bool told[PARAM_SLOTS];
	float value[PARAM_SLOTS];
	char cell[CELLS][40]; /* as it was told; empty: free */
	int messages;         /* all that it has heard */
	int asked, answers;   /* its questions */
} gig_tablet;

void gig_tablet_open(gig_tablet *t, int port);
void gig_tablet_say(const gig_tablet *t, const char *path, float value);
/* Subscribes to parameters and cells; a question answered to this tablet. */
void gig_tablet_subscribe(const gig_tablet *t);
void gig_tablet_send(const gig_tablet *t, const void *packet, size_t size);
/* Until nothing has come for so long. */
void gig_tablet_listen(gig_tablet *t, int ms);
/* Asks until it has an answer: everything that was sent before has been taken, or is lost. */
void gig_tablet_agree(gig_tablet *t);

/* --- judge.c ---- */

/* Compares what the tablet and the lights show with what `truth`, who has just been told everything, says.
 * Returns the number of differences, each of which is printed. */
int gig_judge(const gig_tablet *truth, const gig_tablet *tablet);

/* --- conductor.c: a JACK server of the gig's own, and a client that moves its transport, floods Drumlin's
 * MIDI port, and listens ---- */

typedef struct gig_heard {
	uint64_t frames, sounding; /* of main; sounding: of these above -60 dBFS */
	uint64_t bad;              /* samples that are no numbers */
	float peak;                /* of both channels */
	uint32_t locates, midi, xruns;
} gig_heard;

/* False where no server can be had. */
bool gig_conductor_start(void);
/* Something at random: starts, stops, locates. */
void gig_conductor_act(void);
/* MIDI at several times the rate of a cable, rubbish in it, until told otherwise. */
void gig_conductor_flood(bool on);
gig_heard gig_conductor_stop(void);

/* --- load.c: busy loops, a client that does nothing on a JACK server of its own, and the processor's time
 * that Drumlin's process callback takes ---- */

typedef struct gig_spent {
	uint64_t periods, too_long; /* too_long: took more of the processor's time than they last */
	uint32_t median_us, thousandth_us, most_us; /* thousandth: one period in a thousand takes more */
} gig_spent;

/* Forks: before any thread. */
void gig_load_start(int hogs);
/* Returns the xruns of the server of the client that does nothing; -1: there was none. */
int64_t gig_load_stop(void);
/* When Drumlin has ended. */
gig_spent gig_load_spent(void);

#endif

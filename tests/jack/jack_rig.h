/* A JACK server of its own (dummy driver), Drumlin's engine on it, and a second client that records every
 * onset, plays MIDI and moves the transport: for tests that want the real thing. */
#ifndef DRUMLIN_JACK_RIG_H
#define DRUMLIN_JACK_RIG_H

#include "model/composer.h"
#include "rt/control.h"
#include "rt/host.h"

#include <jack/jack.h>
#include <pthread.h>

enum { JACK_RIG_RATE = 48000, JACK_RIG_PERIOD = 64, JACK_RIG_ONSETS = 1 << 17 };

typedef struct onset {
	int64_t frame; /* the recorder's own count */
	int instrument;
	uint32_t time, period; /* the server's count, of that frame and of its period's first */
	uint64_t us;           /* when that period was heard */
} onset;

typedef struct jack_rig {
	/* Drumlin. */
	params params;
	plan plan;
	midi_map map;
	engine *engine;
	model *model;
	composer *composer;
	control control;
	host *host;
	/* What was played, copied from the plan as the playhead passed it. */
	step_event *step;
	int64_t n_steps, max_steps;
	/* The witness. */
	jack_client_t *witness;
	jack_port_t *ear[INSTRUMENTS], *hand, *eye;
	bool sounding[INSTRUMENTS];
	int64_t frame;
	onset *onsets;
	_Atomic uint32_t n_onsets, xruns;
	float *tape; /* what ear[0] hears from now on, if there is room for it; the test's */
	uint32_t tape_frames;
	_Atomic uint32_t taped;
	/* The first frame from which ear[0] is not as before, once watched for. */
	_Atomic bool watching;
	float level;
	onset moved;
	void (*retire)(void *user, kit_set *set); /* takes retired sets; NULL frees them */
	void *retire_user;
	_Atomic uint32_t midi;   /* message to send in the next period: 3 bytes; 0 none */
	_Atomic uint32_t lights; /* the last message of three bytes that came to the eye */
	_Atomic bool
	    dawdles; /* the witness takes several periods for one, so that the graph is never done in time */
	_Atomic double master_bpm, master_quarters;
	pthread_t keeper;
	_Atomic bool over;
} jack_rig;

/* r: all zero, or what was started before. Starts server, engine and witness; false (with a word on stdout)
 * where JACK cannot run: skip the test then. max_steps: how much of the plan to remember. */
bool jack_rig_start(jack_rig *r, int64_t max_steps);
void jack_rig_stop(jack_rig *r);

/* Closes Drumlin; server and witness go on. */
void jack_rig_leave(jack_rig *r);

/* Starts it at the head of a test, or skips that. */
#define jack_rig_or_skip(r, max_steps)                                                                       \
	do {                                                                                                 \
		if (!jack_rig_start(r, max_steps)) {                                                         \
			jack_rig_stop(r);                                                                    \
			skip();                                                                              \
		}                                                                                            \
	} while (0)

void jack_rig_sleep(double seconds);

/* Stops the server where it is for so long, and lets it go on. */
void jack_rig_freeze(double seconds);

/* Ends a server that does not answer. */
void jack_rig_end_server(void);

/* Sends a MIDI message in the next period. */
void jack_rig_midi(jack_rig *r, uint8_t status, uint8_t a, uint8_t b);

/* Makes the witness timebase master at this tempo from where it is; 0 gives up. */
void jack_rig_master(jack_rig *r, double bpm);

engine_status jack_rig_status(const jack_rig *r);

/* Waits until the condition holds, half a minute at most: on a busy machine the server itself is late. */
#define jack_rig_until(condition)                                                                            \
	({                                                                                                   \
		int until_tries = 0;                                                                         \
		while (!(condition) && until_tries++ < 30000)                                                \
			jack_rig_sleep(0.001);                                                               \
		(condition);                                                                                 \
	})

#endif

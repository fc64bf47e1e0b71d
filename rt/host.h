/* Hosts: what calls the engine's callback. JACK, ALSA's PCM, and the wall clock in silence; the offline
 * renderer (rt/host_offline.h) is the fourth.
 *
 * A host is opened (and then knows its sample rate), started with an engine, and closed. All functions
 * here are for the main thread; notifications from sound servers only set flags that host_poll reports. */
#ifndef DRUMLIN_HOST_H
#define DRUMLIN_HOST_H

#include "rt/engine.h"
#include "rt/reentry.h"

typedef struct host host;

typedef struct host_options {
	const char *client_name; /* JACK */
	bool connect;            /* JACK: main outs to the system's playback ports */
	const char *device;      /* ALSA; NULL: "default" */
	uint32_t rate;           /* wanted by ALSA and the wall clock; 0: 48000 */
} host_options;

typedef enum host_master {
	HOST_NO_MASTER,
	HOST_MASTER,
	HOST_MASTER_REFUSED, /* politely asked for, and somebody else is */
	HOST_MASTER_LOST     /* somebody else has taken it */
} host_master;

typedef struct host_status {
	const char *name; /* "JACK", "ALSA", "silence" */
	bool alive;       /* false: the server or the device is gone; close the host */
	bool realtime;    /* the audio thread has real-time priority */
	uint32_t rate, period;
	uint32_t xruns;
	host_master master;
	float load; /* 0..1 as the server sees it; negative: unknown */
} host_status;

/* Errors: DR_UNAVAILABLE with a line that says what is missing. */
dr_status host_jack_open(const host_options *options, host **out, dr_error *err) DR_CHECKED;
dr_status host_alsa_open(const host_options *options, host **out, dr_error *err) DR_CHECKED;
dr_status host_silent_open(const host_options *options, host **out, dr_error *err) DR_CHECKED;

/* From here on engine_process is called from the host's own thread. Errors: DR_FAILED, DR_UNAVAILABLE. */
dr_status host_start(host *h, engine *e, dr_error *err) DR_CHECKED;

/* Stops calling the engine and frees everything; NULL is allowed. */
void host_close(host *h);

void host_poll(host *h, host_status *status);

/* The monotonic clock in microseconds, that engine_io.time_us is in. [any but JACK's callback, which has its
 * own] */
uint64_t host_now_us(void);

/* Where the transport is not the engine's own (sync follows JACK): carries out play, stop or continue.
 * Nothing where there is no transport. */
void host_transport(host *h, command_id command);

/* A transport that stands still, as after a server's restart, goes on where the wall clock has the song by
 * then (rt/reentry.h); one that another has set rolling is left alone. Nothing where there is none. */
void host_go_on(host *h, const reentry_anchor *anchor);

/* The names (and aliases) of what is connected to the host's MIDI ports, one to a line: that controllers come
 * in from, and that their lights go out to. False, and nothing written, if that has not changed since the
 * last call, or there are no such ports. */
enum { HOST_PEERS = 4096 };
bool host_midi_peers(host *h, char from[HOST_PEERS], char to[HOST_PEERS]);

/* The name under which the sound server knows us: another than was asked for where a client had that one
 * already. The host's, until it is closed; NULL where there is no server. */
const char *host_client_name(host *h);

/* Becomes JACK's timebase master (polite: only if nobody is) or gives it up. Nothing elsewhere. What came of
 * it is in host_status.master. */
void host_set_master(host *h, bool master, bool polite);

#endif

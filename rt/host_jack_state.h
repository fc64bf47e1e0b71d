/* What the files of the JACK host share: host_jack.c opens it, runs its periods and looks after it;
 * host_jack_ports.c has its ports, their latency and names; host_jack_transport.c its transport, both roles;
 * host_jack_time.c the server's time. Private to host_jack*.c, which alone know JACK. */
#ifndef DRUMLIN_HOST_JACK_STATE_H
#define DRUMLIN_HOST_JACK_STATE_H

#include "rt/clock_lead.h"
#include "rt/host_ops.h"
#include "rt/reentry.h"

#include <jack/jack.h>
#include <pthread.h>

enum { MIDI_EVENTS = 1024 };

typedef struct jack_host {
	host base;
	jack_client_t *client;
	engine *engine;
	jack_port_t *main_port[2], *instrument_port[INSTRUMENTS][2], *midi_in, *midi_out, *lights_out;
	bool connect, active, pipewire;
	host_master master;
	int described;        /* ports that have their metadata */
	jack_nframes_t due;   /* the frame that should come next; the audio thread's */
	bool counting;        /* it means something */
	uint32_t sync_waited; /* frames; the audio thread's */
	clock_lead clocks;    /* the main thread's */
	uint64_t frame;       /* of the transport, at this period's start; the audio thread's */
	bool rolling;         /* likewise */
	_Atomic bool gone, freewheel, closing, inside;
	_Atomic uint32_t xruns, rate, period, latency;
	_Atomic uint32_t look_ahead; /* the engine's latency, as JACK knows it */
	_Atomic uint32_t unasked;    /* frames rolled since the server last asked us for the time */
	_Atomic int64_t lead;        /* microseconds by which the monotonic clock is ahead of the server's */
	_Atomic bool patched;        /* something has been connected or taken apart */
	_Atomic bool replugged;      /* likewise, for `heard` */
	pthread_mutex_t hearing;     /* of whoever finds out `heard`; never the audio thread */
	_Atomic uint32_t heard;      /* bit 2i + c: somebody listens to that port of instrument i */
	reentry reentry;             /* the audio thread's; begun with `anchor` once that is set */
	reentry_anchor anchor;
	_Atomic bool anchored;
	engine_midi in[MIDI_EVENTS], out[MIDI_EVENTS];
	engine_light light; /* taken from the engine; found no room yet */
	bool has_light;
} jack_host;

/* host_jack_ports.c [main, and JACK's own threads] */
bool jack_add_ports(jack_host *h);
/* One by one, while JACK's thread still reads what the server tells of each: a client that closes does not
 * listen any more, and jackd2 (1.9.21) stands still once the socket to it is full. */
void jack_remove_ports(jack_host *h);
void jack_connect_playback(jack_host *h);
/* Names and order of some ports that have none yet. */
void jack_describe_some(jack_host *h);
/* Who listens to which instrument, if that may have changed. Not from JACK's audio thread. */
void jack_look_who_hears(jack_host *h);
/* Buffers of the ports that are heard: most of the time nobody listens to 24 of them. [audio] */
void jack_get_outputs(jack_host *h, jack_nframes_t nframes, engine_io *io);
void jack_on_latency(jack_latency_callback_mode_t mode, void *arg);
/* Tells the server of another look-ahead. */
void jack_tell_latency(jack_host *h);
bool jack_midi_peers(host *base, char *from, char *to);

/* host_jack_transport.c [audio] */
void jack_read_transport(jack_host *h, jack_nframes_t nframes, engine_io *io);
int jack_sync_ready(jack_transport_state_t state, jack_position_t *pos, void *arg);
/* [main] */
void jack_transport(host *base, command_id command);
void jack_go_on(host *base, const reentry_anchor *anchor);
void jack_set_master(host *base, bool master, bool polite);

/* host_jack_time.c: when the cycle began, by the monotonic clock, 0 where the server does not say; and the
 * frames that went by unplayed before it. [audio] */
uint64_t jack_cycle_time(const jack_host *h);
uint32_t jack_lost_frames(jack_host *h, jack_nframes_t nframes);
/* Reads both clocks, some times in a row. [main] */
void jack_compare_clocks(jack_host *h);

#endif

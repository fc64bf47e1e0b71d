/* What the OSC thread keeps. Private to osc_*.c; touched by that thread alone after the start. */
#ifndef DRUMLIN_OSC_STATE_H
#define DRUMLIN_OSC_STATE_H

#include "osc/osc_server.h"

#include <pthread.h>
#include <sys/socket.h>

enum { OSC_PEERS = 32, OSC_STREAMS = 8, OSC_PACKET = 65536, OSC_BUNDLE_DEPTH = 8 };

/* Somebody who has talked to us, or is to be told. */
typedef struct osc_peer {
	bool used, subscribed;
	int stream; /* index of its TCP connection; -1: UDP */
	struct sockaddr_storage address;
	socklen_t address_size;
	uint64_t heard;              /* order of last contact */
	uint32_t seen[PARAM_SLOTS];  /* versions already told */
	bool corrected[PARAM_SLOTS]; /* it sent a value that was clamped or refused: tell it what is */
	int told_playing;            /* -1 not yet */
} osc_peer;

/* A TCP connection and what has come of the next packet. */
typedef struct osc_stream {
	int fd;            /* -1 free */
	bool slip, framed; /* how packets are delimited (OSC 1.1 SLIP or 1.0 sizes); framed: it is known */
	bool escaped;
	bool stalled; /* does not read what it is sent: to be closed when nobody is busy with its packet */
	uint32_t have;
	unsigned char *buffer; /* OSC_PACKET + 4 bytes */
} osc_stream;

struct osc_server {
	control *control;
	int udp, tcp, port;
	int stop_pipe[2];
	pthread_t thread;
	osc_peer peer[OSC_PEERS];
	osc_stream stream[OSC_STREAMS];
	uint64_t contacts;
	_Atomic int subscribers;
	unsigned char packet[OSC_PACKET];
};

/* osc_net.c */
dr_status osc_net_open(osc_server *s, const osc_options *options, dr_error *err);
void osc_net_close(osc_server *s);
void osc_net_accept(osc_server *s);
void osc_net_read_udp(osc_server *s);
void osc_net_read_stream(osc_server *s, int stream);
void osc_net_close_stalled(osc_server *s);
void osc_net_send(osc_server *s, osc_peer *to, const void *data, size_t size);
osc_peer *osc_net_peer(osc_server *s, const struct sockaddr_storage *address, socklen_t size, int stream);

/* osc_dispatch.c: one packet from a peer. */
void osc_dispatch(osc_server *s, osc_peer *from, void *data, size_t size);

/* osc_feedback.c */
void osc_feedback_full(osc_server *s, osc_peer *to); /* everything, at subscription */
void osc_feedback_changes(osc_server *s);            /* what has changed, to all subscribers */
void osc_feedback_value(osc_server *s, osc_peer *to, int slot);
void osc_feedback_count(osc_server *s);

#endif

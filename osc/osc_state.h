/* What the OSC thread keeps. Private to osc_*.c; touched by that thread alone after the start. */
#ifndef DRUMLIN_OSC_STATE_H
#define DRUMLIN_OSC_STATE_H

#include "osc/osc_paths.h"
#include "osc/osc_server.h"

#include <lo/lo.h>
#include <pthread.h>
#include <sys/socket.h>

enum {
	OSC_PEERS = 32,
	OSC_STREAMS = 8,
	OSC_MEND_MS = 1000,
	OSC_PACKET = 65536,
	OSC_BUNDLE_DEPTH = 8,
	OSC_OUT = 1400,             /* bytes of a packet that we send: below every network's limit */
	OSC_HELD = 1024,            /* messages that wait for their time */
	OSC_HELD_BYTES = 512,       /* of one of them */
	OSC_HELD_US = 10 * 1000000, /* how far ahead that may be */
	OSC_UNANSWERED = 16384,     /* messages to somebody who may not be there at all */
	OSC_AGAIN = 15, /* rounds of rest after which what has changed is told once more: half a second */
	OSC_TOKEN_MAX = 64,
	OSC_PATTERN_MAX = 128,
	OSC_PATTERN_STARS = 8
};

typedef struct osc_address {
	struct sockaddr_storage address;
	socklen_t size;
} osc_address;

/* Somebody who has talked to us, or is to be told. */
typedef struct osc_peer {
	bool used, subscribed;
	bool lapsed;     /* was subscribed when its port was closed: is again as soon as it is heard */
	bool proven;     /* has answered: nobody has put a stranger's address on its packets */
	bool authorised; /* has sent the token */
	int stream;      /* index of its TCP connection; -1: UDP */
	osc_address at;
	int hand;            /* the peer that moves what this one shows; -1: itself */
	unsigned sections;   /* that it hears, or will once it has answered */
	bool awaited;        /* not told anything before it has answered */
	int32_t nonce;       /* what it has to answer */
	uint64_t born;       /* order of its making: an index alone may have passed to another */
	uint64_t heard;      /* order of last contact */
	uint32_t unanswered; /* messages told since then */
	float allowance;     /* bytes that may be sent now */
	int64_t full_at;     /* when it was told everything, ms */

	/* What it has been told. */
	uint32_t seen[PARAM_SLOTS];  /* versions */
	bool corrected[PARAM_SLOTS]; /* it sent a value that was clamped or refused: tell it what is */
	uint32_t xy[2];              /* versions of both sides of the pads, added */
	int playing, playhead, edit; /* -1 not yet */
	uint32_t steps[INSTRUMENTS][CELL_STEPS];
	uint32_t cells[CELLS];

	/* How lately it has been told that, and whether it will be once more (osc_again.c); 0: long ago. */
	uint8_t value_again[PARAM_SLOTS], xy_again[2], playing_again, edit_again;
	uint8_t step_again[INSTRUMENTS][CELL_STEPS], cell_again[CELLS];

	/* Told as often as there is room. */
	uint8_t plays[INSTRUMENTS][CELL_STEPS];
	float meters[ENGINE_METERS];
} osc_peer;

enum { OSC_UNTOLD = 0xff }; /* in plays: no velocity */
#define OSC_UNTOLD_CELL UINT32_MAX

/* A TCP connection and what has come of the next packet. */
typedef struct osc_stream {
	int fd;            /* -1 free */
	bool slip, framed; /* how packets are delimited (OSC 1.1 SLIP or 1.0 sizes); framed: it is known */
	bool escaped;
	bool stalled; /* does not read what it is sent: to be closed when nobody is busy with its packet */
	uint32_t have;
	osc_address from;
	unsigned char *buffer; /* OSC_PACKET + 4 bytes */
} osc_stream;

/* A message that waits. */
typedef struct osc_held {
	int64_t due_us, next_us; /* when it is to act; when it is looked at again */
	int peer;
	uint64_t born; /* of the peer */
	size_t size;
	unsigned char *data;
} osc_held;

/* A network whose senders are heard: 128-bit addresses, IPv4 as ::ffff:0:0/96. */
typedef struct osc_network {
	unsigned char address[16];
	int bits;
} osc_network;

/* The packet that is being put together. */
typedef struct osc_out {
	osc_peer *to;
	size_t size;
	int messages;
	unsigned char data[OSC_OUT];
} osc_out;

struct osc_server {
	control *control;
	int udp, tcp, family;
	_Atomic int port;   /* told to any thread while the sockets are opened anew */
	char address[64];   /* that they are bound to */
	int64_t mend_at_ms; /* when to try again, while they are gone */
	bool watched;       /* the address may go, as a network does */
	int64_t look_at_ms; /* whether it has */
	void (*say)(void *user, const char *line);
	void *user;
	int stop_pipe[2];
	pthread_t thread;
	osc_network allow[OSC_ALLOW];
	int n_allow;
	char token[OSC_TOKEN_MAX];
	osc_peer peer[OSC_PEERS];
	osc_peer nobody; /* whose place has passed to another before its message was due */
	osc_stream stream[OSC_STREAMS];
	osc_held held[OSC_HELD]; /* by falling next_us */
	int n_held;
	int64_t clock_offset_us; /* NTP time less the monotonic clock's, from 1900 */
	bool clock_known;
	float allowance; /* bytes for all those together who may not be there at all */
	int edit;        /* bar of the pattern that the steps are of, from 0 */
	uint64_t contacts, born;
	engine_status now;
	uint8_t plays[INSTRUMENTS][CELL_STEPS];
	float meters[ENGINE_METERS];
	osc_out out;
	_Atomic int subscribers;
	_Atomic uint32_t received, barred, lost, hurried;
	unsigned char packet[OSC_PACKET];
};

/* osc_net.c */
dr_status osc_net_open(osc_server *s, const osc_options *options, dr_error *err);
void osc_net_close(osc_server *s);
/* The sockets are none any more. udp, tcp: which of them still is one, and is closed. */
void osc_net_lost(osc_server *s, bool udp, bool tcp);
/* Once a second: closes them where their address is this machine's no more. */
void osc_net_look(osc_server *s, int64_t now_ms);
/* Opens them again at their port, once a second. */
void osc_net_mend(osc_server *s, int64_t now_ms);
void osc_net_accept(osc_server *s);
void osc_net_read_udp(osc_server *s);
void osc_net_send(osc_server *s, osc_peer *to, const void *data, size_t size);

/* osc_stream.c */
void osc_stream_read(osc_server *s, int stream);
void osc_stream_send(osc_server *s, int stream, const unsigned char *data, size_t size);
void osc_stream_close(osc_server *s, int stream);
void osc_stream_close_stalled(osc_server *s);

/* osc_peer.c */
/* The peer at this address; a new one takes a free place, or that of whoever is missed least. */
osc_peer *osc_peer_at(osc_server *s, const osc_address *a, int stream);
/* The peer itself has sent a packet. */
void osc_peer_heard(osc_server *s, osc_peer *p);
void osc_peer_forget(osc_server *s, osc_peer *p);
/* Nobody at this address takes our packets any more. */
void osc_peer_refused(osc_server *s, const osc_address *a);
/* The number under which it sets parameters. */
uint32_t osc_peer_source(const osc_server *s, const osc_peer *p);
/* True if what `source` has moved needs not be told to p: it is the same hand. */
bool osc_peer_same_hand(const osc_server *s, const osc_peer *p, uint32_t source);
/* True if its packets cannot have been sent by somebody else in its name. */
bool osc_peer_certain(const osc_peer *p);
bool osc_address_equal(const osc_address *a, const osc_address *b);
bool osc_address_same_host(const osc_address *a, const osc_address *b);
bool osc_address_is_loopback(const osc_address *a);
void osc_count_subscribers(osc_server *s);

/* osc_access.c */
bool osc_access_open(osc_server *s, const osc_options *options, dr_error *err);
bool osc_access_heard(const osc_server *s, const osc_address *a);
/* True if the peer may do more than send the token. */
bool osc_access_granted(const osc_server *s, const osc_peer *p);
void osc_access_token(osc_server *s, osc_peer *p, const char *secret);

/* osc_dispatch.c: one packet from a peer. osc_dispatch_message: false if it must wait until due_us (0: at
 * once).
 */
void osc_dispatch(osc_server *s, osc_peer *from, void *data, size_t size);
bool osc_dispatch_message(osc_server *s, osc_peer *from, void *data, size_t size, int64_t due_us);
void osc_malformed(osc_server *s);

/* osc_values.c: arguments. number: false where there is none. */
bool osc_number(const lo_message m, int argument, float *value);
const char *osc_text(const lo_message m, int argument); /* NULL if it is none */
int osc_argc(const lo_message m);                       /* without nils at the end */

/* osc_cells.c */
typedef struct osc_cell_ref {
	int instrument, step;
} osc_cell_ref;
bool osc_cell_path(const char *path, osc_cell_ref *ref); /* "BD/step/3", below /drumlin/ */
void osc_cell_step(osc_server *s, osc_peer *from, osc_cell_ref ref, const lo_message m);
void osc_cell_any(osc_server *s, osc_peer *from, const lo_message m);
void osc_cell_edit(osc_server *s, osc_peer *from, const lo_message m);
void osc_cell_match(osc_server *s, osc_peer *from, const char *pattern, const lo_message m, bool *any);
bool osc_cell_matched(const char *pattern);

/* osc_queries.c: what clients ask. True if it was an order of theirs. */
bool osc_query(osc_server *s, osc_peer *from, const char *path, const lo_message m);
bool osc_path_match(const char *pattern, const char *path); /* part by part (OSC 1.0); both in full */

/* osc_held.c */
int64_t osc_now_us(void);                             /* monotonic */
int64_t osc_due_us(osc_server *s, uint64_t time_tag); /* 0: at once */
bool osc_hold(osc_server *s, const osc_peer *from, const void *data, size_t size, int64_t due_us);
void osc_release(osc_server *s, int64_t now_us);
int64_t osc_next_us(const osc_server *s); /* INT64_MAX: none waits */
void osc_held_clear(osc_server *s);

/* osc_out.c: messages for one peer, as few packets as will do. begin: false if it is to be told nothing now.
 * add: false if that is all for now. Arguments by type as lo_message_add's: i f s. */
bool osc_out_begin(osc_server *s, osc_peer *to);
bool osc_out_add(osc_server *s, const char *path, const char *types, ...);
void osc_out_end(osc_server *s);
void osc_out_refill(osc_server *s, float seconds);

/* osc_feedback.c */
void osc_feedback_full(osc_server *s, osc_peer *to); /* forgets what it was told, and begins to tell it */
void osc_feedback_changes(osc_server *s);            /* what has changed, to all subscribers */
bool osc_feedback_value(osc_server *s, osc_peer *to, int slot);

/* osc_again.c: what has rested half a second after a change is told once more, for a packet may be lost; and
 * what a peer sets within half a second of being told is told to it, for the one may meet the other on the
 * way. */
/* Once a round: whether it is time. It stays so until osc_again_told. */
bool osc_again_due(uint8_t *again);
/* The peer has been told: of a change, or of what it knew. */
void osc_again_told(uint8_t *again, bool changed);
/* The peer's own hand has set it. */
void osc_again_set(uint8_t *again);

/* osc_told.c: the sections beside the parameters. */
void osc_told_look(osc_server *s); /* at the engine, once for all */
bool osc_told_steps(osc_server *s, osc_peer *to);
bool osc_told_cells(osc_server *s, osc_peer *to);
bool osc_told_playing(osc_server *s, osc_peer *to);
bool osc_told_playhead(osc_server *s, osc_peer *to);
bool osc_told_plays(osc_server *s, osc_peer *to);
bool osc_told_meters(osc_server *s, osc_peer *to);
/* One cell's message, at its path among the steps or as /drumlin/cell. */
bool osc_told_step(osc_server *s, int instrument, int step, cell c);
bool osc_told_cell(osc_server *s, int index, cell c);

#endif

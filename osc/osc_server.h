/* OSC in and out: UDP and TCP on one port, in one thread.
 *
 * liblo parses, matches and writes messages; the sockets are our own, because liblo listens on every
 * interface and a drum machine on a venue's Wi-Fi must listen on the loopback unless told otherwise. */
#ifndef DRUMLIN_OSC_SERVER_H
#define DRUMLIN_OSC_SERVER_H

#include "rt/control.h"

typedef struct osc_server osc_server;

enum { OSC_DEFAULT_PORT = 9770, OSC_PORT_TRIES = 10, OSC_ALLOW = 16 };

typedef struct osc_options {
	const char *bind; /* numeric address, IPv4 or IPv6; NULL: 127.0.0.1 */
	int port;         /* 0: any free one */
	/* Who is heard, as ADDRESS or ADDRESS/BITS; none: everybody. This machine is always heard. */
	const char *allow[OSC_ALLOW];
	int n_allow;
	/* Said once when the sockets are gone, and once when they are there again; may be NULL. [the OSC
	 * thread] */
	void (*say)(void *user, const char *line);
	void *user;
	const char *token; /* the secret that others than this machine must send first; NULL: none. Copied */
} osc_options;

/* Binds and starts the thread. A busy port is stepped over (up to OSC_PORT_TRIES more); osc_server_port
 * tells. Errors: DR_USAGE (no such address), DR_UNAVAILABLE (no port), DR_FAILED. [main] */
dr_status osc_server_start(control *c, const osc_options *options, osc_server **out,
			   dr_error *err) DR_CHECKED;
int osc_server_port(const osc_server *s);

/* Number of clients that have subscribed. [any] */
int osc_server_subscribers(const osc_server *s);

/* What has come in, and what has not. Senseless messages and refused commands are counted in the control. */
typedef struct osc_counts {
	uint32_t received; /* packets */
	uint32_t barred;   /* packets from senders that are not heard */
	uint32_t lost;     /* datagrams that the system threw away because too many came */
	uint32_t hurried;  /* messages obeyed before their time, for want of room */
} osc_counts;
void osc_server_get_counts(const osc_server *s, osc_counts *counts); /* [any] */

/* True if the text is an address, or a network: ADDRESS/BITS. [any] */
bool osc_network_valid(const char *text);

/* Ends the thread and closes everything; NULL is allowed. [main] */
void osc_server_stop(osc_server *s);

#endif

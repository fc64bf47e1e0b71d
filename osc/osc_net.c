/* Sockets: UDP datagrams, TCP streams in both of OSC's framings, peers by address. */
#include "osc/osc_state.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SLIP_END = 0xc0, SLIP_ESC = 0xdb, SLIP_ESC_END = 0xdc, SLIP_ESC_ESC = 0xdd };

static int
open_socket(const struct addrinfo *where, int type)
{
	const int fd = socket(where->ai_family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	const int on = 1;
	if (fd < 0)
		return -1;
	if (type == SOCK_STREAM)
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	if (bind(fd, where->ai_addr, where->ai_addrlen) != 0 ||
	    (type == SOCK_STREAM && listen(fd, OSC_STREAMS) != 0)) {
		const int why = errno;
		close(fd);
		errno = why;
		return -1;
	}
	return fd;
}

static int
bound_port(int fd)
{
	struct sockaddr_storage a = {0};
	socklen_t size = sizeof a;
	if (getsockname(fd, (struct sockaddr *)&a, &size) != 0)
		return 0;
	/* NOLINTNEXTLINE(clang-analyzer-core.CallAndMessage): getsockname has written the family's own struct
	 */
	return ntohs(a.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&a)->sin6_port
					     : ((struct sockaddr_in *)&a)->sin_port);
}

/* UDP and TCP on the same port, or neither. */
static bool
try_port(osc_server *s, const char *address, int port, dr_status *status, dr_error *err)
{
	char service[16];
	struct addrinfo hints = {.ai_family = AF_UNSPEC,
				 .ai_socktype = SOCK_DGRAM,
				 .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE};
	struct addrinfo *where = NULL;
	snprintf(service, sizeof service, "%d", port);
	if (getaddrinfo(address, service, &hints, &where) != 0) {
		*status =
		    error_set(err, DR_USAGE, "--osc-bind %s: not a numeric address of this machine", address);
		return false;
	}
	s->udp = open_socket(where, SOCK_DGRAM);
	*status = DR_UNAVAILABLE;
	if (s->udp < 0 && errno == EADDRNOTAVAIL)
		*status = error_set(err, DR_USAGE, "--osc-bind %s: not an address of this machine", address);
	if (s->udp >= 0 && port == 0) {
		s->port = bound_port(s->udp);
		freeaddrinfo(where);
		snprintf(service, sizeof service, "%d", s->port);
		if (getaddrinfo(address, service, &hints, &where) != 0)
			where = NULL;
	} else {
		s->port = port;
	}
	s->tcp = s->udp >= 0 && where ? open_socket(where, SOCK_STREAM) : -1;
	if (where)
		freeaddrinfo(where);
	if (s->udp >= 0 && s->tcp < 0) {
		close(s->udp);
		s->udp = -1;
	}
	return s->udp >= 0;
}

dr_status
osc_net_open(osc_server *s, const osc_options *options, dr_error *err)
{
	const char *address = options->bind ? options->bind : "127.0.0.1";
	dr_status status = DR_OK;
	for (int i = 0; i < OSC_STREAMS; i++)
		s->stream[i].fd = -1;
	for (int i = 0; i <= OSC_PORT_TRIES; i++) {
		if (try_port(s, address, options->port ? options->port + i : 0, &status, err))
			return DR_OK;
		if (status == DR_USAGE)
			return status;
	}
	return error_set(err, DR_UNAVAILABLE,
			 "OSC ports %d to %d of %s are busy; choose another with --osc-port", options->port,
			 options->port + OSC_PORT_TRIES, address);
}

static void
close_stream(osc_server *s, int stream)
{
	osc_stream *t = &s->stream[stream];
	if (t->fd >= 0)
		close(t->fd);
	t->fd = -1;
	free(t->buffer);
	t->buffer = NULL;
	for (int i = 0; i < OSC_PEERS; i++)
		if (s->peer[i].used && s->peer[i].stream == stream)
			s->peer[i].used = s->peer[i].subscribed = false;
	osc_feedback_count(s);
}

void
osc_net_close(osc_server *s)
{
	for (int i = 0; i < OSC_STREAMS; i++)
		close_stream(s, i);
	if (s->udp >= 0)
		close(s->udp);
	if (s->tcp >= 0)
		close(s->tcp);
}

static bool
same_address(const osc_peer *p, const struct sockaddr_storage *a)
{
	if (p->address.ss_family != a->ss_family)
		return false;
	if (a->ss_family == AF_INET6) {
		const struct sockaddr_in6 *x = (const struct sockaddr_in6 *)&p->address,
					  *y = (const struct sockaddr_in6 *)a;
		return x->sin6_port == y->sin6_port &&
		       memcmp(&x->sin6_addr, &y->sin6_addr, sizeof x->sin6_addr) == 0;
	}
	const struct sockaddr_in *x = (const struct sockaddr_in *)&p->address,
				 *y = (const struct sockaddr_in *)a;
	return x->sin_port == y->sin_port && x->sin_addr.s_addr == y->sin_addr.s_addr;
}

/* The peer at this address; a new one takes a free place, or that of whoever has been silent longest and
 * is not subscribed; failing that, of the oldest subscriber. */
osc_peer *
osc_net_peer(osc_server *s, const struct sockaddr_storage *address, socklen_t size, int stream)
{
	osc_peer *place = NULL;
	for (int i = 0; i < OSC_PEERS; i++) {
		osc_peer *p = &s->peer[i];
		if (p->used && p->stream == stream &&
		    (stream >= 0 || (address && same_address(p, address)))) {
			p->heard = ++s->contacts;
			return p;
		}
		const bool better =
		    !place || (place->used && !p->used) ||
		    (place->used == p->used && place->subscribed && !p->subscribed) ||
		    (place->used == p->used && place->subscribed == p->subscribed && p->heard < place->heard);
		if (better)
			place = p;
	}
	memset(place, 0, sizeof *place);
	place->used = true;
	place->stream = stream;
	place->told_playing = -1;
	if (address) {
		place->address = *address;
		place->address_size = size;
	}
	place->heard = ++s->contacts;
	osc_feedback_count(s);
	return place;
}

void
osc_net_read_udp(osc_server *s)
{
	/* A flood must not keep the thread from its other duties: so many datagrams, then the rest of the
	 * loop. */
	for (int i = 0; i < 256; i++) {
		struct sockaddr_storage from;
		socklen_t from_size = sizeof from;
		const ssize_t n =
		    recvfrom(s->udp, s->packet, sizeof s->packet, 0, (struct sockaddr *)&from, &from_size);
		if (n < 0)
			return;
		osc_dispatch(s, osc_net_peer(s, &from, from_size, -1), s->packet, (size_t)n);
	}
}

void
osc_net_accept(osc_server *s)
{
	const int fd = accept4(s->tcp, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	const int on = 1;
	if (fd < 0)
		return;
	for (int i = 0; i < OSC_STREAMS; i++) {
		osc_stream *t = &s->stream[i];
		if (t->fd >= 0)
			continue;
		*t = (osc_stream){.fd = fd, .buffer = malloc(OSC_PACKET + 4)};
		if (!t->buffer)
			break;
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
		return;
	}
	close(fd);
}

static void
deliver(osc_server *s, int stream, unsigned char *packet, uint32_t size)
{
	if (size)
		osc_dispatch(s, osc_net_peer(s, NULL, 0, stream), packet, size);
}

/* One byte of an OSC 1.1 stream (SLIP, RFC 1055). False: the packet is too long. */
static bool
take_slip(osc_server *s, int stream, unsigned char byte)
{
	osc_stream *t = &s->stream[stream];
	if (byte == SLIP_END) {
		const uint32_t size = t->have;
		t->have = 0;
		deliver(s, stream, t->buffer, size);
		return true;
	}
	if (byte == SLIP_ESC) {
		t->escaped = true;
		return true;
	}
	if (t->escaped)
		byte = byte == SLIP_ESC_END ? SLIP_END : byte == SLIP_ESC_ESC ? SLIP_ESC : byte;
	t->escaped = false;
	if (t->have >= OSC_PACKET)
		return false;
	t->buffer[t->have++] = byte;
	return true;
}

/* One byte of an OSC 1.0 stream (a 32-bit size, then so many bytes). False: an absurd size. */
static bool
take_sized(osc_server *s, int stream, unsigned char byte)
{
	osc_stream *t = &s->stream[stream];
	t->buffer[t->have++] = byte;
	if (t->have < 4)
		return true;
	const uint32_t size = (uint32_t)t->buffer[0] << 24 | (uint32_t)t->buffer[1] << 16 |
			      (uint32_t)t->buffer[2] << 8 | t->buffer[3];
	if (size > OSC_PACKET)
		return false;
	if (t->have < size + 4)
		return true;
	t->have = 0;
	deliver(s, stream, t->buffer + 4, size);
	return true;
}

void
osc_net_read_stream(osc_server *s, int stream)
{
	osc_stream *t = &s->stream[stream];
	unsigned char chunk[4096];
	const ssize_t n = recv(t->fd, chunk, sizeof chunk, 0);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	bool sane = n > 0;
	for (ssize_t i = 0; sane && t->fd >= 0 && i < n; i++) {
		if (!t->framed) {
			t->framed = true;
			t->slip = chunk[i] == SLIP_END;
		}
		sane = t->slip ? take_slip(s, stream, chunk[i]) : take_sized(s, stream, chunk[i]);
	}
	if (!sane) {
		if (n > 0)
			atomic_fetch_add_explicit(&s->control->malformed, 1, memory_order_relaxed);
		close_stream(s, stream);
	}
}

/* Nothing here waits: a client that does not read loses its connection, not our time. */
static void
send_stream(osc_server *s, int stream, const unsigned char *data, size_t size)
{
	osc_stream *t = &s->stream[stream];
	unsigned char framed[2 * 2048 + 8];
	size_t n = 0;
	if (size > 2048)
		return;
	if (t->slip) {
		framed[n++] = SLIP_END;
		for (size_t i = 0; i < size; i++) {
			if (data[i] == SLIP_END || data[i] == SLIP_ESC) {
				framed[n++] = SLIP_ESC;
				framed[n++] = data[i] == SLIP_END ? SLIP_ESC_END : SLIP_ESC_ESC;
			} else {
				framed[n++] = data[i];
			}
		}
		framed[n++] = SLIP_END;
	} else {
		const uint32_t length = htonl((uint32_t)size);
		memcpy(framed, &length, 4);
		memcpy(framed + 4, data, size);
		n = size + 4;
	}
	/* Its buffer may hold the very packet that is being answered: it is closed later. */
	t->stalled = send(t->fd, framed, n, MSG_NOSIGNAL) != (ssize_t)n;
}

void
osc_net_close_stalled(osc_server *s)
{
	for (int i = 0; i < OSC_STREAMS; i++)
		if (s->stream[i].fd >= 0 && s->stream[i].stalled)
			close_stream(s, i);
}

void
osc_net_send(osc_server *s, osc_peer *to, const void *data, size_t size)
{
	if (to->stream >= 0) {
		if (s->stream[to->stream].fd >= 0 && !s->stream[to->stream].stalled)
			send_stream(s, to->stream, data, size);
		else
			to->subscribed = false; /* nor is more made for it */
		return;
	}
	if (sendto(s->udp, data, size, MSG_NOSIGNAL, (const struct sockaddr *)&to->address,
		   to->address_size) < 0 &&
	    errno == ECONNREFUSED) {
		to->subscribed = false;
		osc_feedback_count(s);
	}
}

/* Sockets: UDP datagrams, and TCP connections at the same port. Runs in the OSC thread after the start. */
#include "osc/osc_state.h"

#include <errno.h>
#include <linux/errqueue.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { UDP_BUFFER = 1 << 20, STREAM_BUFFER = 1 << 14 };

static int
open_socket(const struct addrinfo *where, int type)
{
	const int fd = socket(where->ai_family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	const int on = 1;
	if (fd < 0)
		return -1;
	if (type == SOCK_STREAM) {
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	} else {
		const int room = UDP_BUFFER;
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
		setsockopt(fd, SOL_SOCKET, SO_RXQ_OVFL, &on, sizeof on);
		setsockopt(fd, IPPROTO_IP, IP_RECVERR, &on, sizeof on);
		if (where->ai_family == AF_INET6)
			setsockopt(fd, IPPROTO_IPV6, IPV6_RECVERR, &on, sizeof on);
	}
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
	/* NOLINTNEXTLINE(clang-analyzer-core.CallAndMessage): getsockname has written all of it */
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
	s->family = where->ai_family;
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

/* Only an address that is neither the machine's own nor any can be taken from it. */
static bool
may_go(int fd)
{
	osc_address a = {.size = sizeof a.address};
	if (getsockname(fd, (struct sockaddr *)&a.address, &a.size) != 0)
		return false;
	const struct in6_addr *six = &((struct sockaddr_in6 *)&a.address)->sin6_addr;
	const bool any = a.address.ss_family == AF_INET6
			     ? IN6_IS_ADDR_UNSPECIFIED(six)
			     : ((struct sockaddr_in *)&a.address)->sin_addr.s_addr == INADDR_ANY;
	return !any && !osc_address_is_loopback(&a);
}

dr_status
osc_net_open(osc_server *s, const osc_options *options, dr_error *err)
{
	const char *address = options->bind ? options->bind : "127.0.0.1";
	dr_status status = DR_OK;
	snprintf(s->address, sizeof s->address, "%s", address);
	s->say = options->say;
	s->user = options->user;
	for (int i = 0; i < OSC_STREAMS; i++)
		s->stream[i].fd = -1;
	for (int i = 0; i <= OSC_PORT_TRIES; i++) {
		if (try_port(s, address, options->port ? options->port + i : 0, &status, err)) {
			s->watched = may_go(s->udp);
			return DR_OK;
		}
		if (status == DR_USAGE)
			return status;
	}
	return error_set(err, DR_UNAVAILABLE,
			 "OSC ports %d to %d of %s are busy; choose another with --osc-port", options->port,
			 options->port + OSC_PORT_TRIES, address);
}

static void
lose(osc_server *s, bool udp, bool tcp, int64_t mend_at_ms, const char *why)
{
	if (udp)
		close(s->udp);
	if (tcp)
		close(s->tcp);
	s->udp = s->tcp = -1;
	s->mend_at_ms = mend_at_ms;
	if (s->say)
		s->say(s->user, why);
}

void
osc_net_lost(osc_server *s, bool udp, bool tcp)
{
	lose(s, udp, tcp, 0, "OSC: the socket is gone; opening it again");
}

/* Nothing tells a socket that its address is gone from the machine: another one asks. */
static bool
is_here(const char *address)
{
	const struct addrinfo hints = {.ai_family = AF_UNSPEC,
				       .ai_socktype = SOCK_DGRAM,
				       .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE};
	struct addrinfo *where;
	if (getaddrinfo(address, "0", &hints, &where) != 0)
		return false; /* its interface has a number no more */
	const int fd = socket(where->ai_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	const bool here =
	    fd < 0 || bind(fd, where->ai_addr, where->ai_addrlen) == 0 || errno != EADDRNOTAVAIL;
	freeaddrinfo(where);
	if (fd >= 0)
		close(fd);
	return here;
}

void
osc_net_look(osc_server *s, int64_t now_ms)
{
	char line[128];
	if (!s->watched || s->udp < 0 || now_ms < s->look_at_ms)
		return;
	s->look_at_ms = now_ms + OSC_MEND_MS;
	if (is_here(s->address))
		return;
	snprintf(line, sizeof line, "OSC: %s is gone from this machine; waiting for it", s->address);
	lose(s, true, true, now_ms + OSC_MEND_MS, line);
}

void
osc_net_mend(osc_server *s, int64_t now_ms)
{
	dr_status status;
	dr_error err;
	if (s->udp >= 0 || now_ms < s->mend_at_ms)
		return;
	s->mend_at_ms = now_ms + OSC_MEND_MS;
	if (try_port(s, s->address, s->port, &status, &err) && s->say)
		s->say(s->user, "OSC: the socket is open again");
}

void
osc_net_close(osc_server *s)
{
	for (int i = 0; i < OSC_STREAMS; i++)
		osc_stream_close(s, i);
	if (s->udp >= 0)
		close(s->udp);
	if (s->tcp >= 0)
		close(s->tcp);
}

/* The system tells how many datagrams it has thrown away so far. */
static void
count_lost(osc_server *s, struct msghdr *h)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(h); c; c = CMSG_NXTHDR(h, c)) {
		uint32_t lost;
		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SO_RXQ_OVFL)
			continue;
		memcpy(&lost, CMSG_DATA(c), sizeof lost);
		atomic_store_explicit(&s->lost, lost, memory_order_relaxed);
	}
}

/* Who does not take our packets any more: the port is closed, says its machine. */
static void
read_errors(osc_server *s)
{
	for (int i = 0; i < OSC_PEERS; i++) {
		osc_address to = {.size = 0};
		char extra[512];
		struct msghdr h = {.msg_name = &to.address,
				   .msg_namelen = sizeof to.address,
				   .msg_control = extra,
				   .msg_controllen = sizeof extra};
		if (recvmsg(s->udp, &h, MSG_ERRQUEUE) < 0)
			return;
		to.size = h.msg_namelen;
		for (struct cmsghdr *c = CMSG_FIRSTHDR(&h); c; c = CMSG_NXTHDR(&h, c)) {
			struct sock_extended_err e;
			const bool is_error = (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_RECVERR) ||
					      (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_RECVERR);
			if (!is_error)
				continue;
			memcpy(&e, CMSG_DATA(c), sizeof e);
			if (e.ee_errno == ECONNREFUSED)
				osc_peer_refused(s, &to);
		}
	}
}

void
osc_net_read_udp(osc_server *s)
{
	/* A flood must not keep the thread from its other duties: so many datagrams, then the rest of the
	 * loop. */
	read_errors(s);
	for (int i = 0; i < 256; i++) {
		osc_address from = {.size = 0};
		char extra[64];
		struct iovec data = {s->packet, sizeof s->packet};
		struct msghdr h = {.msg_name = &from.address,
				   .msg_namelen = sizeof from.address,
				   .msg_iov = &data,
				   .msg_iovlen = 1,
				   .msg_control = extra,
				   .msg_controllen = sizeof extra};
		const ssize_t n = recvmsg(s->udp, &h, 0);
		if (n < 0)
			return;
		from.size = h.msg_namelen;
		count_lost(s, &h);
		if (!osc_access_heard(s, &from)) {
			atomic_fetch_add_explicit(&s->barred, 1, memory_order_relaxed);
			continue;
		}
		osc_peer *peer = osc_peer_at(s, &from, -1);
		osc_peer_heard(s, peer);
		osc_dispatch(s, peer, s->packet, (size_t)n);
	}
}

void
osc_net_accept(osc_server *s)
{
	osc_address from = {.size = sizeof from.address};
	const int fd =
	    accept4(s->tcp, (struct sockaddr *)&from.address, &from.size, SOCK_CLOEXEC | SOCK_NONBLOCK);
	const int on = 1;
	if (fd < 0)
		return;
	for (int i = 0; i < OSC_STREAMS && osc_access_heard(s, &from); i++) {
		osc_stream *t = &s->stream[i];
		if (t->fd >= 0)
			continue;
		*t = (osc_stream){.fd = fd, .from = from, .buffer = malloc(OSC_PACKET + 4)};
		if (!t->buffer)
			break;
		const int room = STREAM_BUFFER;
		setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
		return;
	}
	if (!osc_access_heard(s, &from))
		atomic_fetch_add_explicit(&s->barred, 1, memory_order_relaxed);
	close(fd);
}

void
osc_net_send(osc_server *s, osc_peer *to, const void *data, size_t size)
{
	if (to->stream >= 0) {
		if (s->stream[to->stream].fd >= 0 && !s->stream[to->stream].stalled)
			osc_stream_send(s, to->stream, data, size);
		else
			to->subscribed = false; /* nor is more made for it */
		return;
	}
	/* An error may be of a packet before, to somebody else: that is read from the queue, and this one is
	 * tried again. */
	for (int i = 0; i < 2; i++) {
		if (sendto(s->udp, data, size, MSG_NOSIGNAL, (const struct sockaddr *)&to->at.address,
			   to->at.size) >= 0 ||
		    errno != ECONNREFUSED)
			return;
		read_errors(s);
	}
}

/* Who talks to us, and whom we tell. Runs in the OSC thread. */
#include "osc/osc_state.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

static bool
same_bytes(const osc_address *a, const osc_address *b)
{
	if (a->address.ss_family != b->address.ss_family)
		return false;
	if (a->address.ss_family == AF_INET6)
		return memcmp(&((const struct sockaddr_in6 *)&a->address)->sin6_addr,
			      &((const struct sockaddr_in6 *)&b->address)->sin6_addr, 16) == 0;
	return ((const struct sockaddr_in *)&a->address)->sin_addr.s_addr ==
	       ((const struct sockaddr_in *)&b->address)->sin_addr.s_addr;
}

/* sin_port and sin6_port lie at the same place. */
static in_port_t
port_of(const osc_address *a)
{
	return ((const struct sockaddr_in *)&a->address)->sin_port;
}

bool
osc_address_equal(const osc_address *a, const osc_address *b)
{
	return same_bytes(a, b) && port_of(a) == port_of(b);
}

bool
osc_address_is_loopback(const osc_address *a)
{
	static const unsigned char mapped[13] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 127};
	if (a->address.ss_family == AF_INET6) {
		const struct in6_addr *v6 = &((const struct sockaddr_in6 *)&a->address)->sin6_addr;
		return IN6_IS_ADDR_LOOPBACK(v6) || memcmp(v6, mapped, sizeof mapped) == 0;
	}
	return a->address.ss_family == AF_INET &&
	       ntohl(((const struct sockaddr_in *)&a->address)->sin_addr.s_addr) >> 24 == 127;
}

bool
osc_address_same_host(const osc_address *a, const osc_address *b)
{
	return same_bytes(a, b) || (osc_address_is_loopback(a) && osc_address_is_loopback(b));
}

bool
osc_peer_certain(const osc_peer *p)
{
	return p->stream >= 0 || p->proven || p->authorised || osc_address_is_loopback(&p->at);
}

/* How much it would be missed. */
static int
rank(const osc_peer *p)
{
	return !p->used ? 0 : 1 + (p->subscribed || p->authorised ? 2 : 0) + (osc_peer_certain(p) ? 1 : 0);
}

void
osc_peer_forget(osc_server *s, osc_peer *p)
{
	for (int i = 0; i < OSC_PEERS; i++)
		if (s->peer[i].hand == (int)(p - s->peer))
			s->peer[i].hand = -1;
	memset(p, 0, sizeof *p);
	p->hand = -1;
	osc_count_subscribers(s);
}

osc_peer *
osc_peer_at(osc_server *s, const osc_address *a, int stream)
{
	osc_peer *place = &s->peer[0];
	for (int i = 0; i < OSC_PEERS; i++) {
		osc_peer *p = &s->peer[i];
		if (p->used && p->stream == stream && (stream >= 0 || osc_address_equal(&p->at, a)))
			return p;
		if (rank(p) < rank(place) || (rank(p) == rank(place) && p->heard < place->heard))
			place = p;
	}
	osc_peer_forget(s, place);
	place->used = true;
	place->stream = stream;
	place->at = *a;
	place->born = ++s->born;
	place->heard = ++s->contacts;
	place->allowance = OSC_PACKET;
	place->full_at = INT64_MIN / 2;
	return place;
}

void
osc_peer_heard(osc_server *s, osc_peer *p)
{
	p->heard = ++s->contacts;
	p->unanswered = 0;
	p->awaited = false; /* it asks for itself */
	for (int i = 0; i < OSC_PEERS; i++)
		if (s->peer[i].used && s->peer[i].hand == (int)(p - s->peer)) {
			s->peer[i].heard = s->contacts;
			s->peer[i].unanswered = 0;
		}
	if (p->lapsed) {
		p->lapsed = false;
		p->subscribed = true;
		osc_count_subscribers(s);
		osc_feedback_full(s, p);
	}
}

void
osc_peer_refused(osc_server *s, const osc_address *a)
{
	for (int i = 0; i < OSC_PEERS; i++) {
		osc_peer *p = &s->peer[i];
		if (!p->used || !p->subscribed || p->stream >= 0 || !osc_address_equal(&p->at, a))
			continue;
		p->subscribed = false;
		p->lapsed = true;
		osc_count_subscribers(s);
	}
}

uint32_t
osc_peer_source(const osc_server *s, const osc_peer *p)
{
	return p == &s->nobody ? PARAM_SOURCE_NONE : PARAM_SOURCE_FIRST_PEER + (uint32_t)(p - s->peer);
}

bool
osc_peer_same_hand(const osc_server *s, const osc_peer *p, uint32_t source)
{
	return source == osc_peer_source(s, p) ||
	       (p->hand >= 0 && source == PARAM_SOURCE_FIRST_PEER + (uint32_t)p->hand);
}

void
osc_count_subscribers(osc_server *s)
{
	int n = 0;
	for (int i = 0; i < OSC_PEERS; i++)
		n += s->peer[i].used && s->peer[i].subscribed;
	atomic_store_explicit(&s->subscribers, n, memory_order_relaxed);
}

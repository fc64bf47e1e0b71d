/* What is sent: several messages to a packet, and no more bytes than the other side can take, or an attacker
 * may cause in another's name. Runs in the OSC thread. */
#include "osc/osc_state.h"

#include <arpa/inet.h>
#include <stdarg.h>
#include <string.h>

static const float peer_rate = 256e3f;     /* bytes a second */
static const float uncertain_rate = 64e3f; /* to all of those together who may not be there */
static const float uncertain_most = 128e3f;

enum { HEAD = 16 };

void
osc_out_refill(osc_server *s, float seconds)
{
	s->allowance += uncertain_rate * seconds;
	if (s->allowance > uncertain_most)
		s->allowance = uncertain_most;
	for (int i = 0; i < OSC_PEERS; i++) {
		osc_peer *p = &s->peer[i];
		p->allowance += peer_rate * seconds;
		if (p->allowance > (float)OSC_PACKET)
			p->allowance = (float)OSC_PACKET;
	}
}

static bool
may_be_told(const osc_server *s, const osc_peer *p)
{
	if (!p->used || p->awaited || p->allowance <= 0.0f)
		return false;
	return osc_peer_certain(p) || (s->allowance > 0.0f && p->unanswered < OSC_UNANSWERED);
}

static void
start_packet(osc_out *o)
{
	static const unsigned char head[HEAD] = {'#', 'b', 'u', 'n', 'd', 'l', 'e', 0,
						 0,   0,   0,   0,   0,   0,   0,   1};
	memcpy(o->data, head, HEAD);
	o->size = HEAD;
	o->messages = 0;
}

bool
osc_out_begin(osc_server *s, osc_peer *to)
{
	s->out.to = may_be_told(s, to) ? to : NULL;
	start_packet(&s->out);
	return s->out.to != NULL;
}

/* A single message goes without a bundle around it. */
static void
flush(osc_server *s)
{
	osc_out *o = &s->out;
	const size_t skip = o->messages == 1 ? HEAD + 4 : 0;
	if (o->messages > 0) {
		osc_net_send(s, o->to, o->data + skip, o->size - skip);
		o->to->allowance -= (float)(o->size - skip);
		o->to->unanswered += (uint32_t)o->messages;
		if (!osc_peer_certain(o->to))
			s->allowance -= (float)(o->size - skip);
	}
	start_packet(o);
}

bool
osc_out_add(osc_server *s, const char *path, const char *types, ...)
{
	osc_out *o = &s->out;
	va_list args;
	if (!o->to || !may_be_told(s, o->to))
		return false;
	lo_message m = lo_message_new();
	va_start(args, types);
	for (const char *t = types; m && *t; t++) {
		if (*t == 'f')
			lo_message_add_float(m, (float)va_arg(args, double));
		else if (*t == 'i')
			lo_message_add_int32(m, va_arg(args, int));
		else if (*t == 's')
			lo_message_add_string(m, va_arg(args, const char *));
	}
	va_end(args);
	if (!m)
		return false;
	size_t size = lo_message_length(m, path);
	const bool fits = size <= OSC_OUT - HEAD - 4;
	if (fits) {
		if (o->size + 4 + size > OSC_OUT)
			flush(s);
		const uint32_t element = htonl((uint32_t)size);
		memcpy(o->data + o->size, &element, 4);
		lo_message_serialise(m, path, o->data + o->size + 4, &size);
		o->size += 4 + size;
		o->messages++;
	}
	lo_message_free(m);
	return fits;
}

void
osc_out_end(osc_server *s)
{
	if (s->out.to)
		flush(s);
	s->out.to = NULL;
}

/* TCP connections, in both of OSC's framings. Runs in the OSC thread. */
#include "osc/osc_state.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SLIP_END = 0xc0, SLIP_ESC = 0xdb, SLIP_ESC_END = 0xdc, SLIP_ESC_ESC = 0xdd };

void
osc_stream_close(osc_server *s, int stream)
{
	osc_stream *t = &s->stream[stream];
	if (t->fd >= 0)
		close(t->fd);
	t->fd = -1;
	free(t->buffer);
	t->buffer = NULL;
	for (int i = 0; i < OSC_PEERS; i++)
		if (s->peer[i].used && s->peer[i].stream == stream)
			osc_peer_forget(s, &s->peer[i]);
}

static void
deliver(osc_server *s, int stream, unsigned char *packet, uint32_t size)
{
	if (!size)
		return;
	osc_peer *peer = osc_peer_at(s, &s->stream[stream].from, stream);
	osc_peer_heard(s, peer);
	osc_dispatch(s, peer, packet, size);
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
osc_stream_read(osc_server *s, int stream)
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
		osc_stream_close(s, stream);
	}
}

/* Nothing here waits: a client that does not read loses its connection, not our time. */
void
osc_stream_send(osc_server *s, int stream, const unsigned char *data, size_t size)
{
	osc_stream *t = &s->stream[stream];
	unsigned char framed[2 * OSC_OUT + 8];
	size_t n = 0;
	if (size > OSC_OUT)
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
osc_stream_close_stalled(osc_server *s)
{
	for (int i = 0; i < OSC_STREAMS; i++)
		if (s->stream[i].fd >= 0 && s->stream[i].stalled)
			osc_stream_close(s, i);
}

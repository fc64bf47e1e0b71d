#include "tests/test.h"

#include "tests/perform/parts.h"

#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

void
gig_tablet_open(gig_tablet *t, int port)
{
	const struct sockaddr_in to = {.sin_family = AF_INET,
				       .sin_port = htons((uint16_t)port),
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	const int room = 4 << 20;
	t->socket = socket(AF_INET, SOCK_DGRAM, 0);
	setsockopt(t->socket, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
	assert_int_equal(connect(t->socket, (const struct sockaddr *)&to, sizeof to), 0);
}

static void
put_text(uint8_t *packet, size_t *at, const char *text)
{
	strcpy((char *)packet + *at, text);
	*at += (strlen(text) / 4 + 1) * 4;
}

void
gig_tablet_say(const gig_tablet *t, const char *path, float value)
{
	uint8_t packet[256] = {0};
	uint32_t bits;
	size_t at = 0;
	put_text(packet, &at, path);
	put_text(packet, &at, ",f");
	memcpy(&bits, &value, 4);
	bits = htonl(bits);
	memcpy(packet + at, &bits, 4);
	(void)!send(t->socket, packet, at + 4, 0);
}

void
gig_tablet_subscribe(const gig_tablet *t)
{
	char url[64];
	uint8_t packet[256] = {0};
	struct sockaddr_in own;
	socklen_t length = sizeof own;
	size_t at = 0;
	getsockname(t->socket, (struct sockaddr *)&own, &length);
	snprintf(url, sizeof url, "osc.udp://127.0.0.1:%d", ntohs(own.sin_port));
	put_text(packet, &at, "/drumlin/subscribe");
	put_text(packet, &at, ",sss");
	put_text(packet, &at, url);
	put_text(packet, &at, "params");
	put_text(packet, &at, "cells");
	(void)!send(t->socket, packet, at, 0);
}

void
gig_tablet_send(const gig_tablet *t, const void *packet, size_t size)
{
	(void)!send(t->socket, packet, size, 0);
}

static uint32_t
word(const uint8_t *p)
{
	uint32_t w;
	memcpy(&w, p, 4);
	return ntohl(w);
}

/* One message's arguments as numbers; a string is an instrument's name. */
static int
arguments(const uint8_t *m, const char *types, double out[8])
{
	size_t at = (strlen(types) / 4 + 1) * 4;
	int n = 0;
	for (const char *t = types + 1; *t && n < 8; t++) {
		const uint32_t bits = word(m + at);
		float f;
		memcpy(&f, &bits, 4);
		if (*t == 's') {
			out[n++] = instrument_from_name((const char *)m + at);
			at += (strlen((const char *)m + at) / 4 + 1) * 4;
		} else {
			out[n++] = *t == 'f' ? (double)f : (double)(int32_t)bits;
			at += 4;
		}
	}
	return n;
}

static void
hear(gig_tablet *t, const uint8_t *m, size_t size)
{
	if (size >= 16 && memcmp(m, "#bundle", 8) == 0) {
		for (size_t at = 16; at + 4 <= size; at += 4 + word(m + at))
			hear(t, m + at + 4, word(m + at));
		return;
	}
	const char *path = (const char *)m;
	const size_t head = (strlen(path) / 4 + 1) * 4;
	double v[8] = {0};
	const int n = arguments(m + head, (const char *)m + head, v);
	t->messages++;
	t->answers += strcmp(path, "/drumlin/status") == 0;
	if (strcmp(path, "/drumlin/cell") == 0 && n >= 4) {
		char *text = t->cell[cell_index((int)v[0] - 1, (int)v[1], (int)v[2] - 1)];
		text[0] = '\0';
		if (v[3] != 0.0)
			snprintf(text, 40, "%.4f %d %d %d %d", v[3], (int)v[4], (int)v[5], (int)v[6],
				 (int)v[7]);
		return;
	}
	const int slot = strncmp(path, "/drumlin/", 9) == 0 ? param_find(path + 9) : -1;
	if (slot >= 0 && n == 1) {
		t->value[slot] = (float)v[0];
		t->told[slot] = true;
	}
}

/* Until nothing has come for so long. */
void
gig_tablet_listen(gig_tablet *t, int ms)
{
	uint8_t packet[65536];
	struct pollfd p = {.fd = t->socket, .events = POLLIN};
	while (poll(&p, 1, ms) > 0) {
		const ssize_t n = recv(t->socket, packet, sizeof packet, 0);
		if (n > 0)
			hear(t, packet, (size_t)n);
	}
}

void
gig_tablet_agree(gig_tablet *t)
{
	static const char question[20] = "/drumlin/status\0,";
	const int asked =
	    t->asked; /* the answers to these may be late: one more is an answer to what is asked now */
	for (int tries = 0; tries < 600 && t->answers <= asked; tries++, t->asked++) {
		gig_tablet_send(t, question, sizeof question);
		gig_tablet_listen(t, 100);
	}
	assert_true(t->answers > asked);
}

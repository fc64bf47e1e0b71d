/* Who is heard: a list of networks, and a secret. Runs in the OSC thread after the start. */
#include "osc/osc_state.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const unsigned char mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

static void
to_bytes(const osc_address *a, unsigned char bytes[16])
{
	if (a->address.ss_family == AF_INET6) {
		memcpy(bytes, &((const struct sockaddr_in6 *)&a->address)->sin6_addr, 16);
	} else {
		memcpy(bytes, mapped, sizeof mapped);
		memcpy(bytes + 12, &((const struct sockaddr_in *)&a->address)->sin_addr, 4);
	}
}

static bool
parse_network(const char *text, osc_network *n)
{
	char host[64];
	const char *slash = strchr(text, '/');
	const size_t length = slash ? (size_t)(slash - text) : strlen(text);
	if (length >= sizeof host)
		return false;
	memcpy(host, text, length);
	host[length] = '\0';
	int most = 128;
	if (inet_pton(AF_INET6, host, n->address) != 1) {
		most = 32;
		memcpy(n->address, mapped, sizeof mapped);
		if (inet_pton(AF_INET, host, n->address + 12) != 1)
			return false;
	}
	char *end = NULL;
	const long bits = slash ? strtol(slash + 1, &end, 10) : most;
	if (slash && (end == slash + 1 || *end != '\0' || bits < 0 || bits > most))
		return false;
	n->bits = (int)bits + 128 - most;
	return true;
}

bool
osc_network_valid(const char *text)
{
	osc_network n;
	return parse_network(text, &n);
}

bool
osc_access_open(osc_server *s, const osc_options *options, dr_error *err)
{
	for (int i = 0; i < options->n_allow; i++)
		if (!parse_network(options->allow[i], &s->allow[s->n_allow++])) {
			(void)error_set(err, DR_USAGE, "--osc-allow %s: neither an address nor ADDRESS/BITS",
					options->allow[i]);
			return false;
		}
	if (options->token)
		snprintf(s->token, sizeof s->token, "%s", options->token);
	return true;
}

static bool
within(const osc_network *n, const unsigned char bytes[16])
{
	const int whole = n->bits / 8, rest = n->bits % 8;
	return memcmp(n->address, bytes, (size_t)whole) == 0 &&
	       (rest == 0 || (n->address[whole] ^ bytes[whole]) >> (8 - rest) == 0);
}

bool
osc_access_heard(const osc_server *s, const osc_address *a)
{
	unsigned char bytes[16];
	if (s->n_allow == 0 || osc_address_is_loopback(a))
		return true;
	to_bytes(a, bytes);
	for (int i = 0; i < s->n_allow; i++)
		if (within(&s->allow[i], bytes))
			return true;
	return false;
}

bool
osc_access_granted(const osc_server *s, const osc_peer *p)
{
	return !s->token[0] || p->authorised || osc_address_is_loopback(&p->at);
}

/* Takes as long for every secret, so that its time tells nothing. */
void
osc_access_token(osc_server *s, osc_peer *p, const char *secret)
{
	unsigned char differs = strlen(secret) != strlen(s->token);
	char given[OSC_TOKEN_MAX] = {0};
	snprintf(given, sizeof given, "%s", secret);
	for (int i = 0; i < OSC_TOKEN_MAX; i++)
		differs = (unsigned char)(differs | (given[i] ^ s->token[i]));
	if (s->token[0] && !differs)
		p->authorised = true;
	else if (s->token[0])
		atomic_fetch_add_explicit(&s->barred, 1, memory_order_relaxed);
}

/* What clients ask: to be told, values, lists, whether anybody is there. Runs in the OSC thread. */
#include "osc/osc_state.h"

#include <math.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

static const int64_t full_ms = 1000; /* between two times that everything is told */
static const int64_t challenge_ms = 1000;

static bool
match_part(const char *pattern, size_t pattern_size, const char *part, size_t part_size)
{
	char p[OSC_PATTERN_MAX + 1], t[OSC_PATTERN_MAX + 1];
	size_t literal = 0;
	while (literal < pattern_size && !strchr("*?[{", pattern[literal]))
		literal++;
	/* Most parts of most patterns are words, and a pattern meets a thousand paths. */
	if (literal > part_size || memcmp(pattern, part, literal) != 0)
		return false;
	if (literal == pattern_size)
		return part_size == pattern_size;
	if (pattern_size > OSC_PATTERN_MAX || part_size > OSC_PATTERN_MAX)
		return false;
	memcpy(p, pattern, pattern_size);
	p[pattern_size] = '\0';
	memcpy(t, part, part_size);
	t[part_size] = '\0';
	return lo_pattern_match(t, p) != 0;
}

/* A star ends at the slash (OSC 1.0): part by part, and as many parts. */
bool
osc_path_match(const char *pattern, const char *path)
{
	for (;;) {
		const size_t a = strcspn(pattern, "/"), b = strcspn(path, "/");
		if (!match_part(pattern, a, path, b))
			return false;
		if (!pattern[a] || !path[b])
			return !pattern[a] && !path[b];
		pattern += a + 1;
		path += b + 1;
	}
}

/* --- where to
 * ----------------------------------------------------------------------------------------------- */

/* sin_port and sin6_port lie at the same place. */
static void
set_port(osc_address *a, int port)
{
	((struct sockaddr_in *)&a->address)->sin_port = htons((uint16_t)port);
}

static bool
parse_url(const osc_server *s, const char *url, osc_address *a)
{
	char *host = lo_url_get_hostname(url), *port = lo_url_get_port(url);
	struct addrinfo hints = {.ai_family = s->family,
				 .ai_socktype = SOCK_DGRAM,
				 .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_V4MAPPED},
			*found = NULL;
	const char *name =
	    host && strcmp(host, "localhost") == 0 ? (s->family == AF_INET6 ? "::1" : "127.0.0.1") : host;
	char mapped[80];
	if (name && s->family == AF_INET6 && !strchr(name, ':')) {
		snprintf(mapped, sizeof mapped, "::ffff:%s", name);
		name = mapped;
	}
	/* getaddrinfo takes 99999, and makes another port of it. */
	const long number = port ? strtol(port, NULL, 10) : 0;
	const bool ok = name && number > 0 && number <= 65535 && lo_url_get_protocol_id(url) == LO_UDP &&
			getaddrinfo(name, port, &hints, &found) == 0 &&
			found->ai_addrlen <= sizeof a->address;
	if (ok) {
		memset(a, 0, sizeof *a);
		memcpy(&a->address, found->ai_addr, found->ai_addrlen);
		a->size = found->ai_addrlen;
	}
	if (found)
		freeaddrinfo(found);
	free(host);
	free(port);
	return ok;
}

/* Whom an order concerns: its sender, or the address or port that it names; *rest is the argument behind.
 * NULL where that is none, or the button's release. */
static osc_peer *
addressee(osc_server *s, osc_peer *from, const lo_message m, int *rest)
{
	const char *url = osc_text(m, 0);
	osc_address a = from->at;
	float port;
	*rest = 0;
	if (url && strstr(url, "://")) {
		if (!parse_url(s, url, &a) || !osc_access_heard(s, &a)) {
			osc_malformed(s);
			return NULL;
		}
		*rest = 1;
	} else if (osc_number(m, 0, &port)) {
		*rest = 1;
		if (!(port > 0.0f))
			return NULL;
		if (port < 1024.0f || port > 65535.0f || from == &s->nobody)
			return from; /* a button's press */
		set_port(&a, (int)port);
	} else {
		return from;
	}
	if (from->stream < 0 && osc_address_equal(&a, &from->at))
		return from;
	osc_peer *to = osc_peer_at(s, &a, -1);
	if (osc_address_same_host(&a, &from->at)) {
		to->authorised |= from->authorised;
		if (to != from)
			to->hand = (int)(from - s->peer);
	} else if (!to->subscribed) {
		/* Someone else's machine is told nothing that it has not asked for. */
		to->awaited = !osc_peer_certain(to);
	}
	return to;
}

/* Asks whether somebody is there, at most once a second. */
static void
challenge(osc_server *s, osc_peer *p, int64_t now_ms)
{
	const bool awaited = p->awaited;
	if (osc_peer_certain(p) || (p->nonce && now_ms - p->full_at < challenge_ms))
		return;
	if (!p->nonce && getrandom(&p->nonce, sizeof p->nonce, GRND_NONBLOCK) != sizeof p->nonce)
		p->nonce = 0;
	if (!p->nonce)
		return; /* a number that could be guessed proves nothing: it stays untold until the next time
			 */
	p->awaited = false;
	if (osc_out_begin(s, p)) {
		osc_out_add(s, "/drumlin/ping", "i", (int)p->nonce);
		osc_out_end(s);
	}
	p->awaited = awaited;
}

static void
subscribe(osc_server *s, osc_peer *from, const lo_message m, bool renew, const char *named)
{
	const int64_t now_ms = osc_now_us() / 1000;
	int rest;
	unsigned sections = named ? osc_section_find(named) : 0;
	osc_peer *to = addressee(s, from, m, &rest);
	if (!to)
		return;
	for (int i = rest; i < osc_argc(m); i++) {
		const unsigned one = osc_text(m, i) ? osc_section_find(osc_text(m, i)) : 0;
		if (!one)
			osc_malformed(s);
		sections |= one;
	}
	sections = sections ? sections : OSC_SECTIONS_USUAL;
	const bool again = to->subscribed && to->sections == sections;
	to->sections = sections;
	challenge(s, to, now_ms);
	to->subscribed = true;
	to->lapsed = false;
	osc_count_subscribers(s);
	if (again && (renew || now_ms - to->full_at < full_ms))
		return;
	to->full_at = now_ms;
	osc_feedback_full(s, to);
}

static void
unsubscribe(osc_server *s, osc_peer *from, const lo_message m)
{
	int rest;
	osc_peer *to = addressee(s, from, m, &rest);
	if (!to)
		return;
	to->subscribed = to->lapsed = false;
	osc_count_subscribers(s);
}

/* --- values and lists
 * ----------------------------------------------------------------------------------------- */

static const char *
full(const char *name, char buf[OSC_PATH_MAX])
{
	snprintf(buf, OSC_PATH_MAX, "/drumlin/%s", name);
	return buf;
}

static int
get_matching(osc_server *s, osc_peer *to, const char *wanted)
{
	char name[PARAM_PATH_MAX], path[OSC_PATH_MAX], given[OSC_PATTERN_MAX + 16];
	int n = 0;
	snprintf(given, sizeof given, "%s%.*s", wanted[0] == '/' ? "" : "/drumlin/", OSC_PATTERN_MAX, wanted);
	for (int slot = 0; slot < PARAM_SLOTS; slot++)
		if (osc_path_match(given, full(param_path(slot, name), path)))
			n += osc_feedback_value(s, to, slot);
	for (int i = 0; i < INSTRUMENTS; i++)
		for (int step = 0; step < CELL_STEPS; step++) {
			snprintf(path, sizeof path, "/drumlin/%s/step/%d", instrument_name(i), step + 1);
			if (osc_path_match(given, path))
				n += osc_told_step(
				    s, i, step,
				    params_cell(s->control->params, cell_index(s->edit, i, step)));
		}
	if (osc_path_match(given, "/drumlin/playing"))
		n += osc_out_add(s, "/drumlin/playing", "i", (int)s->now.rolling);
	if (osc_path_match(given, "/drumlin/pattern/edit"))
		n += osc_out_add(s, "/drumlin/pattern/edit", "i", s->edit + 1);
	return n;
}

static bool
stars_in_reason(const char *text)
{
	int stars = 0;
	for (const char *c = text; *c; c++)
		stars += *c == '*';
	return stars <= OSC_PATTERN_STARS && strlen(text) <= OSC_PATTERN_MAX;
}

static void
get(osc_server *s, osc_peer *to, const lo_message m, int first)
{
	engine_get_status(s->control->engine, &s->now);
	if (osc_argc(m) <= first)
		for (int slot = 0; slot < PARAM_SLOTS && osc_feedback_value(s, to, slot);)
			slot++;
	for (int i = first; i < osc_argc(m); i++) {
		const char *wanted = osc_text(m, i);
		if (!wanted || !stars_in_reason(wanted) || get_matching(s, to, wanted) == 0)
			osc_malformed(s);
	}
}

static const char *
kind_name(param_kind kind)
{
	static const char *const name[] = {"float", "integer", "toggle", "choice"};
	return name[kind];
}

static int
list_one(osc_server *s, const char *prefix, const char *path, const char *type, float low, float high,
	 const char *unit)
{
	if (strncmp(path, prefix, strlen(prefix)) != 0)
		return 0;
	return osc_out_add(s, "/drumlin/list", "ssffs", path, type, (double)low, (double)high, unit);
}

static int
list_own(osc_server *s, const char *prefix)
{
	static const char *const kind[] = {"value", "order", "told"};
	char path[OSC_PATH_MAX];
	const osc_path_desc *d;
	int n = 0;
	for (size_t k = 0; (d = osc_path_describe(k)); k++)
		for (int i = 0; i < (osc_path_per_instrument(d) ? INSTRUMENTS : 1); i++)
			for (int number = 1; number <= (d->numbers ? d->numbers : 1); number++)
				n += list_one(s, prefix, osc_path_full(d, i, number, path), kind[d->kind],
					      d->section == OSC_SECTION_STEPS ? -1.0f : 0.0f, 1.0f, "");
	return n;
}

static void
list(osc_server *s, const lo_message m, int first)
{
	char name[PARAM_PATH_MAX], path[OSC_PATH_MAX], prefix[OSC_PATTERN_MAX + 16];
	const char *wanted = osc_text(m, first) ? osc_text(m, first) : "";
	int n = 0;
	snprintf(prefix, sizeof prefix, "%s%.*s", wanted[0] == '/' ? "" : "/drumlin/", OSC_PATTERN_MAX,
		 wanted);
	for (int slot = 0; slot < PARAM_SLOTS; slot++) {
		const param_desc *d = param_describe(slot);
		n += list_one(s, prefix, full(param_path(slot, name), path), kind_name(d->kind), d->low,
			      params_high(s->control->params, slot), d->unit);
	}
	for (int id = 0; id < COMMANDS; id++) {
		const bool own = command_describe((command_id)id)->per_instrument;
		for (int i = 0; i < (own ? INSTRUMENTS : 1); i++)
			n += list_one(s, prefix, full(command_path((command_id)id, own ? i : -1, name), path),
				      "command", 0.0f, 1.0f, "");
	}
	n += list_own(s, prefix);
	osc_out_add(s, "/drumlin/list/end", "i", n);
}

static void
tell_status(osc_server *s)
{
	osc_counts c;
	osc_server_get_counts(s, &c);
	const uint32_t malformed = atomic_load_explicit(&s->control->malformed, memory_order_relaxed),
		       refused = atomic_load_explicit(&s->control->refused, memory_order_relaxed);
	osc_out_add(s, "/drumlin/status", "iiiiii", (int)c.received, (int)malformed, (int)c.barred,
		    (int)c.lost, (int)c.hurried, (int)refused);
}

/* --- is anybody there
 * --------------------------------------------------------------------------------------- */

static void
pong(osc_server *s, const lo_message m)
{
	const char *text = osc_text(m, 0);
	float number;
	if (text)
		osc_out_add(s, "/drumlin/pong", "s", text);
	else if (osc_argc(m) > 0 && lo_message_get_types(m)[0] == 'i')
		osc_out_add(s, "/drumlin/pong", "i", (int)lo_message_get_argv(m)[0]->i);
	else if (osc_number(m, 0, &number))
		osc_out_add(s, "/drumlin/pong", "f", (double)number);
	else
		osc_out_add(s, "/drumlin/pong", "");
}

/* Only who has got our ping knows the number; it may answer from another port than it listens at. */
static void
answered(osc_server *s, const osc_peer *from, const lo_message m)
{
	if (osc_argc(m) < 1 || lo_message_get_types(m)[0] != 'i')
		return;
	const int32_t nonce = lo_message_get_argv(m)[0]->i;
	for (int i = 0; i < OSC_PEERS; i++) {
		osc_peer *p = &s->peer[i];
		if (!p->used || !p->nonce || p->nonce != nonce || !osc_address_same_host(&p->at, &from->at))
			continue;
		p->proven = true;
		if (p->awaited && p->subscribed) {
			p->awaited = false;
			osc_feedback_full(s, p);
		}
	}
}

static bool
answer(osc_server *s, osc_peer *from, const char *path, const lo_message m)
{
	static const char *const name[] = {"get", "list", "status"};
	int which = 0, rest = 0;
	while (which < 3 && strcmp(path, name[which]) != 0)
		which++;
	if (which == 3)
		return false;
	osc_peer *to = addressee(s, from, m, &rest);
	if (!to || !osc_out_begin(s, to))
		return true;
	if (which == 0)
		get(s, to, m, rest);
	else if (which == 1)
		list(s, m, rest);
	else
		tell_status(s);
	osc_out_end(s);
	return true;
}

bool
osc_query(osc_server *s, osc_peer *from, const char *path, const lo_message m)
{
	if (strcmp(path, "subscribe") == 0)
		subscribe(s, from, m, false, NULL);
	else if (strncmp(path, "subscribe/", 10) == 0 && osc_section_find(path + 10))
		subscribe(s, from, m, false, path + 10);
	else if (strcmp(path, "renew") == 0)
		subscribe(s, from, m, true, NULL);
	else if (strcmp(path, "unsubscribe") == 0)
		unsubscribe(s, from, m);
	else if (strcmp(path, "pong") == 0)
		answered(s, from, m);
	else if (strncmp(path, "token/", 6) == 0)
		osc_access_token(s, from, path + 6);
	else if (strcmp(path, "token") == 0)
		osc_access_token(s, from, osc_text(m, 0) ? osc_text(m, 0) : "");
	else if (strcmp(path, "ping") == 0) {
		if (osc_out_begin(s, from)) {
			pong(s, m);
			osc_out_end(s);
		}
	} else {
		return answer(s, from, path, m);
	}
	return true;
}

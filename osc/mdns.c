#include "osc/mdns.h"

#include <avahi-client/client.h>
#include <avahi-client/publish.h>
#include <avahi-common/alternative.h>
#include <avahi-common/error.h>
#include <avahi-common/malloc.h>
#include <avahi-common/thread-watch.h>
#include <avahi-common/timeval.h>

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { RETRY_MS = 10000, RETRIES_OF_NAME = 20 };

struct mdns {
	int port;
	AvahiIfIndex interface;
	char *name;
	void (*say)(void *user, const char *line);
	void *user;
	bool said_absent, said_there;
	int renamed;
	_Atomic bool published;
	AvahiThreadedPoll *poll;
	AvahiClient *client;
	AvahiEntryGroup *group;
	AvahiTimeout *retry;
};

static void
say_once(mdns *m, bool *said, const char *line)
{
	if (!*said && m->say)
		m->say(m->user, line);
	*said = true;
}

static void
try_again(mdns *m, unsigned ms)
{
	struct timeval t;
	avahi_threaded_poll_get(m->poll)->timeout_update(m->retry, avahi_elapse_time(&t, ms, 0));
}

static void publish(mdns *m);

static void
rename_it(mdns *m)
{
	char *other = avahi_alternative_service_name(m->name);
	if (!other || ++m->renamed > RETRIES_OF_NAME) {
		avahi_free(other);
		return;
	}
	avahi_free(m->name);
	m->name = other;
	avahi_entry_group_reset(m->group);
	publish(m);
}

static void
on_group(AvahiEntryGroup *group, AvahiEntryGroupState state, void *user)
{
	mdns *m = user;
	char line[160];
	m->group = group;
	atomic_store_explicit(&m->published, state == AVAHI_ENTRY_GROUP_ESTABLISHED, memory_order_relaxed);
	if (state == AVAHI_ENTRY_GROUP_ESTABLISHED) {
		snprintf(line, sizeof line, "on the network as \"%.100s\"", m->name);
		say_once(m, &m->said_there, line);
	} else if (state == AVAHI_ENTRY_GROUP_COLLISION) {
		rename_it(m);
	}
}

static void
publish(mdns *m)
{
	static const char *const type[] = {"_osc._udp", "_osc._tcp"};
	if (!m->group)
		m->group = avahi_entry_group_new(m->client, on_group, m);
	if (!m->group || !avahi_entry_group_is_empty(m->group))
		return;
	for (int i = 0; i < 2; i++) {
		const int result = avahi_entry_group_add_service(m->group, m->interface, AVAHI_PROTO_UNSPEC,
								 0, m->name, type[i], NULL, NULL,
								 (uint16_t)m->port, "prefix=/drumlin", NULL);
		if (result == AVAHI_ERR_COLLISION) {
			rename_it(m);
			return;
		}
		if (result < 0)
			return;
	}
	avahi_entry_group_commit(m->group);
}

static void
drop_client(mdns *m)
{
	atomic_store_explicit(&m->published, false, memory_order_relaxed);
	m->group = NULL; /* goes with its client */
	if (m->client)
		avahi_client_free(m->client);
	m->client = NULL;
}

static void
on_client(AvahiClient *client, AvahiClientState state, void *user)
{
	mdns *m = user;
	m->client = client;
	switch (state) {
	case AVAHI_CLIENT_S_RUNNING: publish(m); break;
	case AVAHI_CLIENT_S_COLLISION:
	case AVAHI_CLIENT_S_REGISTERING:
		if (m->group)
			avahi_entry_group_reset(m->group);
		break;
	case AVAHI_CLIENT_FAILURE: try_again(m, 0); break; /* not from within its own call */
	case AVAHI_CLIENT_CONNECTING:
		say_once(m, &m->said_absent, "no Avahi daemon: tablets do not find Drumlin by name");
		break;
	}
}

/* (Re)connects. The bus may be slow to answer: this thread can wait. */
static void
on_retry(AvahiTimeout *timeout, void *user)
{
	mdns *m = user;
	int error;
	(void)timeout;
	drop_client(m);
	if (avahi_client_new(avahi_threaded_poll_get(m->poll), AVAHI_CLIENT_NO_FAIL, on_client, m, &error))
		return;
	m->client = NULL;
	say_once(m, &m->said_absent, "no Avahi daemon: tablets do not find Drumlin by name");
	try_again(m, RETRY_MS);
}

/* The network on which an address is; all of them for one that stands for all. */
static AvahiIfIndex
interface_of(const char *address)
{
	struct ifaddrs *all = NULL;
	AvahiIfIndex found = AVAHI_IF_UNSPEC;
	if (getifaddrs(&all) != 0)
		return found;
	for (const struct ifaddrs *a = all; a; a = a->ifa_next) {
		char own[INET6_ADDRSTRLEN] = "";
		if (a->ifa_addr && a->ifa_addr->sa_family == AF_INET)
			inet_ntop(AF_INET, &((const struct sockaddr_in *)a->ifa_addr)->sin_addr, own,
				  sizeof own);
		else if (a->ifa_addr && a->ifa_addr->sa_family == AF_INET6)
			inet_ntop(AF_INET6, &((const struct sockaddr_in6 *)a->ifa_addr)->sin6_addr, own,
				  sizeof own);
		if (*own && strcmp(own, address) == 0)
			found = (AvahiIfIndex)if_nametoindex(a->ifa_name);
	}
	freeifaddrs(all);
	return found;
}

dr_status
mdns_start(int port, const char *address, void (*say)(void *user, const char *line), void *user, mdns **out,
	   dr_error *err)
{
	char host[64] = "", name[96];
	struct timeval now;
	*out = NULL;
	mdns *m = calloc(1, sizeof *m);
	if (!m)
		return error_set(err, DR_FAILED, "out of memory to publish the OSC port");
	gethostname(host, sizeof host - 1);
	host[strcspn(host, ".")] = '\0';
	snprintf(name, sizeof name, *host ? "Drumlin on %.40s" : "Drumlin", host);
	m->port = port;
	m->interface = interface_of(address);
	m->say = say;
	m->user = user;
	m->name = avahi_strdup(name);
	m->poll = avahi_threaded_poll_new();
	if (m->poll) {
		const AvahiPoll *p = avahi_threaded_poll_get(m->poll);
		m->retry = p->timeout_new(p, avahi_elapse_time(&now, 0, 0), on_retry, m);
	}
	if (!m->name || !m->retry || avahi_threaded_poll_start(m->poll) < 0) {
		if (m->poll)
			avahi_threaded_poll_free(m->poll);
		avahi_free(m->name);
		free(m);
		return error_set(err, DR_FAILED, "cannot publish the OSC port on the network");
	}
	*out = m;
	return DR_OK;
}

bool
mdns_published(const mdns *m)
{
	return atomic_load_explicit(&m->published, memory_order_relaxed);
}

void
mdns_stop(mdns *m)
{
	if (!m)
		return;
	avahi_threaded_poll_stop(m->poll);
	drop_client(m);
	avahi_threaded_poll_get(m->poll)->timeout_free(m->retry);
	avahi_threaded_poll_free(m->poll);
	avahi_free(m->name);
	free(m);
}

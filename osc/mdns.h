/* Says on the local network that OSC is served here, so that a tablet finds it by name: _osc._udp and
 * _osc._tcp, through the Avahi daemon. Avahi is known in mdns.c only.
 *
 * All of it happens in a thread of Avahi's; nothing here waits for the daemon. */
#ifndef DRUMLIN_MDNS_H
#define DRUMLIN_MDNS_H

#include "rt/status.h"

#include <stdbool.h>

typedef struct mdns mdns;

/* Publishes the port under "Drumlin on HOST" (another such name where that is taken) and keeps it there;
 * where the daemon does not run, or goes, it is tried again every ten seconds. say, which may be NULL, is
 * called with a line by that thread: once when the name is published, once when there is no daemon. address:
 * where OSC listens; on one network alone it is published there alone. Errors: DR_FAILED. [main] */
dr_status mdns_start(int port, const char *address, void (*say)(void *user, const char *line), void *user,
		     mdns **out, dr_error *err) DR_CHECKED;

/* True while the name is published. [any] */
bool mdns_published(const mdns *m);

/* Withdraws it; NULL is allowed. [main] */
void mdns_stop(mdns *m);

#endif

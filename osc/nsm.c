#include "osc/nsm.h"

#include <lo/lo.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { API_MAJOR = 1, API_MINOR = 1, INBOX = 8 };

struct nsm {
	lo_address manager;
	lo_server_thread server;
	pthread_mutex_t lock; /* around all below */
	pthread_cond_t news;
	nsm_order inbox[INBOX];
	int n_inbox;
	char name[NSM_NAME];
	char refusal[NSM_NAME];
	nsm_order_kind pending; /* what nsm_answer answers */
	bool dirty;
};

/* --- liblo's thread: only posts ------------------------------------------------------------------------- */

static void
post(nsm *n, const nsm_order *order)
{
	pthread_mutex_lock(&n->lock);
	if (n->n_inbox < INBOX)
		n->inbox[n->n_inbox++] = *order;
	pthread_cond_signal(&n->news);
	pthread_mutex_unlock(&n->lock);
}

/* Arguments lie where they lie in the packet: not aligned as a lo_arg wants it. */
static const char *
text(const lo_arg *argument)
{
	return (const char *)argument;
}

static int
on_open(const char *path, const char *types, lo_arg **argv, int argc, lo_message message, void *user)
{
	nsm_order order = {.kind = NSM_OPEN};
	(void)path, (void)types, (void)argc, (void)message;
	snprintf(order.path, sizeof order.path, "%s", text(argv[0]));
	snprintf(order.display, sizeof order.display, "%s", text(argv[1]));
	snprintf(order.id, sizeof order.id, "%s", text(argv[2]));
	post(user, &order);
	return 0;
}

static int
on_save(const char *path, const char *types, lo_arg **argv, int argc, lo_message message, void *user)
{
	const nsm_order order = {.kind = NSM_SAVE};
	(void)path, (void)types, (void)argv, (void)argc, (void)message;
	post(user, &order);
	return 0;
}

static int
on_reply(const char *path, const char *types, lo_arg **argv, int argc, lo_message message, void *user)
{
	nsm *n = user;
	(void)path, (void)types, (void)argc, (void)message;
	if (strcmp(text(argv[0]), "/nsm/server/announce") != 0)
		return 0;
	pthread_mutex_lock(&n->lock);
	snprintf(n->name, sizeof n->name, "%s", text(argv[2]));
	pthread_mutex_unlock(&n->lock);
	return 0;
}

static int
on_error(const char *path, const char *types, lo_arg **argv, int argc, lo_message message, void *user)
{
	nsm *n = user;
	(void)path, (void)types, (void)argc, (void)message;
	pthread_mutex_lock(&n->lock);
	snprintf(n->refusal, sizeof n->refusal, "%s", text(argv[2]));
	pthread_cond_signal(&n->news);
	pthread_mutex_unlock(&n->lock);
	return 0;
}

static void
on_fault(int number, const char *message, const char *where)
{
	(void)number, (void)message, (void)where; /* what is malformed is not answered */
}

/* --- the main thread --------------------------------------------------------------------------------------
 */

static void
announce(nsm *n, const char *executable)
{
	lo_send_from(n->manager, lo_server_thread_get_server(n->server), LO_TT_IMMEDIATE,
		     "/nsm/server/announce", "sssiii", "Drumlin",
		     ":switch:dirty:progress:message:", executable, API_MAJOR, API_MINOR, (int)getpid());
}

dr_status
nsm_start(const char *url, const char *executable, nsm **out, dr_error *err)
{
	*out = NULL;
	nsm *n = calloc(1, sizeof *n);
	if (!n)
		return error_set(err, DR_FAILED, "out of memory for the session manager");
	pthread_mutex_init(&n->lock, NULL);
	pthread_condattr_t monotonic; /* the time of day may jump */
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&n->news, &monotonic);
	pthread_condattr_destroy(&monotonic);
	n->manager = lo_address_new_from_url(url);
	if (!n->manager || !lo_address_get_port(n->manager)) {
		nsm_stop(n);
		return error_set(err, DR_UNAVAILABLE, "NSM_URL %s: not an address", url);
	}
	n->server = lo_server_thread_new_with_proto(NULL, lo_address_get_protocol(n->manager), on_fault);
	if (!n->server) {
		nsm_stop(n);
		return error_set(err, DR_FAILED, "no port for talking to the session manager");
	}
	lo_server_thread_add_method(n->server, "/nsm/client/open", "sss", on_open, n);
	lo_server_thread_add_method(n->server, "/nsm/client/save", "", on_save, n);
	lo_server_thread_add_method(n->server, "/reply", "ssss", on_reply, n);
	lo_server_thread_add_method(n->server, "/error", "sis", on_error, n);
	lo_server_thread_start(n->server);
	announce(n, executable);
	*out = n;
	return DR_OK;
}

static struct timespec
after(double seconds)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	const double whole = (double)(long)seconds;
	t.tv_sec += (long)seconds;
	t.tv_nsec += (long)((seconds - whole) * 1e9);
	if (t.tv_nsec >= 1000000000) {
		t.tv_nsec -= 1000000000;
		t.tv_sec++;
	}
	return t;
}

bool
nsm_poll(nsm *n, double seconds, nsm_order *order)
{
	const struct timespec until = after(seconds);
	pthread_mutex_lock(&n->lock);
	while (!n->n_inbox && !n->refusal[0] && seconds > 0.0)
		if (pthread_cond_timedwait(&n->news, &n->lock, &until) != 0)
			break;
	const bool any = n->n_inbox > 0;
	if (any) {
		*order = n->inbox[0];
		memmove(n->inbox, n->inbox + 1, (size_t)--n->n_inbox * sizeof *n->inbox);
		n->pending = order->kind;
	}
	pthread_mutex_unlock(&n->lock);
	return any;
}

void
nsm_answer(nsm *n, int code, const char *message)
{
	const char *const order = n->pending == NSM_OPEN ? "/nsm/client/open" : "/nsm/client/save";
	lo_server from = lo_server_thread_get_server(n->server);
	if (n->pending == NSM_NOTHING)
		return;
	if (code == NSM_OK)
		lo_send_from(n->manager, from, LO_TT_IMMEDIATE, "/reply", "ss", order, message);
	else
		lo_send_from(n->manager, from, LO_TT_IMMEDIATE, "/error", "sis", order, code, message);
	n->pending = NSM_NOTHING;
}

void
nsm_dirty(nsm *n, bool dirty)
{
	if (dirty == n->dirty)
		return;
	n->dirty = dirty;
	lo_send_from(n->manager, lo_server_thread_get_server(n->server), LO_TT_IMMEDIATE,
		     dirty ? "/nsm/client/is_dirty" : "/nsm/client/is_clean", "");
}

void
nsm_progress(nsm *n, float share)
{
	lo_send_from(n->manager, lo_server_thread_get_server(n->server), LO_TT_IMMEDIATE,
		     "/nsm/client/progress", "f", (double)share);
}

void
nsm_message(nsm *n, const char *line)
{
	lo_send_from(n->manager, lo_server_thread_get_server(n->server), LO_TT_IMMEDIATE,
		     "/nsm/client/message", "is", 1, line);
}

const char *
nsm_manager(nsm *n)
{
	return n->name;
}

void
nsm_stop(nsm *n)
{
	if (!n)
		return;
	if (n->server) {
		lo_server_thread_stop(n->server);
		lo_server_thread_free(n->server);
	}
	if (n->manager)
		lo_address_free(n->manager);
	pthread_cond_destroy(&n->news);
	pthread_mutex_destroy(&n->lock);
	free(n);
}

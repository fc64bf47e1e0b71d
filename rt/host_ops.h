/* How a back end presents itself to host.c. Private to host*.c. */
#ifndef DRUMLIN_HOST_OPS_H
#define DRUMLIN_HOST_OPS_H

#include "rt/host.h"

typedef struct host_ops {
	const char *name;
	dr_status (*start)(host *h, engine *e, dr_error *err);
	void (*close)(host *h);
	void (*poll)(host *h, host_status *status);
	void (*transport)(host *h, command_id command);        /* NULL: has none */
	void (*go_on)(host *h, const reentry_anchor *anchor);  /* NULL: has no transport */
	void (*set_master)(host *h, bool master, bool polite); /* NULL: has none */
	bool (*midi_peers)(host *h, char *from, char *to);     /* NULL: has none */
	const char *(*client_name)(host *h);                   /* NULL: has none */
} host_ops;

/* First member of every back end's own struct. */
struct host {
	const host_ops *ops;
};

/* Touches the part of the calling thread's stack that the callback uses (a tenth of it), so that no page of
 * it is new in play. Every host's audio thread calls it first. [audio, before the first period] */
enum { HOST_STACK = 64 * 1024 };
void host_touch_stack(void);

/* Starts a thread with SCHED_FIFO at `priority` where that is permitted, without where not; *realtime tells.
 */
#include <pthread.h>
dr_status host_start_thread(pthread_t *thread, int priority, void *(*run)(void *), void *arg, bool *realtime,
			    dr_error *err) DR_CHECKED;

#endif

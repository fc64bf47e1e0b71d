#include "rt/host_ops.h"

#include <sched.h>
#include <string.h>
#include <time.h>

dr_status
host_start(host *h, engine *e, dr_error *err)
{
	return h->ops->start(h, e, err);
}

void
host_close(host *h)
{
	if (h)
		h->ops->close(h);
}

void
host_poll(host *h, host_status *status)
{
	memset(status, 0, sizeof *status);
	status->name = h->ops->name;
	h->ops->poll(h, status);
}

void
host_transport(host *h, command_id command)
{
	if (h->ops->transport)
		h->ops->transport(h, command);
}

void
host_go_on(host *h, const reentry_anchor *anchor)
{
	if (h->ops->go_on)
		h->ops->go_on(h, anchor);
}

void
host_set_master(host *h, bool master, bool polite)
{
	if (h->ops->set_master)
		h->ops->set_master(h, master, polite);
}

bool
host_midi_peers(host *h, char from[HOST_PEERS], char to[HOST_PEERS])
{
	return h->ops->midi_peers && h->ops->midi_peers(h, from, to);
}

const char *
host_client_name(host *h)
{
	return h->ops->client_name ? h->ops->client_name(h) : NULL;
}

uint64_t
host_now_us(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000u + (uint64_t)t.tv_nsec / 1000u;
}

void
host_touch_stack(void)
{
	volatile unsigned char stack[HOST_STACK];
	for (size_t i = 0; i < sizeof stack; i += 1024)
		stack[i] = 0;
}

dr_status
host_start_thread(pthread_t *thread, int priority, void *(*run)(void *), void *arg, bool *realtime,
		  dr_error *err)
{
	pthread_attr_t attr;
	const struct sched_param param = {.sched_priority = priority};
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, 256 * 1024);
	pthread_attr_setinheritsched(&attr, PTHREAD_EXPLICIT_SCHED);
	pthread_attr_setschedpolicy(&attr, SCHED_FIFO);
	pthread_attr_setschedparam(&attr, &param);
	*realtime = pthread_create(thread, &attr, run, arg) == 0;
	if (!*realtime) {
		pthread_attr_setinheritsched(&attr, PTHREAD_INHERIT_SCHED);
		if (pthread_create(thread, &attr, run, arg) != 0) {
			pthread_attr_destroy(&attr);
			return error_set(err, DR_FAILED, "cannot start the audio thread");
		}
	}
	pthread_attr_destroy(&attr);
	pthread_setname_np(*thread, "audio");
	return DR_OK;
}

/* The OSC thread: waits for packets, tells subscribers what changed at most 30 times a second. */
#include "osc/osc_state.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { FEEDBACK_MS = 34 };

static int64_t
now_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void *
run(void *arg)
{
	osc_server *s = arg;
	int64_t next_feedback = now_ms() + FEEDBACK_MS;
	for (;;) {
		struct pollfd fd[3 + OSC_STREAMS] = {{.fd = s->stop_pipe[0], .events = POLLIN},
						     {.fd = s->udp, .events = POLLIN},
						     {.fd = s->tcp, .events = POLLIN}};
		for (int i = 0; i < OSC_STREAMS; i++)
			fd[3 + i] = (struct pollfd){.fd = s->stream[i].fd, .events = POLLIN};
		const int64_t wait = next_feedback - now_ms();
		const bool listeners = atomic_load_explicit(&s->subscribers, memory_order_relaxed) > 0;
		poll(fd, 3 + OSC_STREAMS, !listeners ? -1 : wait > 0 ? (int)wait : 0);
		if (fd[0].revents)
			return NULL;
		if (fd[1].revents)
			osc_net_read_udp(s);
		for (int i = 0; i < OSC_STREAMS; i++)
			if (fd[3 + i].revents && s->stream[i].fd >= 0)
				osc_net_read_stream(s, i);
		if (fd[2].revents)
			osc_net_accept(s);
		if (now_ms() >= next_feedback) {
			osc_feedback_changes(s);
			next_feedback = now_ms() + FEEDBACK_MS;
		}
		osc_net_close_stalled(s);
	}
}

dr_status
osc_server_start(control *c, const osc_options *options, osc_server **out, dr_error *err)
{
	*out = NULL;
	osc_server *s = calloc(1, sizeof *s);
	if (!s)
		return error_set(err, DR_FAILED, "out of memory for the OSC server");
	s->control = c;
	dr_status status = osc_net_open(s, options, err);
	if (status != DR_OK) {
		free(s);
		return status;
	}
	if (pipe(s->stop_pipe) != 0) {
		osc_net_close(s);
		free(s);
		return error_set(err, DR_FAILED, "no file descriptors left for the OSC server");
	}
	pthread_attr_t attr;
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, 256 * 1024);
	const int failed = pthread_create(&s->thread, &attr, run, s);
	pthread_attr_destroy(&attr);
	if (failed) {
		close(s->stop_pipe[0]);
		close(s->stop_pipe[1]);
		osc_net_close(s);
		free(s);
		return error_set(err, DR_FAILED, "cannot start the OSC thread");
	}
	pthread_setname_np(s->thread, "osc");
	*out = s;
	return DR_OK;
}

int
osc_server_port(const osc_server *s)
{
	return s->port;
}

int
osc_server_subscribers(const osc_server *s)
{
	return atomic_load_explicit(&s->subscribers, memory_order_relaxed);
}

void
osc_server_stop(osc_server *s)
{
	if (!s)
		return;
	const char bye = 0;
	if (write(s->stop_pipe[1], &bye, 1) == 1)
		pthread_join(s->thread, NULL);
	close(s->stop_pipe[0]);
	close(s->stop_pipe[1]);
	osc_net_close(s);
	free(s);
}

/* The OSC thread: waits for packets and for the time of what is held, tells subscribers what changed at most
 * 30 times a second. */
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
	return osc_now_us() / 1000;
}

/* In ms; -1: until something comes. */
static int
patience(const osc_server *s, int64_t next_feedback)
{
	const int64_t now_us = osc_now_us(), held_us = osc_next_us(s);
	int64_t wait = INT64_MAX;
	if (atomic_load_explicit(&s->subscribers, memory_order_relaxed) > 0)
		wait = next_feedback - now_us / 1000;
	if (held_us != INT64_MAX && (held_us - now_us) / 1000 < wait)
		wait = (held_us - now_us) / 1000;
	const int64_t look_ms = s->udp < 0 ? s->mend_at_ms : s->watched ? s->look_at_ms : INT64_MAX;
	if (look_ms != INT64_MAX && look_ms - now_us / 1000 < wait)
		wait = look_ms - now_us / 1000;
	return wait == INT64_MAX ? -1 : wait > 0 ? (int)wait : 0;
}

static void *
run(void *arg)
{
	osc_server *s = arg;
	int64_t next_feedback = now_ms() + FEEDBACK_MS, filled = now_ms();
	for (;;) {
		struct pollfd fd[3 + OSC_STREAMS] = {{.fd = s->stop_pipe[0], .events = POLLIN},
						     {.fd = s->udp, .events = POLLIN},
						     {.fd = s->tcp, .events = POLLIN}};
		for (int i = 0; i < OSC_STREAMS; i++)
			fd[3 + i] = (struct pollfd){.fd = s->stream[i].fd, .events = POLLIN};
		poll(fd, 3 + OSC_STREAMS, patience(s, next_feedback));
		if (fd[0].revents)
			return NULL;
		const int64_t now = now_ms();
		osc_out_refill(s, (float)(now - filled) * 1e-3f);
		filled = now;
		osc_release(s, osc_now_us());
		if ((fd[1].revents | fd[2].revents) & POLLNVAL) {
			osc_net_lost(s, !(fd[1].revents & POLLNVAL), !(fd[2].revents & POLLNVAL));
			fd[1].revents = fd[2].revents = 0;
		}
		osc_net_look(s, now);
		osc_net_mend(s, now);
		if (fd[1].revents && s->udp >= 0)
			osc_net_read_udp(s);
		for (int i = 0; i < OSC_STREAMS; i++)
			if (fd[3 + i].revents && s->stream[i].fd >= 0)
				osc_stream_read(s, i);
		if (fd[2].revents && s->tcp >= 0)
			osc_net_accept(s);
		if (now_ms() >= next_feedback) {
			osc_feedback_changes(s);
			next_feedback = now_ms() + FEEDBACK_MS;
		}
		osc_stream_close_stalled(s);
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
	osc_out_refill(s, 1e6f); /* all may be told */
	s->nobody.hand = -1;
	s->nobody.stream = -1;
	dr_status status = osc_access_open(s, options, err) ? osc_net_open(s, options, err) : DR_USAGE;
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
osc_server_get_counts(const osc_server *s, osc_counts *counts)
{
	*counts = (osc_counts){.received = atomic_load_explicit(&s->received, memory_order_relaxed),
			       .barred = atomic_load_explicit(&s->barred, memory_order_relaxed),
			       .lost = atomic_load_explicit(&s->lost, memory_order_relaxed),
			       .hurried = atomic_load_explicit(&s->hurried, memory_order_relaxed)};
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
	osc_held_clear(s);
	free(s);
}

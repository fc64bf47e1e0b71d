/* The wall clock as a host: plays on time, without sound. */
#include "rt/host_ops.h"

#include <stdlib.h>
#include <time.h>

enum { PERIOD = 256 };

typedef struct silent_host {
	host base;
	engine *engine;
	uint32_t rate;
	pthread_t thread;
	bool started, realtime;
	_Atomic bool quit;
	float left[PERIOD], right[PERIOD];
} silent_host;

static void *
run(void *arg)
{
	silent_host *h = arg;
	struct timespec next;
	host_touch_stack();
	clock_gettime(CLOCK_MONOTONIC, &next);
	uint64_t played = 0; /* frames since `next` was last a whole second */
	const time_t begun = next.tv_sec;
	const long begun_ns = next.tv_nsec;
	while (!atomic_load_explicit(&h->quit, memory_order_relaxed)) {
		engine_midi out[64];
		/* When it is due, not when we are woken: what is late by some milliseconds now is not for
		 * good. */
		engine_io io = {.frames = PERIOD,
				.rate = h->rate,
				.main = {h->left, h->right},
				.midi_out = out,
				.midi_out_capacity = 64,
				.time_us = (uint64_t)next.tv_sec * 1000000u + (uint64_t)next.tv_nsec / 1000u};
		engine_process(h->engine, &io);
		played += PERIOD;
		/* Deadlines are computed from the start, so they do not drift. */
		const uint64_t ns = (uint64_t)begun_ns + played % h->rate * 1000000000u / h->rate;
		next.tv_sec = begun + (time_t)(played / h->rate) + (time_t)(ns / 1000000000u);
		next.tv_nsec = (long)(ns % 1000000000u);
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &next, NULL);
	}
	return NULL;
}

static dr_status
silent_start(host *base, engine *e, dr_error *err)
{
	silent_host *h = (silent_host *)base;
	h->engine = e;
	const dr_status status = host_start_thread(&h->thread, 60, run, h, &h->realtime, err);
	h->started = status == DR_OK;
	return status;
}

static void
silent_close(host *base)
{
	silent_host *h = (silent_host *)base;
	atomic_store_explicit(&h->quit, true, memory_order_relaxed);
	if (h->started)
		pthread_join(h->thread, NULL);
	free(h);
}

static void
silent_poll(host *base, host_status *status)
{
	const silent_host *h = (const silent_host *)base;
	status->alive = true;
	status->realtime = h->realtime;
	status->rate = h->rate;
	status->period = PERIOD;
	status->load = -1.0f;
}

static const host_ops silent_ops = {
    .name = "silence", .start = silent_start, .close = silent_close, .poll = silent_poll};

dr_status
host_silent_open(const host_options *options, host **out, dr_error *err)
{
	silent_host *h = calloc(1, sizeof *h);
	if (!h)
		return error_set(err, DR_FAILED, "out of memory for the silent back end");
	h->base.ops = &silent_ops;
	h->rate = options->rate ? options->rate : 48000;
	*out = &h->base;
	return DR_OK;
}

#include "rt/farewell.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

/* Freed by whichever side is later. */
typedef struct parting {
	void (*leave)(void *arg);
	void *arg;
	pthread_mutex_t lock;
	pthread_cond_t told;
	bool done, abandoned;
} parting;

static void
parting_free(parting *p)
{
	pthread_cond_destroy(&p->told);
	pthread_mutex_destroy(&p->lock);
	free(p);
}

static void *
run(void *arg)
{
	parting *p = arg;
	p->leave(p->arg);
	pthread_mutex_lock(&p->lock);
	const bool alone = p->abandoned;
	p->done = true;
	pthread_cond_signal(&p->told);
	pthread_mutex_unlock(&p->lock);
	if (alone)
		parting_free(p);
	return NULL;
}

static struct timespec
after(double seconds)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	const long whole = (long)seconds;
	t.tv_sec += whole;
	t.tv_nsec += (long)((seconds - (double)whole) * 1e9);
	if (t.tv_nsec >= 1000000000) {
		t.tv_nsec -= 1000000000;
		t.tv_sec++;
	}
	return t;
}

bool
farewell(void (*leave)(void *arg), void *arg, double seconds)
{
	parting *p = calloc(1, sizeof *p);
	pthread_t thread;
	const struct timespec until = after(seconds);
	if (!p)
		return false;
	p->leave = leave;
	p->arg = arg;
	pthread_mutex_init(&p->lock, NULL);
	pthread_condattr_t monotonic; /* the time of day may jump */
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&p->told, &monotonic);
	pthread_condattr_destroy(&monotonic);
	if (pthread_create(&thread, NULL, run, p) != 0) {
		parting_free(p);
		return false;
	}
	pthread_detach(thread);
	pthread_mutex_lock(&p->lock);
	while (!p->done && pthread_cond_timedwait(&p->told, &p->lock, &until) == 0)
		;
	const bool done = p->done;
	p->abandoned = !done;
	pthread_mutex_unlock(&p->lock);
	if (done)
		parting_free(p);
	return done;
}

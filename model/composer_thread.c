/* The composer's thread: update, sleep until news or the next poll, again. */
#include "model/composer_state.h"

/* News from JACK MIDI are seen at the next poll: with the guard, well within a step at any tempo. */
enum { POLL_NS = 5000000 };

#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { STEPS_PER_PASS = 4, NICENESS = 5 };

void
composer_init_condition(composer *c)
{
	pthread_condattr_t attr;
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&c->news, &attr);
	pthread_condattr_destroy(&attr);
}

/* Sleeps until woken: at most 5 ms, since the audio thread wakes nobody and a start may be waiting for the
 * plan of the place it has gone to. False: it is time to go. */
static bool
rest(composer *c)
{
	struct timespec until;
	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_nsec += POLL_NS;
	if (until.tv_nsec >= 1000000000) {
		until.tv_nsec -= 1000000000;
		until.tv_sec++;
	}
	pthread_mutex_lock(&c->lock);
	while (c->held && !c->quit)
		pthread_cond_wait(&c->news, &c->lock);
	if (!c->woken && !c->quit)
		pthread_cond_timedwait(&c->news, &c->lock, &until);
	c->woken = false;
	const bool go_on = !c->quit;
	pthread_mutex_unlock(&c->lock);
	return go_on;
}

static void *
run(void *arg)
{
	composer *c = arg;
	/* On Linux, niceness is the thread's own. */
	setpriority(PRIO_PROCESS, (id_t)syscall(SYS_gettid), NICENESS);
	bool go_on = true;
	while (go_on) {
		bool more = composer_update(c, STEPS_PER_PASS);
		pthread_mutex_lock(&c->lock);
		if (c->held)
			more = false;
		go_on = !c->quit;
		pthread_mutex_unlock(&c->lock);
		if (go_on && !more)
			go_on = rest(c);
	}
	return NULL;
}

dr_status
composer_start(composer *c, dr_error *err)
{
	pthread_attr_t attr;
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, 512 * 1024);
	c->quit = false;
	const int failed = pthread_create(&c->thread, &attr, run, c);
	pthread_attr_destroy(&attr);
	if (failed)
		return error_set(err, DR_FAILED, "cannot start the composer's thread");
	pthread_setname_np(c->thread, "composer");
	c->running = true;
	return DR_OK;
}

void
composer_stop(composer *c)
{
	if (!c || !c->running)
		return;
	pthread_mutex_lock(&c->lock);
	c->quit = true;
	pthread_cond_signal(&c->news);
	pthread_mutex_unlock(&c->lock);
	pthread_join(c->thread, NULL);
	c->running = false;
}

void
composer_wake(composer *c)
{
	pthread_mutex_lock(&c->lock);
	c->woken = true;
	pthread_cond_signal(&c->news);
	pthread_mutex_unlock(&c->lock);
}

void
composer_hold(composer *c, bool hold)
{
	pthread_mutex_lock(&c->lock);
	c->held = hold;
	pthread_cond_signal(&c->news);
	pthread_mutex_unlock(&c->lock);
}

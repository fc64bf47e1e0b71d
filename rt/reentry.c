#include "rt/reentry.h"

#include <math.h>

static const double ahead = 0.12;   /* seconds; twice as many at each further try */
static const double patience = 1.0; /* seconds for a server to begin what it was asked for */

static const double watching = 0.06; /* seconds in which call times are collected */

enum { LEAST_PERIODS = 8 /* of either */, MOST_ANSWER = 4 };

void
reentry_begin(reentry *r, const reentry_anchor *anchor)
{
	*r = (reentry){.state = REENTRY_WANTED, .anchor = *anchor, .answer = 2};
}

static double
us_since_first(const reentry *r, const reentry_period *p)
{
	return (double)(p->now - r->first) * 1e6 / p->rate;
}

static void
watch(reentry *r, const reentry_period *p)
{
	if (r->state == REENTRY_WANTED) {
		r->state = REENTRY_WATCHING;
		r->first = r->since = p->now;
		r->before_us = r->first_us = (double)p->time_us;
	}
	const double due_us = (double)p->time_us - us_since_first(r, p);
	if ((double)(p->now - r->since) > watching * p->rate) {
		r->since = p->now;
		r->before_us = r->first_us;
		r->first_us = due_us;
	}
	r->first_us = fmin(r->first_us, due_us);
}

/* The song's frame now. */
static double
song(const reentry *r, const reentry_period *p)
{
	const double now_us = fmin(r->first_us, r->before_us) + us_since_first(r, p);
	return (r->anchor.seconds + (now_us - (double)r->anchor.time_us) * 1e-6) * p->rate;
}

static bool
ask(reentry *r, const reentry_period *p)
{
	const double wanted = ahead * (1 << r->tries) * p->rate / p->frames;
	const uint32_t periods = wanted > LEAST_PERIODS ? (uint32_t)wanted : LEAST_PERIODS;
	const double place = song(r, p) + (double)periods * p->frames;
	r->tries++;
	if (!(place >= 0.0) || place > 4e9) {
		r->state = REENTRY_IDLE;
		return false;
	}
	r->state = REENTRY_ASKED;
	r->due = p->now + periods * p->frames;
	r->place = (uint64_t)(place + 0.5);
	r->held = !p->rolling;
	return true;
}

/* It rolls: in its period, in another, or somewhere else. */
static bool
judge(reentry *r, const reentry_period *p)
{
	const double slack = fmax(0.75 * p->frames, 0.001 * p->rate);
	r->state = REENTRY_IDLE;
	if (p->place != r->place || fabs((double)p->place - song(r, p)) <= slack || r->tries == REENTRY_TRIES)
		return false;
	/* Later by more than some periods is another client's slowness; early is our own fault. */
	const int32_t periods = (int32_t)(p->now - r->due) / (int32_t)p->frames;
	if (periods <= MOST_ANSWER)
		r->answer += periods;
	return ask(r, p);
}

bool
reentry_run(reentry *r, const reentry_period *p)
{
	if (r->state == REENTRY_IDLE || !p->frames || !p->rate)
		return false;
	watch(r, p);
	if (r->state == REENTRY_WATCHING) {
		const double watched = us_since_first(r, p) * 1e-6;
		if (p->rolling)
			r->state = REENTRY_IDLE;
		return p->stopped && watched >= watching && p->now - r->first >= LEAST_PERIODS * p->frames &&
		       ask(r, p);
	}
	r->held = r->held || !p->rolling;
	if (p->rolling && r->held)
		return judge(r, p);
	if ((int32_t)(p->now - r->due) > (int32_t)(patience * p->rate))
		r->state = REENTRY_IDLE;
	return false;
}

bool
reentry_mute(const reentry *r)
{
	return r->state == REENTRY_ASKED && !r->held;
}

bool
reentry_ready(const reentry *r, uint32_t now, uint32_t frames, uint64_t place)
{
	if (r->state != REENTRY_ASKED || place != r->place)
		return true;
	const int32_t left = (int32_t)(r->due - now) - r->answer * (int32_t)frames;
	return left * 2 < (int32_t)frames;
}

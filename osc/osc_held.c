/* Bundles from the future: what they hold waits here until its time has nearly come, then goes to the engine
 * with that time. Runs in the OSC thread. */
#include "osc/osc_state.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

static const int64_t lead_us = 100000;        /* what the engine can do, it gets that long before */
static const int64_t steady_us = 50;          /* of the two clocks against each other */
static const int64_t unix_epoch = 2208988800; /* seconds from 1900 */

static int64_t
clock_us(clockid_t id)
{
	struct timespec t;
	clock_gettime(id, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

int64_t
osc_now_us(void)
{
	return clock_us(CLOCK_MONOTONIC);
}

/* NTP time less the monotonic clock's. One figure serves until the clocks have moved against each other, so
 * that two bundles are as far apart as their tags say. */
static int64_t
clock_offset(osc_server *s)
{
	int64_t best = INT64_MAX, offset = 0;
	for (int i = 0; i < 3; i++) {
		const int64_t before = osc_now_us(), there = clock_us(CLOCK_REALTIME),
			      took = osc_now_us() - before;
		if (took < best) {
			best = took;
			offset = there + unix_epoch * 1000000 - before - took / 2;
		}
	}
	if (!s->clock_known || llabs(offset - s->clock_offset_us) > steady_us + best)
		s->clock_offset_us = offset;
	s->clock_known = true;
	return s->clock_offset_us;
}

int64_t
osc_due_us(osc_server *s, uint64_t time_tag)
{
	if (time_tag <= 1)
		return 0;
	const int64_t now = osc_now_us(), there = now + clock_offset(s);
	/* The difference in 32.32 is right across the era's end in 2036. */
	const uint64_t now_tag =
	    ((uint64_t)(there / 1000000) << 32) + ((uint64_t)(there % 1000000) << 32) / 1000000;
	const double ahead = (double)(int64_t)(time_tag - now_tag) / 4294967296.0 * 1e6;
	if (ahead <= 0.0)
		return 0;
	if (ahead > (double)OSC_HELD_US) {
		atomic_fetch_add_explicit(&s->hurried, 1, memory_order_relaxed);
		return 0;
	}
	return now + (int64_t)(ahead + 0.5);
}

static void
insert(osc_server *s, const osc_held *h)
{
	int place = s->n_held;
	while (place > 0 && s->held[place - 1].next_us <= h->next_us) {
		s->held[place] = s->held[place - 1];
		place--;
	}
	s->held[place] = *h;
	s->n_held++;
}

/* False, and counted, where there is no room. */
bool
osc_hold(osc_server *s, const osc_peer *from, const void *data, size_t size, int64_t due_us)
{
	unsigned char *copy = s->n_held < OSC_HELD && size <= OSC_HELD_BYTES ? malloc(size) : NULL;
	if (!copy) {
		atomic_fetch_add_explicit(&s->hurried, 1, memory_order_relaxed);
		return false;
	}
	memcpy(copy, data, size);
	insert(s, &(osc_held){.due_us = due_us,
			      .next_us = due_us - lead_us,
			      .peer = from == &s->nobody ? -1 : (int)(from - s->peer),
			      .born = from->born,
			      .size = size,
			      .data = copy});
	return true;
}

void
osc_release(osc_server *s, int64_t now_us)
{
	while (s->n_held > 0 && s->held[s->n_held - 1].next_us <= now_us) {
		osc_held h = s->held[--s->n_held];
		osc_peer *from = h.peer >= 0 && s->peer[h.peer].used && s->peer[h.peer].born == h.born
				     ? &s->peer[h.peer]
				     : &s->nobody;
		if (osc_dispatch_message(s, from, h.data, h.size, h.due_us > now_us ? h.due_us : 0)) {
			free(h.data);
		} else {
			h.next_us = h.due_us;
			insert(s, &h);
		}
	}
}

int64_t
osc_next_us(const osc_server *s)
{
	return s->n_held > 0 ? s->held[s->n_held - 1].next_us : INT64_MAX;
}

void
osc_held_clear(osc_server *s)
{
	while (s->n_held > 0)
		free(s->held[--s->n_held].data);
}

/* The JACK server's time, and what the monotonic clock says at the same moment. */
#include "rt/host_jack_state.h"

uint64_t
jack_cycle_time(const jack_host *h)
{
	jack_nframes_t frames;
	jack_time_t now, next;
	float period;
	if (jack_get_cycle_times(h->client, &frames, &now, &next, &period) != 0)
		return 0;
	return (uint64_t)((int64_t)now + atomic_load_explicit(&h->lead, memory_order_relaxed));
}

/* The server's frames go on over cycles that were lost. More than some seconds are another count. */
uint32_t
jack_lost_frames(jack_host *h, jack_nframes_t nframes)
{
	const jack_nframes_t now = jack_last_frame_time(h->client), lost = now - h->due;
	const bool any = h->counting && lost < 4 * atomic_load_explicit(&h->rate, memory_order_relaxed);
	h->counting = true;
	h->due = now + nframes;
	return any ? lost : 0;
}

/* jackd counts a time of its own (Linux's raw monotonic clock, which nobody slews): seconds from ours after
 * some days. */
void
jack_compare_clocks(jack_host *h)
{
	enum { READINGS = 4 };
	for (int i = 0; i < READINGS; i++) {
		const int64_t before = (int64_t)host_now_us(), theirs = (int64_t)jack_get_time();
		clock_lead_take(&h->clocks, before, theirs, (int64_t)host_now_us());
	}
	atomic_store_explicit(&h->lead, h->clocks.lead, memory_order_relaxed);
}

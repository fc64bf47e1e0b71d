/* JACK's transport: following it, being its timebase master, and bringing it back. */
#include "rt/host_jack_state.h"

#include <jack/transport.h>

#include <math.h>
#include <string.h>

enum { SYNC_PATIENCE = 10 /* 1/10 s */ };

/* --- audio thread --- */

static void
read_place(jack_host *h, transport_view *view)
{
	jack_position_t pos;
	const jack_transport_state_t state = jack_transport_query(h->client, &pos);
	memset(view, 0, sizeof *view);
	view->present = true;
	view->rolling = state == JackTransportRolling;
	view->hearsay = h->pipewire;
	view->frame = pos.frame;
	if (!(pos.valid & JackPositionBBT))
		return;
	view->bbt = (transport_bbt){
	    .valid = true,
	    .bar = pos.bar,
	    .beat = pos.beat,
	    .tick = pos.tick,
	    .ticks_per_beat = pos.ticks_per_beat,
	    .beats_per_bar = (double)pos.beats_per_bar,
	    .beat_type = (double)pos.beat_type,
	    .bpm = pos.beats_per_minute,
	};
	if (pos.valid & JackBBTFrameOffset)
		view->bbt.offset = pos.bbt_offset;
#ifdef JACK_TICK_DOUBLE
	if (pos.valid & JackTickDouble)
		view->bbt.tick = pos.tick_double;
#endif
}

/* Where the song was when a server died is where it goes on: found here, where the periods are counted. */
static void
come_back(jack_host *h, jack_nframes_t nframes, engine_io *io)
{
	transport_view *t = &io->transport;
	/* Acquire: the anchor is there. Release: it has been read. */
	if (atomic_load_explicit(&h->anchored, memory_order_acquire)) {
		reentry_begin(&h->reentry, &h->anchor);
		atomic_store_explicit(&h->anchored, false, memory_order_release);
	}
	if (h->reentry.state == REENTRY_IDLE)
		return;
	const reentry_period p = {
	    .now = jack_last_frame_time(h->client),
	    .frames = nframes,
	    .rate = io->rate,
	    .time_us =
		(uint64_t)((int64_t)jack_get_time() + atomic_load_explicit(&h->lead, memory_order_relaxed)),
	    .stopped = jack_transport_query(h->client, NULL) == JackTransportStopped,
	    .rolling = t->rolling,
	    .place = t->frame,
	};
	/* Both only leave a word for the server. */
	if (reentry_run(&h->reentry, &p)) {
		jack_transport_locate(h->client, (jack_nframes_t)h->reentry.place);
		jack_transport_start(h->client);
	}
	if (reentry_mute(&h->reentry))
		t->rolling = false;
}

void
jack_read_transport(jack_host *h, jack_nframes_t nframes, engine_io *io)
{
	read_place(h, &io->transport);
	/* The server asks a timebase master in every cycle that rolls; one that it has replaced, never again.
	 */
	if (io->transport.rolling)
		atomic_fetch_add_explicit(&h->unasked, nframes, memory_order_relaxed);
	h->frame = io->transport.frame;
	h->rolling = io->transport.rolling;
	come_back(h, nframes, io);
}

/* PipeWire hands the place on as one number of beats, and cuts it into ticks of its own again: a tick that
 * is a little less than itself then becomes the one before. */
static bool
comes_through(const transport_bbt *bbt, double tick)
{
	const double beats = (double)(bbt->bar - 1) * bbt->beats_per_bar + (bbt->beat - 1);
	const double sum = beats + tick / bbt->ticks_per_beat;
	return floor((sum - beats) * bbt->ticks_per_beat) == tick;
}

/* The last tick that does; the offset says the rest. */
static void
make_robust(transport_bbt *bbt, uint32_t rate)
{
	double tick = floor(bbt->tick);
	while (tick > 0.0 && !comes_through(bbt, tick))
		tick -= 1.0;
	const double frames = (bbt->tick - tick) / bbt->ticks_per_beat * 60.0 * rate / bbt->bpm;
	bbt->offset += (uint32_t)(frames + 0.5);
	bbt->tick = tick;
}

static void
timebase(jack_transport_state_t state, jack_nframes_t nframes, jack_position_t *pos, int new_pos, void *arg)
{
	jack_host *h = arg;
	transport_bbt bbt;
	if (atomic_load_explicit(&h->closing, memory_order_acquire))
		return;
	(void)state;
	(void)new_pos;
	atomic_store_explicit(&h->unasked, 0, memory_order_relaxed);
	/* jackd asks for the cycle to come. PipeWire asks for this one, and tells it to the others in the
	 * next. */
	const bool late = h->rolling && pos->frame == h->frame;
	engine_bbt(h->engine, pos->frame + (late ? nframes : 0), &bbt);
	if (late)
		make_robust(&bbt, atomic_load_explicit(&h->rate, memory_order_relaxed));
	pos->valid = JackPositionBBT | JackBBTFrameOffset;
	pos->bar = bbt.bar;
	pos->beat = bbt.beat;
	pos->tick = (int32_t)bbt.tick;
	pos->ticks_per_beat = bbt.ticks_per_beat;
	pos->beats_per_bar = (float)bbt.beats_per_bar;
	pos->beat_type = (float)bbt.beat_type;
	pos->beats_per_minute = bbt.bpm;
	pos->bar_start_tick = bbt.bar_start_tick;
	pos->bbt_offset = bbt.offset;
#ifdef JACK_TICK_DOUBLE
	pos->valid |= JackTickDouble;
	pos->tick_double = bbt.tick;
#endif
}

/* Slow sync: where we follow, the transport waits until the first step of its place is planned. Asked once a
 * cycle, before process; a composer that does not answer holds the others up for SYNC_PATIENCE only. */
int
jack_sync_ready(jack_transport_state_t state, jack_position_t *pos, void *arg)
{
	jack_host *h = arg;
	if (atomic_load_explicit(&h->closing, memory_order_acquire) || state != JackTransportStarting)
		return 1;
	if (!reentry_ready(&h->reentry, jack_last_frame_time(h->client),
			   atomic_load_explicit(&h->period, memory_order_relaxed), pos->frame))
		return 0;
	if (engine_sync_ready(h->engine, pos->frame) ||
	    h->sync_waited > atomic_load_explicit(&h->rate, memory_order_relaxed) / SYNC_PATIENCE) {
		h->sync_waited = 0;
		return 1;
	}
	h->sync_waited += atomic_load_explicit(&h->period, memory_order_relaxed);
	return 0;
}

/* --- main thread --- */

void
jack_transport(host *base, command_id command)
{
	jack_host *h = (jack_host *)base;
	if (atomic_load_explicit(&h->gone, memory_order_acquire))
		return;
	if (command == COMMAND_STOP) {
		jack_transport_stop(h->client);
		return;
	}
	if (command == COMMAND_PLAY)
		jack_transport_locate(h->client, 0);
	jack_transport_start(h->client);
}

void
jack_go_on(host *base, const reentry_anchor *anchor)
{
	jack_host *h = (jack_host *)base;
	if (atomic_load_explicit(&h->anchored, memory_order_acquire))
		return;
	h->anchor = *anchor;
	atomic_store_explicit(&h->anchored, true, memory_order_release);
}

void
jack_set_master(host *base, bool master, bool polite)
{
	jack_host *h = (jack_host *)base;
	if (atomic_load_explicit(&h->gone, memory_order_acquire))
		return;
	atomic_store_explicit(&h->unasked, 0, memory_order_relaxed);
	if (!master) {
		if (h->master == HOST_MASTER)
			jack_release_timebase(h->client);
		h->master = HOST_NO_MASTER;
		return;
	}
	h->master = jack_set_timebase_callback(h->client, polite, timebase, h) == 0 ? HOST_MASTER
										    : HOST_MASTER_REFUSED;
}

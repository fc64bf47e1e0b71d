#include "osc/link_wall.h"

#include <ableton/Link.hpp>

#include <chrono>
#include <ctime>
#include <new>

struct link_wall {
	ableton::Link link;
	explicit link_wall(double tempo) : link(tempo) {}
};

using std::chrono::microseconds;

static std::int64_t
monotonic_us()
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return std::int64_t(t.tv_sec) * 1000000 + t.tv_nsec / 1000;
}

/* Link counts CLOCK_MONOTONIC_RAW, which nobody disciplines: the two drift apart, slowly. */
static std::int64_t
ahead_us(const link_wall *w)
{
	const std::int64_t before = monotonic_us();
	const std::int64_t own = w->link.clock().micros().count();
	return own - (before + monotonic_us()) / 2;
}

extern "C" link_wall *
link_wall_new(double tempo)
{
	try {
		link_wall *w = new link_wall(tempo);
		w->link.enableStartStopSync(true);
		return w;
	} catch (const std::exception &) {
		return nullptr;
	}
}

extern "C" void
link_wall_free(link_wall *w)
{
	delete w;
}

extern "C" void
link_wall_enable(link_wall *w, bool on)
{
	w->link.enable(on);
}

extern "C" void
link_wall_look(link_wall *w, double quantum, link_moment *out)
{
	const auto state = w->link.captureAppSessionState();
	const std::int64_t ahead = ahead_us(w), now = monotonic_us();
	out->time_us = std::uint64_t(now);
	out->beat = state.beatAtTime(microseconds(now + ahead), quantum);
	out->tempo = state.tempo();
	out->playing = state.isPlaying();
	out->playing_id = state.timeForIsPlaying().count();
	const std::int64_t since = out->playing_id - ahead;
	out->playing_us = since > 0 ? std::uint64_t(since) : 0;
	out->peers = int(w->link.numPeers());
}

extern "C" void
link_wall_set_tempo(link_wall *w, double tempo)
{
	auto state = w->link.captureAppSessionState();
	state.setTempo(tempo, w->link.clock().micros());
	w->link.commitAppSessionState(state);
}

extern "C" void
link_wall_set_playing(link_wall *w, bool playing, double quantum)
{
	auto state = w->link.captureAppSessionState();
	const auto now = w->link.clock().micros();
	if (playing)
		state.setIsPlayingAndRequestBeatAtTime(true, now, 0, quantum);
	else
		state.setIsPlaying(false, now);
	w->link.commitAppSessionState(state);
}

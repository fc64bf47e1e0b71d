#include "osc/link_sync.h"

#include "osc/link_wall.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const double tempo_step = 1e-4; /* bpm: differences below it are rounding */
static const double line_slack = 0.02; /* quarters that a start may lie behind its bar line */

enum { ASK_NOTHING, ASK_STOP, ASK_PLAY };

struct link_sync {
	control *control;
	link_wall *wall;
	pthread_t thread;
	bool joined;
	double tempo; /* that both sides last agreed on */
	bool playing;
	int64_t playing_id;
	bool goes_on; /* it was playing when it joined */
	double start; /* bar line of the last start: found once, since tempos change after it */
	_Atomic int asked;
	_Atomic int peers;
	_Atomic bool quit;
};

static double
quantum(const link_sync *l)
{
	engine_status s;
	engine_get_status(l->control->engine, &s);
	return s.place.metre.beats * 4.0 / s.place.metre.beat_type;
}

/* Whoever turned the tempo last, all have it. */
static void
agree_on_tempo(link_sync *l, link_moment *m)
{
	const double own = (double)params_get(l->control->params, PARAM_TEMPO);
	if (fabs(own - l->tempo) > tempo_step) {
		link_wall_set_tempo(l->wall, own);
		m->tempo = own;
		l->tempo = own;
	} else if (fabs(m->tempo - l->tempo) > tempo_step) {
		control_set(l->control, PARAM_TEMPO, (float)m->tempo, PARAM_SOURCE_LINK);
		l->tempo = (double)params_get(l->control->params, PARAM_TEMPO);
	}
}

static void
find_start(link_sync *l, const link_moment *m, double bar)
{
	const bool anew = m->playing && (!l->playing || m->playing_id != l->playing_id);
	l->playing = m->playing;
	l->playing_id = m->playing_id;
	if (!anew)
		return;
	if (l->goes_on) {
		/* The music does not stop for the bar line: it falls into step with it. */
		l->start = floor(m->beat / bar) * bar;
		l->goes_on = false;
		return;
	}
	const double at_start = m->beat + ((double)m->playing_us - (double)m->time_us) * m->tempo / 60e6;
	l->start = ceil((at_start - line_slack) / bar) * bar;
}

static void
pass_on(link_sync *l, const link_moment *m)
{
	const engine_timeline t = {
	    .time_us = m->time_us,
	    .quarter = m->beat,
	    .tempo = m->tempo,
	    .playing = m->playing,
	    .start = l->start,
	};
	engine_set_timeline(l->control->engine, &t);
}

static void
look(link_sync *l)
{
	link_moment m;
	const double bar = quantum(l);
	const int asked = atomic_exchange_explicit(&l->asked, ASK_NOTHING, memory_order_relaxed);
	if (asked != ASK_NOTHING)
		link_wall_set_playing(l->wall, asked == ASK_PLAY, bar);
	link_wall_look(l->wall, bar, &m);
	agree_on_tempo(l, &m);
	find_start(l, &m, bar);
	pass_on(l, &m);
	atomic_store_explicit(&l->peers, m.peers, memory_order_relaxed);
}

/* Who joins takes the session's tempo, and goes on playing if it was. */
static void
prepare(link_sync *l)
{
	engine_status s;
	engine_get_status(l->control->engine, &s);
	l->tempo = (double)params_get(l->control->params, PARAM_TEMPO);
	l->playing = false;
	l->goes_on = s.rolling;
	link_wall_set_playing(l->wall, s.rolling, quantum(l));
}

static void *
run(void *arg)
{
	link_sync *l = arg;
	const struct timespec pause = {0, 5000000}, asleep = {0, 50000000};
	while (!atomic_load_explicit(&l->quit, memory_order_relaxed)) {
		const bool wanted = (int)params_get(l->control->params, PARAM_SYNC) == SYNC_LINK;
		if (wanted && !l->joined)
			prepare(l);
		if (wanted != l->joined)
			link_wall_enable(l->wall, wanted);
		if (!wanted && l->joined) /* what was seen here is worth nothing when it comes back */
			engine_set_timeline(l->control->engine, &(engine_timeline){.time_us = 0});
		l->joined = wanted;
		if (wanted)
			look(l);
		else
			atomic_store_explicit(&l->peers, 0, memory_order_relaxed);
		nanosleep(wanted ? &pause : &asleep, NULL);
	}
	return NULL;
}

dr_status
link_sync_start(control *c, link_sync **out, dr_error *err)
{
	*out = NULL;
	link_sync *l = calloc(1, sizeof *l);
	if (l)
		l->wall = link_wall_new((double)params_get(c->params, PARAM_TEMPO));
	if (!l || !l->wall) {
		free(l);
		return error_set(err, DR_FAILED, "out of memory for Link");
	}
	l->control = c;
	if (pthread_create(&l->thread, NULL, run, l) != 0) {
		link_wall_free(l->wall);
		free(l);
		return error_set(err, DR_FAILED, "cannot start Link's thread");
	}
	pthread_setname_np(l->thread, "link");
	*out = l;
	return DR_OK;
}

void
link_sync_play(link_sync *l, bool playing)
{
	atomic_store_explicit(&l->asked, playing ? ASK_PLAY : ASK_STOP, memory_order_relaxed);
}

int
link_sync_peers(const link_sync *l)
{
	return atomic_load_explicit(&l->peers, memory_order_relaxed);
}

void
link_sync_stop(link_sync *l)
{
	if (!l)
		return;
	atomic_store_explicit(&l->quit, true, memory_order_relaxed);
	pthread_join(l->thread, NULL);
	link_wall_free(l->wall);
	free(l);
}

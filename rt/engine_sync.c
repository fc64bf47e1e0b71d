/* Whose time it is: own clock, JACK's transport, MIDI clock; and where the bar lines are. [audio] throughout.
 */
#include "rt/engine_state.h"

#include <math.h>
#include <string.h>

enum { START = 0xfa };

static const double phase_seconds = 0.1; /* in which a phase error against MIDI clock is made up */
static const double steer_most = 0.2;    /* share of the tempo, at most, to do that */
static const double patience = 1.0;      /* seconds of silence after which another clock may take over */

/* --- metre -------------------------------------------------------------------------------------------- */

static metre
wanted_metre(const engine *e)
{
	return metre_make((int)params_get(e->params, PARAM_METRE),
			  params_get(e->params, PARAM_TRIPLETS) >= 0.5f);
}

/* The performer's metre from this line on, at once. */
static void
set_metre(engine *e, int64_t step, int64_t bar, metre m)
{
	e->bars = (bar_map){.now = {step, bar, m}};
	clock_set_grid(&e->clock, metre_steps_per_quarter(m));
}

void
engine_cue_metre(engine *e)
{
	set_metre(e, 0, 0, wanted_metre(e));
	e->line_quarters = 0.0;
}

void
engine_keep_metre(engine *e)
{
	const metre wanted = wanted_metre(e);
	const int64_t line = e->bars.changes ? e->bars.next.step : INT64_MAX;
	if (e->clock.now.step >= line) {
		e->line_quarters +=
		    (double)(line - e->bars.now.step) / metre_steps_per_quarter(e->bars.now.metre);
		bar_map_advance(&e->bars, e->clock.now.step);
	}
	if (e->sync == SYNC_JACK && e->transport.master_metre)
		return;
	if (metre_equal(wanted, e->bars.changes ? e->bars.next.metre : e->bars.now.metre))
		return;
	if (!e->rolling && !e->starting) {
		const bar_place at = bar_map_at(&e->bars, e->clock.now.step);
		set_metre(e, e->clock.now.step - at.step, at.bar, wanted);
		return;
	}
	/* Not at a line whose step may have been taken already, or is about to be. */
	bar_map_change(&e->bars, wanted, e->seq.next_step + 1);
	if (e->bars.changes)
		clock_turn_grid(&e->clock, e->bars.next.step, metre_steps_per_quarter(wanted));
	else
		clock_turn_grid(&e->clock, INT64_MAX, metre_steps_per_quarter(e->bars.now.metre));
}

double
engine_tempo(const engine *e)
{
	if (e->sync == SYNC_MIDI && midi_clock_in_tempo(&e->clock_in) > 0.0)
		return midi_clock_in_tempo(&e->clock_in);
	if (e->sync == SYNC_LINK && e->timeline.time_us)
		return e->timeline.tempo;
	return clock_get_tempo(&e->clock);
}

/* --- JACK's transport ------------------------------------------------------------------------------------
 */

static void
follow_host(engine *e, const engine_io *io)
{
	transport_view view = io->transport;
	const bool master = e->sync == SYNC_MASTER;
	const transport_rules rules = {
	    .tempo = (double)params_get(e->params, PARAM_TEMPO),
	    .metre = wanted_metre(e),
	    .take_tempo = !master && params_get(e->params, PARAM_SYNC_TEMPO) >= 0.5f, /* ours: our own */
	    .take_position = master || params_get(e->params, PARAM_SYNC_POSITION) >= 0.5f,
	};
	transport_follow(&e->transport, &e->clock, &e->bars, &view, io->frames, &rules);
	/* A stop clears what was taken ahead; the next start takes it again. */
	if (e->transport.located || (e->rolling && !e->transport.rolling))
		engine_relocated(e);
	engine_set_rolling(e, e->transport.rolling);
}

void
engine_bbt(engine *e, uint64_t frame, transport_bbt *out)
{
	song_clock c = e->clock;
	bar_map bars = e->bars;
	if (!e->transport.seen || frame != e->transport.next_frame) {
		bars = bar_map_make(wanted_metre(e));
		clock_set_grid(&c, metre_steps_per_quarter(bars.now.metre));
		clock_locate_frame(&c, frame);
	}
	const bar_place at = bar_map_at(&bars, c.now.step);
	const int per_beat = metre_steps_per_beat(at.metre);
	const double ticks_per_beat = 1920.0, ticks_per_step = ticks_per_beat / per_beat;
	const double tick =
	    ((double)(at.step % per_beat) + (double)c.now.frac / (double)c.unit) * ticks_per_step;
	/* Whole ticks, and how many frames ago that was: exact for who reads no fractions. */
	const double frames_per_tick = (double)c.unit / ((double)c.tempo * ticks_per_step);
	const double late = floor((tick - floor(tick)) * frames_per_tick);
	*out = (transport_bbt){
	    .valid = true,
	    .bar = (int32_t)at.bar + 1,
	    .beat = at.step / per_beat + 1,
	    .tick = fmax(0.0, tick - late / frames_per_tick),
	    .ticks_per_beat = ticks_per_beat,
	    .beats_per_bar = at.metre.beats,
	    .beat_type = at.metre.beat_type,
	    .bpm = clock_get_tempo(&c) * at.metre.beat_type / 4.0,
	    .offset = (uint32_t)late,
	    .bar_start_tick = (double)(c.now.step - at.step) * ticks_per_step,
	};
}

/* --- MIDI clock in ----------------------------------------------------------------------------------------
 */

void
engine_clock_in(engine *e, int source, const uint8_t *data, uint32_t size, double frame)
{
	/* One clock at a time: another is heard once the first has been silent for a while. */
	if (source != e->clock_source && frame - e->clock_heard < patience * e->clock.rate)
		return;
	if (source != e->clock_source)
		midi_clock_in_init(&e->clock_in, e->clock.rate);
	if (!midi_clock_in_message(&e->clock_in, data, size, frame))
		return;
	e->clock_source = source;
	e->clock_heard = frame;
	if (e->clock_in.located)
		e->clock_held = false;
}

static void
take_clock_ring(engine *e, const engine_io *io)
{
	engine_timed_midi m;
	for (uint32_t i = 0; i <= e->clocks.mask && ring_pop(&e->clocks, &m); i++) {
		const double ago = io->time_us > 0 ? (double)io->time_us - (double)m.time_us : 0.0;
		engine_clock_in(e, 1 + m.port, m.data, m.size, (double)e->frame - ago * 1e-6 * e->clock.rate);
	}
}

/* In steps, where a master that is so many quarters into the song is. */
static double
in_steps(const engine *e, double quarters)
{
	return (double)e->bars.now.step +
	       (quarters - e->line_quarters) * metre_steps_per_quarter(e->bars.now.metre);
}

static double
clock_target(const engine *e, uint32_t at)
{
	const double late = (double)params_get(e->params, PARAM_CLOCK_OFFSET) * 1e-3 * e->clock.rate;
	return in_steps(e, midi_clock_in_quarters(&e->clock_in, (double)e->frame + at - late));
}

/* The tempo at which the master's place will be ours in a moment. */
static void
steer(engine *e, double tempo, double target)
{
	const double behind = target - clock_steps(&e->clock);
	if (fabs(behind) > 1.0) {
		clock_set_tempo(&e->clock, tempo);
		clock_locate(&e->clock, target);
		engine_relocated(e);
		return;
	}
	const double steps_a_second = tempo / 60.0 * metre_steps_per_quarter(e->bars.now.metre);
	const double share = behind / (steps_a_second * phase_seconds);
	clock_set_tempo(&e->clock, tempo * (1.0 + fmax(-steer_most, fmin(steer_most, share))));
}

/* The song is at `target`, having begun at `from`: what is due there sounds, though it was heard of late. */
static void
begin_at(engine *e, double from, double target)
{
	const bool late = target > from && target < from + 1.0;
	clock_locate(&e->clock, late ? from : target);
	engine_relocated(e);
	clock_locate(&e->clock, target);
}

static void
follow_clock(engine *e, uint32_t at)
{
	midi_clock_in *in = &e->clock_in;
	if (in->located) {
		in->located = false;
		engine_cue_metre(e);
		if (midi_clock_in_tempo(in) > 0.0)
			clock_set_tempo(&e->clock, midi_clock_in_tempo(in));
		begin_at(e, in_steps(e, midi_clock_in_from(in)), clock_target(e, at));
	}
	const bool rolling = in->rolling && !e->clock_held;
	if (in->placed && !rolling) {
		/* What is to come is composed before it starts. */
		engine_cue_metre(e);
		clock_locate(&e->clock, in_steps(e, midi_clock_in_next(in)));
		engine_set_rolling(e, false);
		engine_relocated(e);
	}
	in->placed = false;
	if (e->rolling && !rolling) {
		engine_set_rolling(e, false);
		engine_relocated(e);
	}
	engine_set_rolling(e, rolling);
	const double tempo = midi_clock_in_tempo(in);
	if (tempo <= 0.0)
		clock_set_tempo(&e->clock, params_get(e->params, PARAM_TEMPO));
	else if (rolling)
		steer(e, tempo, clock_target(e, at));
	else
		clock_set_tempo(&e->clock, tempo);
}

bool
engine_clock_command(engine *e, command_id command)
{
	if (e->sync != SYNC_MIDI)
		return false;
	midi_clock_in *in = &e->clock_in;
	if (command == COMMAND_TOGGLE_PLAY)
		command = e->rolling ? COMMAND_STOP : COMMAND_PLAY;
	e->clock_held = command == COMMAND_STOP;
	if (command != COMMAND_STOP && !in->rolling && !in->cued) {
		/* The master was running before we came: its next tick is our first. */
		static const uint8_t start = START;
		midi_clock_in_message(in, &start, 1, in->time);
	} else if (command != COMMAND_STOP && in->rolling && !e->rolling) {
		in->located = true; /* joins where the master is */
	}
	return true;
}

/* --- Link ------------------------------------------------------------------------------------------------
 */

/* When the frame `at` of this period is heard. */
static double
heard_us(const engine *e, uint32_t at)
{
	return (double)e->period_us + ((double)at + (double)e->latency) * 1e6 / e->clock.rate;
}

static void
follow_timeline(engine *e, uint32_t at)
{
	const engine_timeline *t = &e->timeline;
	if (!t->time_us) {
		clock_set_tempo(&e->clock, params_get(e->params, PARAM_TEMPO));
		return;
	}
	const double quarters = timeline_quarters(t, heard_us(e, at));
	/* Half a frame early is on time; and what has started does not stop because the next look at the line
	 * is some microseconds off. */
	const double early = e->rolling ? 0.25 : 0.5 * t->tempo / (60.0 * e->clock.rate);
	const bool rolling = t->playing && quarters > -early;
	/* Its bars count from its own top; and where it goes back behind the line that ours count from, anew.
	 */
	const bool anew = e->joining || quarters < e->line_quarters - 0.25;
	if (rolling && (!e->rolling || anew)) {
		e->joining = false;
		engine_cue_metre(e);
		clock_set_tempo(&e->clock, t->tempo);
		clock_locate(&e->clock, in_steps(e, quarters));
		engine_relocated(e);
	} else if (e->rolling && !rolling) {
		engine_set_rolling(e, false);
		engine_cue_metre(e);
		clock_locate(&e->clock, 0.0);
		engine_relocated(e);
	}
	engine_set_rolling(e, rolling);
	if (rolling)
		steer(e, t->tempo, in_steps(e, quarters));
	else
		clock_set_tempo(&e->clock, t->tempo);
}

uint32_t
engine_frames_to_start(const engine *e, uint32_t at)
{
	const engine_timeline *t = &e->timeline;
	if (e->sync != SYNC_LINK || !t->time_us || !t->playing || e->rolling)
		return UINT32_MAX;
	const double frames = -timeline_quarters(t, heard_us(e, at)) * 60.0 * e->clock.rate / t->tempo;
	return frames > 0.5 && frames < 1e9 ? (uint32_t)(frames + 0.5) : UINT32_MAX;
}

/* --- another host ------------------------------------------------------------------------------------------
 */

static const double longest_gap = 600.0; /* seconds; after more than that the top of a bar is as good */

void
engine_change_host(engine *e)
{
	e->host_changed = true;
}

/* Time went on while nobody called: so does the song. Its own clock's only, others say where they are. */
static void
make_up_gap(engine *e, const engine_io *io)
{
	if (!e->host_changed)
		return;
	e->host_changed = false;
	if (!e->rolling || !e->period_us || io->time_us <= e->period_us)
		return;
	const double played = atomic_load_explicit(&e->shared.period, memory_order_relaxed);
	const double gap = (double)(io->time_us - e->period_us) * 1e-6 * e->clock.rate - played;
	if (gap < 1.0 || gap > longest_gap * e->clock.rate)
		return;
	clock_advance(&e->clock, (uint32_t)(gap + 0.5));
	engine_relocated(e);
}

/* --- the source of time ------------------------------------------------------------------------------------
 */

void
engine_choose_sync(engine *e, const engine_io *io)
{
	int wanted = (int)params_get(e->params, PARAM_SYNC);
	make_up_gap(e, io);
	if (!io->transport.present && (wanted == SYNC_JACK || wanted == SYNC_MASTER))
		wanted = SYNC_INTERNAL;
	if (wanted != e->sync) {
		e->sync = wanted;
		e->starting = false;
		e->clock_held = false;
		e->joining = wanted == SYNC_LINK;
		e->clock_in.located = wanted == SYNC_MIDI && e->clock_in.rolling;
		memset(&e->transport, 0, sizeof e->transport);
	}
	take_clock_ring(e, io);
	e->period_us = io->time_us;
	e->latency = io->latency;
	engine_timeline t;
	if (timeline_read(&e->shared_timeline, &t))
		e->timeline = t;
	if (e->sync == SYNC_JACK || e->sync == SYNC_MASTER)
		follow_host(e, io);
}

void
engine_keep_time(engine *e, uint32_t at)
{
	if (e->sync == SYNC_MIDI)
		follow_clock(e, at);
	else if (e->sync == SYNC_LINK)
		follow_timeline(e, at);
	else if (e->sync != SYNC_JACK)
		clock_set_tempo(&e->clock, params_get(e->params, PARAM_TEMPO));
	engine_keep_metre(e);
}

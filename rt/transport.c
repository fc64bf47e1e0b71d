#include "rt/transport.h"

#include <math.h>

bool
transport_bbt_usable(const transport_bbt *b)
{
	return b->valid && b->bar >= 1 && b->beat >= 1 && isfinite(b->tick) && isfinite(b->ticks_per_beat) &&
	       isfinite(b->beats_per_bar) && isfinite(b->beat_type) && isfinite(b->bpm) && b->bpm >= 10.0 &&
	       b->bpm <= 999.0 && b->beat_type >= 1.0 && b->beat_type <= 64.0 && b->beats_per_bar >= 1.0 &&
	       b->beats_per_bar <= 64.0 && b->beat <= b->beats_per_bar + 0.5 && b->ticks_per_beat >= 1.0 &&
	       b->tick >= 0.0 && b->tick <= b->ticks_per_beat &&
	       b->offset < 1u << 20; /* more is a negative one */
}

/* Quarter notes a minute, from beats of the metre's own kind. */
static double
quarters(const transport_bbt *b)
{
	return b->bpm * 4.0 / b->beat_type;
}

static double
beats_in_bar(const transport_bbt *b)
{
	return (b->beat - 1) + b->tick / b->ticks_per_beat;
}

/* With the frames that have gone by since. */
static double
beats_by_now(const transport_bbt *b, const song_clock *c)
{
	return beats_in_bar(b) + b->offset * b->bpm / (60.0 * c->rate);
}

/* Finds out whether the master's beats are beats: over eight ticks or more of one bar, without a jump, its
 * place has to move at its own tempo. What is found holds until something else is. */
static void
watch_place(transport_state *s, const transport_bbt *b, const song_clock *c, uint32_t nframes, bool jumped)
{
	enum { TICKS = 8 };
	const double beats = beats_by_now(b, c);
	if (jumped || b->bar != s->watched_bar) {
		s->watched_bar = b->bar;
		s->watched_from = beats;
		s->watched_for = 0;
	}
	const double moved = beats - s->watched_from;
	const double due = b->bpm / 60.0 * s->watched_for / c->rate;
	s->watched_for += nframes;
	if (moved * b->ticks_per_beat < TICKS || due < 0.125)
		return;
	const double ratio = moved / due, called = 1.0 / b->beats_per_bar;
	if (fabs(ratio - 1.0) < 0.2)
		s->bar_is_beat = false;
	else if (b->beats_per_bar >= 2.0 && fabs(ratio - called) < 0.2 * called)
		s->bar_is_beat = true;
}

/* Frames that the master's place is behind where it was at rest and the frames that have rolled since; NAN if
 * it has not rolled for some periods yet, or says nothing fine enough. */
static double
delay_since_rest(const transport_state *s, const transport_bbt *b, const song_clock *c, uint64_t frame,
		 uint32_t nframes)
{
	const double elapsed = (double)(frame - s->rest_frame), beat = 60.0 * c->rate / b->bpm;
	if (b->bar != s->rest_bar || elapsed < 4.0 * nframes || beat / b->ticks_per_beat > 0.5 * nframes)
		return NAN;
	return elapsed - (beats_by_now(b, c) - s->rest_beats) * beat;
}

/* A master that is asked for the present cycle, and answers for it, is heard by the others in the next one
 * only. Where it begins to roll from a place that it said at rest, that shows. */
static void
watch_delay(transport_state *s, const transport_view *v, const song_clock *c, uint32_t nframes, bool jumped)
{
	enum { REST = 4, SETTLED = 8 };
	const transport_bbt *b = &v->bbt;
	if (!v->rolling) {
		s->rested = jumped ? 0 : s->rested + (s->rested < REST);
		s->rest_frame = v->frame;
		s->rest_beats = beats_by_now(b, c);
		s->rest_bar = b->bar;
		return;
	}
	if (jumped || s->rested < REST) {
		s->rested = 0;
		return;
	}
	const double delay = delay_since_rest(s, b, c, v->frame, nframes);
	if (fabs(delay) < 0.5 * nframes)
		s->late = false;
	else if (fabs(delay - nframes) < 0.5 * nframes)
		s->late = true;
	if (v->frame > s->rest_frame + (uint64_t)SETTLED * nframes)
		s->rested = 0;
}

/* A period that says nothing: what comes after it is not what would have come next. */
static void
forget_seen(transport_state *s)
{
	s->watched_bar = 0;
	s->rested = 0;
}

/* The same place in beats that are beats, and of this period. */
static transport_bbt
mended(const transport_state *s, const transport_bbt *b, bool rolled_on)
{
	transport_bbt out = *b;
	if (s->late && rolled_on)
		out.offset += s->period;
	if (s->bar_is_beat && b->beat == 1)
		out.ticks_per_beat = b->ticks_per_beat / b->beats_per_bar;
	return out;
}

/* Steps since the bar began. */
static double
steps_in_bar(const transport_bbt *b, const song_clock *c, metre m)
{
	const double steps_per_beat = metre_steps_per_quarter(m) * 4.0 / b->beat_type;
	const double beats = beats_in_bar(b);
	return beats * steps_per_beat + (double)b->offset * (double)c->tempo / (double)c->unit;
}

/* In mid-roll, cycles that were lost in an xrun move the transport on a little; nobody has located it. */
static bool
lost_cycles(double steps)
{
	return steps > -0.25 && steps < 1.0;
}

/* The bar map from a line at which the master's metre holds. */
static void
anchor(bar_map *bars, song_clock *clock, int64_t step, int64_t bar, metre m)
{
	*bars = (bar_map){.now = {step, bar, m}};
	clock_set_grid(clock, metre_steps_per_quarter(m));
}

/* In mid-roll the master's bars change their length: new ones begin where its present bar did. */
static void
take_metre(song_clock *clock, bar_map *bars, const transport_bbt *bbt, metre m)
{
	const double in_bar = steps_in_bar(bbt, clock, bars->now.metre);
	const int64_t line = llrint(clock_steps(clock) - in_bar);
	anchor(bars, clock, line > 0 ? line : 0, bbt->bar - 1, m);
	if (line >= 0)
		clock_locate(clock, (double)line + steps_in_bar(bbt, clock, m));
}

static double
bbt_steps(song_clock *clock, bar_map *bars, const transport_bbt *bbt, metre m)
{
	const double in_bar = steps_in_bar(bbt, clock, m);
	const int64_t bar = bbt->bar - 1;
	const int64_t line = bars->now.step + (bar - bars->now.bar) * metre_steps(m);
	if (line >= 0)
		return (double)line + in_bar;
	anchor(bars, clock, 0, 0, m);
	return (double)(bar * metre_steps(m)) + in_bar;
}

static void
follow_bbt(transport_state *state, song_clock *clock, bar_map *bars, const transport_bbt *published,
	   bool jumped, bool rolled_on, metre own)
{
	metre m;
	const transport_bbt mine = mended(state, published, rolled_on), *bbt = &mine;
	clock_set_tempo(clock, quarters(bbt));
	/* Bars that we cannot play (seven 16ths): their tempo is good, their place says nothing. */
	state->master_metre = metre_from_bbt(bbt->beats_per_bar, bbt->beat_type, own.triplets, &m);
	if (!state->master_metre)
		return;
	if (!metre_equal(m, bars->now.metre) || bars->changes) {
		if (jumped)
			anchor(bars, clock, 0, 0, m);
		else
			take_metre(clock, bars, bbt, m);
	}
	const double target = bbt_steps(clock, bars, bbt, m);
	const double difference = target - clock_steps(clock);
	/* Whole ticks cannot say where within the tick the period starts. Two ticks, because a
	 * master rounds both ways, and two frames for what it computes in floats. */
	const double tick = metre_steps_per_beat(m) / bbt->ticks_per_beat;
	const double tolerance = 2.0 * tick + 2.0 * (double)clock->tempo / (double)clock->unit;
	if (jumped || fabs(difference) > tolerance) {
		clock_locate(clock, target);
		/* A correction of a few milliseconds is no new place: the step that is due stays due. */
		state->located = jumped ? !rolled_on || !lost_cycles(difference) : fabs(difference) > 0.25;
	} else {
		/* A whole tick is a stretch of time: within it our own count is the better one, and its ends
		 * are where the two are compared. */
		const bool whole = bbt->tick == floor(bbt->tick);
		const double beyond =
		    difference > 0.0 ? difference : fmin(0.0, difference + (whole ? tick : 0.0));
		clock_locate(clock, clock_steps(clock) + beyond / (whole ? 2.0 : 16.0));
	}
}

/* No master: frames alone tell the place. A tempo that was turned on the way has moved the steps against the
 * frames, so that lost cycles are counted on from where the song is. */
static void
follow_frames(transport_state *state, song_clock *clock, bar_map *bars, uint64_t frame, bool rolled_on,
	      metre own)
{
	const uint64_t lost = frame - state->next_frame;
	if (rolled_on && frame > state->next_frame && lost < 1u << 20 &&
	    lost_cycles((double)lost * (double)clock->tempo / (double)clock->unit)) {
		clock_advance(clock, (uint32_t)lost);
		return;
	}
	anchor(bars, clock, 0, 0, own);
	clock_locate_frame(clock, frame);
	state->located = true;
}

void
transport_follow(transport_state *state, song_clock *clock, bar_map *bars, const transport_view *view,
		 uint32_t nframes, const transport_rules *rules)
{
	const bool jumped = !state->seen || view->frame != state->next_frame;
	const bool rolled_on = state->seen && state->rolling && view->rolling;
	const bool any = view->bbt.valid && rules->take_tempo;
	state->located = false;
	state->rolling = view->rolling;
	state->master_tempo = any && transport_bbt_usable(&view->bbt);
	state->master_metre = state->master_metre && state->master_tempo;
	if (!any)
		clock_set_tempo(clock, rules->tempo);
	if (state->master_tempo && view->hearsay)
		watch_delay(state, view, clock, nframes, jumped);
	if (!state->master_tempo)
		forget_seen(state);
	if (!rules->take_position) {
		if (state->master_tempo)
			clock_set_tempo(clock, quarters(&view->bbt));
		state->master_metre = false;
	} else if (state->master_tempo && state->late && jumped && rolled_on) {
		/* What it says is of before the jump. */
		forget_seen(state);
		clock_set_tempo(clock, quarters(&view->bbt));
	} else if (state->master_tempo) {
		watch_place(state, &view->bbt, clock, view->rolling ? nframes : 0, jumped || !view->rolling);
		follow_bbt(state, clock, bars, &view->bbt, jumped, rolled_on, rules->metre);
	} else if (jumped) {
		/* No master, or one that publishes nonsense where we must go somewhere: frames alone. In
		 * mid-roll nonsense is coasted over at the last tempo. */
		follow_frames(state, clock, bars, view->frame, rolled_on, rules->metre);
	}
	state->seen = true;
	state->period = nframes;
	state->next_frame = view->frame + (view->rolling ? nframes : 0);
}

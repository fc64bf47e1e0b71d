#include "rt/transport.h"

#include "rt/step.h"

#include <math.h>

int
transport_bar_len(double beats_per_bar, double beat_type)
{
	const double steps = beats_per_bar * 16.0 / beat_type;
	const double whole = nearbyint(steps);
	return fabs(steps - whole) < 1e-6 && whole >= STEP_MIN_BAR && whole <= STEP_MAX_BAR ? (int)whole : 0;
}

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
bbt_steps(const transport_bbt *b, const song_clock *c)
{
	const double steps_per_beat = 16.0 / b->beat_type;
	const double beats = (b->bar - 1) * b->beats_per_bar + (b->beat - 1) + b->tick / b->ticks_per_beat;
	return beats * steps_per_beat + (double)b->offset * (double)c->tempo / (double)c->unit;
}

/* In mid-roll, cycles that were lost in an xrun move the transport on a little; nobody has located it. */
static bool
lost_cycles(double steps)
{
	return steps > -0.25 && steps < 1.0;
}

static void
follow_bbt(transport_state *state, song_clock *clock, const transport_bbt *bbt, bool jumped, bool rolled_on)
{
	clock_set_tempo(clock, quarters(bbt));
	const int bar_len = transport_bar_len(bbt->beats_per_bar, bbt->beat_type);
	if (bar_len)
		state->bar_len = bar_len;
	const double target = bbt_steps(bbt, clock);
	const double difference = target - clock_steps(clock);
	/* Whole ticks cannot say where within the tick the period starts. Two ticks, because a
	 * master rounds both ways, and two frames for what it computes in floats. */
	const double tick = 16.0 / bbt->beat_type / bbt->ticks_per_beat;
	const double tolerance = 2.0 * tick + 2.0 * (double)clock->tempo / (double)clock->unit;
	if (jumped || fabs(difference) > tolerance) {
		clock_locate(clock, target);
		/* A correction of a few milliseconds is no new place: the step that is due stays due. */
		state->located = jumped ? !rolled_on || !lost_cycles(difference) : fabs(difference) > 0.25;
	} else {
		clock_locate(clock, clock_steps(clock) + difference / 16.0);
	}
}

/* No master: frames alone tell the place. A tempo that was turned on the way has moved the steps against the
 * frames, so that lost cycles are counted on from where the song is. */
static void
follow_frames(transport_state *state, song_clock *clock, uint64_t frame, bool rolled_on)
{
	const uint64_t lost = frame - state->next_frame;
	if (rolled_on && frame > state->next_frame && lost < 1u << 20 &&
	    lost_cycles((double)lost * (double)clock->tempo / (double)clock->unit)) {
		clock_advance(clock, (uint32_t)lost);
		return;
	}
	clock_locate_frame(clock, frame);
	state->located = true;
}

void
transport_follow(transport_state *state, song_clock *clock, const transport_view *view, uint32_t nframes,
		 double tempo)
{
	const bool jumped = !state->seen || view->frame != state->next_frame;
	const bool rolled_on = state->seen && state->rolling && view->rolling;
	state->located = false;
	state->rolling = view->rolling;
	state->master_tempo = transport_bbt_usable(&view->bbt);
	if (state->master_tempo) {
		follow_bbt(state, clock, &view->bbt, jumped, rolled_on);
	} else if (!view->bbt.valid || jumped) {
		/* No master, or one that publishes nonsense where we must go somewhere: frames alone. */
		if (!view->bbt.valid)
			clock_set_tempo(clock, tempo);
		if (jumped)
			follow_frames(state, clock, view->frame, rolled_on);
	}
	/* else: a master with an unusable position in mid-roll: coast at the last tempo. */
	state->seen = true;
	state->next_frame = view->frame + (view->rolling ? nframes : 0);
}

#include "rt/clock.h"

#include <math.h>
#include <stdbool.h>

enum { OFFSET_ONE = 65536 };
static const int64_t horizon = 1 << 20;

static int64_t
units_per_step(uint32_t rate, int steps_per_quarter)
{
	return 60000000ll / steps_per_quarter * rate;
}

/* Brings the fraction below one step, across the turn of the grid if it lies on the way: units are time, so
 * what is left of them after the line is the same on either grid. */
static void
carry(song_clock *c)
{
	int64_t steps = c->now.frac / c->unit;
	if (steps >= c->turn - c->now.step && c->turn > c->now.step) {
		c->now.frac -= (c->turn - c->now.step) * c->unit;
		c->now.step = c->turn;
		c->unit = c->turn_unit;
		c->turn = INT64_MAX;
		steps = c->now.frac / c->unit;
	}
	c->now.step += steps;
	c->now.frac -= steps * c->unit;
}

void
clock_init(song_clock *c, uint32_t rate, double bpm)
{
	c->rate = rate;
	c->unit = c->turn_unit = units_per_step(rate, 4);
	c->now = (clock_pos){0, 0};
	c->turn = INT64_MAX;
	clock_set_tempo(c, bpm);
}

void
clock_set_grid(song_clock *c, int steps_per_quarter)
{
	const int64_t unit = units_per_step(c->rate, steps_per_quarter);
	c->turn = INT64_MAX;
	if (unit == c->unit)
		return;
	c->now.frac = (int64_t)((__int128)c->now.frac * unit / c->unit);
	c->unit = unit;
}

void
clock_turn_grid(song_clock *c, int64_t from, int steps_per_quarter)
{
	c->turn_unit = units_per_step(c->rate, steps_per_quarter);
	c->turn = c->turn_unit == c->unit || from <= c->now.step ? INT64_MAX : from;
}

void
clock_set_tempo(song_clock *c, double bpm)
{
	c->tempo = llrint(bpm * 1e6);
	if (c->tempo < 1)
		c->tempo = 1;
}

double
clock_get_tempo(const song_clock *c)
{
	return (double)c->tempo * 1e-6;
}

void
clock_set_rate(song_clock *c, uint32_t rate)
{
	const int64_t unit = c->unit / c->rate * rate;
	c->now.frac = (int64_t)((__int128)c->now.frac * unit / c->unit);
	c->turn_unit = c->turn_unit / c->rate * rate;
	c->rate = rate;
	c->unit = unit;
}

void
clock_advance(song_clock *c, uint32_t frames)
{
	c->now.frac += c->tempo * (int64_t)frames;
	carry(c);
}

void
clock_locate(song_clock *c, double steps)
{
	const double s = steps > 0.0 ? steps : 0.0;
	const double whole = floor(s);
	if (whole >= (double)c->turn) {
		c->unit = c->turn_unit;
		c->turn = INT64_MAX;
	}
	c->now.step = (int64_t)whole;
	c->now.frac = (int64_t)((s - whole) * (double)c->unit);
	carry(c);
}

void
clock_locate_frame(song_clock *c, uint64_t frames)
{
	const __int128 units = (__int128)frames * c->tempo;
	c->now.step = (int64_t)(units / c->unit);
	c->now.frac = (int64_t)(units % c->unit);
}

double
clock_steps(const song_clock *c)
{
	return (double)c->now.step + (double)c->now.frac / (double)c->unit;
}

int64_t
clock_frames_until(const song_clock *c, int64_t step, int64_t offset)
{
	int64_t ahead = step - c->now.step;
	if (ahead > horizon)
		ahead = horizon;
	if (ahead < -horizon)
		ahead = -horizon;
	/* Steps beyond the turn of the grid, if the way leads across it. */
	const int64_t to_turn = c->turn - c->now.step;
	const int64_t beyond = ahead >= to_turn ? ahead - to_turn : 0;
	const int64_t own = ahead >= to_turn ? c->turn_unit : c->unit;
	/* In 1/65536 units, so that offsets are exact too. */
	const __int128 units =
	    ((__int128)(ahead - beyond) * c->unit + (__int128)beyond * c->turn_unit - c->now.frac) *
		OFFSET_ONE +
	    (__int128)offset * own;
	const __int128 tempo = (__int128)c->tempo * OFFSET_ONE;
	/* floor((2 units + T) / 2T): the rounded frame, halves upwards. */
	const __int128 n = 2 * units + tempo, d = 2 * tempo;
	__int128 q = n / d;
	if (n % d < 0)
		q--;
	return (int64_t)q;
}

int64_t
clock_open_step(const song_clock *c, uint32_t frames)
{
	/* Step n opens at n - 1/2; open are all n with n - 1/2 < end, so the first closed one is
	 * ceil(end + 1/2). The fraction counts from the step that we are in, or from the turn of the grid. */
	const __int128 end = (__int128)c->tempo * frames + c->now.frac;
	const int64_t to_turn = c->turn - c->now.step;
	const bool across =
	    c->turn < INT64_MAX && end > (__int128)to_turn * c->unit - (__int128)c->turn_unit / 2;
	const int64_t from = across ? c->turn : c->now.step, unit = across ? c->turn_unit : c->unit;
	const __int128 rest = end - (across ? (__int128)to_turn * c->unit : 0) + unit / 2;
	const int64_t open = from + (int64_t)(rest / unit) + (rest % unit ? 1 : 0);
	return !across && open > c->turn ? c->turn : open;
}

#include "rt/midi_clock_out.h"

#include "rt/seq.h"
#include "rt/step.h"

#include <math.h>

enum { PPQN = 24, PER_SIXTEENTH = PPQN / 4, POSITION_MAX = 16383 };

void
midi_clock_out_locate(midi_clock_out *m)
{
	m->aligned = false;
	m->cued = true;
}

/* The first tick at or after the clock's position; what lies behind by less than the sequencer's grace is on
 * time. */
static void
align(midi_clock_out *m, const song_clock *c, const bar_map *bars)
{
	const int64_t spq = metre_steps_per_quarter(bars->now.metre), tick = c->unit * spq;
	const __int128 since =
	    ((__int128)(c->now.step - bars->now.step) * c->unit + c->now.frac - c->unit / SEQ_GRACE) * PPQN;
	const __int128 up = since + tick - 1;
	m->from = bars->now.step;
	m->next = (int64_t)(up / tick - (up % tick < 0));
	m->aligned = true;
}

static int64_t
frames_to_next(const midi_clock_out *m, const song_clock *c, const bar_map *bars)
{
	const bool beyond = bars->changes && m->from >= bars->next.step;
	const int64_t spq = metre_steps_per_quarter(beyond ? bars->next.metre : bars->now.metre);
	const int64_t whole = m->next * spq / PPQN, rest = m->next * spq % PPQN;
	return clock_frames_until(c, m->from + whole, (rest * STEP_OFFSET_ONE + PPQN / 2) / PPQN);
}

/* Has the ticks count from the line where the metre changes once they have come to it. */
static void
cross_line(midi_clock_out *m, const bar_map *bars)
{
	const int64_t spq = metre_steps_per_quarter(bars->now.metre);
	if (bars->changes && m->from < bars->next.step &&
	    m->from * PPQN + m->next * spq >= bars->next.step * PPQN) {
		m->from = bars->next.step;
		m->next = 0;
	}
}

int
midi_clock_out_run(midi_clock_out *m, const song_clock *c, const bar_map *bars, uint32_t frames, uint32_t *at,
		   int room)
{
	int n = 0;
	m->begins = -1;
	if (!m->aligned)
		align(m, c, bars);
	/* A line that another has moved: what lies more than a beat behind is not sent late, but left out. */
	const double beat = 4.0 * (double)c->unit / (double)c->tempo;
	if ((double)frames_to_next(m, c, bars) < -beat)
		align(m, c, bars);
	for (;;) {
		cross_line(m, bars);
		const int64_t frame = frames_to_next(m, c, bars);
		m->idle = (double)(frame - (int64_t)frames);
		if (frame >= (int64_t)frames || n == room)
			return n;
		if (m->cued && m->next % PER_SIXTEENTH == 0) {
			m->cued = false;
			m->begins = n;
		}
		at[n++] = frame > 0 ? (uint32_t)frame : 0;
		m->next++;
	}
}

int
midi_clock_out_idle(midi_clock_out *m, const song_clock *c, uint32_t frames, uint32_t *at, int room)
{
	const double period =
	    (double)c->unit * metre_steps_per_quarter((metre){4, 4, false}) / ((double)c->tempo * PPQN);
	int n = 0;
	m->idle = fmin(fmax(m->idle, 0.0), period);
	while (m->idle < (double)frames && n < room) {
		at[n++] = (uint32_t)m->idle;
		m->idle += period;
	}
	m->idle -= (double)frames;
	return n;
}

uint16_t
midi_clock_out_position(const song_clock *c, const bar_map *bars)
{
	const double spq = metre_steps_per_quarter(bars->now.metre);
	const double sixteenths =
	    (double)bars->now.step + (clock_steps(c) - (double)bars->now.step) * 4.0 / spq;
	const double up = ceil(sixteenths - 1.0 / SEQ_GRACE);
	return (uint16_t)fmin(POSITION_MAX, fmax(0.0, up));
}

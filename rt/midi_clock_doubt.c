#include "rt/midi_clock_doubt.h"

#include <math.h>

enum {
	RECENT = 12,       /* of the ticks before a doubt, those that say at what pace it began */
	CALM = 6,          /* ticks by which a doubt is resolved, .. */
	LEAST_CALM = 3,    /* ..and if another follows */
	MOST_MISSED = 1000 /* nobody waits as long */
};

#define LONG_GAP 8.0 /* periods */
#define JUMP 0.4     /* share by which intervals change where the tempo does */

/* A straight line through some ticks: its middle and its pace. */
typedef struct tick_line {
	double index, frame, pace;
} tick_line;

/* How the doubtful ticks lie to those before. */
typedef struct verdict {
	tick_line before;
	double pace;   /* of the way from there to them */
	double behind; /* periods that the calm ones are behind that line, .. */
	int missed;    /* ..and ticks; negative: that had been taken for such wrongly */
	bool jumps;    /* of tempo */
} verdict;

static tick_line
line_through(const midi_clock_tick *t, int n)
{
	tick_line l = {0.0, 0.0, 0.0};
	double squares = 0.0;
	for (int i = 0; i < n; i++) {
		l.index += (double)t[i].index / n;
		l.frame += t[i].frame / n;
	}
	for (int i = 0; i < n; i++) {
		const double x = t[i].index - l.index;
		l.pace += x * (t[i].frame - l.frame);
		squares += x * x;
	}
	l.pace /= squares > 0.0 ? squares : 1.0;
	return l;
}

/* Periods between the doubtful tick j and the one before. */
static double
interval(const midi_clock_in *m, int j)
{
	const double first = m->n_past ? m->past[m->n_past - 1].frame : m->time;
	return (m->doubtful[j].frame - (j ? m->doubtful[j - 1].frame : first)) / m->period;
}

/* Three intervals alike, and further from the old than jitter brings them: the tempo has jumped. */
static bool
tempo_jumps(const midi_clock_in *m)
{
	const int n = m->n_doubtful;
	const double enough = 0.15 + 3.0 * m->size / m->period;
	double least = 1e9, most = 0.0;
	for (int j = n - 3; j >= 0 && j < n; j++) {
		least = fmin(least, interval(m, j));
		most = fmax(most, interval(m, j));
	}
	return n > 2 && most - least < 0.15 &&
	       ((least > 1.0 + enough && most < 1.8) || (least > 0.5 && most < 1.0 - enough));
}

/* A tick that never came leaves an interval of two, less what jitter there is. */
static bool
has_gap(const midi_clock_in *m)
{
	const double least = fmax(1.35, fmin(1.6, 2.0 - 5.3 * m->size / m->period));
	for (int j = 0; j < m->n_doubtful; j++)
		if (interval(m, j) >= least)
			return true;
	return false;
}

/* Ticks that have come one by one since the last that did not; CALM at most. */
static int
calm_ticks(const midi_clock_in *m)
{
	int n = 0;
	while (n < CALM && n + 1 < m->n_doubtful && fabs(interval(m, m->n_doubtful - 1 - n) - 1.0) <= 0.5)
		n++;
	return n;
}

/* They come one by one again, and not in a heap that something has held back. */
bool
midi_clock_settled(const midi_clock_in *m)
{
	return m->n_doubtful == MIDI_CLOCK_DOUBT || tempo_jumps(m) || calm_ticks(m) == CALM;
}

static bool
is_long(const midi_clock_in *m)
{
	return interval(m, 0) > LONG_GAP;
}

/* The line before the doubt: the filter's while the tempo stands, or that of the last ticks; across a long
 * gap, of all that are known. Index 0 is the last tick before it. */
static tick_line
line_before(const midi_clock_in *m)
{
	const tick_line filtered = {0.0, m->time, m->period};
	if (is_long(m) && m->n_past >= MIDI_CLOCK_PPQN)
		return line_through(m->past, m->n_past);
	if (m->n_past < RECENT)
		return filtered;
	const tick_line own = line_through(m->past + m->n_past - RECENT, RECENT);
	/* It has not moved since the filter began, or not for long; and by no more than four standard
	 * deviations of a pace that is found from twelve ticks. */
	const bool stands = (m->memory >= m->ticks || m->memory >= MIDI_CLOCK_MEMORY * 2 / 3) &&
			    fabs(own.pace - m->period) < 4.0 * 0.084 * 1.25 * m->size;
	return stands ? filtered : own;
}

static void
weigh(const midi_clock_in *m, verdict *v)
{
	const int n = m->n_doubtful, calm = calm_ticks(m), used = calm > 0 ? calm : 1;
	const tick_line after = line_through(m->doubtful + n - used, used);
	*v = (verdict){.before = line_before(m)};
	const bool stands = v->before.index == 0.0 || is_long(m);
	v->pace = v->before.pace = fmax(v->before.pace, 0.25 * m->period); /* of nonsense, too */
	v->jumps = tempo_jumps(m) || (calm == CALM && fabs(after.pace / v->pace - 1.0) > JUMP);
	if (v->jumps) {
		v->pace = line_through(m->doubtful + n - 3, 3).pace;
		return;
	}
	/* On a ramp the pace of the way is between the two; what came first is known better. */
	if (calm == CALM && !stands)
		v->pace = (2.0 * v->pace + after.pace) / 3.0;
	v->behind = (after.frame - v->before.frame) / v->pace - (after.index - v->before.index);
	/* Few ticks, as at a stop: they may be late, and are never early. And what jitter can explain, it
	 * does. */
	const double jitter = fmax(0.0, fmin(0.35, 3.0 * (m->size / m->period - 0.12)));
	v->missed = (int)lround(fmin(MOST_MISSED, v->behind) - fmax(jitter, calm < LEAST_CALM ? 0.25 : 0.0));
	if (v->missed < -m->added)
		v->missed = -m->added;
	if (v->missed > 0 && !stands && !has_gap(m))
		v->missed = 0;
}

static double
behind(const midi_clock_in *m, const verdict *v, int j)
{
	return (m->doubtful[j].frame - v->before.frame) / v->pace - (j + 1 - v->before.index);
}

bool
midi_clock_gap(const midi_clock_in *m, double frame)
{
	return calm_ticks(m) >= LEAST_CALM && frame - m->doubtful[m->n_doubtful - 1].frame > 1.5 * m->period;
}

void
midi_clock_judge(const midi_clock_in *m, midi_clock_verdict *out)
{
	verdict v;
	const int n = m->n_doubtful;
	weigh(m, &v);
	out->missed = v.missed;
	out->jumps = v.jumps;
	out->pace = v.pace;
	/* Ticks are late and never early: what was missed was so before the first that never makes up for it.
	 */
	out->until[n - 1] = v.missed;
	for (int j = n - 2; j >= 0; j--) {
		const double one = round(behind(m, &v, j) - v.behind + v.missed);
		out->until[j] = v.missed < 0 ? v.missed : (int)fmax(0.0, fmin(out->until[j + 1], one));
	}
	for (int j = 0; j < n; j++) {
		const double late = behind(m, &v, j) - v.behind - (out->until[j] - v.missed);
		out->late[j] = !v.jumps && late > MIDI_CLOCK_DOUBTFUL;
	}
}

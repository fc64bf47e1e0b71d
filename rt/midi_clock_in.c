#include "rt/midi_clock_in.h"

#include <math.h>
#include <string.h>

enum { TICK = 0xf8, START = 0xfa, CONTINUE = 0xfb, STOP = 0xfc, SONG_POSITION = 0xf2 };

enum {
	SHORTEST = 4,  /* memory, in ticks */
	RECENT = 12,   /* of the ticks before a doubt, those that say at what pace it began */
	CALM = 6,      /* ticks by which a doubt is resolved, .. */
	LEAST_CALM = 3 /* ..and if another follows */
};

#define SLOWEST 20.0      /* bpm */
#define FASTEST 300.0     /* bpm */
#define MOVING 0.6        /* share of the errors that lies on one side when the tempo moves */
#define NEGLIGIBLE 0.0005 /* seconds: errors below this are no movement */
#define DOUBTFUL 0.45     /* periods by which a tick is off that may be another */
#define LONG_GAP 8.0      /* periods */
#define JUMP 0.4          /* share by which intervals change where the tempo does */

void
midi_clock_in_init(midi_clock_in *m, uint32_t rate)
{
	memset(m, 0, sizeof *m);
	m->rate = rate;
}

void
midi_clock_in_set_rate(midi_clock_in *m, uint32_t rate, double frame)
{
	const double ratio = (double)rate / m->rate;
	m->rate = rate;
	m->time = frame - (frame - m->time) * ratio;
	m->heard = frame - (frame - m->heard) * ratio;
	m->period *= ratio;
	m->bias *= ratio;
	m->size *= ratio;
	for (int i = 0; i < m->n_doubtful; i++)
		m->doubtful[i].frame = frame - (frame - m->doubtful[i].frame) * ratio;
	for (int i = 0; i < m->n_past; i++)
		m->past[i].frame = frame - (frame - m->past[i].frame) * ratio;
}

static double
period_of(const midi_clock_in *m, double bpm)
{
	return 60.0 * m->rate / (bpm * MIDI_CLOCK_PPQN);
}

/* Ticks count while the song rolls, and the one that starts it. */
static void
count(midi_clock_in *m)
{
	if (m->rolling || m->cued)
		m->tick = m->next++;
}

/* The filter's first tick, or the first after a silence that says nothing about the time between. */
static void
begin(midi_clock_in *m, double frame)
{
	m->seen = true;
	m->time = m->heard = frame;
	m->memory = m->ticks = 1;
	m->bias = m->size = 0.0;
	m->n_past = 0;
	count(m);
}

/* Errors that lie on one side mean that the tempo moves: remember less. */
static void
watch(midi_clock_in *m, double error)
{
	m->bias += (error - m->bias) / 8.0;
	m->size += (fabs(error) - m->size) / (m->ticks < 16 ? m->ticks : 16.0);
	if (m->ticks >= MIDI_CLOCK_LOCK && fabs(m->bias) > MOVING * m->size + NEGLIGIBLE * m->rate) {
		m->memory /= 2;
		if (m->memory < SHORTEST)
			m->memory = SHORTEST;
	} else if (m->memory < MIDI_CLOCK_MEMORY) {
		m->memory++;
	}
}

static void
second(midi_clock_in *m, double frame)
{
	const double longest = period_of(m, SLOWEST) * 1.5, shortest = period_of(m, FASTEST) * 0.25;
	const double interval = frame - m->time;
	if (interval > longest || interval < shortest) {
		begin(m, frame);
		return;
	}
	m->period = interval;
	m->time = m->heard = frame;
	count(m);
	m->memory = m->ticks = 2;
}

static void
keep(midi_clock_in *m, double frame, int missed)
{
	for (int i = 0; i < m->n_past; i++)
		m->past[i].index -= missed + 1;
	if (m->n_past == MIDI_CLOCK_PAST)
		memmove(m->past, m->past + 1, (MIDI_CLOCK_PAST - 1) * sizeof *m->past);
	else
		m->n_past++;
	m->past[m->n_past - 1] = (midi_clock_tick){0, frame};
}

/* The next tick, or, with some that never came, one after it. A tick that is late for once says nothing about
 * the tempo. */
static void
take(midi_clock_in *m, double frame, int missed, bool late)
{
	const bool told = m->told;
	m->told = false;
	/* Numbers go on in mid-roll only: before a start, the next tick's is set. */
	m->next += m->rolling && !told ? missed : 0;
	const double n = m->memory;
	const double predicted = m->time + (missed + 1.0) * m->period, error = frame - predicted;
	/* Another place may lie anywhere between the old one's ticks: it is taken as it comes, and found
	 * better from there. */
	const bool elsewhere = told && fabs(error) > fmax(0.1 * m->period, 6.0 * m->size);
	count(m);
	m->ticks++;
	if (elsewhere)
		m->n_past = 0;
	keep(m, late ? predicted : frame, missed);
	if (late) {
		m->time = predicted;
		return;
	}
	if (elsewhere) {
		m->time = frame;
		m->memory = m->memory < MIDI_CLOCK_LOCK ? m->memory : MIDI_CLOCK_LOCK;
		return;
	}
	m->time = predicted + error * 2.0 * (2.0 * n + 1.0) / ((n + 1.0) * (n + 2.0));
	if (missed >= 0)
		m->period += error * 6.0 / ((n + 1.0) * (n + 2.0)) / (missed + 1.0);
	m->period = fmin(period_of(m, SLOWEST), fmax(period_of(m, FASTEST), m->period));
	watch(m, error);
}

/* --- ticks that are not where they should be
 * ----------------------------------------------------------------
 *
 * One that comes late, and one that comes when the one before it never did, look the same: what follows tells
 * them apart. The late one's followers are back on the old line; the others are on one that is a tick on.
 * Until that is clear the song coasts, which is right in either case, and the ticks wait to be numbered. */

/* A straight line through some ticks: its middle and its pace. */
typedef struct tick_line {
	double index, frame, pace;
} tick_line;

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
static bool
settled(const midi_clock_in *m)
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

/* What has become of the doubtful ticks. */
typedef struct verdict {
	tick_line before;
	double pace;   /* of the way from there to them */
	double behind; /* periods that the calm ones are behind that line, .. */
	int missed;    /* ..and ticks; negative: that had been taken for such wrongly */
	bool jumps;    /* of tempo */
} verdict;

static verdict
judge(const midi_clock_in *m)
{
	const int n = m->n_doubtful, calm = calm_ticks(m), used = calm > 0 ? calm : 1;
	const tick_line after = line_through(m->doubtful + n - used, used);
	verdict v = {.before = line_before(m)};
	const bool stands = v.before.index == 0.0 || is_long(m);
	v.pace = v.before.pace;
	v.jumps = tempo_jumps(m) || (calm == CALM && fabs(after.pace / v.pace - 1.0) > JUMP);
	if (v.jumps) {
		v.pace = line_through(m->doubtful + n - 3, 3).pace;
		return v;
	}
	/* On a ramp the pace of the way is between the two; what came first is known better. */
	if (calm == CALM && !stands)
		v.pace = (2.0 * v.pace + after.pace) / 3.0;
	v.behind = (after.frame - v.before.frame) / v.pace - (after.index - v.before.index);
	/* Few ticks, as at a stop: they may be late, and are never early. And what jitter can explain, it
	 * does. */
	const double jitter = fmax(0.0, fmin(0.35, 3.0 * (m->size / m->period - 0.12)));
	v.missed = (int)lround(v.behind - fmax(jitter, calm < LEAST_CALM ? 0.25 : 0.0));
	if (v.missed < -m->added)
		v.missed = -m->added;
	if (v.missed > 0 && !stands && !has_gap(m))
		v.missed = 0;
	return v;
}

static double
behind(const midi_clock_in *m, const verdict *v, int j)
{
	return (m->doubtful[j].frame - v->before.frame) / v->pace - (j + 1 - v->before.index);
}

static void
resolve(midi_clock_in *m)
{
	const verdict v = judge(m);
	const midi_clock_in was = *m;
	const int n = was.n_doubtful;
	int until[MIDI_CLOCK_DOUBT], so_far = 0;
	/* Ticks are late and never early: what was missed was so before the first that never makes up for it.
	 */
	until[n - 1] = v.missed;
	for (int j = n - 2; j >= 0; j--) {
		const double one = round(behind(&was, &v, j) - v.behind + v.missed);
		until[j] = v.missed < 0 ? v.missed : (int)fmax(0.0, fmin(until[j + 1], one));
	}
	m->n_doubtful = 0;
	for (int j = 0; j < n; j++) {
		const double late = behind(&was, &v, j) - v.behind - (until[j] - v.missed);
		take(m, was.doubtful[j].frame, until[j] - so_far, !v.jumps && late > DOUBTFUL);
		so_far = until[j];
	}
	if (v.jumps) {
		m->time = was.doubtful[n - 1].frame;
		m->period = fmin(period_of(m, SLOWEST), fmax(period_of(m, FASTEST), v.pace));
		m->memory = SHORTEST;
		m->n_past = 1;
	}
	m->added += v.missed;
	m->added_for = MIDI_CLOCK_PPQN;
	m->lost += v.missed > 0 ? (uint32_t)v.missed : 0;
}

static void
doubt(midi_clock_in *m, double frame)
{
	/* Another gap: the one before is judged by what there is. */
	if (calm_ticks(m) >= LEAST_CALM && frame - m->doubtful[m->n_doubtful - 1].frame > 1.5 * m->period)
		resolve(m);
	m->doubtful[m->n_doubtful] = (midi_clock_tick){m->n_doubtful + 1, frame};
	m->n_doubtful++;
	if (settled(m))
		resolve(m);
}

static void
tick(midi_clock_in *m, double frame)
{
	if (!m->seen) {
		begin(m, frame);
		return;
	}
	if (m->period <= 0.0) {
		second(m, frame);
		return;
	}
	const double gap = (frame - m->heard) / m->period, error = (frame - m->time) / m->period - 1.0;
	const bool counts = m->rolling && !m->told;
	m->heard = frame;
	if (gap > 8.0 * MIDI_CLOCK_PPQN && m->ticks >= MIDI_CLOCK_LOCK) {
		/* Two bars of silence: another clock, perhaps. Its tempo is found anew, its place is the
		 * nearest. */
		m->next += counts ? (int64_t)lround(error) : 0;
		m->period = 0.0;
		m->n_doubtful = 0;
		begin(m, frame);
		return;
	}
	m->added_for -= m->added_for > 0;
	if (m->added_for == 0)
		m->added = 0;
	if (m->n_doubtful > 0 || (!m->told && m->ticks >= MIDI_CLOCK_PPQN && fabs(error) > DOUBTFUL))
		doubt(m, frame);
	else
		take(m, frame, 0, false);
}

static void
go(midi_clock_in *m)
{
	if (!m->cued)
		return;
	m->cued = false;
	m->rolling = true;
	m->from = m->tick;
	m->located = true;
}

/* The number of the tick that is to come next is set; what the filter knows of time stays. */
static void
renumber(midi_clock_in *m, int64_t next)
{
	m->tick = next - 1;
	m->next = m->from = next;
	m->told = true;
	m->placed = !m->rolling;
	m->added = 0; /* nothing of another place is taken back here */
}

bool
midi_clock_in_message(midi_clock_in *m, const uint8_t *data, uint32_t size, double frame)
{
	const uint8_t status = size ? data[0] : 0;
	if (m->n_doubtful > 0 && status >= SONG_POSITION && status != TICK)
		resolve(m); /* by what is known */
	switch (status) {
	case TICK:
		tick(m, frame);
		go(m);
		return true;
	case START:
		m->cued = true;
		m->rolling = false;
		renumber(m, 0);
		return true;
	case CONTINUE:
		m->cued = !m->rolling;
		m->told = m->told || m->cued;
		return true;
	case STOP: m->rolling = m->cued = false; return true;
	case SONG_POSITION:
		if (size < 3)
			return false;
		/* In 16ths, six ticks each. */
		renumber(m, ((data[1] & 0x7f) | (int64_t)(data[2] & 0x7f) << 7) * 6);
		m->located = m->rolling;
		return true;
	default: return false;
	}
}

double
midi_clock_in_next(const midi_clock_in *m)
{
	return (double)m->next / MIDI_CLOCK_PPQN;
}

double
midi_clock_in_from(const midi_clock_in *m)
{
	return (double)m->from / MIDI_CLOCK_PPQN;
}

bool
midi_clock_in_locked(const midi_clock_in *m, double frame)
{
	return m->ticks >= MIDI_CLOCK_LOCK && frame - m->time < 2.0 * MIDI_CLOCK_PPQN * m->period;
}

double
midi_clock_in_tempo(const midi_clock_in *m)
{
	if (m->period <= 0.0)
		return 0.0;
	return fmin(FASTEST, fmax(SLOWEST, 60.0 * m->rate / (m->period * MIDI_CLOCK_PPQN)));
}

double
midi_clock_in_quarters(const midi_clock_in *m, double frame)
{
	const double since = m->period > 0.0 ? (frame - m->time) / m->period : 0.0;
	return ((double)m->tick + since) / MIDI_CLOCK_PPQN;
}

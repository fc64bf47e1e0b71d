#include "rt/midi_clock_doubt.h"

#include <math.h>
#include <string.h>

enum { TICK = 0xf8, START = 0xfa, CONTINUE = 0xfb, STOP = 0xfc, SONG_POSITION = 0xf2 };

enum { SHORTEST = 4 }; /* memory, in ticks */

#define SLOWEST 20.0      /* bpm */
#define FASTEST 300.0     /* bpm */
#define MOVING 0.6        /* share of the errors that lies on one side when the tempo moves */
#define NEGLIGIBLE 0.0005 /* seconds: errors below this are no movement */

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

static void
resolve(midi_clock_in *m)
{
	midi_clock_verdict v;
	midi_clock_tick t[MIDI_CLOCK_DOUBT];
	const int n = m->n_doubtful;
	int so_far = 0;
	midi_clock_judge(m, &v);
	memcpy(t, m->doubtful, (size_t)n * sizeof *t);
	m->n_doubtful = 0;
	for (int j = 0; j < n; j++) {
		take(m, t[j].frame, v.until[j] - so_far, v.late[j]);
		so_far = v.until[j];
	}
	if (v.jumps) {
		m->time = t[n - 1].frame;
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
	if (midi_clock_gap(m, frame))
		resolve(m);
	m->doubtful[m->n_doubtful] = (midi_clock_tick){m->n_doubtful + 1, frame};
	m->n_doubtful++;
	if (midi_clock_settled(m))
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
	if (m->n_doubtful > 0 ||
	    (!m->told && m->ticks >= MIDI_CLOCK_PPQN && fabs(error) > MIDI_CLOCK_DOUBTFUL))
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

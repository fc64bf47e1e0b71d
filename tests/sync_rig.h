/* An engine that is led, and what it plays: for tests of the sources of time. */
#ifndef DRUMLIN_SYNC_RIG_H
#define DRUMLIN_SYNC_RIG_H

#include "tests/engine_rig.h"

#include "rt/engine_state.h"
#include "rt/rng.h"

enum { PERIOD = 64, STROKES = 4096 };

typedef struct heard {
	double frame[STROKES];
	uint8_t status[STROKES];
	int n;
} heard;

/* Plays a period and collects the events of midi_out whose status byte is one of `wanted`. */
static inline void
play(engine_rig *r, const engine_midi *midi, uint32_t n_midi, heard *h)
{
	const uint64_t at = r->played + r->lose;
	rig_play(r, PERIOD, midi, n_midi);
	for (uint32_t i = 0; i < r->io.n_midi_out; i++) {
		const uint8_t status = r->midi_out[i].data[0];
		if (status == 0x89 || h->n == STROKES)
			continue;
		h->frame[h->n] = (double)(at + r->midi_out[i].frame);
		h->status[h->n++] = status;
	}
}

/* A kick on every step, wherever that is. */
static inline engine_rig *
every_step(void)
{
	engine_rig *r = rig_new(true);
	for (int64_t n = 0; n < 250; n++)
		rig_plan(r, n, 1u << INST_BD);
	return r;
}

/* A master that sends clock as MIDI: ticks at their frames, plus an error. */
typedef struct clock_master {
	double at, period; /* of the next tick */
	double jitter;     /* frames, each way */
	uint64_t seed;
	double due; /* frame at which it will really be sent */
} clock_master;

static inline uint32_t
master_period(clock_master *m, uint64_t from, engine_midi *out)
{
	uint32_t n = 0;
	while (m->due < (double)(from + PERIOD)) {
		const double frame = fmax(m->due, (double)from);
		out[n++] = (engine_midi){(uint32_t)(frame - (double)from), 1, {0xf8, 0, 0}};
		m->at += m->period;
		m->due = fmax(m->due, m->at + m->jitter * (2.0 * (double)rng_next_unit(&m->seed) - 1.0));
	}
	return n;
}

/* Plays so many periods under the master; its start comes in the first. */
static inline void
follow_master(engine_rig *r, clock_master *m, int periods, bool starts, heard *h)
{
	for (int p = 0; p < periods; p++) {
		engine_midi in[40];
		uint32_t n = master_period(m, r->played, in);
		if (starts && p == 0)
			in[n++] = (engine_midi){10, 1, {0xfa, 0, 0}};
		play(r, in, n, h);
	}
}

#endif

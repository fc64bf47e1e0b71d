/* The audio callback. [audio] throughout; nothing here may allocate, lock, log, wait or call the system. */
#include "rt/engine_state.h"

#include "rt/cycles.h"
#include "rt/fpmode.h"

#include <math.h>
#include <string.h>

static const float start_patience = 0.05f; /* seconds that a start waits for the composer */

/* What the performer's hand does to the voices of an instrument. */
static void
control_voices(engine *e, int instrument)
{
	const params *p = e->params;
	voices_set_control(&e->voices, instrument,
			   &(voice_control){.tune = params_get(p, param_slot(PARAM_TUNE, instrument)),
					    .decay = params_get(p, param_slot(PARAM_DECAY, instrument)),
					    .hold = params_get(p, param_slot(PARAM_HOLD, instrument))});
}

/* Place in the bar, in quarters, for who records. */
static float
beat_of(const engine *e)
{
	const bar_place place = bar_map_at(&e->bars, e->clock.now.step);
	const double step = place.step + (double)e->clock.now.frac / (double)e->clock.unit;
	return (float)(step / metre_steps_per_quarter(place.metre));
}

void
engine_hit(engine *e, int instrument, int velocity, int64_t step, bool by_hand)
{
	engine_note_on(e, instrument, velocity);
	/* Whether it is heard or not: a muted kick still pumps. */
	if (instrument == INST_BD)
		mixer_kick(&e->mixer, velocity);
	if (e->kit_current >= 0) {
		control_voices(e, instrument);
		const voice_trigger t = {
		    .instrument = (uint8_t)instrument,
		    .velocity = (uint8_t)velocity,
		    .kit_slot = (uint8_t)e->kit_current,
		    .weight = e->weight[instrument],
		};
		if (!e->weights_settled)
			kit_set_wanted(e->params, e->kits[e->kit_current]->n_corners, instrument,
				       e->weight[instrument]);
		voices_trigger(&e->voices, e->kits[e->kit_current], &t);
	}
	if (e->tape)
		tape_strike(e->tape, 0, (float)engine_tempo(e), beat_of(e), instrument, velocity);
	engine_report(e, &(report){.kind = REPORT_HIT,
				   .instrument = (uint8_t)instrument,
				   .velocity = (uint8_t)velocity,
				   .by_hand = by_hand,
				   .step = step});
}

/* --- kits ------------------------------------------------------------------------------------------ */

/* Hands back the sets that nobody plays any more. A full report ring is no loss: it is tried again. */
static void
retire_kits(engine *e)
{
	uint64_t held = 0;
	for (int s = 0; s < ENGINE_KIT_SLOTS; s++)
		held |= (uint64_t)(e->kits[s] != NULL && s != e->kit_current) << s;
	if (!held)
		return;
	held &= ~voices_use(&e->voices);
	for (int s = 0; s < ENGINE_KIT_SLOTS; s++) {
		if (!(held >> s & 1))
			continue;
		if (ring_push(&e->reports, &(report){.kind = REPORT_KITS, .kits = e->kits[s]}))
			e->kits[s] = NULL;
	}
}

static void
take_kits(engine *e)
{
	retire_kits(e);
	/* Relaxed look first: no locked instruction in the usual case. */
	if (!atomic_load_explicit(&e->mailbox, memory_order_relaxed))
		return;
	int slot = -1;
	for (int s = 0; s < ENGINE_KIT_SLOTS && slot < 0; s++)
		if (!e->kits[s])
			slot = s;
	if (slot < 0) {
		/* All slots ring out: shorten the others, take the new set when one is free. */
		for (int s = 0; s < ENGINE_KIT_SLOTS; s++)
			if (s != e->kit_current)
				voices_cut(&e->voices, s);
		return;
	}
	/* Acquire: the set's contents are there. */
	e->kits[slot] = atomic_exchange_explicit(&e->mailbox, NULL, memory_order_acquire);
	e->kit_current = slot;
	atomic_store_explicit(&e->shared.has_kits, true, memory_order_relaxed);
}

/* --- rendering ------------------------------------------------------------------------------------------ */

/* The corners' weights of every instrument at the end of the next frames. */
static void
move_weights(engine *e, uint32_t frames, float to[INSTRUMENTS][KIT_CORNERS])
{
	const int corners = e->kit_current >= 0 ? e->kits[e->kit_current]->n_corners : 0;
	/* A linear approach in 20 ms (the table's smoothing of the pad). */
	float share = (float)frames * 50.0f / (float)e->clock.rate;
	if (share > 1.0f || !e->weights_settled)
		share = 1.0f;
	for (int i = 0; i < INSTRUMENTS; i++) {
		float wanted[KIT_CORNERS];
		kit_set_wanted(e->params, corners, i, wanted);
		for (int c = 0; c < KIT_CORNERS; c++) {
			const float step = wanted[c] - e->weight[i][c];
			/* It arrives: a corner without weight costs nothing. */
			to[i][c] = fabsf(step) < 1e-5f ? wanted[c] : e->weight[i][c] + share * step;
		}
	}
}

static void
write_tape(engine *e, uint32_t frames)
{
	const float *bus[2 * INSTRUMENTS];
	for (int i = 0; i < 2 * INSTRUMENTS; i++)
		bus[i] = e->bus[i / 2][i % 2];
	tape_write(e->tape, e->clock.rate, frames, e->main_left, e->main_right, bus);
}

static void
render(engine *e, engine_io *io, uint32_t at, uint32_t frames)
{
	float to[INSTRUMENTS][KIT_CORNERS];
	move_weights(e, frames, to);
	const float(*from)[KIT_CORNERS] =
	    e->weights_settled ? (const float(*)[KIT_CORNERS])e->weight : (const float(*)[KIT_CORNERS])to;
	for (int i = 0; i < INSTRUMENTS; i++)
		for (int c = 0; c < 2; c++)
			memset(e->bus[i][c], 0, frames * sizeof(float));
	voices_render(&e->voices, frames, from, (const float(*)[KIT_CORNERS])to, e->bus);
	memcpy(e->weight, to, sizeof to);
	e->weights_settled = true;
	const mixer_input in = {
	    .params = e->params, .tempo = engine_tempo(e), .heard = e->voices.heard, .frames = frames};
	mixer_run(&e->mixer, &in, e->bus, e->main_left, e->main_right);
	memcpy(io->main[0] + at, e->main_left, frames * sizeof(float));
	memcpy(io->main[1] + at, e->main_right, frames * sizeof(float));
	if (e->tape)
		write_tape(e, frames);
	for (int i = 0; i < INSTRUMENTS; i++)
		for (int c = 0; c < 2; c++)
			if (io->instrument[i][c])
				memcpy(io->instrument[i][c] + at, e->bus[i][c], frames * sizeof(float));
}

/* The plan holds the step to begin with, written after the last relocation. */
bool
engine_cued(const engine *e)
{
	step_event first;
	return plan_get_epoch(e->plan) == e->epoch && plan_read(e->plan, e->seq.next_step, &first);
}

/* A start waits (briefly) until the composer has written the step to begin with. */
static void
try_start(engine *e, uint32_t frames)
{
	if (engine_cued(e) || e->start_wait >= (uint32_t)(start_patience * (float)e->clock.rate))
		engine_set_rolling(e, true);
	else
		e->start_wait += frames;
}

/* Plays frames [at, at + frames) of the period: no control changes inside. frames <= VOICE_CHUNK. */
static void
run_segment(engine *e, engine_io *io, uint32_t at, uint32_t frames)
{
	engine_keep_time(e, at);
	if (e->starting)
		try_start(e, frames);
	engine_send_clock(e, io, at, frames);
	for (int i = 0; i < INSTRUMENTS; i++)
		control_voices(e, i);
	uint32_t due = 0;
	if (e->rolling)
		due = seq_run(&e->seq, &e->clock, e->plan, frames, params_get(e->params, PARAM_SWING),
			      params_get(e->params, PARAM_HUMANIZE), e->events);
	uint32_t done = 0;
	for (uint32_t i = 0; i < due; i++) {
		const seq_event *ev = &e->events[i];
		if (ev->frame > done) {
			engine_note_offs(e, ev->frame - done);
			engine_flush_ticks(e, io, at, ev->frame);
			render(e, io, at + done, ev->frame - done);
			done = ev->frame;
			e->at = at + done;
		}
		engine_hit(e, ev->stroke.instrument, ev->stroke.velocity, ev->stroke.step, false);
	}
	if (frames > done) {
		engine_note_offs(e, frames - done);
		engine_flush_ticks(e, io, at, frames);
		render(e, io, at + done, frames - done);
	}
	e->at = at + frames;
	if (e->rolling)
		clock_advance(&e->clock, frames);
	e->tap_frames += frames;
}

/* --- the period
 * ------------------------------------------------------------------------------------------------ */

static void
raise_peak(_Atomic float *peak, float own)
{
	if (own > atomic_load_explicit(peak, memory_order_relaxed))
		atomic_store_explicit(peak, own, memory_order_relaxed);
}

static void
publish(engine *e, uint32_t frames)
{
	engine_shared *s = &e->shared;
	const engine_timeline place = {
	    .time_us = e->period_us ? e->period_us + (uint64_t)frames * 1000000u / e->clock.rate : 0,
	    .quarter = clock_steps(&e->clock) / metre_steps_per_quarter(e->bars.now.metre),
	    .tempo = engine_tempo(e),
	    .playing = e->rolling};
	timeline_write(&e->own_timeline, &place);
	/* Relaxed but for next_step: each value stands alone. */
	atomic_store_explicit(&s->next_step, e->seq.next_step, memory_order_release);
	atomic_store_explicit(&s->position, clock_steps(&e->clock), memory_order_relaxed);
	const bool by_clock = e->sync == SYNC_MIDI && midi_clock_in_tempo(&e->clock_in) > 0.0;
	atomic_store_explicit(&s->tempo, engine_tempo(e), memory_order_relaxed);
	atomic_store_explicit(&s->master_tempo,
			      by_clock || (e->sync == SYNC_JACK && e->transport.master_tempo),
			      memory_order_relaxed);
	atomic_store_explicit(&s->clock_locked, midi_clock_in_locked(&e->clock_in, (double)e->frame),
			      memory_order_relaxed);
	atomic_store_explicit(&s->sync, e->sync, memory_order_relaxed);
	bar_map_publish(&s->bars, &e->bars);
	atomic_store_explicit(&s->rate, e->clock.rate, memory_order_relaxed);
	atomic_store_explicit(&s->period, frames, memory_order_relaxed);
	atomic_store_explicit(&s->underruns, e->seq.underruns, memory_order_relaxed);
	atomic_store_explicit(&s->voices, e->voices.sounding, memory_order_relaxed);
	atomic_store_explicit(&s->stolen, e->voices.stolen, memory_order_relaxed);
	atomic_store_explicit(&s->midi_faults, e->stream.faults, memory_order_relaxed);
	for (int i = 0; i < ENGINE_METERS; i++) {
		float *own = i < INSTRUMENTS ? &e->mixer.channel[i].peak : &e->mixer.peak[i - INSTRUMENTS];
		raise_peak(&s->peak[i], *own);
		raise_peak(&s->far_peak[i], *own);
		*own = 0.0f;
	}
}

static void
check_rate(engine *e, uint32_t rate)
{
	if (rate == e->clock.rate || rate == 0)
		return;
	e->clock_heard = (double)e->frame - ((double)e->frame - e->clock_heard) * rate / e->clock.rate;
	midi_clock_in_set_rate(&e->clock_in, rate, (double)e->frame);
	clock_set_rate(&e->clock, rate);
	voices_cut(&e->voices, -1);
	e->voices.rate = rate;
	mixer_reset(&e->mixer, rate);
	atomic_store_explicit(&e->shared.latency, mixer_latency(&e->mixer), memory_order_relaxed);
}

static void
run_period(engine *e, engine_io *io)
{
	uint32_t next_midi = 0;
	for (uint32_t at = 0; at < io->frames;) {
		while (next_midi < io->n_midi_in && io->midi_in[next_midi].frame <= at)
			engine_midi_in(e, &io->midi_in[next_midi++]);
		engine_obey_due(e, io, at);
		const uint32_t frames = engine_frames_to_cut(e, io, next_midi, at);
		run_segment(e, io, at, frames);
		at += frames;
	}
	while (next_midi < io->n_midi_in)
		engine_midi_in(e, &io->midi_in[next_midi++]);
}

bool
engine_plan_ready(const engine *e, uint32_t frames)
{
	step_event ignored;
	const int64_t open = clock_open_step(&e->clock, frames);
	for (int64_t step = e->seq.next_step; step < open || step == e->seq.next_step; step++)
		if (!plan_read(e->plan, step, &ignored))
			return false;
	return true;
}

bool
engine_sync_ready(const engine *e, uint64_t frame)
{
	return (e->sync != SYNC_JACK && e->sync != SYNC_MASTER) ||
	       (e->transport.seen && e->transport.next_frame == frame && engine_cued(e));
}

/* Who follows a clock that went on meanwhile goes on with it. JACK's transport says itself where it is, and a
 * song of our own is late from here on. */
static void
take_loss(engine *e, uint32_t lost)
{
	e->frame += lost;
	if (lost && e->rolling && (e->sync == SYNC_MIDI || e->sync == SYNC_LINK))
		clock_advance(&e->clock, lost);
}

void
engine_process(engine *e, engine_io *io)
{
	const uint64_t begun = cycles_now();
	const fpmode mode = fpmode_enter();
	io->n_midi_out = 0;
	e->io = io;
	e->at = 0;
	take_loss(e, io->lost);
	check_rate(e, io->rate);
	e->tape = atomic_load(&e->tape_wanted);
	take_kits(e);
	engine_take_map(e);
	engine_choose_sync(e, io);
	engine_begin_cuts(e, io->frames);
	engine_take_commands(e, io);
	run_period(e, io);
	engine_copy_midi(e, io);
	e->frame += io->frames;
	publish(e, io->frames);
	e->tape = NULL;
	atomic_fetch_add(&e->turns, 1);
	fpmode_leave(mode);
	const uint64_t spent = cycles_now() - begun;
	atomic_store_explicit(&e->shared.cycles_last, spent, memory_order_relaxed);
	if (spent > atomic_load_explicit(&e->shared.cycles_max, memory_order_relaxed))
		atomic_store_explicit(&e->shared.cycles_max, spent, memory_order_relaxed);
}

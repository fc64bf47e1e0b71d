/* The engine's life outside the callback. Never the audio thread. */
#include "rt/engine_state.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

void
engine_reset(engine *e, uint32_t rate)
{
	clock_init(&e->clock, rate, params_get(e->params, PARAM_TEMPO));
	seq_init(&e->seq);
	voices_init(&e->voices, rate);
	mixer_reset(&e->mixer, rate);
	atomic_store(&e->shared.latency, mixer_latency(&e->mixer));
	memset(&e->transport, 0, sizeof e->transport);
	memset(e->weight, 0, sizeof e->weight);
	memset(e->note, 0, sizeof e->note);
	midi_hand_init(&e->hand);
	memset(&e->stream, 0, sizeof e->stream);
	e->weights_settled = false;
	e->resume = (clock_pos){0, 0};
	e->rolling = e->starting = false;
	e->sync = SYNC_INTERNAL;
	engine_cue_metre(e);
	e->resume_bars = e->bars;
	midi_clock_in_init(&e->clock_in, rate);
	memset(&e->clock_out, 0, sizeof e->clock_out);
	e->clock_source = 0;
	e->clock_heard = 0.0;
	e->clock_held = e->clock_out_rolling = e->joining = false;
	e->frame = 0;
	e->n_timed = 0;
	e->taps = 0;
	e->tap_frames = 0;
	atomic_store(&e->shared.rolling, false);
	atomic_store(&e->shared.next_step, 0);
	atomic_store(&e->shared.position, 0.0);
	atomic_store(&e->shared.tempo, clock_get_tempo(&e->clock));
	bar_map_publish(&e->shared.bars, &e->bars);
	atomic_store(&e->shared.sync, SYNC_INTERNAL);
	atomic_store(&e->shared.clock_locked, false);
	atomic_store(&e->shared.rate, rate);
	atomic_store(&e->shared.underruns, 0);
	atomic_store(&e->shared.hurried, 0);
	atomic_store(&e->shared.unheard, 0);
	atomic_store(&e->shared.cycles_max, 0);
}

dr_status
engine_new(params *p, plan *steps, const midi_map *map, uint32_t rate, engine **out, dr_error *err)
{
	*out = NULL;
	engine *e = NULL;
	if (posix_memalign((void **)&e, 4096, sizeof *e) != 0)
		return error_set(err, DR_FAILED, "out of memory for the engine");
	memset(e, 0, sizeof *e);
	e->params = p;
	e->plan = steps;
	e->map = map;
	e->kit_current = -1;
	dr_status status = ring_init(&e->commands, 512, sizeof(engine_message), err);
	if (status == DR_OK)
		status = ring_init(&e->reports, 1024, sizeof(report), err);
	if (status == DR_OK)
		status = ring_init(&e->clocks, 256, sizeof(engine_timed_midi), err);
	if (status == DR_OK)
		status = ring_init(&e->midi, 1024, sizeof(engine_timed_midi), err);
	if (status == DR_OK)
		status = ring_init(&e->lights, 1024, sizeof(engine_light), err);
	if (status == DR_OK)
		status = mixer_new(&e->mixer, rate, err);
	if (status != DR_OK) {
		engine_free(e);
		return status;
	}
	engine_reset(e, rate);
	*out = e;
	return DR_OK;
}

void
engine_free(engine *e)
{
	if (!e)
		return;
	report r;
	while (e->reports.data && ring_pop(&e->reports, &r)) {
		if (r.kind == REPORT_KITS)
			kit_set_free(r.kits);
		else if (r.kind == REPORT_MAP)
			free(r.map);
	}
	free(e->own_map);
	free(e->old_map);
	free(atomic_load(&e->map_mailbox));
	for (int s = 0; s < ENGINE_KIT_SLOTS; s++)
		kit_set_free(e->kits[s]);
	kit_set_free(atomic_load(&e->mailbox));
	mixer_free(&e->mixer);
	ring_free(&e->commands);
	ring_free(&e->reports);
	ring_free(&e->clocks);
	ring_free(&e->midi);
	ring_free(&e->lights);
	munlock(e, sizeof *e);
	free(e);
}

bool
engine_lock_memory(engine *e)
{
	const bool locked =
	    mixer_lock(&e->mixer) && mlock(e, sizeof *e) == 0 && mlock(e->plan, sizeof *e->plan) == 0 &&
	    mlock(e->params, sizeof *e->params) == 0 &&
	    mlock(e->commands.data, (size_t)(e->commands.mask + 1) * e->commands.element) == 0 &&
	    mlock(e->reports.data, (size_t)(e->reports.mask + 1) * e->reports.element) == 0 &&
	    mlock(e->clocks.data, (size_t)(e->clocks.mask + 1) * e->clocks.element) == 0 &&
	    mlock(e->midi.data, (size_t)(e->midi.mask + 1) * e->midi.element) == 0 &&
	    mlock(e->lights.data, (size_t)(e->lights.mask + 1) * e->lights.element) == 0;
	return locked;
}

uint32_t
engine_latency(const engine *e)
{
	return atomic_load_explicit(&e->shared.latency, memory_order_relaxed);
}

bool
engine_command(engine *e, command_id id, int instrument, float value)
{
	return engine_command_at(e, id, instrument, value, 0);
}

bool
engine_command_at(engine *e, command_id id, int instrument, float value, uint64_t time_us)
{
	const engine_message m = {.kind = MESSAGE_COMMAND,
				  .target = (int32_t)id,
				  .instrument = (int16_t)instrument,
				  .value = value,
				  .time_us = time_us};
	return ring_push(&e->commands, &m);
}

bool
engine_set_at(engine *e, int slot, float value, uint32_t source, uint64_t time_us)
{
	const engine_message m = {
	    .kind = MESSAGE_PARAM, .target = slot, .value = value, .source = source, .time_us = time_us};
	return !isnan(value) && ring_push(&e->commands, &m);
}

bool
engine_read_step(const engine *e, int64_t step, step_event *event)
{
	return plan_read(e->plan, step, event);
}

bool
engine_midi_clock(engine *e, int port, const uint8_t *message, uint32_t size, uint64_t time_us)
{
	engine_timed_midi m = {
	    .time_us = time_us, .size = (uint8_t)(size < 3 ? size : 3), .port = (uint8_t)port};
	memcpy(m.data, message, m.size);
	return ring_push(&e->clocks, &m);
}

void
engine_set_timeline(engine *e, const engine_timeline *t)
{
	timeline_write(&e->shared_timeline, t);
}

bool
engine_get_timeline(const engine *e, engine_timeline *t)
{
	/* It is being written for some nanoseconds of each period. */
	for (int i = 0; i < 1000; i++)
		if (timeline_read(&e->own_timeline, t))
			return t->time_us > 0;
	return false;
}

void
engine_want_midi(engine *e, bool want)
{
	atomic_store_explicit(&e->shared.midi_wanted, want, memory_order_relaxed);
}

bool
engine_take_midi(engine *e, engine_timed_midi *m)
{
	return ring_pop(&e->midi, m);
}

midi_map *
engine_publish_map(engine *e, midi_map *map)
{
	return atomic_exchange_explicit(&e->map_mailbox, map, memory_order_acq_rel); /* as the kits' */
}

bool
engine_send_light(engine *e, const uint8_t *message, size_t size)
{
	engine_light l = {.size = (uint8_t)size};
	if (size > sizeof l.data)
		return false;
	memcpy(l.data, message, size);
	return ring_push(&e->lights, &l);
}

const plan *
engine_plan(const engine *e)
{
	return e->plan;
}

kit_set *
engine_publish_kits(engine *e, kit_set *set)
{
	/* Release: what the set holds is there before its address. Acquire: what comes back is ours again. */
	return atomic_exchange_explicit(&e->mailbox, set, memory_order_acq_rel);
}

bool
engine_take_report(engine *e, report *r)
{
	return ring_pop(&e->reports, r);
}

void
engine_get_status(const engine *e, engine_status *s)
{
	const engine_shared *h = &e->shared;
	/* A relocation is a handful of instructions; whoever looks into it looks again. */
	for (int i = 0; i < 64; i++) {
		s->epoch = atomic_load_explicit(&h->epoch, memory_order_acquire);
		s->next_step = atomic_load_explicit(&h->next_step, memory_order_acquire);
		/* Relaxed: the acquired step has brought it along. */
		if (atomic_load_explicit(&h->moving, memory_order_relaxed) == s->epoch)
			break;
	}
	s->rolling = atomic_load_explicit(&h->rolling, memory_order_acquire);
	s->position = atomic_load_explicit(&h->position, memory_order_relaxed);
	s->tempo = atomic_load_explicit(&h->tempo, memory_order_relaxed);
	s->master_tempo = atomic_load_explicit(&h->master_tempo, memory_order_relaxed);
	s->bars = bar_map_read(&h->bars);
	s->place = bar_map_at(&s->bars, (int64_t)s->position);
	s->sync = atomic_load_explicit(&h->sync, memory_order_relaxed);
	s->clock_locked = atomic_load_explicit(&h->clock_locked, memory_order_relaxed);
	s->rate = atomic_load_explicit(&h->rate, memory_order_relaxed);
	s->period = atomic_load_explicit(&h->period, memory_order_relaxed);
	s->underruns = atomic_load_explicit(&h->underruns, memory_order_relaxed);
	s->voices = atomic_load_explicit(&h->voices, memory_order_relaxed);
	s->stolen = atomic_load_explicit(&h->stolen, memory_order_relaxed);
	s->lost_reports = atomic_load_explicit(&h->lost_reports, memory_order_relaxed);
	s->midi_events = atomic_load_explicit(&h->midi_events, memory_order_relaxed);
	s->midi_faults = atomic_load_explicit(&h->midi_faults, memory_order_relaxed);
	s->hurried = atomic_load_explicit(&h->hurried, memory_order_relaxed);
	s->unheard = atomic_load_explicit(&h->unheard, memory_order_relaxed);
	s->has_kits = atomic_load_explicit(&h->has_kits, memory_order_relaxed);
	s->cycles_last = atomic_load_explicit(&h->cycles_last, memory_order_relaxed);
}

void
engine_take_peaks(engine *e, float peak[ENGINE_METERS])
{
	for (int i = 0; i < ENGINE_METERS; i++)
		peak[i] = atomic_exchange_explicit(&e->shared.peak[i], 0.0f, memory_order_relaxed);
}

void
engine_take_far_peaks(engine *e, float peak[ENGINE_METERS])
{
	for (int i = 0; i < ENGINE_METERS; i++)
		peak[i] = atomic_exchange_explicit(&e->shared.far_peak[i], 0.0f, memory_order_relaxed);
}

uint64_t
engine_take_cycles_max(engine *e)
{
	return atomic_exchange_explicit(&e->shared.cycles_max, 0, memory_order_relaxed);
}

uint32_t
engine_set_tape(engine *e, tape *t)
{
	/* Sequentially consistent, as in engine_process: who reads a count here that a period has yet to
	 * raise has its tape seen by every period after that one. */
	atomic_store(&e->tape_wanted, t);
	return atomic_load(&e->turns) + 1;
}

bool
engine_has_turned(const engine *e, uint32_t turn)
{
	return (int32_t)(atomic_load(&e->turns) - turn) >= 0;
}

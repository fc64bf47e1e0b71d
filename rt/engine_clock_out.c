/* MIDI clock that the engine sends, and its MIDI for the ports that are not the host's. [audio] throughout.
 */
#include "rt/engine_state.h"

enum { SONG_POSITION = 0xf2, TICK = 0xf8, START = 0xfa, CONTINUE = 0xfb, STOP = 0xfc };

static void
say_position(engine *e, engine_io *io, uint32_t at)
{
	const uint16_t place = midi_clock_out_position(&e->clock, &e->bars);
	if (place > 0)
		engine_midi_out(io, at, 3, SONG_POSITION, place & 0x7f, (uint8_t)(place >> 7));
	e->clock_out_begin = place > 0 ? CONTINUE : START;
	midi_clock_out_locate(&e->clock_out);
}

void
engine_send_clock(engine *e, engine_io *io, uint32_t at, uint32_t frames)
{
	const int mode = (int)params_get(e->params, PARAM_CLOCK_OUT);
	const bool rolling = e->rolling && mode > 0;
	if (e->clock_out_rolling && (!rolling || e->clock_out_epoch != e->epoch)) {
		engine_midi_out(io, at, 1, STOP, 0, 0);
		e->clock_out_rolling = false;
	}
	if (rolling && !e->clock_out_rolling) {
		say_position(e, io, at);
		e->clock_out_rolling = true;
		e->clock_out_epoch = e->epoch;
	}
	e->n_ticks = 0;
	e->tick_begins = -1;
	if (rolling) {
		e->n_ticks =
		    midi_clock_out_run(&e->clock_out, &e->clock, &e->bars, frames, e->tick_at, ENGINE_TICKS);
		e->tick_begins = e->clock_out.begins;
	} else if (mode == 2) {
		e->n_ticks = midi_clock_out_idle(&e->clock_out, &e->clock, frames, e->tick_at, ENGINE_TICKS);
	}
	e->ticks_sent = 0;
}

void
engine_flush_ticks(engine *e, engine_io *io, uint32_t at, uint32_t until)
{
	for (; e->ticks_sent < e->n_ticks && e->tick_at[e->ticks_sent] < until; e->ticks_sent++) {
		const uint32_t frame = at + e->tick_at[e->ticks_sent];
		if (e->ticks_sent == e->tick_begins)
			engine_midi_out(io, frame, 1, e->clock_out_begin, 0, 0);
		engine_midi_out(io, frame, 1, TICK, 0, 0);
	}
}

void
engine_copy_midi(engine *e, const engine_io *io)
{
	if (!atomic_load_explicit(&e->shared.midi_wanted, memory_order_relaxed))
		return;
	for (uint32_t i = 0; i < io->n_midi_out; i++) {
		const engine_midi *m = &io->midi_out[i];
		const uint64_t at = io->time_us + (uint64_t)m->frame * 1000000u / e->clock.rate;
		ring_push(&e->midi,
			  &(engine_timed_midi){at, m->size, {m->data[0], m->data[1], m->data[2]}, 0});
	}
}

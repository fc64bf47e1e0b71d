/* What the audio thread does when it is told something: commands, MIDI, taps. [audio] throughout. */
#include "rt/engine_state.h"

#include <math.h>
#include <string.h>

void
engine_report(engine *e, const report *r)
{
	if (!ring_push(&e->reports, r))
		atomic_fetch_add_explicit(&e->shared.lost_reports, 1, memory_order_relaxed);
}

void
engine_relocated(engine *e)
{
	seq_locate(&e->seq, &e->clock);
	e->epoch++;
	/* Who sees the new step sees `moving` too (released before it), and who acquires the epoch sees at
	 * least this step: with both equal, step and epoch belong together. */
	atomic_store_explicit(&e->shared.moving, e->epoch, memory_order_relaxed);
	atomic_store_explicit(&e->shared.next_step, e->seq.next_step, memory_order_release);
	atomic_store_explicit(&e->shared.position, clock_steps(&e->clock), memory_order_relaxed);
	bar_map_publish(&e->shared.bars, &e->bars);
	atomic_store_explicit(&e->shared.epoch, e->epoch, memory_order_release);
}

void
engine_set_rolling(engine *e, bool rolling)
{
	if (rolling == e->rolling)
		return;
	e->rolling = rolling;
	e->starting = false;
	if (!rolling)
		seq_clear_pending(&e->seq);
	atomic_store_explicit(&e->shared.rolling, rolling, memory_order_release);
	engine_report(e, &(report){.kind = REPORT_ROLLING, .rolling = rolling, .step = e->seq.next_step});
}

static void
start_from(engine *e, clock_pos where, const bar_map *bars)
{
	/* A metre that was turned in the same breath is the first bar's. */
	if (!e->rolling && !e->starting)
		engine_keep_metre(e);
	/* A stop has cued the top: what was planned since then (a fill, too) is heard. */
	const bool cued = !e->rolling && e->clock.now.step == where.step && e->clock.now.frac == where.frac &&
			  engine_cued(e);
	if (e->rolling)
		engine_set_rolling(e, false);
	if (!cued) {
		if (bars)
			e->bars = *bars;
		else
			engine_cue_metre(e);
		clock_set_grid(&e->clock, metre_steps_per_quarter(e->bars.now.metre));
		e->clock.now = where;
		if (e->bars.changes)
			clock_turn_grid(&e->clock, e->bars.next.step,
					metre_steps_per_quarter(e->bars.next.metre));
		engine_relocated(e);
	}
	e->starting = true;
	e->start_wait = 0;
}

static void
stop(engine *e)
{
	e->starting = false;
	if (!e->rolling)
		return;
	engine_set_rolling(e, false);
	/* The line may have been crossed in the period's last frames. */
	bar_map_advance(&e->bars, e->clock.now.step);
	/* Cue the top: the composer plans it now, and the next start is immediate. */
	e->resume = e->clock.now;
	e->resume_bars = e->bars;
	e->clock.now = (clock_pos){0, 0};
	engine_cue_metre(e);
	engine_relocated(e);
}

/* Tempo from the last taps: the mean of up to four intervals; a pause of two seconds starts anew. */
static void
tap(engine *e)
{
	const double seconds = (double)e->tap_frames / e->clock.rate;
	if (e->taps > 0 && seconds < 0.1)
		return; /* a bounce: the interval goes on */
	e->tap_frames = 0;
	if (e->taps == 0 || seconds > 2.0) {
		e->taps = 1;
		return;
	}
	const double old = params_get(e->params, PARAM_TEMPO);
	const int n = e->taps < 4 ? e->taps : 4;
	const double interval = n == 1 ? seconds : 60.0 / old + (seconds - 60.0 / old) / n;
	e->taps++;
	params_set(e->params, PARAM_TEMPO, (float)(60.0 / interval), PARAM_SOURCE_ENGINE);
}

/* Play, stop and continue, where the transport is not ours: whoever owns it is asked. */
static bool
ask_owner(engine *e, command_id command)
{
	if (e->sync == SYNC_INTERNAL)
		return false;
	if (engine_clock_command(e, command))
		return true;
	if (command == COMMAND_TOGGLE_PLAY)
		command = e->rolling ? COMMAND_STOP : COMMAND_PLAY;
	engine_report(e, &(report){.kind = REPORT_TRANSPORT, .command = command});
	return true;
}

/* A pad. More of them than any hand plays in one period are not heard. */
static void
strike(engine *e, int instrument, float value)
{
	if (instrument < 0 || instrument >= INSTRUMENTS || value < 1.0f)
		return;
	if (e->strikes_left == 0) {
		atomic_fetch_add_explicit(&e->shared.unheard, 1, memory_order_relaxed);
		return;
	}
	e->strikes_left--;
	const int velocity = value > 127.0f ? 127 : (int)value;
	const int64_t nearest = e->clock.now.step + (e->clock.now.frac * 2 >= e->clock.unit);
	engine_hit(e, instrument, velocity, nearest, true);
}

void
engine_obey(engine *e, command_id command, int instrument, float value)
{
	switch (command) {
	case COMMAND_PLAY:
		if (!ask_owner(e, command))
			start_from(e, (clock_pos){0, 0}, NULL);
		break;
	case COMMAND_CONTINUE:
		if (!ask_owner(e, command) && !e->rolling)
			start_from(e, e->resume, &e->resume_bars);
		break;
	case COMMAND_STOP:
		if (!ask_owner(e, command))
			stop(e);
		break;
	case COMMAND_TOGGLE_PLAY:
		if (ask_owner(e, command))
			break;
		if (e->rolling || e->starting)
			stop(e);
		else
			start_from(e, (clock_pos){0, 0}, NULL);
		break;
	case COMMAND_TAP: tap(e); break;
	case COMMAND_PANIC:
		engine_notes_end(e);
		e->n_timed = 0;
		seq_clear_pending(&e->seq);
		voices_cut(&e->voices, -1);
		mixer_cut(&e->mixer);
		break;
	case COMMAND_TRIGGER: strike(e, instrument, value); break;
	case COMMAND_REGENERATE: params_regenerate(e->params, PARAM_SOURCE_ENGINE); break;
	case COMMAND_KEEP:
	case COMMAND_CLEAR:
	case COMMAND_SCENE:
	case COMMAND_SCENE_STORE:
	case COMMAND_SCENE_CLEAR:
	case COMMAND_SCENE_COPY:
	case COMMAND_UNDO:
	case COMMAND_REDO:
		engine_report(e, &(report){.kind = REPORT_COMMAND, .command = command, .value = value});
		break;
	case COMMAND_MUTATE:
		params_add_pulses(e->params, command, value >= 1.0f && value <= 64.0f ? (uint32_t)value : 1);
		break;
	case COMMAND_UNLEARN:
	case COMMAND_VARY:
	case COMMAND_SAVE:
	case COMMAND_FILL: params_pulse(e->params, command); break;
	case COMMANDS: break;
	}
}

/* --- MIDI -------------------------------------------------------------------------------------------------
 */

void
engine_take_map(engine *e)
{
	if (e->old_map && ring_push(&e->reports, &(report){.kind = REPORT_MAP, .map = e->old_map}))
		e->old_map = NULL;
	/* Relaxed look first: no locked instruction in the usual case. */
	if (e->old_map || !atomic_load_explicit(&e->map_mailbox, memory_order_relaxed))
		return;
	e->old_map = e->own_map;
	/* Acquire: the map's contents are there. */
	e->own_map = atomic_exchange_explicit(&e->map_mailbox, NULL, memory_order_acquire);
	e->map = e->own_map;
	midi_hand_forget(&e->hand);
}

bool
engine_take_light(engine *e, engine_light *light)
{
	return ring_pop(&e->lights, light);
}

static void
carry_out(engine *e, const midi_action *a)
{
	switch (a->kind) {
	case MIDI_PARAM:
		if (!(param_describe(a->slot)->flags & PARAM_FLAG_SHOWN))
			params_set(e->params, a->slot, a->value, PARAM_SOURCE_JACK_MIDI);
		break;
	case MIDI_COMMAND: engine_obey(e, a->command, a->instrument, a->value); break;
	case MIDI_NOTE: engine_obey(e, COMMAND_TRIGGER, a->instrument, a->velocity); break;
	case MIDI_CELL: params_set_cell(e->params, a->slot, a->cell); break;
	case MIDI_NOTHING: break;
	}
}

static void
take_message(engine *e, const midi_message *m, uint32_t frame)
{
	midi_action action[ENGINE_MIDI_ACTIONS];
	if (m->data[0] >= 0xf0) {
		engine_clock_in(e, 0, m->data, m->size, (double)e->frame + frame);
		return;
	}
	atomic_fetch_add_explicit(&e->shared.midi_events, 1, memory_order_relaxed);
	if (params_get(e->params, PARAM_LEARN) >= 0.5f &&
	    !midi_map_moves(e->map, e->params, m->data, m->size, PARAM_LEARN)) {
		report r = {.kind = REPORT_LEARN};
		memcpy(r.message, m->data, sizeof r.message);
		engine_report(e, &r);
		return;
	}
	const int n =
	    midi_map_apply(e->map, &e->hand, e->params, m->data, m->size, action, ENGINE_MIDI_ACTIONS);
	for (int i = 0; i < n; i++)
		carry_out(e, &action[i]);
}

void
engine_midi_in(engine *e, const engine_midi *m)
{
	midi_message message;
	for (int i = 0; i < m->size && i < (int)sizeof m->data; i++)
		if (midi_stream_byte(&e->stream, m->data[i], &message))
			take_message(e, &message, m->frame);
}

/* MIDI out: what is played, as notes for others to play. [audio] throughout. */
#include "rt/engine_state.h"

#include <math.h>

/* Kept by rising frame, as JACK wants it: what is sent comes nearly in order, so the place is found at once.
 */
void
engine_midi_out(engine_io *io, uint32_t frame, uint8_t size, uint8_t status, uint8_t a, uint8_t b)
{
	if (io->n_midi_out >= io->midi_out_capacity)
		return;
	uint32_t i = io->n_midi_out++;
	for (; i > 0 && io->midi_out[i - 1].frame > frame; i--)
		io->midi_out[i] = io->midi_out[i - 1];
	io->midi_out[i] = (engine_midi){.frame = frame, .size = size, .data = {status, a, b}};
}

static void
end_note(engine *e, int instrument, uint32_t frame)
{
	engine_note *n = &e->note[instrument];
	engine_midi_out(e->io, frame, 3, (uint8_t)(0x80 | n->channel), n->pitch, 64);
	n->on = false;
}

void
engine_note_offs(engine *e, uint32_t frames)
{
	for (int i = 0; i < INSTRUMENTS; i++) {
		engine_note *n = &e->note[i];
		if (!n->on)
			continue;
		if (n->left < frames)
			end_note(e, i, e->at + n->left);
		else
			n->left -= frames;
	}
}

/* The present frame; what comes at the period's very end is still within it. */
static uint32_t
frame_now(const engine *e)
{
	return e->at < e->io->frames || !e->at ? e->at : e->io->frames - 1;
}

void
engine_notes_end(engine *e)
{
	for (int i = 0; i < INSTRUMENTS; i++)
		if (e->note[i].on)
			end_note(e, i, frame_now(e));
}

void
engine_note_on(engine *e, int instrument, int velocity)
{
	engine_note *n = &e->note[instrument];
	const int note = (int)params_get(e->params, param_slot(PARAM_OUT_NOTE, instrument));
	const float ms = params_get(e->params, param_slot(PARAM_OUT_LENGTH, instrument));
	if (n->on)
		end_note(e, instrument, frame_now(e));
	n->channel = (uint8_t)(params_get(e->params, param_slot(PARAM_OUT_CHANNEL, instrument)) - 1.0f);
	n->pitch = (uint8_t)(note < 0 ? instrument_note(instrument) : note);
	engine_midi_out(e->io, frame_now(e), 3, (uint8_t)(0x90 | n->channel), n->pitch, (uint8_t)velocity);
	n->on = true;
	n->left = (uint32_t)lrintf(fmaxf(1.0f, ms * 0.001f * (float)e->clock.rate));
}

/* Where a period is cut into segments by what arrives in it. [audio] throughout.
 *
 * What arrives acts at its very frame, so the sound before and after is rendered apart. What a segment costs
 * hardly depends on its length; so there is one such cut in ENGINE_SHARP frames on average, which hands and
 * clocks never reach. The last ones are kept for what sounds or is somebody's time: a pad's note, a tick of
 * MIDI clock, a message at a time. What comes beyond waits for the next multiple of ENGINE_GRID frames. */
#include "rt/engine_state.h"

void
engine_begin_cuts(engine *e, uint32_t frames)
{
	e->cuts_left = frames / ENGINE_SHARP + 1;
	e->strikes_left = frames > ENGINE_STRIKES ? frames : ENGINE_STRIKES;
}

enum { KEPT = 2 }; /* cuts */

/* Where something that arrives at a frame acts. */
static uint32_t
act_at(const engine *e, uint32_t frame, bool sharp)
{
	return e->cuts_left > (sharp ? 0 : KEPT) ? frame
						 : (frame + ENGINE_GRID - 1) / ENGINE_GRID * ENGINE_GRID;
}

/* Sounds, or is somebody's time. */
static bool
is_sharp(const engine_midi *m)
{
	const uint8_t status = m->data[0];
	return status >= 0xf8 || ((status & 0xf0) == 0x90 && m->size > 2 && m->data[2] > 0);
}

static uint32_t
to_midi(const engine *e, const engine_io *io, uint32_t next_midi, uint32_t at, uint32_t most)
{
	uint32_t end = at + most;
	for (uint32_t i = next_midi; i < io->n_midi_in && io->midi_in[i].frame < end; i++) {
		const uint32_t frame = act_at(e, io->midi_in[i].frame, is_sharp(&io->midi_in[i]));
		end = frame < end ? frame : end;
	}
	return end - at;
}

uint32_t
engine_frames_to_cut(engine *e, const engine_io *io, uint32_t next_midi, uint32_t at)
{
	uint32_t frames = io->frames - at;
	if (at % ENGINE_GRID != 0 && e->cuts_left > 0)
		e->cuts_left--;
	if (frames > VOICE_CHUNK)
		frames = VOICE_CHUNK;
	const uint32_t start = engine_frames_to_start(e, at);
	if (start < frames)
		frames = start;
	frames = to_midi(e, io, next_midi, at, frames);
	const uint32_t timed = engine_frames_to_timed(e, io, at);
	if (timed < frames)
		frames =
		    act_at(e, at + timed, true) - at < frames ? act_at(e, at + timed, true) - at : frames;
	return frames;
}

/* What the audio thread is told by the other threads, at once or at a time. [audio] throughout. */
#include "rt/engine_state.h"

#include <math.h>

static void
obey(engine *e, const engine_message *m)
{
	if (m->kind == MESSAGE_PARAM)
		params_set(e->params, m->target, m->value, m->source);
	else
		engine_obey(e, (command_id)m->target, m->instrument, m->value);
}

/* The frame of the period that is nearest to the message's time; what has passed is due at once. */
static double
frame_of(const engine *e, const engine_io *io, const engine_message *m)
{
	if (!m->time_us || !io->time_us || m->time_us <= io->time_us)
		return 0.0;
	return floor((double)(m->time_us - io->time_us) * 1e-6 * e->clock.rate + 0.5);
}

/* Later ones first, and of the same time those that came later: the last is the next. */
static void
keep(engine *e, const engine_message *m)
{
	int place = e->n_timed;
	if (e->n_timed >= ENGINE_TIMED) {
		atomic_fetch_add_explicit(&e->shared.hurried, 1, memory_order_relaxed);
		obey(e, m);
		return;
	}
	while (place > 0 && e->timed[place - 1].time_us <= m->time_us) {
		e->timed[place] = e->timed[place - 1];
		place--;
	}
	e->timed[place] = *m;
	e->n_timed++;
}

void
engine_take_commands(engine *e, const engine_io *io)
{
	engine_message m;
	/* More than a hand can send is for the next period. */
	const uint32_t most = io->frames > ENGINE_STRIKES ? io->frames : ENGINE_STRIKES;
	for (uint32_t i = 0; i < most && ring_pop(&e->commands, &m); i++) {
		if (frame_of(e, io, &m) > 0.0)
			keep(e, &m);
		else
			obey(e, &m);
	}
}

void
engine_obey_due(engine *e, const engine_io *io, uint32_t at)
{
	while (e->n_timed > 0 && frame_of(e, io, &e->timed[e->n_timed - 1]) <= at) {
		const engine_message m = e->timed[--e->n_timed];
		obey(e, &m);
	}
}

uint32_t
engine_frames_to_timed(const engine *e, const engine_io *io, uint32_t at)
{
	if (e->n_timed == 0)
		return UINT32_MAX;
	const double frame = frame_of(e, io, &e->timed[e->n_timed - 1]);
	return frame >= io->frames ? UINT32_MAX : (uint32_t)frame - at;
}

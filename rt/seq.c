#include "rt/seq.h"

#include <string.h>

void
seq_init(seq *s)
{
	memset(s, 0, sizeof *s);
	for (int i = 0; i < SEQ_HISTORY; i++)
		s->history_step[i] = -1;
}

void
seq_clear_pending(seq *s)
{
	s->n_pending = 0;
}

void
seq_locate(seq *s, const song_clock *c)
{
	seq_clear_pending(s);
	s->next_step = c->now.step + (c->now.frac > c->unit / SEQ_GRACE ? 1 : 0);
}

/* The same step one bar ago, as it was played; silence if there was none. */
static void
substitute(const seq *s, int64_t step, step_event *out)
{
	const step_event *last = &s->history[(uint64_t)(step - 1) % SEQ_HISTORY];
	const bool known = step > 0 && s->history_step[(uint64_t)(step - 1) % SEQ_HISTORY] == step - 1;
	const int bar = known && last->bar_len ? last->bar_len : 16;
	const uint64_t slot = (uint64_t)(step - bar) % SEQ_HISTORY;
	if (step >= bar && s->history_step[slot] == step - bar) {
		*out = s->history[slot];
		return;
	}
	memset(out, 0, sizeof *out);
	out->bar_len = (uint8_t)bar;
	out->bar_step = (uint8_t)(known ? (last->bar_step + 1) % bar : step % bar);
}

static void
add_strokes(seq *s, int64_t step, const step_event *e, float swing, float humanize)
{
	/* What swing takes from a step is taken from its rolls too: they end before the next one. */
	const int32_t late = e->bar_step & 1 ? (int32_t)(swing * 0.5f * STEP_OFFSET_ONE) : 0;
	const int32_t length = STEP_OFFSET_ONE - late;
	for (int i = 0; i < INSTRUMENTS; i++) {
		const step_hit *h = &e->hits.hit[i];
		if (!h->velocity)
			continue;
		const int strokes = h->ratchet < 1                  ? 1
				    : h->ratchet > STEP_MAX_RATCHET ? STEP_MAX_RATCHET
								    : h->ratchet;
		for (int k = 0; k < strokes; k++) {
			if (s->n_pending == SEQ_PENDING) {
				s->dropped++;
				return;
			}
			s->pending[s->n_pending++] = (seq_stroke){
			    .step = step,
			    .offset = (int32_t)(humanize * (float)h->offset) + late + k * length / strokes,
			    .instrument = (uint8_t)i,
			    .velocity = h->velocity,
			};
		}
	}
}

static void
take_steps(seq *s, const song_clock *c, const plan *p, uint32_t frames, float swing, float humanize)
{
	const int64_t open = clock_open_step(c, frames);
	for (; s->next_step < open; s->next_step++) {
		step_event e;
		if (!plan_read(p, s->next_step, &e)) {
			substitute(s, s->next_step, &e);
			s->underruns++;
		}
		const uint64_t slot = (uint64_t)s->next_step % SEQ_HISTORY;
		s->history[slot] = e;
		s->history_step[slot] = s->next_step;
		add_strokes(s, s->next_step, &e, swing, humanize);
	}
}

uint32_t
seq_run(seq *s, const song_clock *c, const plan *p, uint32_t frames, float swing, float humanize,
	seq_event *events)
{
	take_steps(s, c, p, frames, swing, humanize);
	uint32_t due = 0, kept = 0;
	for (uint32_t i = 0; i < s->n_pending; i++) {
		const seq_stroke stroke = s->pending[i];
		const int64_t at = clock_frames_until(c, stroke.step, stroke.offset);
		if (at >= (int64_t)frames) {
			s->pending[kept++] = stroke;
			continue;
		}
		const uint32_t frame = at > 0 ? (uint32_t)at : 0;
		uint32_t place = due++;
		for (; place > 0 && events[place - 1].frame > frame; place--)
			events[place] = events[place - 1];
		events[place] = (seq_event){frame, stroke};
	}
	s->n_pending = kept;
	return due;
}

#include "rt/timeline.h"

void
timeline_write(timeline_shared *s, const engine_timeline *t)
{
	/* Relaxed: only this thread writes it. */
	const uint32_t sequence = atomic_load_explicit(&s->sequence, memory_order_relaxed);
	atomic_store_explicit(&s->sequence, sequence + 1, memory_order_relaxed);
	/* Release: who sees a new value sees the odd number. */
	atomic_store_explicit(&s->time_us, t->time_us, memory_order_release);
	atomic_store_explicit(&s->quarter, t->quarter, memory_order_release);
	atomic_store_explicit(&s->tempo, t->tempo, memory_order_release);
	atomic_store_explicit(&s->start, t->start, memory_order_release);
	atomic_store_explicit(&s->playing, t->playing, memory_order_release);
	atomic_store_explicit(&s->sequence, sequence + 2, memory_order_release);
}

bool
timeline_read(const timeline_shared *s, engine_timeline *t)
{
	const uint32_t before = atomic_load_explicit(&s->sequence, memory_order_acquire);
	t->time_us = atomic_load_explicit(&s->time_us, memory_order_acquire);
	t->quarter = atomic_load_explicit(&s->quarter, memory_order_acquire);
	t->tempo = atomic_load_explicit(&s->tempo, memory_order_acquire);
	t->start = atomic_load_explicit(&s->start, memory_order_acquire);
	t->playing = atomic_load_explicit(&s->playing, memory_order_acquire);
	/* The acquiring loads keep this one behind them. */
	return !(before & 1) && before == atomic_load_explicit(&s->sequence, memory_order_relaxed);
}

double
timeline_quarters(const engine_timeline *t, double time_us)
{
	return t->quarter - t->start + (time_us - (double)t->time_us) * t->tempo / 60e6;
}

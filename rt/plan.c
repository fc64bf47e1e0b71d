#include "rt/plan.h"

#include <string.h>

static void
pack(const step_event *e, uint32_t word[PLAN_WORDS])
{
	for (int i = 0; i < INSTRUMENTS; i++) {
		const step_hit *h = &e->hits.hit[i];
		word[i] = h->velocity | (uint32_t)h->ratchet << 8 | (uint32_t)(uint16_t)h->offset << 16;
	}
	for (int w = 0; w < 3; w++)
		word[12 + w] = e->heat[4 * w] | (uint32_t)e->heat[4 * w + 1] << 8 |
			       (uint32_t)e->heat[4 * w + 2] << 16 | (uint32_t)e->heat[4 * w + 3] << 24;
	word[15] = e->bar_step | (uint32_t)e->bar_len << 8 | (uint32_t)e->flags << 16;
}

static void
unpack(const uint32_t word[PLAN_WORDS], step_event *e)
{
	for (int i = 0; i < INSTRUMENTS; i++) {
		e->hits.hit[i].velocity = (uint8_t)word[i];
		e->hits.hit[i].ratchet = (uint8_t)(word[i] >> 8);
		e->hits.hit[i].offset = (int16_t)(uint16_t)(word[i] >> 16);
	}
	for (int i = 0; i < INSTRUMENTS; i++)
		e->heat[i] = (uint8_t)(word[12 + i / 4] >> (8 * (i % 4)));
	e->bar_step = (uint8_t)word[15];
	e->bar_len = (uint8_t)(word[15] >> 8);
	e->flags = (uint8_t)(word[15] >> 16);
}

void
plan_init(plan *p)
{
	memset(p, 0, sizeof *p);
	for (int i = 0; i < PLAN_STEPS; i++)
		atomic_init(&p->slot[i].step, -1);
}

/* The payload's stores are releases, so none of them can be seen before the odd sequence; its loads
 * are acquires, so the second look at the sequence cannot be older than any word that was read. */
static void
slot_write(plan_slot *s, int64_t step, const uint32_t word[PLAN_WORDS])
{
	const uint32_t sequence = atomic_load_explicit(&s->sequence, memory_order_relaxed); /* own */
	atomic_store_explicit(&s->sequence, sequence + 1, memory_order_relaxed);
	atomic_store_explicit(&s->step, step, memory_order_release);
	for (int w = 0; w < PLAN_WORDS; w++)
		atomic_store_explicit(&s->word[w], word[w], memory_order_release);
	atomic_store_explicit(&s->sequence, sequence + 2, memory_order_release);
}

void
plan_write(plan *p, int64_t step, const step_event *event)
{
	uint32_t word[PLAN_WORDS];
	pack(event, word);
	slot_write(&p->slot[(uint64_t)step % PLAN_STEPS], step, word);
}

bool
plan_read(const plan *p, int64_t step, step_event *event)
{
	if (step < 0)
		return false;
	const plan_slot *s = &p->slot[(uint64_t)step % PLAN_STEPS];
	const uint32_t before = atomic_load_explicit(&s->sequence, memory_order_acquire);
	if (before & 1 || atomic_load_explicit(&s->step, memory_order_acquire) != step)
		return false;
	uint32_t word[PLAN_WORDS];
	for (int w = 0; w < PLAN_WORDS; w++)
		word[w] = atomic_load_explicit(&s->word[w], memory_order_acquire);
	if (atomic_load_explicit(&s->sequence, memory_order_relaxed) != before)
		return false;
	unpack(word, event);
	return true;
}

void
plan_set_epoch(plan *p, uint32_t epoch)
{
	/* Release, and acquire below: who sees the epoch sees the step that was written before it. */
	atomic_store_explicit(&p->epoch, epoch, memory_order_release);
}

uint32_t
plan_get_epoch(const plan *p)
{
	return atomic_load_explicit(&p->epoch, memory_order_acquire);
}

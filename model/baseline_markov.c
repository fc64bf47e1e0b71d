#include "model/baseline.h"

#include "rt/rng.h"

#include <stdlib.h>

/* What was seen after a history, and how often a vector followed it: one table for both, by 64-bit hashes of
 * what they stand for (of a few million keys, two meet with a chance below one in a million). */
typedef struct entry {
	uint64_t key;          /* 0: free */
	uint32_t count, types; /* types: different vectors that followed a history */
} entry;

struct markov {
	const marginal *base;
	entry *entry;
	size_t n, slots; /* slots: a power of two */
};

enum { BEFORE_START = 0x8000, FIRST_SLOTS = 1 << 12 };

static entry *
find(const markov *m, uint64_t key)
{
	size_t at = key & (m->slots - 1);
	while (m->entry[at].key && m->entry[at].key != key)
		at = (at + 1) & (m->slots - 1);
	return &m->entry[at];
}

static bool
grow(markov *m)
{
	markov bigger = {.slots = m->slots ? m->slots * 2 : FIRST_SLOTS};
	bigger.entry = calloc(bigger.slots, sizeof *bigger.entry);
	if (!bigger.entry)
		return false;
	for (size_t i = 0; i < m->slots; i++)
		if (m->entry[i].key)
			*find(&bigger, m->entry[i].key) = m->entry[i];
	free(m->entry);
	m->entry = bigger.entry;
	m->slots = bigger.slots;
	return true;
}

/* The entry of a key, new or known; NULL without memory. */
static entry *
need(markov *m, uint64_t key)
{
	if (m->n * 2 >= m->slots && !grow(m))
		return NULL;
	entry *e = find(m, key);
	if (!e->key) {
		e->key = key;
		m->n++;
	}
	return e;
}

static uint64_t
place_key(const hit_line *s, int step)
{
	return rng_hash(1, (uint64_t)s->bar_len, (uint64_t)(step % s->bar_len)) | 1;
}

/* The history one step longer than the one that `key` stands for. */
static uint64_t
longer_key(uint64_t key, const hit_line *s, int step, int order)
{
	const uint64_t mask = step >= order ? s->mask[step - order] : BEFORE_START;
	return rng_hash(key, (uint64_t)order, mask) | 1;
}

static uint64_t
pair_key(uint64_t history, uint16_t mask)
{
	return rng_hash(history, 99, mask) | 1;
}

static bool
count_step(markov *m, const hit_line *s, int step)
{
	uint64_t key = place_key(s, step);
	for (int order = 0; order <= MARKOV_MAX_ORDER; order++) {
		if (order > 0)
			key = longer_key(key, s, step, order);
		entry *pair = need(m, pair_key(key, s->mask[step]));
		if (!pair)
			return false;
		const bool is_new = pair->count++ == 0;
		entry *history = need(m, key);
		if (!history)
			return false;
		history->count++;
		history->types += is_new;
	}
	return true;
}

dr_status
markov_train(const hit_set *set, const marginal *base, markov **out, dr_error *err)
{
	*out = NULL;
	markov *m = calloc(1, sizeof *m);
	bool ok = m && grow(m);
	if (m)
		m->base = base;
	for (size_t i = 0; i < set->n && ok; i++)
		for (int t = 0; t < set->item[i].n_steps && ok; t++)
			ok = count_step(m, &set->item[i], t);
	if (!ok) {
		markov_free(m);
		return error_set(err, DR_FAILED, "out of memory for a Markov chain");
	}
	*out = m;
	return DR_OK;
}

void
markov_free(markov *m)
{
	if (!m)
		return;
	free(m->entry);
	free(m);
}

void
markov_probabilities(const markov *m, const hit_line *s, int step, uint16_t mask,
		     double p[MARKOV_MAX_ORDER + 1])
{
	double below = marginal_probability(m->base, s, step, mask);
	uint64_t key = place_key(s, step);
	bool seen = true;
	for (int k = 0; k <= MARKOV_MAX_ORDER; k++) {
		if (k > 0 && seen)
			key = longer_key(key, s, step, k);
		const entry *history = seen ? find(m, key) : NULL;
		seen = seen && history->key; /* nor was any longer history, if this one was not */
		if (seen) {
			const double types = history->types;
			below =
			    (find(m, pair_key(key, mask))->count + types * below) / (history->count + types);
		}
		p[k] = below;
	}
}

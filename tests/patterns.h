/* Patterns in memory, for tests of what learns from them. */
#ifndef DRUMLIN_TEST_PATTERNS_H
#define DRUMLIN_TEST_PATTERNS_H

#include "model/corpus.h"
#include "rt/rng.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static inline step_hit
random_hit(uint64_t *rng)
{
	uint64_t r = rng_next(rng);
	step_hit hit = {(uint8_t)(1 + r % 127), (uint8_t)(1 + (r >> 8) % 16 / 13), 0};
	if (r >> 16 & 1)
		hit.offset = (int16_t)((int)(r >> 20 & 0xffff) - 32768);
	return hit;
}

/* Noise: every instrument hits with probability p. */
static inline void
random_steps(uint64_t *rng, float p, int n, step_hits *out)
{
	memset(out, 0, (size_t)n * sizeof *out);
	for (int s = 0; s < n; s++)
		for (int i = 0; i < INSTRUMENTS; i++)
			if (rng_next_unit(rng) < p)
				out[s].hit[i] = random_hit(rng);
}

/* A bar that repeats: kick on the beat or the half, snare on the backbeat, hats by kind. */
static inline void
groove_steps(int kind, int n, step_hits *out)
{
	memset(out, 0, (size_t)n * sizeof *out);
	for (int s = 0; s < n; s++) {
		if (s % (kind & 1 ? 4 : 8) == 0)
			out[s].hit[INST_BD] = (step_hit){110, 1, 0};
		if (s % 8 == 4)
			out[s].hit[INST_SD] = (step_hit){100, 1, 1000};
		int every = kind & 2 ? 2 : 4;
		if (s % every == (kind & 4 ? every / 2 : 0))
			out[s].hit[INST_CH] = (step_hit){(uint8_t)(60 + 10 * (s & 1)), 1, -700};
	}
}

static inline pattern
make_pattern(int n, int bar_len)
{
	pattern p = {.n_steps = n,
		     .bar_len = bar_len,
		     .numerator = bar_len / 4,
		     .denominator = 4,
		     .tempo = 120,
		     .style = -1,
		     .fill = -1};
	p.path = strdup("memory");
	p.step = calloc((size_t)n, sizeof *p.step);
	return p;
}

/* n grooves of two styles, every fourth held out. To be cleared with corpus_clear. */
static inline corpus
groove_corpus(int n)
{
	corpus c = {.n_styles = 2, .n_collections = 1};
	c.pattern = calloc((size_t)n, sizeof *c.pattern);
	c.n_patterns = c.capacity = (size_t)n;
	snprintf(c.style[0], sizeof c.style[0], "straight");
	snprintf(c.style[1], sizeof c.style[1], "busy");
	snprintf(c.collection[0], sizeof c.collection[0], "grooves");
	for (int i = 0; i < n; i++) {
		pattern p = make_pattern(i % 5 == 4 ? 48 : 64, i % 5 == 4 ? 12 : 16);
		groove_steps(i, p.n_steps, p.step);
		p.style = i >> 1 & 1;
		p.fill = 0;
		p.source_bars = i % 3 == 0 ? 1 : 0;
		p.validation = i % 4 == 3;
		c.pattern[i] = p;
	}
	return c;
}

#endif

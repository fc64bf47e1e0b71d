#include "model/vary.h"

#include "model/without.h"
#include "rt/rng.h"

#include <math.h>
#include <string.h>

/* How often each variation happens at full strength. */
#define ENTER 0.3f
#define SCALE 0.5f
#define LEAVE_OUT 0.25f
#define SWAP 0.3f
#define CROSS 0.6f
#define LAYER 0.2f
#define LAYERED 0.4f /* of the instruments that rest */
#define AS_ANOTHER 0.3f
#define REST 0.3f /* per cycle that a loop is played on */

static bool
chance(uint64_t *rng, float p)
{
	return rng_next_unit(rng) < p;
}

static size_t
below(uint64_t *rng, size_t n)
{
	return (size_t)(rng_next(rng) % n);
}

/* A loop begins at another of its half-bars; a take is entered at one of the bars of its first half. */
static int
enter_elsewhere(const pattern *p, uint64_t *rng, step_hits *out)
{
	size_t bar = (size_t)p->bar_len, n = (size_t)p->n_steps;
	if (p->source_bars > 0 && bar % 2 == 0) {
		size_t by = bar / 2 * below(rng, 2 * n / bar);
		memcpy(out, p->step + by, (n - by) * sizeof *out);
		memcpy(out + (n - by), p->step, by * sizeof *out);
		return p->n_steps;
	}
	size_t by = bar * below(rng, 1 + n / bar / 2);
	memcpy(out, p->step + by, (n - by) * sizeof *out);
	return (int)(n - by);
}

/* Instruments that often stand in for each other. */
static void
swap_instruments(uint64_t *rng, step_hits *step, int n)
{
	static const int pairs[][2] = {{INST_CH, INST_RC}, {INST_SD, INST_CP}, {INST_SD, INST_RS},
				       {INST_CH, INST_PC}, {INST_LT, INST_HT}, {INST_CP, INST_RS}};
	const int *pair = pairs[below(rng, sizeof pairs / sizeof *pairs)];
	for (int s = 0; s < n; s++) {
		step_hit held = step[s].hit[pair[0]];
		step[s].hit[pair[0]] = step[s].hit[pair[1]];
		step[s].hit[pair[1]] = held;
	}
}

static void
scale_velocities(float scale, step_hits *step, int n)
{
	for (int s = 0; s < n; s++)
		for (int i = 0; i < INSTRUMENTS; i++) {
			step_hit *hit = &step[s].hit[i];
			if (hit->velocity)
				hit->velocity =
				    (uint8_t)fminf(127.0f, fmaxf(1.0f, (float)hit->velocity * scale));
		}
}

/* Another training loop of the same metre, and of the same collection if that is wanted; NULL if a few tries
 * find none. */
static const pattern *
find_partner(const corpus *c, const pattern *p, bool of_collection, uint64_t *rng)
{
	for (int tries = 0; tries < 64; tries++) {
		const pattern *q = &c->pattern[below(rng, c->n_patterns)];
		if (q != p && !q->validation && q->source_bars > 0 &&
		    (!of_collection || q->collection == p->collection) && q->bar_len == p->bar_len &&
		    q->n_steps >= p->bar_len)
			return q;
	}
	return NULL;
}

/* Gives one group of instruments another loop's part. */
static void
cross(const corpus *c, const pattern *p, uint64_t *rng, step_hits *step, int n)
{
	static const unsigned groups[] = {1u << INST_BD, 1u << INST_SD | 1u << INST_CP | 1u << INST_RS,
					  1u << INST_CH | 1u << INST_OH | 1u << INST_RC, 1u << INST_PC,
					  1u << INST_LT | 1u << INST_MT | 1u << INST_HT};
	unsigned group = groups[below(rng, sizeof groups / sizeof *groups)];
	const pattern *q = find_partner(c, p, true, rng);
	for (int s = 0; s < n && q; s++)
		for (int i = 0; i < INSTRUMENTS; i++)
			if (group >> i & 1)
				step[s].hit[i] = q->step[s % q->n_steps].hit[i];
}

/* Instruments that rest play lines of another loop, their own or any other instrument's: people pile up more
 * than a corpus shows. */
static void
layer(const corpus *c, const pattern *p, uint64_t *rng, step_hits *step, int n)
{
	const pattern *q = find_partner(c, p, false, rng);
	unsigned sounding = 0;
	for (int s = 0; s < n; s++)
		sounding |= step_mask(&step[s]);
	for (int i = 0; i < INSTRUMENTS && q; i++) {
		if (sounding >> i & 1 || !chance(rng, LAYERED))
			continue;
		const size_t line = chance(rng, AS_ANOTHER) ? below(rng, INSTRUMENTS) : (size_t)i;
		for (int s = 0; s < n; s++)
			step[s].hit[i] = q->step[s % q->n_steps].hit[line];
	}
}

/* A loop is played on: the same again, at times with an instrument left out for a while. */
static int
play_on(const pattern *p, uint64_t *rng, step_hits *out, int n)
{
	static const int cycles[] = {1, 1, 2, VARY_MAX_CYCLES};
	int times = cycles[below(rng, sizeof cycles / sizeof *cycles)];
	for (int k = 1; k < times; k++) {
		step_hits *next = out + k * n;
		memcpy(next, out, (size_t)n * sizeof *out);
		if (!chance(rng, REST))
			continue;
		size_t resting = below(rng, INSTRUMENTS);
		int to = n - p->bar_len * (int)below(rng, (size_t)(n / p->bar_len));
		for (int s = 0; s < to; s++)
			next[s].hit[resting] = (step_hit){0};
	}
	return n * times;
}

int
vary_pattern(const corpus *c, size_t index, float strength, unsigned without, uint64_t *rng, step_hits *out)
{
	const pattern *p = &c->pattern[index];
	int n = p->n_steps;
	if (!(without & WITHOUT_ENTRY) && chance(rng, ENTER))
		n = enter_elsewhere(p, rng, out);
	else
		memcpy(out, p->step, (size_t)n * sizeof *out);
	if (!(without & WITHOUT_CROSSING) && p->source_bars > 0 && chance(rng, strength * CROSS))
		cross(c, p, rng, out, n);
	if (!(without & WITHOUT_LAYERS) && p->source_bars > 0 && chance(rng, strength * LAYER))
		layer(c, p, rng, out, n);
	if (chance(rng, SCALE))
		scale_velocities(0.75f + 0.5f * rng_next_unit(rng), out, n);
	const bool exchange = !(without & WITHOUT_EXCHANGE);
	if (exchange && chance(rng, strength * LEAVE_OUT)) {
		size_t gone = below(rng, INSTRUMENTS);
		for (int s = 0; s < n; s++)
			out[s].hit[gone] = (step_hit){0};
	}
	if (exchange && chance(rng, strength * SWAP))
		swap_instruments(rng, out, n);
	return p->source_bars > 0 && !(without & WITHOUT_PLAYING_ON) ? play_on(p, rng, out, n) : n;
}

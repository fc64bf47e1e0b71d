#include "model/vary.h"

#include "model/hand.h"
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
#define CROSS_AGAIN 0.4f
#define LAYER 0.4f
#define LAYERED 0.4f /* of the instruments that rest */
#define AS_ANOTHER 0.3f
#define CHANGE 0.7f
#define CHANGED 0.4f /* of the instruments that sound */
#define STRETCH 0.25f
#define NATURAL 0.15f     /* of loops nothing of all that is done to */
#define NATURAL_FILL 0.6f /* of short takes, which have no more than a bar or two to say what they are */
#define REST 0.3f         /* per cycle that a loop is played on */

enum {
	CHANGED_LOOP = 8 * STEP_MAX_BAR, /* steps of the longest whose lines are changed */
	FILL_BARS = 2                    /* of the longest take that counts as a fill */
};

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

/* Steps after which a loop comes again. */
static int
period_of(const pattern *p)
{
	const int period = p->source_bars * p->bar_len;
	return period > 0 && period < p->n_steps ? period : p->n_steps;
}

/* The period when lines of q have come in. */
static int
longer_period(const variation *v, const pattern *q)
{
	const int with = period_of(q) > v->period ? period_of(q) : v->period;
	return with < v->steps ? with : v->steps;
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

static unsigned
sounding_in(const step_hits *step, int n)
{
	unsigned sounding = 0;
	for (int s = 0; s < n; s++)
		sounding |= step_mask(&step[s]);
	return sounding;
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
cross(const corpus *c, const pattern *p, uint64_t *rng, step_hits *step, variation *v)
{
	static const unsigned groups[] = {1u << INST_BD, 1u << INST_SD | 1u << INST_CP | 1u << INST_RS,
					  1u << INST_CH | 1u << INST_OH | 1u << INST_RC, 1u << INST_PC,
					  1u << INST_LT | 1u << INST_MT | 1u << INST_HT};
	unsigned group = groups[below(rng, sizeof groups / sizeof *groups)];
	const pattern *q = find_partner(c, p, true, rng);
	v->natural = false;
	v->period = q ? longer_period(v, q) : v->period;
	for (int s = 0; s < v->steps && q; s++)
		for (int i = 0; i < INSTRUMENTS; i++)
			if (group >> i & 1)
				step[s].hit[i] = q->step[s % q->n_steps].hit[i];
}

/* Instruments that rest play lines of another loop, their own or any other instrument's: people pile up more
 * than a corpus shows. */
static void
layer(const corpus *c, const pattern *p, uint64_t *rng, step_hits *step, variation *v)
{
	const pattern *q = find_partner(c, p, false, rng);
	const unsigned sounding = sounding_in(step, v->steps);
	v->natural = false;
	v->period = q ? longer_period(v, q) : v->period;
	for (int i = 0; i < INSTRUMENTS && q; i++) {
		if (sounding >> i & 1 || !chance(rng, LAYERED))
			continue;
		const size_t line = chance(rng, AS_ANOTHER) ? below(rng, INSTRUMENTS) : (size_t)i;
		for (int s = 0; s < v->steps; s++)
			step[s].hit[i] = q->step[s % q->n_steps].hit[line];
	}
}

/* One instrument's line of a loop with a hit less, a hit more, or moved by some steps. */
static void
change_line(uint64_t *rng, step_hit *line, int n)
{
	static const int moves[] = {1, 2, 4, 8};
	step_hit moved[CHANGED_LOOP];
	size_t hit = below(rng, (size_t)n);
	for (int tries = 1; tries < n && !line[hit].velocity; tries++)
		hit = (hit + 1) % (size_t)n;
	switch (below(rng, 3)) {
	case 0: line[hit] = (step_hit){0}; break;
	case 1: line[2 * below(rng, (size_t)(n + 1) / 2)] = line[hit]; break;
	default:
		hit = (size_t)moves[below(rng, sizeof moves / sizeof *moves)];
		for (size_t s = 0; s < (size_t)n; s++)
			moved[s] = line[(s + hit) % (size_t)n];
		memcpy(line, moved, (size_t)n * sizeof *line);
	}
}

/* Lines of a loop that nobody played, but might have; the same in all of the loop's repetitions. */
static void
change_lines(uint64_t *rng, step_hits *step, variation *v)
{
	const unsigned sounding = sounding_in(step, v->steps);
	const int loop = v->period;
	v->natural = v->in_style = false;
	for (int i = 0; i < INSTRUMENTS && loop <= CHANGED_LOOP; i++) {
		step_hit line[CHANGED_LOOP];
		if (!(sounding >> i & 1) || !chance(rng, CHANGED))
			continue;
		for (int s = 0; s < loop; s++)
			line[s] = step[s].hit[i];
		change_line(rng, line, loop);
		for (int s = 0; s < v->steps; s++)
			step[s].hit[i] = line[s % loop];
	}
}

/* Twice the time: every other step; it stays where more than a few hits lie between. */
static void
hurry(step_hits *step, variation *v)
{
	const int n = v->steps;
	int between = 0, all = 0;
	for (int s = 0; s < n; s++) {
		const int hits = __builtin_popcount(step_mask(&step[s]));
		all += hits;
		between += s % 2 ? hits : 0;
	}
	if (8 * between > all)
		return;
	for (int s = 0; s < n / 2; s++)
		step[s] = step[2 * s];
	for (int s = n / 2; s < n; s++)
		step[s] = step[s - n / 2];
	v->natural = v->in_style = false;
	if (v->period % 2 == 0)
		v->period /= 2;
	else if (v->period > n / 2)
		v->period = n / 2;
}

/* Half the time: the first half, with a rest behind every step. */
static void
drag(step_hits *step, variation *v)
{
	static const step_hits rest;
	for (int s = v->steps - 1; s >= 0; s--)
		step[s] = s % 2 ? rest : step[s / 2];
	v->natural = v->in_style = false;
	v->period = 2 * v->period < v->steps ? 2 * v->period : v->steps;
}

static void
stretch(uint64_t *rng, step_hits *step, variation *v)
{
	if (chance(rng, 0.5f))
		hurry(step, v);
	else
		drag(step, v);
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

/* What is done to loops alone. */
static void
vary_loop(const corpus *c, const pattern *p, float strength, unsigned without, uint64_t *rng, step_hits *out,
	  variation *v)
{
	if (!(without & WITHOUT_CROSSING) && chance(rng, strength * CROSS))
		do
			cross(c, p, rng, out, v);
		while (chance(rng, CROSS_AGAIN));
	if (!(without & WITHOUT_STRETCHING) && chance(rng, strength * STRETCH))
		stretch(rng, out, v);
	if (!(without & WITHOUT_CHANGES) && chance(rng, strength * CHANGE))
		change_lines(rng, out, v);
	if (!(without & WITHOUT_LAYERS) && chance(rng, strength * LAYER))
		layer(c, p, rng, out, v);
}

static void
exchange(float strength, uint64_t *rng, step_hits *out, variation *v)
{
	if (chance(rng, strength * LEAVE_OUT)) {
		size_t gone = below(rng, INSTRUMENTS);
		for (int s = 0; s < v->steps; s++)
			out[s].hit[gone] = (step_hit){0};
		v->natural = false;
	}
	if (chance(rng, strength * SWAP)) {
		swap_instruments(rng, out, v->steps);
		v->natural = false;
	}
}

variation
vary_pattern(const corpus *c, size_t index, float strength, unsigned without, uint64_t *rng, step_hits *out)
{
	const pattern *p = &c->pattern[index];
	const bool is_loop = p->source_bars > 0;
	variation v = {p->n_steps, p->n_steps, true, true};
	const bool is_fill = !is_loop && p->n_steps <= FILL_BARS * p->bar_len;
	if (chance(rng, is_loop ? NATURAL : is_fill ? NATURAL_FILL : 0.0f))
		strength = 0.0f;
	if (!(without & WITHOUT_ENTRY) && chance(rng, ENTER))
		v.steps = enter_elsewhere(p, rng, out);
	else
		memcpy(out, p->step, (size_t)v.steps * sizeof *out);
	v.period = is_loop ? period_of(p) : v.steps;
	if (is_loop)
		vary_loop(c, p, strength, without, rng, out, &v);
	/* A machine's levels are what somebody chose. */
	if (hand_is_drummer(p->step, p->n_steps) && chance(rng, SCALE))
		scale_velocities(0.75f + 0.5f * rng_next_unit(rng), out, v.steps);
	if (!(without & WITHOUT_EXCHANGE))
		exchange(strength, rng, out, &v);
	if (is_loop && !(without & WITHOUT_PLAYING_ON))
		v.steps = play_on(p, rng, out, v.steps);
	return v;
}

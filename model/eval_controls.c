#include "model/eval_controls.h"

#include "model/rehearsal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
	ENTERING = 2, /* bars before those that count */
	COUNTED = 3,
	BARS = ENTERING + COUNTED,
	SWEEP_BARS = 8,
	FILL_BAR = 3,
	FILL_BARS = 5,
	CELLS_OF_BAR = REHEARSAL_BAR * INSTRUMENTS
};

#define HEAT_STEP (1.0 / 255.0) /* to which a probability is kept */

static const int own_instrument[CONTROLS_INSTRUMENTS] = {INST_BD, INST_SD, INST_CH};

/* What a style is listened to with. */
typedef struct listener {
	rehearsal *r;
	params *p;
	int seeds;
	controls_style *s;
	step_event step[SWEEP_BARS * REHEARSAL_BAR];
} listener;

static void
set(listener *l, int slot, double value)
{
	params_set(l->p, slot, (float)value, PARAM_SOURCE_NONE);
}

static int
hits_of_bar(const step_event *bar)
{
	int n = 0;
	for (int s = 0; s < REHEARSAL_BAR; s++)
		n += __builtin_popcount(step_mask(&bar[s].hits));
	return n;
}

/* Silences and walls of sound, wherever something is played. */
static void
watch(listener *l, int bars)
{
	int empty = 0;
	for (int b = 0; b < bars; b++) {
		const int n = hits_of_bar(&l->step[b * REHEARSAL_BAR]);
		empty = n ? 0 : empty + 1;
		if (empty > l->s->silence && params_get(l->p, PARAM_DENSITY) > 0.1f)
			l->s->silence = empty;
		l->s->fullest = n > l->s->fullest ? n : l->s->fullest;
	}
}

static void
play(listener *l, int seed, int bars)
{
	set(l, PARAM_SEED, seed);
	rehearsal_play(l->r, bars, l->step);
	watch(l, bars);
}

static void
sweep_density(listener *l)
{
	for (int k = 0; k < CONTROLS_DENSITIES; k++) {
		double hits = 0, strength = 0;
		set(l, PARAM_DENSITY, (double)k / (CONTROLS_DENSITIES - 1));
		for (int seed = 1; seed <= l->seeds; seed++) {
			play(l, seed, BARS);
			for (int n = ENTERING * REHEARSAL_BAR; n < BARS * REHEARSAL_BAR; n++)
				for (int i = 0; i < INSTRUMENTS; i++)
					if (l->step[n].hits.hit[i].velocity) {
						hits++;
						strength += l->step[n].heat[i] / 255.0;
					}
		}
		l->s->hits[k] = hits / (COUNTED * l->seeds);
		l->s->strength[k] = hits > 0 ? strength / hits : NAN;
	}
	set(l, PARAM_DENSITY, 0.5);
}

static double
binary_entropy(double p)
{
	return p > 0 && p < 1 ? -p * log2(p) - (1 - p) * log2(1 - p) : 0;
}

static void
sweep_temperature(listener *l)
{
	for (int k = 0; k < CONTROLS_TEMPERATURES; k++) {
		int on[CELLS_OF_BAR] = {0};
		uint16_t first[BARS * REHEARSAL_BAR] = {0};
		set(l, PARAM_TEMPERATURE, 2.0 * k / (CONTROLS_TEMPERATURES - 1));
		for (int seed = 1; seed <= l->seeds; seed++) {
			play(l, seed, BARS);
			for (int n = 0; n < BARS * REHEARSAL_BAR; n++) {
				const uint16_t mask = step_mask(&l->step[n].hits);
				if (seed == 1)
					first[n] = mask;
				if (k == 0 && mask != first[n])
					l->s->cold_is_one = false;
				for (int i = 0; i < INSTRUMENTS && n >= ENTERING * REHEARSAL_BAR; i++)
					on[n % REHEARSAL_BAR * INSTRUMENTS + i] += mask >> i & 1;
			}
		}
		l->s->entropy[k] = 0;
		for (int place = 0; place < CELLS_OF_BAR; place++)
			l->s->entropy[k] += binary_entropy((double)on[place] / (COUNTED * l->seeds));
	}
	set(l, PARAM_TEMPERATURE, 1.0);
}

/* The corners and edges of density and temperature together. */
static void
sweep_both(listener *l)
{
	static const double density[] = {0.15, 0.5, 1.0}, temperature[] = {0.0, 0.5, 1.5, 2.0};
	for (int d = 0; d < 3; d++)
		for (int t = 0; t < 4; t++) {
			set(l, PARAM_DENSITY, density[d]);
			set(l, PARAM_TEMPERATURE, temperature[t]);
			for (int seed = 1; seed <= (l->seeds + 3) / 4; seed++)
				play(l, seed, SWEEP_BARS);
		}
	set(l, PARAM_DENSITY, 0.5);
	set(l, PARAM_TEMPERATURE, 1.0);
}

static void
sweep_instruments(listener *l)
{
	const int seeds = (l->seeds + 3) / 4;
	for (int i = 0; i < CONTROLS_INSTRUMENTS; i++) {
		const int slot = param_slot(PARAM_INST_DENSITY, own_instrument[i]);
		for (int k = 0; k < CONTROLS_OWN; k++) {
			int hits = 0;
			set(l, slot, (double)k / (CONTROLS_OWN - 1));
			for (int seed = 1; seed <= seeds; seed++) {
				play(l, seed, BARS);
				for (int n = ENTERING * REHEARSAL_BAR; n < BARS * REHEARSAL_BAR; n++)
					hits += l->step[n].hits.hit[own_instrument[i]].velocity > 0;
			}
			l->s->own[i][k] = (double)hits / (COUNTED * seeds);
		}
		set(l, slot, 0.5);
	}
}

static void
cue_fill(params *p, int64_t step)
{
	if (step == FILL_BAR * REHEARSAL_BAR)
		params_pulse(p, COMMAND_FILL);
}

static void
listen_to_fills(listener *l)
{
	const step_event *bar = &l->step[FILL_BAR * REHEARSAL_BAR], *after = bar + REHEARSAL_BAR;
	int fill = 0, beside = 0, landed = 0;
	for (int seed = 1; seed <= l->seeds; seed++) {
		set(l, PARAM_SEED, seed);
		rehearsal_play_cued(l->r, FILL_BARS, cue_fill, l->step);
		watch(l, FILL_BARS);
		fill += hits_of_bar(bar);
		beside += hits_of_bar(bar - REHEARSAL_BAR) + hits_of_bar(after);
		landed += after->hits.hit[INST_BD].velocity && after->hits.hit[INST_CC].velocity;
	}
	l->s->fill = (double)fill / l->seeds;
	l->s->beside = (double)beside / (2 * l->seeds);
	l->s->landed = (double)landed / l->seeds;
}

/* Hits per 16 steps of all its patterns together; the model's figure if the corpus has none. */
static double
own_mean(const corpus *c, const model_style *style)
{
	double hits = 0, steps = 0;
	for (size_t i = 0; c && i < c->n_patterns; i++) {
		const pattern *p = &c->pattern[i];
		if (p->style < 0 || strcmp(c->style[p->style], style->name) != 0)
			continue;
		for (int s = 0; s < p->n_steps; s++)
			hits += __builtin_popcount(step_mask(&p->step[s]));
		steps += p->n_steps;
	}
	return steps > 0 ? REHEARSAL_BAR * hits / steps : (double)style->hits_per_bar;
}

static void
listen_to_style(listener *l, int style)
{
	set(l, PARAM_STYLE, style + 1);
	l->s->cold_is_one = true;
	sweep_density(l);
	sweep_temperature(l);
	sweep_both(l);
	sweep_instruments(l);
	listen_to_fills(l);
}

/* --- verdicts ------------------------------------------------------------------------------------------ */

double
controls_spearman(const double *y, int n)
{
	double cov = 0, var_rank = 0, var_place = 0;
	for (int i = 0; i < n; i++) {
		double rank = 0;
		for (int j = 0; j < n; j++)
			rank += y[j] < y[i] ? 1 : y[j] == y[i] ? 0.5 : 0;
		const double r = rank - 0.5 * n, p = i + 0.5 - 0.5 * n;
		cov += r * p;
		var_rank += r * r;
		var_place += p * p;
	}
	return var_rank > 0 ? cov / sqrt(var_rank * var_place) : 0;
}

/* By how much the strength falls back at most from the highest so far as density goes from the middle down to
 * 0.1; below that a bar has a hit or two, and the figure is chance. *rise: from first to last. No ranks: of
 * hits that are as good as certain those of neighbouring settings differ by chance alone. */
static double
falls_back(const controls_style *s, double *rise)
{
	enum { LAST = (CONTROLS_DENSITIES - 1) / 10, FIRST = (CONTROLS_DENSITIES - 1) / 2 };
	double highest = s->strength[FIRST], most = 0.0;
	*rise = s->strength[LAST] - s->strength[FIRST];
	for (int k = FIRST; k >= LAST; k--) {
		if (isnan(s->strength[k]))
			return INFINITY;
		highest = fmax(highest, s->strength[k]);
		most = fmax(most, highest - s->strength[k]);
	}
	return most;
}

/* At the middle already: then nothing can rise. */
static bool
as_good_as_certain(const controls_style *s)
{
	return s->strength[(CONTROLS_DENSITIES - 1) / 2] >= 1.0 - HEAT_STEP;
}

/* The least step between neighbouring settings, or what is left at 0. */
static double
least_rise(const controls_style *s)
{
	double least = INFINITY;
	for (int i = 0; i < CONTROLS_INSTRUMENTS; i++) {
		for (int k = 1; k < CONTROLS_OWN; k++)
			least = fmin(least, s->own[i][k] - s->own[i][k - 1]);
		least = s->own[i][0] > 0 ? -s->own[i][0] : least;
	}
	return least;
}

bool
controls_kept(const controls_style *s, controls_promise promise, double *figure)
{
	double rise;
	switch (promise) {
	case PROMISE_MONOTONE:
		*figure = controls_spearman(s->hits, CONTROLS_DENSITIES);
		return *figure >= 0.99;
	case PROMISE_EMPTY: *figure = s->hits[0]; return *figure <= 2;
	case PROMISE_FULL: *figure = s->hits[CONTROLS_DENSITIES - 1]; return *figure >= 24;
	case PROMISE_MIDDLE:
		*figure = s->hits[CONTROLS_DENSITIES / 2] / s->own_mean;
		return fabs(*figure - 1) <= 0.1;
	case PROMISE_STRONG:
		*figure = falls_back(s, &rise);
		return *figure <= HEAT_STEP / 2 && (rise > HEAT_STEP / 2 || as_good_as_certain(s));
	case PROMISE_ENTROPY:
		*figure = controls_spearman(s->entropy, CONTROLS_TEMPERATURES);
		return *figure >= 0.99;
	case PROMISE_COLD: *figure = s->cold_is_one; return s->cold_is_one;
	case PROMISE_SILENCE: *figure = s->silence; return s->silence < 4;
	case PROMISE_SOLID: *figure = s->fullest; return s->fullest < CELLS_OF_BAR;
	case PROMISE_OWN: *figure = least_rise(s); return *figure >= 0;
	case PROMISE_FILL: *figure = s->fill / fmax(0.01, s->beside); return s->fill > s->beside;
	default: *figure = s->landed; return s->landed >= 1;
	}
}

dr_status
eval_controls(const model *m, const corpus *c, int seeds, bool json, FILE *out, int *broken, dr_error *err)
{
	const int n = model_n_styles(m);
	controls_style *s = calloc((size_t)n + 1, sizeof *s);
	listener *l = calloc(1, sizeof *l);
	dr_status status = s && l ? rehearsal_new(m, &l->r, err) : error_set(err, DR_FAILED, "out of memory");
	*broken = 0;
	for (int i = 0; i < n && status == DR_OK; i++) {
		s[i].name = model_get_style(m, i)->name;
		s[i].own_mean = own_mean(c, model_get_style(m, i));
		l->p = rehearsal_params(l->r);
		l->s = &s[i];
		l->seeds = seeds;
		listen_to_style(l, i);
	}
	for (int promise = 0; promise < PROMISES && status == DR_OK; promise++) {
		double figure;
		bool kept = true;
		for (int i = 0; i < n; i++)
			kept &= controls_kept(&s[i], (controls_promise)promise, &figure);
		*broken += !kept;
	}
	if (status == DR_OK && json)
		status = controls_print_json(s, n, seeds, out, err);
	else if (status == DR_OK)
		controls_print_text(s, n, seeds, out);
	if (l)
		rehearsal_free(l->r);
	free(l);
	free(s);
	return status;
}

#include "config.h"

#include "model/batches.h"

#include "model/hand.h"
#include "model/vary.h"
#include "model/vec.h"
#include "model/without.h"
#include "rt/rng.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_REPEATS = 3, MAX_TUNING_REPEATS = 16 };
#define FORGET_SLOT 0.15f
#define FORGET_MATCH 0.05f
#define FORGET_RECALL 0.05f
#define PROGRAMMED 0.15f      /* per pattern: before it comes a loop made of a take */
#define PLAYED_ON_WEIGHT 0.3f /* of steps beyond a loop's own end: easy, and many */

/* A lane's current pattern: a copy, for it may be varied. */
typedef struct lane {
	step_hits *step; /* [longest] */
	uint16_t *mask;
	int n, at, bar_len;
	int loop_from; /* first step of the repetitions; n if it is no loop */
	bool headline; /* in 4/4 */
	int opening;   /* steps of a take's first bar; 0 if it is no take */
	int played_on; /* first step beyond the pattern's own end */
	int group;
	model_context wishes;
	float mean_hits; /* per step: what density is relative to; 0: density is not given */
} lane;

struct feeder {
	const corpus *corpus;
	const model_info *info;
	feed_mode mode;
	uint64_t rng;
	float variation, emphasis, opening, share[CORPUS_MAX_COLLECTIONS];
	unsigned without;
	size_t *order; /* indices of patterns, as often as they come in an epoch */
	size_t n_order, next;
	long epoch_steps;
	int lanes;
	lane *lane;
};

/* What is trained on or scored: the one split or the other. A collection that holds nothing out is scored on
 * what it is trained on, a performer's single file for one. */
static void
find_wanted(const corpus *c, feed_mode mode, bool wanted[])
{
	bool held_out[CORPUS_MAX_COLLECTIONS] = {false};
	for (size_t i = 0; i < c->n_patterns; i++)
		held_out[c->pattern[i].collection] |= c->pattern[i].validation;
	for (size_t i = 0; i < c->n_patterns; i++) {
		const pattern *p = &c->pattern[i];
		wanted[i] =
		    p->n_steps > 0 &&
		    (mode != FEED_SCORING ? !p->validation : p->validation || !held_out[p->collection]);
	}
}

/* How often a collection's patterns come per epoch: the shares go with the square root of its size, so that
 * a small collection is neither drowned nor learned by heart; or they are equal. */
static void
repeats(const corpus *c, feed_mode mode, int times[CORPUS_MAX_COLLECTIONS])
{
	double steps[CORPUS_MAX_COLLECTIONS] = {0}, most = 0;
	for (size_t i = 0; i < c->n_patterns; i++)
		if (!c->pattern[i].validation)
			steps[c->pattern[i].collection] += c->pattern[i].n_steps;
	for (int k = 0; k < CORPUS_MAX_COLLECTIONS; k++)
		most = fmax(most, steps[k]);
	for (int k = 0; k < CORPUS_MAX_COLLECTIONS; k++) {
		const double ratio = steps[k] > 0 ? most / steps[k] : 1.0;
		times[k] = mode == FEED_TUNING ? (int)fmin(MAX_TUNING_REPEATS, floor(ratio + 0.5))
					       : (int)fmin(MAX_REPEATS, floor(sqrt(ratio) + 0.5));
	}
}

static int
longer_first(const void *a, const void *b, void *user)
{
	const corpus *c = user;
	size_t i = *(const size_t *)a, k = *(const size_t *)b;
	int by_length = c->pattern[k].n_steps - c->pattern[i].n_steps;
	return by_length ? by_length : i < k ? -1 : i > k;
}

static dr_status
make_order(feeder *f, dr_error *err)
{
	const corpus *c = f->corpus;
	int times[CORPUS_MAX_COLLECTIONS];
	repeats(c, f->mode, times);
	f->order = calloc(c->n_patterns * MAX_TUNING_REPEATS + 1, sizeof *f->order);
	bool *wanted = calloc(c->n_patterns + 1, sizeof *wanted);
	if (!f->order || !wanted) {
		free(wanted);
		return error_set(err, DR_FAILED, "out of memory");
	}
	find_wanted(c, f->mode, wanted);
	for (size_t i = 0; i < c->n_patterns; i++) {
		const pattern *p = &c->pattern[i];
		if (!wanted[i])
			continue;
		int n = f->mode != FEED_SCORING ? times[p->collection] : 1;
		for (int k = 0; k < n; k++)
			f->order[f->n_order++] = i;
		f->epoch_steps += (long)n * p->n_steps;
	}
	free(wanted);
	if (f->n_order == 0)
		return error_set(err, DR_BAD_INPUT, "no pattern to %s",
				 f->mode != FEED_SCORING ? "train on" : "score");
	if (f->mode == FEED_SCORING)
		qsort_r(f->order, f->n_order, sizeof *f->order, longer_first, (void *)(uintptr_t)c);
	f->next = f->mode != FEED_SCORING ? f->n_order : 0;
	return DR_OK;
}

dr_status
feeder_new(const corpus *c, const model_info *info, feed_mode mode, int lanes, uint64_t seed, feeder **out,
	   dr_error *err)
{
	*out = NULL;
	feeder *f = calloc(1, sizeof *f);
	if (!f)
		return error_set(err, DR_FAILED, "out of memory");
	*f = (feeder){.corpus = c,
		      .info = info,
		      .mode = mode,
		      .rng = seed,
		      .variation = 1.0f,
		      .emphasis = 1.0f,
		      .opening = 1.0f,
		      .lanes = lanes};
	for (int k = 0; k < CORPUS_MAX_COLLECTIONS; k++)
		f->share[k] = 1.0f;
	dr_status status = make_order(f, err);
	int longest = 1;
	for (size_t i = 0; i < f->n_order; i++)
		if (c->pattern[f->order[i]].n_steps > longest)
			longest = c->pattern[f->order[i]].n_steps;
	if (mode != FEED_SCORING)
		longest = VARY_MAX_CYCLES * (longest < STEP_MAX_BAR ? STEP_MAX_BAR : longest);
	_Static_assert((int)CORPUS_MAX_STYLES < (int)MODEL_MAX_STYLES,
		       "no style has the input that says that anything may come");
	_Static_assert((int)HAND_LOOP_BARS <= (int)VARY_MAX_CYCLES, "a programmed loop has room in a lane");
	f->lane = calloc((size_t)lanes, sizeof *f->lane);
	for (int b = 0; b < lanes && f->lane && status == DR_OK; b++) {
		f->lane[b].step = calloc((size_t)longest, sizeof *f->lane[b].step);
		f->lane[b].mask = calloc((size_t)longest, sizeof *f->lane[b].mask);
		if (!f->lane[b].step || !f->lane[b].mask)
			status = error_set(err, DR_FAILED, "out of memory");
	}
	if (!f->lane)
		status = error_set(err, DR_FAILED, "out of memory");
	if (status != DR_OK) {
		feeder_free(f);
		return status;
	}
	*out = f;
	return DR_OK;
}

void
feeder_free(feeder *f)
{
	if (!f)
		return;
	for (int b = 0; b < f->lanes && f->lane; b++) {
		free(f->lane[b].step);
		free(f->lane[b].mask);
	}
	free(f->lane);
	free(f->order);
	free(f);
}

long
feeder_epoch_steps(const feeder *f)
{
	return f->epoch_steps;
}

void
feeder_set_variation(feeder *f, float strength)
{
	f->variation = strength;
}

/* Steps of all takes by those of their first bars; 1 where there is none. */
static float
bars_in_takes(const feeder *f)
{
	long steps = 0, openings = 0;
	for (size_t i = 0; i < f->n_order; i++) {
		const pattern *p = &f->corpus->pattern[f->order[i]];
		steps += p->source_bars > 0 ? 0 : p->n_steps;
		openings += p->source_bars > 0 ? 0 : p->bar_len;
	}
	return openings ? (float)steps / (float)openings : 1.0f;
}

void
feeder_set_emphasis(feeder *f, float first_pass, float opening)
{
	f->emphasis = first_pass;
	f->opening = fminf(opening, bars_in_takes(f));
}

void
feeder_set_share(feeder *f, int collection, float weight)
{
	f->share[collection] = weight;
}

void
feeder_set_without(feeder *f, unsigned without)
{
	f->without = without;
}

void
feeder_rewind(feeder *f)
{
	f->next = 0;
	for (int b = 0; b < f->lanes; b++)
		f->lane[b].n = f->lane[b].at = 0;
}

static bool
chance(feeder *f, float p)
{
	return rng_next_unit(&f->rng) < p;
}

/* In two of five patterns nothing is wished, as in scoring, and anything may come; in the others each wish is
 * withheld half of the time, so that the network knows what to do with any of them, and it is told what is
 * not quite what people play, lest it play like that. */
static void
choose_wishes(feeder *f, lane *l, const pattern *p, bool programmed, const variation *v)
{
	l->wishes = features_no_wishes(0, 0, p->bar_len);
	l->wishes.compound = p->denominator == 8 && p->numerator % 3 == 0;
	l->mean_hits = 0.0f;
	const bool always = f->without & WITHOUT_WISHLESS;
	if (f->mode == FEED_SCORING || (!always && chance(f, 0.4f)))
		return;
	float per_bar = f->info->hits_per_bar;
	bool style = always || chance(f, 0.5f), density = always || chance(f, 0.5f),
	     fill = always || chance(f, 0.5f), tempo = always || chance(f, 0.5f),
	     hand = always || chance(f, 0.5f);
	style = style && v->in_style && p->style >= 0;
	fill = fill && p->fill >= 0;
	tempo = tempo && p->tempo > 0;
	hand = hand && f->info->hands;
	l->wishes.anything = !v->natural || !(style || density || fill || tempo || hand);
	if (style) {
		l->wishes.style[p->style] = 1.0f;
		per_bar = f->info->style[p->style].hits_per_bar;
	}
	if (density)
		l->mean_hits = per_bar / 16.0f;
	if (fill)
		l->wishes.fill = (float)p->fill;
	if (tempo)
		l->wishes.tempo = p->tempo;
	if (hand)
		l->wishes.hand =
		    !programmed && hand_is_drummer(p->step, p->n_steps) ? HAND_DRUMMER : HAND_MACHINE;
}

static void
shuffle(feeder *f)
{
	for (size_t i = f->n_order; i > 1; i--) {
		size_t k = (size_t)(rng_next(&f->rng) % i);
		size_t held = f->order[i - 1];
		f->order[i - 1] = f->order[k];
		f->order[k] = held;
	}
}

/* A drummer's take, for a loop to be made of it; NULL if a few tries find none. */
static const pattern *
find_take(feeder *f)
{
	for (int tries = 0; tries < 16; tries++) {
		const pattern *p = &f->corpus->pattern[f->order[rng_next(&f->rng) % f->n_order]];
		if (p->source_bars == 0 && p->n_steps >= p->bar_len && hand_is_drummer(p->step, p->n_steps))
			return p;
	}
	return NULL;
}

static void
begin(lane *l, const pattern *p)
{
	l->n = l->played_on = p->n_steps;
	l->at = 0;
	l->bar_len = p->bar_len;
	l->loop_from = p->source_bars > 0 ? p->source_bars * p->bar_len : p->n_steps;
	l->opening = p->source_bars > 0 ? 0 : p->bar_len;
	l->group = p->collection * FEED_PARTS;
	l->headline = p->numerator == 4 && p->denominator == 4;
}

static bool
next_pattern(feeder *f, lane *l)
{
	const bool loops = f->mode == FEED_TRAINING && !(f->without & WITHOUT_PROGRAMMING);
	const pattern *take = loops && chance(f, PROGRAMMED) ? find_take(f) : NULL;
	if (!take && f->next >= f->n_order) {
		if (f->mode == FEED_SCORING)
			return false;
		shuffle(f);
		f->next = 0;
	}
	const size_t index = take ? 0 : f->order[f->next++];
	const pattern *p = take ? take : &f->corpus->pattern[index];
	variation v = {.natural = !take, .in_style = true};
	begin(l, p);
	if (take) {
		l->loop_from = hand_program(p->step, p->n_steps, p->bar_len, &f->rng, l->step);
		l->n = l->played_on = HAND_LOOP_BARS * p->bar_len;
		l->opening = 0;
	} else if (f->mode != FEED_SCORING) {
		/* Loops are few and short and soon known by heart. */
		const float strength = p->source_bars > 0 ? 1.0f : f->variation;
		v = vary_pattern(f->corpus, index, strength, f->without, &f->rng, l->step);
		l->n = v.steps;
		l->loop_from = v.period;
	} else {
		memcpy(l->step, p->step, (size_t)l->n * sizeof *l->step);
	}
	for (int s = 0; s < l->n; s++)
		l->mask[s] = step_mask(&l->step[s]);
	choose_wishes(f, l, p, take != NULL, &v);
	return true;
}

/* log2 of the current bar's hits over the mean. */
static float
bar_density(const lane *l)
{
	int first = l->at - l->at % l->bar_len, hits = 0;
	for (int s = first; s < first + l->bar_len && s < l->n; s++)
		hits += vec_bits(l->mask[s]);
	float mean = l->mean_hits * (float)l->bar_len;
	return fmaxf(-3.0f, fminf(3.0f, log2f(fmaxf((float)hits, 0.01f) / fmaxf(mean, 0.01f))));
}

/* Withholds a part of what the network is told about the past, now and then, so that it neither leans on one
 * part nor learns the corpus by heart. */
static void
forget(feeder *f, float *x)
{
	if (chance(f, FORGET_SLOT))
		memset(x + (rng_next(&f->rng) % FEATURE_SLOTS) * FEATURE_SLOT, 0, FEATURE_SLOT * sizeof *x);
	if (chance(f, FORGET_MATCH))
		memset(x + FEATURE_AT_MATCH, 0, (FEATURE_AT_DEPTH - FEATURE_AT_MATCH) * sizeof *x);
	if (chance(f, FORGET_RECALL))
		memset(x + FEATURE_AT_RECALL, 0, FEATURE_RECALL * sizeof *x);
}

/* The first pass of what comes again is all that there is to learn of a loop, and a take's first bar often
 * all of a fill; both are a few steps among many. */
static float
weight_of(const feeder *f, const lane *l)
{
	if (!(f->without & WITHOUT_EMPHASIS) && l->at < l->loop_from && l->loop_from < l->n)
		return f->emphasis;
	if (!(f->without & WITHOUT_OPENINGS) && l->at < l->opening)
		return f->opening;
	return l->at < l->played_on ? 1.0f : PLAYED_ON_WEIGHT;
}

static void
fill_row(feeder *f, lane *l, net_batch *b, size_t row)
{
	const history past = {l->step, l->mask, UINT32_MAX, l->at};
	model_context *wishes = &l->wishes;
	wishes->bar = l->at / l->bar_len;
	wishes->bar_step = l->at % l->bar_len;
	if (l->mean_hits > 0)
		wishes->density = bar_density(l);
	features_build(&past, wishes, b->x + row * FEATURES);
	if (f->mode != FEED_SCORING)
		forget(f, b->x + row * FEATURES);
	if (f->without & WITHOUT_RECALL)
		memset(b->x + row * FEATURES + FEATURE_AT_RECALL, 0, FEATURE_RECALL * sizeof *b->x);
	b->target[row] = l->step[l->at];
	b->mask[row] = l->mask[l->at];
	b->weight[row] = weight_of(f, l) * f->share[l->group / FEED_PARTS];
	b->reset[row] = l->at == 0;
	int part = !l->headline ? FEED_OTHER_METRE : l->at < l->loop_from ? FEED_FIRST_PASS : FEED_LOOP;
	b->group[row] = (uint8_t)(l->group + part);
	l->at++;
}

int
feeder_fill(feeder *f, net_batch *b)
{
	int counted = 0;
	for (int lane_no = 0; lane_no < f->lanes; lane_no++) {
		lane *l = &f->lane[lane_no];
		for (int step = 0; step < b->steps; step++) {
			size_t row = (size_t)step * (size_t)f->lanes + (size_t)lane_no;
			if (l->at < l->n || next_pattern(f, l)) {
				fill_row(f, l, b, row);
				counted++;
				continue;
			}
			memset(b->x + row * FEATURES, 0, FEATURES * sizeof *b->x);
			b->target[row] = (step_hits){0};
			b->mask[row] = 0;
			b->weight[row] = 0.0f;
			b->reset[row] = 1;
			b->group[row] = 0;
		}
	}
	return counted;
}

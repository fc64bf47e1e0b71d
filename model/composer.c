#include "model/composer.h"
#include "model/composer_state.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Steps nearer than this, or than two periods, are left as they are: the audio thread may be taking them. */
static const double guard_seconds = 0.008;

dr_status
composer_new(const model *m, params *p, plan *steps, composer_look_fn *look, void *user, composer **out,
	     dr_error *err)
{
	*out = NULL;
	composer *c = calloc(1, sizeof *c);
	if (!c)
		return error_set(err, DR_FAILED, "out of memory for the composer");
	c->model = m;
	c->params = p;
	c->plan = steps;
	c->look = look;
	c->user = user;
	pthread_mutex_init(&c->lock, NULL);
	composer_init_condition(c);
	const dr_status status = sampler_new(m, &c->sampler, err);
	if (status != DR_OK) {
		composer_free(c);
		return status;
	}
	c->state_size = sampler_state_size(c->sampler);
	if (posix_memalign((void **)&c->states, 64, c->state_size * (COMPOSER_SNAPSHOTS + 1)) != 0) {
		c->states = NULL;
		composer_free(c);
		return error_set(err, DR_FAILED, "out of memory for the composer's states");
	}
	for (int i = 0; i < COMPOSER_SNAPSHOTS; i++)
		c->snapshot_key[i].step = -1;
	for (int i = 0; i < COMPOSER_RECORD; i++)
		c->record_key[i].step = -1;
	sampler_state_init(c->sampler, composer_head(c));
	c->epoch = UINT32_MAX; /* the first look is a relocation */
	*out = c;
	return DR_OK;
}

void
composer_free(composer *c)
{
	if (!c)
		return;
	sampler_free(c->sampler);
	free(c->states);
	pthread_cond_destroy(&c->news);
	pthread_mutex_destroy(&c->lock);
	free(c);
}

/* --- states and records ---------------------------------------------------------------------------- */

static int
find(const composer_key *key, int n, int64_t step)
{
	for (int i = 0; i < n; i++)
		if (key[i].step == step)
			return i;
	return -1;
}

/* The place of this step, or the oldest one. */
static int
place_for(composer *c, composer_key *key, int n, int64_t step)
{
	int place = find(key, n, step);
	if (place < 0) {
		place = 0;
		for (int i = 1; i < n; i++)
			if (key[i].written < key[place].written)
				place = i;
	}
	key[place] = (composer_key){.step = step, .written = ++c->writes};
	return place;
}

static bool
restore(composer *c, int64_t step)
{
	const int place = find(c->snapshot_key, COMPOSER_SNAPSHOTS, step);
	if (place < 0)
		return false;
	memcpy(composer_head(c), composer_snapshot(c, (uint64_t)place), c->state_size);
	return true;
}

static void
keep(composer *c, int64_t step)
{
	const int place = place_for(c, c->snapshot_key, COMPOSER_SNAPSHOTS, step);
	memcpy(composer_snapshot(c, (uint64_t)place), composer_head(c), c->state_size);
}

static step_event *
recorded(composer *c, int64_t step)
{
	const int place = step < 0 ? -1 : find(c->record_key, COMPOSER_RECORD, step);
	return place < 0 ? NULL : &c->record[place];
}

static void
record(composer *c, int64_t step, const step_event *e)
{
	c->record[place_for(c, c->record_key, COMPOSER_RECORD, step)] = *e;
}

/* --- one step ------------------------------------------------------------------------------------------ */

static void
fill_controls(const composer *c, int64_t step, sampler_controls *k)
{
	const params *p = c->params;
	memset(k, 0, sizeof *k);
	k->temperature = params_get(p, PARAM_TEMPERATURE);
	k->density = params_get(p, PARAM_DENSITY);
	for (int i = 0; i < INSTRUMENTS; i++)
		k->instrument_density[i] = params_get(p, param_slot(PARAM_INST_DENSITY, i));
	const int style = (int)params_get(p, PARAM_STYLE);
	if (style >= 1 && style <= model_n_styles(c->model))
		k->style[style - 1] = 1.0f;
	k->tempo = (float)c->view.tempo;
	k->fill = step >= c->fill_from && step < c->fill_to ? 1.0f : 0.0f;
	k->seed = (uint64_t)params_get(p, PARAM_SEED);
}

/* What must be played whatever the network would like: a frozen loop, or the landing of a fill. */
static void
fill_locks(composer *c, int64_t step, sampler_controls *k, uint8_t *flags)
{
	const int bars = (int)params_get(c->params, PARAM_FREEZE);
	const int bar_len = bar_map_at(&c->view.bars, step).len;
	const step_event *loop = bars ? recorded(c, step - (int64_t)bars * bar_len) : NULL;
	if (loop) {
		k->lock_mask = (1u << INSTRUMENTS) - 1;
		k->locked = loop->hits;
		*flags |= STEP_FLAG_FROZEN;
	} else if (step == c->fill_to && c->fill_to > c->fill_from && k->density > 0.05f) {
		k->lock_mask = 1u << INST_BD | 1u << INST_CC;
		k->locked.hit[INST_BD] = (step_hit){118, 1, 0};
		k->locked.hit[INST_CC] = (step_hit){112, 1, 0};
	}
}

/* Draws (or, with all instruments locked, takes in) one step and moves the head past it. */
static void
draw(composer *c, int64_t step, const sampler_controls *k, step_event *e)
{
	const bar_place at = bar_map_at(&c->view.bars, step);
	keep(c, step);
	sampler_draw(c->sampler, composer_head(c), step, &at, k, e);
}

static double
seconds_now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void
compose(composer *c, int64_t step)
{
	const double begun = seconds_now();
	sampler_controls k;
	step_event e;
	uint8_t flags = 0;
	fill_controls(c, step, &k);
	fill_locks(c, step, &k, &flags);
	draw(c, step, &k, &e);
	e.flags = (uint8_t)(flags | (k.fill > 0.0f ? STEP_FLAG_FILL : 0));
	record(c, step, &e);
	plan_write(c->plan, step, &e);
	const double us = (seconds_now() - begun) * 1e6;
	const double mean = atomic_load_explicit(&c->step_us, memory_order_relaxed);
	atomic_store_explicit(&c->step_us, mean > 0.0 ? mean + (us - mean) / 64.0 : us, memory_order_relaxed);
	if (us > atomic_load_explicit(&c->step_us_max, memory_order_relaxed))
		atomic_store_explicit(&c->step_us_max, us, memory_order_relaxed);
	atomic_fetch_add_explicit(&c->steps, 1, memory_order_relaxed);
}

/* Takes a step into the history as it was heard, without planning it. */
static void
relive(composer *c, int64_t step, const step_event *heard)
{
	sampler_controls k;
	step_event ignored;
	fill_controls(c, step, &k);
	k.lock_mask = (1u << INSTRUMENTS) - 1;
	k.locked = heard->hits;
	draw(c, step, &k, &ignored);
	record(c, step, heard);
}

/* --- one pass --------------------------------------------------------------------------------------------
 */

/* The first step whose window (from half a step early) opens later than the guard allows. */
static int64_t
first_free(const composer *c)
{
	const composer_view *v = &c->view;
	if (!v->rolling)
		return v->next_step;
	const int per_quarter = metre_steps_per_quarter(bar_map_at(&v->bars, v->next_step).metre);
	const double guard = fmax(guard_seconds, 2.0 * v->period) * v->tempo * per_quarter / 60.0;
	const int64_t step = (int64_t)ceil(v->position + guard + 0.5);
	return step > v->next_step ? step : v->next_step;
}

static void
relocate(composer *c)
{
	const int64_t step = c->view.next_step;
	c->epoch = c->view.epoch;
	c->fill_from = c->fill_to = -1;
	/* Where nothing is known of the place, the music goes on from where it was. */
	if (step == 0)
		sampler_state_init(c->sampler, composer_head(c));
	else
		(void)restore(c, step);
	c->planned = step;
	c->bars = c->view.bars;
}

/* What the audio thread has played for a step that we have not come to: an older plan's, or the bar before
 * again. */
static void
overheard(composer *c, int64_t step, step_event *heard)
{
	const bar_place at = bar_map_at(&c->view.bars, step);
	const step_event *bar_ago = recorded(c, step - at.len);
	if (plan_read(c->plan, step, heard))
		return;
	memset(heard, 0, sizeof *heard);
	if (bar_ago)
		*heard = *bar_ago;
	heard->bar_len = (uint8_t)at.len;
	heard->bar_step = (uint8_t)at.step;
}

/* The playhead has overtaken us: take in what the audio thread played instead. */
static void
catch_up(composer *c, int64_t free_step)
{
	if (free_step - c->planned > COMPOSER_SNAPSHOTS) {
		c->planned = free_step;
		return;
	}
	for (; c->planned < free_step; c->planned++) {
		step_event heard;
		overheard(c, c->planned, &heard);
		relive(c, c->planned, &heard);
	}
}

/* Rewinds to `from`, keeping what is fixed up to `free_step` and leaving the rest to be composed. False:
 * nothing is known of that step any more. */
static bool
rewind_to(composer *c, int64_t from, int64_t free_step)
{
	if (from >= c->planned)
		return true;
	if (!restore(c, from))
		return false;
	for (int64_t s = from; s < free_step && s < c->planned; s++) {
		const step_event *e = recorded(c, s);
		if (!e)
			break;
		const step_event heard = *e;
		relive(c, s, &heard);
	}
	if (free_step < c->planned)
		c->planned = free_step;
	atomic_fetch_add_explicit(&c->replans, 1, memory_order_relaxed);
	return true;
}

/* Puts played hits into the record; returns the earliest step concerned, or INT64_MAX. */
static int64_t
take_played(composer *c)
{
	composer_hit hit[COMPOSER_INBOX];
	int64_t earliest = INT64_MAX;
	pthread_mutex_lock(&c->lock);
	const int n = c->n_inbox;
	memcpy(hit, c->inbox, sizeof hit);
	c->n_inbox = 0;
	pthread_mutex_unlock(&c->lock);
	for (int i = 0; i < n; i++) {
		step_event *e = recorded(c, hit[i].step);
		if (!e || hit[i].step >= c->view.next_step)
			continue;
		e->hits.hit[hit[i].instrument] = (step_hit){hit[i].velocity, 1, 0};
		if (hit[i].step < earliest)
			earliest = hit[i].step;
	}
	return earliest;
}

static bool
news(composer *c, int64_t free_step)
{
	const uint32_t changes = atomic_load_explicit(&c->params->replan_changes, memory_order_acquire);
	const uint32_t fill = atomic_load_explicit(&c->params->pulse[COMMAND_FILL], memory_order_acquire);
	const bool any = changes != c->changes || fill != c->fill || !bar_map_equal(&c->view.bars, &c->bars);
	if (fill != c->fill) {
		/* Up to the next bar line, or the one after where that is too near for a fill. */
		const int bar_len = bar_map_at(&c->view.bars, free_step).len;
		c->fill_from = free_step;
		c->fill_to = bar_map_line(&c->view.bars, free_step + 1);
		if (c->fill_to - free_step < bar_len / 4)
			c->fill_to = bar_map_line(&c->view.bars, c->fill_to + 1);
	}
	c->changes = changes;
	c->fill = fill;
	c->bars = c->view.bars;
	return any;
}

bool
composer_update(composer *c, int limit)
{
	c->look(c->user, &c->view);
	if (c->view.epoch != c->epoch)
		relocate(c);
	const int64_t free_step = first_free(c);
	if (c->planned < c->view.next_step)
		catch_up(c, free_step);
	const int64_t played = take_played(c);
	const bool changed = news(c, free_step);
	/* A hit too old to be answered must not swallow the news. */
	if ((played >= free_step || !rewind_to(c, played, free_step)) && changed)
		(void)rewind_to(c, free_step, free_step);
	const int64_t horizon = c->view.next_step + bar_map_at(&c->view.bars, c->view.next_step).len;
	for (; limit > 0 && c->planned <= horizon; limit--, c->planned++)
		compose(c, c->planned);
	if (c->planned > c->view.next_step)
		plan_set_epoch(c->plan, c->epoch);
	return c->planned <= horizon;
}

void
composer_played(composer *c, int instrument, int velocity, int64_t step)
{
	pthread_mutex_lock(&c->lock);
	if (c->n_inbox < COMPOSER_INBOX)
		c->inbox[c->n_inbox++] = (composer_hit){
		    .step = step, .instrument = (uint8_t)instrument, .velocity = (uint8_t)velocity};
	pthread_mutex_unlock(&c->lock);
	composer_wake(c);
}

void
composer_get_stats(const composer *c, composer_stats *s)
{
	s->steps = atomic_load_explicit(&c->steps, memory_order_relaxed);
	s->replans = atomic_load_explicit(&c->replans, memory_order_relaxed);
	s->step_us = atomic_load_explicit(&c->step_us, memory_order_relaxed);
	s->step_us_max = atomic_load_explicit(&c->step_us_max, memory_order_relaxed);
}

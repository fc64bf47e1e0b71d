#include "model/composer.h"
#include "model/composer_state.h"

#include "model/hand.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

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
	if (posix_memalign((void **)&c->states, 64, c->state_size * (COMPOSER_SNAPSHOTS + 3)) != 0) {
		c->states = NULL;
		composer_free(c);
		return error_set(err, DR_FAILED, "out of memory for the composer's states");
	}
	composer_forget(c);
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

void
composer_prime(composer *c, const step_hits *steps, int n)
{
	c->n_primer = n < COMPOSER_PRIMER ? n : COMPOSER_PRIMER;
	memcpy(c->primer, steps + (n - c->n_primer), (size_t)c->n_primer * sizeof *steps);
}

/* An empty past, or the primer's. */
static void
begin(composer *c)
{
	sampler_state_init(c->sampler, composer_head(c));
	c->hand = 0.0f;
	if (c->n_primer)
		c->hand = hand_is_drummer(c->primer, c->n_primer) ? HAND_DRUMMER : HAND_MACHINE;
	for (int i = 0; i < c->n_primer; i++) {
		const int64_t step = i - c->n_primer;
		const bar_place at = bar_map_at(&c->view.bars, step);
		const step_event heard = {
		    .hits = c->primer[i], .bar_step = (uint8_t)at.step, .bar_len = (uint8_t)at.len};
		composer_recall(c, step, &heard);
	}
}

static void
relocate(composer *c)
{
	const int64_t step = c->view.next_step;
	c->epoch = c->view.epoch;
	c->fill_from = c->fill_to = -1;
	memset(c->variation, 0, sizeof c->variation);
	c->n_edits = 0;
	c->ear_from = -1;
	/* Where nothing is known of the place, the music goes on from where it was. */
	if (step == 0)
		begin(c);
	else
		(void)composer_restore(c, step);
	c->planned = step;
	c->bars = c->view.bars;
}

/* What the audio thread has played for a step that we have not come to: an older plan's, or the bar before
 * again. */
static void
overheard(composer *c, int64_t step, step_event *heard)
{
	const bar_place at = bar_map_at(&c->view.bars, step);
	const composer_entry *bar_ago = composer_recorded(c, step - at.len);
	if (plan_read(c->plan, step, heard))
		return;
	memset(heard, 0, sizeof *heard);
	if (bar_ago)
		*heard = bar_ago->heard;
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
		composer_relive(c, c->planned, &heard);
	}
}

/* Rewinds to `from`, keeping what is fixed up to `free_step` and leaving the rest to be composed. False:
 * nothing is known of that step any more. */
static bool
rewind_to(composer *c, int64_t from, int64_t free_step)
{
	if (from >= c->planned)
		return true;
	if (!composer_restore(c, from))
		return false;
	c->ear_from = -1;
	for (int64_t s = from; s < free_step && s < c->planned; s++) {
		const composer_entry *e = composer_recorded(c, s);
		if (!e)
			break;
		const step_event heard = e->heard;
		composer_relive(c, s, &heard);
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
		composer_entry *e = composer_recorded(c, hit[i].step);
		if (!e || hit[i].step >= c->view.next_step)
			continue;
		const step_hit played = {hit[i].velocity, 1, 0};
		e->heard.hits.hit[hit[i].instrument] = e->loop.hit[hit[i].instrument] = played;
		if (hit[i].step < earliest)
			earliest = hit[i].step;
	}
	return earliest;
}

static void
cue_fill(composer *c, int64_t free_step)
{
	/* Up to the next bar line, or the one after where that is too near for a fill. */
	const int bar_len = bar_map_at(&c->view.bars, free_step).len;
	c->fill_from = free_step;
	c->fill_to = bar_map_line(&c->view.bars, free_step + 1);
	if (c->fill_to - free_step < bar_len / 4)
		c->fill_to = bar_map_line(&c->view.bars, c->fill_to + 1);
}

static bool
news(composer *c, int64_t free_step)
{
	const params *p = c->params;
	const uint32_t changes = atomic_load_explicit(&p->replan_changes, memory_order_acquire);
	const uint32_t fill = atomic_load_explicit(&p->pulse[COMMAND_FILL], memory_order_acquire);
	const uint32_t vary = atomic_load_explicit(&p->pulse[COMMAND_VARY], memory_order_acquire);
	const uint32_t mutate = atomic_load_explicit(&p->pulse[COMMAND_MUTATE], memory_order_acquire);
	const bool any = changes != c->changes || fill != c->fill || vary != c->vary || mutate != c->mutate ||
			 !bar_map_equal(&c->view.bars, &c->bars);
	c->bars = c->view.bars;
	c->changes = changes;
	if (fill != c->fill)
		cue_fill(c, free_step);
	if (vary != c->vary)
		composer_cue_variation(c, free_step);
	if (mutate != c->mutate)
		composer_mutate(c, free_step, mutate - c->mutate);
	c->fill = fill;
	c->vary = vary;
	c->mutate = mutate;
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
		composer_compose(c, c->planned);
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

/* One step: what is asked of the network, what is given, and what is remembered of it. */
#include "model/composer_state.h"

#include "model/hand.h"
#include "model/style_pad.h"
#include "rt/rng.h"

#include <math.h>
#include <string.h>
#include <time.h>

enum { ALL = (1u << INSTRUMENTS) - 1, DRAW_CELL = 208 };

/* Added to the temperature of variations: about four cells of a half bar change then, over all styles. */
static const float variation_heat = 0.5f;

/* The hand of most of each style's hits, in the styles' shares. */
static float
hand_of_styles(const model *m, const float style[MODEL_MAX_STYLES])
{
	float hand = 0.0f;
	for (int i = 0; i < model_n_styles(m); i++)
		hand += style[i] * model_style_hand(model_get_style(m, i));
	return hand;
}

static float
wished_hand(const composer *c, const float style[MODEL_MAX_STYLES])
{
	const int hand = (int)params_get(c->params, PARAM_HAND);
	if (!model_knows_hands(c->model))
		return 0.0f;
	return hand == HAND_OF_STYLE    ? hand_of_styles(c->model, style)
	       : hand == HAND_A_MACHINE ? HAND_MACHINE
	       : hand == HAND_A_DRUMMER ? HAND_DRUMMER
					: 0.0f;
}

void
composer_controls(const composer *c, int64_t step, sampler_controls *k)
{
	const params *p = c->params;
	memset(k, 0, sizeof *k);
	k->temperature = params_get(p, PARAM_TEMPERATURE);
	k->density = params_get(p, PARAM_DENSITY);
	k->rolls = params_get(p, PARAM_ROLLS);
	for (int i = 0; i < INSTRUMENTS; i++)
		k->instrument_density[i] = params_get(p, param_slot(PARAM_INST_DENSITY, i));
	const int corner[STYLE_CORNERS] = {(int)params_get(p, PARAM_STYLE), (int)params_get(p, PARAM_STYLE_2),
					   (int)params_get(p, PARAM_STYLE_3),
					   (int)params_get(p, PARAM_STYLE_4)};
	style_pad_weights(corner, params_get(p, PARAM_STYLE_X), params_get(p, PARAM_STYLE_Y),
			  model_n_styles(c->model), k->style);
	k->hand = wished_hand(c, k->style);
	k->tempo = (float)c->view.tempo;
	k->fill = step >= c->fill_from && step < c->fill_to ? 1.0f : 0.0f;
	k->seed = (uint64_t)params_get(p, PARAM_SEED);
}

unsigned
composer_cells(const composer *c, int64_t step, step_hits *fixed)
{
	const params *p = c->params;
	const bar_place at = bar_map_at(&c->view.bars, step);
	const int bars = (int)params_get(p, PARAM_PATTERN_BARS);
	const uint64_t seed = (uint64_t)params_get(p, PARAM_SEED);
	unsigned mask = 0;
	memset(fixed, 0, sizeof *fixed);
	for (int i = 0; i < INSTRUMENTS; i++) {
		const cell own = params_cell(p, cell_index((int)(at.bar % bars), i, at.step));
		const float draw = rng_unit(rng_hash(seed, (uint64_t)step, DRAW_CELL + (uint64_t)i));
		if (own.kind == CELL_FREE)
			continue;
		mask |= 1u << i;
		if (cell_sounds(&own, at.bar / bars, draw))
			fixed->hit[i] = (step_hit){own.velocity, own.ratchet,
						   (int16_t)(own.offset * (STEP_OFFSET_ONE / 256))};
	}
	return mask;
}

/* --- what is given --------------------------------------------------------------------------------------
 */

static void
give(sampler_controls *k, unsigned instruments, const step_hits *h)
{
	k->lock_mask = (uint16_t)(k->lock_mask | instruments);
	k->soft_mask = (uint16_t)(k->soft_mask & ~instruments);
	for (int i = 0; i < INSTRUMENTS; i++)
		if (instruments >> i & 1)
			k->locked.hit[i] = h->hit[i];
}

/* The phrase as it was heard or, under other densities than then, what they make of it. */
static void
give_phrase(sampler_controls *k, const composer_reprise *r, int64_t step)
{
	if (r->knobs == composer_knobs(k)) {
		give(k, ALL, &r->shown);
		return;
	}
	give(k, ALL, &r->full);
	k->soft_mask = ALL;
	k->soft_density = r->density;
	for (int i = 0; i < INSTRUMENTS; i++) {
		const form_knobs knobs = {r->density, k->density, k->instrument_density[i]};
		const unsigned bit = 1u << i;
		if (!r->full.hit[i].velocity && form_opens_rest(&knobs, k->seed, step, i)) {
			k->lock_mask = (uint16_t)(k->lock_mask & ~bit);
			k->soft_mask = (uint16_t)(k->soft_mask & ~bit);
		} else if (r->full.hit[i].velocity && form_drops_hit(&knobs, k->seed, step, i)) {
			k->locked.hit[i] = (step_hit){0, 0, 0};
		}
	}
}

/* From the weakest claim to the strongest. Returns the instruments that are not the phrase's, nor free. */
static unsigned
give_all(composer *c, int64_t step, const composer_reprise *r, sampler_controls *k, uint8_t *flags)
{
	static const step_hits landing = {.hit = {[INST_BD] = {118, 1, 0}, [INST_CC] = {112, 1, 0}}};
	step_hits fixed;
	unsigned given = 0;
	if (r->phrase_plays)
		give_phrase(k, r, step);
	if (r->loop_plays) {
		give(k, ALL, &r->loop);
		given = ALL;
		*flags |= STEP_FLAG_FROZEN;
	}
	if (step == c->fill_to && c->fill_to > c->fill_from && k->density > 0.05f) {
		give(k, step_mask(&landing), &landing);
		given |= step_mask(&landing);
	}
	give(k, r->held, &r->loop);
	const unsigned cells = composer_cells(c, step, &fixed);
	give(k, cells, &fixed);
	return given | r->held | cells;
}

/* --- what is remembered -------------------------------------------------------------------------------- */

/* Hits that were left to the network are now known. */
static void
settle(step_hits *h, const step_hits *believed)
{
	for (int i = 0; i < INSTRUMENTS; i++)
		if (h->hit[i].velocity == SAMPLER_ANY && believed->hit[i].velocity)
			h->hit[i] = believed->hit[i];
}

static void
remember(composer *c, int64_t step, const step_event *e, const sampler_controls *k, composer_reprise *r,
	 unsigned given)
{
	const step_hits *believed = sampler_believed(composer_head(c));
	composer_entry *entry = composer_entry_for(c, step);
	const bool as_it_was = r->phrase && (!r->phrase_plays || r->knobs == composer_knobs(k));
	settle(&r->loop, believed);
	settle(&r->full, believed);
	settle(&r->shown, believed);
	entry->heard = *e;
	entry->full = r->phrase ? r->full : *believed;
	entry->shown = as_it_was ? r->shown : e->hits;
	entry->density = r->phrase ? r->density : fmaxf(0.5f, k->density);
	entry->knobs = as_it_was ? r->knobs : composer_knobs(k);
	entry->theme = composer_theme(c, k);
	entry->seed = params_get(c->params, PARAM_SEED);
	entry->hand = c->hand;
	entry->steps_per_quarter = (uint8_t)metre_steps_per_quarter(bar_map_at(&c->view.bars, step).metre);
	for (int i = 0; i < INSTRUMENTS; i++) {
		entry->loop.hit[i] = (r->looping >> i & 1 ? r->loop : e->hits).hit[i];
		if (r->phrase && given >> i & 1)
			entry->shown.hit[i] = r->shown.hit[i];
	}
}

static void
draw_from(composer *c, void *state, int64_t step, const sampler_controls *k, step_event *e)
{
	const bar_place at = bar_map_at(&c->view.bars, step);
	sampler_draw(c->sampler, state, step, &at, k, e);
}

static void
take_in(composer *c, void *state, int64_t step, const step_hits *heard)
{
	sampler_controls k;
	step_event ignored;
	composer_controls(c, step, &k);
	give(&k, ALL, heard);
	draw_from(c, state, step, &k, &ignored);
}

/* What another hand has played, as this one would have. */
static step_hits
in_this_hand(const step_hits *played, float by, float hand, int64_t step)
{
	step_hits hits = *played;
	if (by * hand < 0.0f)
		hand_recast(&hits, hand, (uint64_t)step);
	return hits;
}

/* Has the ear hear what has been played from ear_from on; false if that is not known. */
static bool
listen(composer *c, int64_t from, int64_t step, float hand)
{
	if (c->ear_from == from && c->ear_step == step && c->ear_hand * hand >= 0.0f)
		return true;
	c->ear_from = -1;
	c->ear_hand = hand;
	sampler_state_init(c->sampler, composer_ear(c));
	for (int64_t s = from; s < step; s++) {
		const composer_entry *e = composer_recorded(c, s);
		if (!e)
			return false;
		const step_hits heard = in_this_hand(&e->heard.hits, e->hand, hand, s);
		take_in(c, composer_ear(c), s, &heard);
	}
	c->ear_from = from;
	return true;
}

/* Draws the step from the ear. Head and ear take it in as heard: so the ear becomes what it would be if it
 * had to listen again. */
static void
draw_by_ear(composer *c, int64_t step, const sampler_controls *k, step_event *e)
{
	memcpy(composer_trial(c), composer_ear(c), c->state_size);
	draw_from(c, composer_trial(c), step, k, e);
	take_in(c, composer_ear(c), step, &e->hits);
	take_in(c, composer_head(c), step, sampler_believed(composer_trial(c)));
	c->ear_step = step + 1;
}

/* All that was played on a step, and what of it was not heard. */
static step_hits
played_on(const composer_entry *e)
{
	step_hits hits = e->full;
	for (int i = 0; i < INSTRUMENTS; i++)
		if (e->heard.hits.hit[i].velocity)
			hits.hit[i] = e->heard.hits.hit[i];
	return hits;
}

/* Where another hand is wished than the head's, the last two bars are taken in once more, as that one would
 * have played them: else whoever played them would play on. Between the hands there is none to change to. */
static void
change_hands(composer *c, int64_t step, float hand)
{
	static const float decided = 0.2f;
	const int64_t reach = 2 * (int64_t)bar_map_at(&c->view.bars, step).len;
	const bool same = c->hand * hand >= 0.0f;
	int64_t from = step;
	if (fabsf(hand) < decided)
		return;
	c->hand = hand;
	if (same)
		return;
	while (step - from < reach && composer_recorded(c, from - 1))
		from--;
	sampler_forget(c->sampler, composer_head(c));
	for (int64_t s = from; s < step; s++) {
		const composer_entry *e = composer_recorded(c, s);
		const step_hits played = played_on(e), hits = in_this_hand(&played, e->hand, hand, s);
		take_in(c, composer_head(c), s, &hits);
	}
}

/* Under another seed the past is forgotten: the history would only lead back to where it was. */
static void
begin_anew(composer *c, int64_t step)
{
	const composer_entry *before = step > 0 ? composer_recorded(c, step - 1) : NULL;
	if (before && before->seed != params_get(c->params, PARAM_SEED))
		sampler_state_init(c->sampler, composer_head(c));
}

static double
seconds_now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void
count(composer *c, double us)
{
	const double mean = atomic_load_explicit(&c->step_us, memory_order_relaxed);
	atomic_store_explicit(&c->step_us, mean > 0.0 ? mean + (us - mean) / 64.0 : us, memory_order_relaxed);
	if (us > atomic_load_explicit(&c->step_us_max, memory_order_relaxed))
		atomic_store_explicit(&c->step_us_max, us, memory_order_relaxed);
	atomic_fetch_add_explicit(&c->steps, 1, memory_order_relaxed);
}

void
composer_compose(composer *c, int64_t step)
{
	const double begun = seconds_now();
	sampler_controls k;
	step_event e;
	uint8_t flags = 0;
	composer_controls(c, step, &k);
	composer_reprise r = composer_get_reprise(c, step, &k);
	const unsigned given = give_all(c, step, &r, &k, &flags);
	const uint64_t salt = composer_salt(c, step);
	if (salt)
		k.seed = rng_mix(k.seed ^ salt);
	composer_keep(c, step);
	if (!r.loop_plays)
		change_hands(c, step, k.hand);
	if (r.ear_from >= 0 && listen(c, r.ear_from, step, k.hand)) {
		k.temperature += k.temperature > 0.0f ? variation_heat : 0.0f;
		draw_by_ear(c, step, &k, &e);
	} else {
		begin_anew(c, step);
		draw_from(c, composer_head(c), step, &k, &e);
	}
	e.flags = (uint8_t)(flags | (k.fill > 0.0f ? STEP_FLAG_FILL : 0));
	remember(c, step, &e, &k, &r, given);
	plan_write(c->plan, step, &e);
	count(c, (seconds_now() - begun) * 1e6);
}

void
composer_recall(composer *c, int64_t step, const step_event *heard)
{
	take_in(c, composer_head(c), step, &heard->hits);
	const composer_entry *known = composer_recorded(c, step);
	if (known && memcmp(&known->heard.hits, &heard->hits, sizeof heard->hits) == 0)
		return;
	sampler_controls k;
	composer_reprise nothing = {0};
	composer_controls(c, step, &k);
	remember(c, step, heard, &k, &nothing, 0);
}

void
composer_relive(composer *c, int64_t step, const step_event *heard)
{
	composer_keep(c, step);
	composer_recall(c, step, heard);
}

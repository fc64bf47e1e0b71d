/* What of the past comes again on a step: frozen loops, locked instruments, the phrase; and what hands change
 * of it. */
#include "model/composer_state.h"

#include "rt/rng.h"

#include <math.h>
#include <string.h>

enum { ALL = (1u << INSTRUMENTS) - 1, SALT = 192 };

static uint64_t
blend(uint64_t hash, float x)
{
	uint32_t bits;
	memcpy(&bits, &x, sizeof bits);
	return rng_mix(hash ^ bits);
}

uint64_t
composer_knobs(const sampler_controls *k)
{
	uint64_t hash = blend(1, k->density);
	for (int i = 0; i < INSTRUMENTS; i++)
		hash = blend(hash, k->instrument_density[i]);
	return hash;
}

uint64_t
composer_theme(const composer *c, const sampler_controls *k)
{
	uint64_t hash = blend(2, params_get(c->params, PARAM_SEED));
	for (int i = 0; i < MODEL_MAX_STYLES; i++)
		hash = blend(hash, k->style[i]);
	hash = blend(hash, k->hand);
	return hash;
}

/* What was played so many bars ago, at the same place of a bar of the same length. */
static const composer_entry *
bars_ago(composer *c, int64_t step, int bars, const bar_place *at)
{
	const composer_entry *e = composer_recorded(c, step - (int64_t)bars * at->len);
	return e && e->heard.bar_len == at->len && e->heard.bar_step == at->step ? e : NULL;
}

/* What repeats goes on in another metre: its last bars' beginnings, or, where the new bar is longer, those
 * and what follows from their beginnings again. On another grid there is nothing to go on with. */
static const composer_entry *
before_the_change(composer *c, int64_t step, int bars, const bar_place *at)
{
	const bar_map *map = &c->view.bars;
	const bar_line *line = map->changes && step >= map->next.step ? &map->next : &map->now;
	const composer_entry *last = composer_recorded(c, line->step - 1);
	const int64_t since = at->bar - line->bar;
	if (!last || !last->heard.bar_len || since >= bars ||
	    last->steps_per_quarter != metre_steps_per_quarter(at->metre))
		return NULL;
	const int len = last->heard.bar_len, place = at->step % len;
	const composer_entry *e = composer_recorded(c, line->step - (bars - since) * len + place);
	return e && e->heard.bar_len == len && e->heard.bar_step == place ? e : NULL;
}

static void
apply_edits(const composer *c, int64_t step, unsigned instruments, step_hits *h)
{
	for (int e = 0; e < c->n_edits; e++) {
		const composer_edit *edit = &c->edit[e];
		step_hit *hit = &h->hit[edit->instrument];
		if (edit->step != step || !(instruments >> edit->instrument & 1))
			continue;
		if (!edit->hit)
			*hit = (step_hit){0, 0, 0};
		else if (!hit->velocity)
			*hit = (step_hit){SAMPLER_ANY, 1, 0};
	}
}

static unsigned
locked_instruments(const params *p)
{
	unsigned mask = 0;
	for (int i = 0; i < INSTRUMENTS; i++)
		mask |= params_get(p, param_slot(PARAM_LOCK, i)) >= 0.5f ? 1u << i : 0u;
	return mask;
}

static int
phrase_bars(const params *p)
{
	return 1 << (int)params_get(p, PARAM_PHRASE);
}

static const composer_variation *
variation_at(const composer *c, int64_t step)
{
	for (int i = 1; i >= 0; i--)
		if (c->variation[i].salt && step >= c->variation[i].from && step < c->variation[i].to)
			return &c->variation[i];
	return NULL;
}

uint64_t
composer_salt(const composer *c, int64_t step)
{
	const composer_variation *v = variation_at(c, step);
	return v ? v->salt : 0;
}

composer_reprise
composer_get_reprise(composer *c, int64_t step, const sampler_controls *k)
{
	const params *p = c->params;
	const bar_place at = bar_map_at(&c->view.bars, step);
	const int freeze = (int)params_get(p, PARAM_FREEZE), bars = phrase_bars(p);
	const float repeat = params_get(p, PARAM_REPEAT);
	const bool varies = composer_salt(c, step) != 0 || k->fill > 0.0f;
	composer_reprise r = {.ear_from = -1};
	const composer_entry *loop = bars_ago(c, step, freeze ? freeze : 1, &at);
	if (!loop)
		loop = before_the_change(c, step, freeze ? freeze : 1, &at);
	if (loop) {
		r.held = locked_instruments(p);
		r.looping = freeze ? ALL : r.held;
		r.loop = loop->loop;
		r.loop_plays = freeze && !varies;
		apply_edits(c, step, r.looping, &r.loop);
	}
	const composer_entry *phrase = repeat > 0.0f ? bars_ago(c, step, bars, &at) : NULL;
	if (phrase && phrase->theme == composer_theme(c, k)) {
		const uint64_t seed = (uint64_t)params_get(p, PARAM_SEED);
		const bool ends = form_in_ending(bars, &at);
		r.phrase = ends || varies || form_repeats(repeat, seed, &at);
		r.phrase_plays = r.phrase && !ends && !varies;
		r.full = phrase->full;
		r.shown = phrase->shown;
		r.density = phrase->density;
		r.knobs = phrase->knobs;
		apply_edits(c, step, ALL & ~r.looping, &r.full);
		apply_edits(c, step, ALL & ~r.looping, &r.shown);
		if (ends)
			r.ear_from = step - at.step - at.len;
	}
	const composer_variation *v = variation_at(c, step);
	if (k->fill > 0.0f)
		r.ear_from = c->fill_from - at.len;
	if (v)
		r.ear_from = v->from - bar_map_at(&c->view.bars, v->from - 1).len;
	return r;
}

void
composer_cue_variation(composer *c, int64_t free_step)
{
	const int64_t line = bar_map_line(&c->view.bars, free_step);
	composer_variation *v = c->variation;
	if (v[1].from != line)
		v[0] = v[1];
	v[1] = (composer_variation){line, bar_map_line(&c->view.bars, line + 1), rng_mix(v[1].salt + SALT)};
}

/* --- mutation ------------------------------------------------------------------------------------------ */

typedef struct choice {
	composer_edit edit;
	float doubt;
} choice;

/* Keeps the n most doubtful, in falling order. */
static int
insert_choice(choice *best, int n, int room, choice new)
{
	int at = n < room ? n : room - 1;
	if (n == room && new.doubt <= best[at].doubt)
		return n;
	for (; at > 0 && best[at - 1].doubt < new.doubt; at--)
		best[at] = best[at - 1];
	best[at] = new;
	return n < room ? n + 1 : n;
}

static void
put_edit(composer *c, const composer_edit *edit)
{
	int place = 0;
	for (; place < c->n_edits; place++)
		if (c->edit[place].step == edit->step && c->edit[place].instrument == edit->instrument)
			break;
	if (place == COMPOSER_EDITS) { /* the oldest has been played, or gives way */
		memmove(c->edit, c->edit + 1, (COMPOSER_EDITS - 1) * sizeof *c->edit);
		place--;
	}
	c->edit[place] = *edit;
	c->n_edits = place >= c->n_edits ? place + 1 : c->n_edits;
}

/* The cells of one step that repeat, and are nobody else's. */
static int
collect(composer *c, int64_t step, int distance, choice *best, int n, int room)
{
	sampler_controls k;
	step_hits ignored;
	composer_controls(c, step, &k);
	const composer_reprise r = composer_get_reprise(c, step, &k);
	const unsigned repeating = (r.phrase_plays ? ALL : r.looping) & ~composer_cells(c, step, &ignored);
	const composer_entry *before = composer_recorded(c, step - distance);
	for (int i = 0; i < INSTRUMENTS && before; i++) {
		const bool hit = (r.looping >> i & 1 ? r.loop : r.shown).hit[i].velocity > 0;
		const float p = (float)before->heard.heat[i] / 255.0f;
		if (!(repeating >> i & 1))
			continue;
		choice new = {{step, (uint8_t)i, !hit}, form_doubt(p, hit, k.seed, c->mutate, step, i)};
		n = insert_choice(best, n, room, new);
	}
	return n;
}

void
composer_mutate(composer *c, int64_t free_step, uint32_t cells)
{
	const params *p = c->params;
	const int freeze = (int)params_get(p, PARAM_FREEZE);
	const int bars = freeze ? freeze : params_get(p, PARAM_REPEAT) > 0.0f ? phrase_bars(p) : 1;
	const int distance = bars * bar_map_at(&c->view.bars, free_step).len;
	const int room = cells < COMPOSER_EDITS ? (int)cells : COMPOSER_EDITS;
	choice best[COMPOSER_EDITS];
	int n = 0;
	for (int64_t s = free_step; s < free_step + distance; s++)
		n = collect(c, s, distance, best, n, room);
	for (int i = 0; i < n; i++)
		put_edit(c, &best[i].edit);
}

/* The partials of several sounds as one set of oscillators. */
#include "model/morph_work.h"

#include <math.h>
#include <string.h>

static const double least_split = 0.34; /* of a partial */

/* Partials of one source by rising pitch. */
static void
sort_partials(const morph_source *s, int order[MORPH_PARTIALS])
{
	for (int i = 0; i < s->n_partials; i++) {
		int at = i;
		for (; at > 0 && s->partial[order[at - 1]].centre > s->partial[i].centre; at--)
			order[at] = order[at - 1];
		order[at] = i;
	}
}

/* A source's partials while they are dealt out, by rising pitch. */
typedef struct deal {
	int order[MORPH_PARTIALS], n, at;
	double left, whole; /* mass of the partial at hand, and of all that is left */
} deal;

static void
next_partial(deal *d, const morph_source *s)
{
	d->left = s->partial[d->order[++d->at]].mass;
}

/* The share of the partial at hand that a pair takes. */
static double
take_share(deal *d, const morph_source *s, double cut, bool all)
{
	const double mass = s->partial[d->order[d->at]].mass, part = cut * d->whole;
	const bool last = d->at + 1 == d->n, ends = all || (!last && d->left - part < least_split * mass);
	const double taken = ends ? d->left : part;
	d->left -= taken;
	d->whole -= taken;
	if (ends && !last)
		next_partial(d, s);
	return taken / mass;
}

/* Optimal transport in one dimension between the sources' partials, each a mass at a pitch: the masses laid
 * end to end by rising pitch, cut wherever any source has a cut; but what would split off less than a part of
 * a partial does not, as the two would beat. */
void
morph_pair_partials(morph_work *w)
{
	deal deals[KIT_CORNERS] = {{.n = 0}};
	bool all = false;
	w->n_pairs = 0;
	for (int c = 0; c < w->n; c++) {
		const morph_source *s = w->source[c];
		deal *d = &deals[c];
		d->n = s->n_partials;
		d->at = -1;
		sort_partials(s, d->order);
		for (int i = 0; i < s->n_partials; i++)
			d->whole += s->partial[i].mass;
		if (d->n)
			next_partial(d, s);
	}
	while (!all && w->n_pairs < MORPH_MOST_PAIRS) {
		morph_pair *p = &w->pair[w->n_pairs];
		double cut = 1.0, has = 0.0;
		all = true;
		for (int c = 0; c < w->n; c++)
			if (deals[c].n) {
				all &= deals[c].at + 1 == deals[c].n;
				cut = fmin(cut, deals[c].left / deals[c].whole);
			}
		p->phase = 0.0;
		for (int c = 0; c < w->n; c++) {
			deal *d = &deals[c];
			p->partial[c] = d->n ? d->order[d->at] : -1;
			if (!d->n)
				continue;
			p->phase += w->weight[c] * w->source[c]->partial[p->partial[c]].phase;
			p->share[c] = take_share(d, w->source[c], cut, all);
			has += w->weight[c];
		}
		if (has <= 0.0)
			return; /* nobody has any */
		p->phase /= has;
		w->n_pairs++;
	}
}

double
morph_mixed(const morph_work *w)
{
	double together = 0.0;
	for (int c = 0; c < w->n; c++)
		together = fmax(together, 1.0 - (1.0 - w->weight[c]) / 0.05);
	return 1.0 - together;
}

/* The shares of one partial are one tone at its corner, where they add up in amplitude; away from it they are
 * several, which add up in power. They are made so much louder. */
void
morph_spread(morph_work *w)
{
	const double mixed = morph_mixed(w);
	for (int i = 0; i < w->n_pairs; i++) {
		morph_pair *p = &w->pair[i];
		double has = 0.0;
		p->power = 0.0;
		for (int c = 0; c < w->n; c++)
			if (p->partial[c] >= 0) {
				p->power += w->weight[c] / p->share[c];
				has += w->weight[c];
			}
		p->power /= has;
		p->boost = 1.0 + mixed * (sqrt(p->power) - 1.0);
	}
}

/* Parents of opposite phases have a child whose phase is in between, where a tone would begin with a jump
 * that neither has. What it jumps more than they do is taken back, and given again within half a cycle, so
 * that no constant offset is left. */
static void
begin_gently(morph_work *w, const morph_pair *pr, double amplitude, double turns)
{
	double jump = cos(2.0 * M_PI * pr->phase), own = 0.0, has = 0.0;
	for (int c = 0; c < w->n; c++)
		if (pr->partial[c] >= 0) {
			own += w->weight[c] * cos(2.0 * M_PI * w->source[c]->partial[pr->partial[c]].phase);
			has += w->weight[c];
		}
	jump = amplitude * (jump - own / has);
	const uint32_t n = (uint32_t)fmin(0.5 / turns * w->source[0]->hop, w->frames);
	if (fabs(jump) > 1e-7)
		for (uint32_t i = 0; i < n; i++) {
			const double u = (double)i / n;
			w->body[i] -= (float)(jump * (1.0 - u) * (1.0 - u) * (1.0 - 4.0 * u));
		}
}

VEC_CLONES static void
play_pair(morph_work *w, const morph_pair *pr)
{
	const uint32_t hop = w->source[0]->hop;
	double phase = pr->phase, has = 0.0;
	float before = 0.0f;
	double turns = 0.0;
	for (int c = 0; c < w->n; c++)
		has += pr->partial[c] >= 0 ? w->weight[c] : 0.0;
	for (uint32_t p = 0; p < w->points; p++) {
		double amplitude = 0.0, log_turns = 0.0;
		for (int c = 0; c < w->n; c++) {
			if (pr->partial[c] < 0)
				continue;
			const morph_partial *own = &w->source[c]->partial[pr->partial[c]];
			const double share = pr->share[c] * morph_at_moment(own->share, w->moment[c][p]);
			amplitude += w->weight[c] * share * share;
			log_turns += w->weight[c] * morph_at_moment(own->log_turns, w->moment[c][p]);
		}
		const float now = (float)(sqrt(amplitude) * pr->boost) * w->level[p];
		if (p > 0) {
			if (before > 1e-7f || now > 1e-7f)
				morph_oscillate(w->body + (size_t)(p - 1) * hop, hop, phase, turns, before,
						now);
			phase += turns;
		}
		turns = exp(log_turns / has);
		if (p == 0)
			begin_gently(w, pr, (double)now, turns);
		before = now;
	}
	morph_oscillate(w->body + (size_t)(w->points - 1) * hop, hop, phase, turns, before, 0.0f);
}

void
morph_play_pairs(morph_work *w)
{
	for (int i = 0; i < w->n_pairs; i++)
		play_pair(w, &w->pair[i]);
}

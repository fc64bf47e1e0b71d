#include "model/kit_place.h"

#include "model/kit_words.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SHARED_NOTE = 3, CHOKE_OF_HATS = 1 << 20 };
static const float needed_by_ear = 0.4f, weak_name = 0.65f;

/* What is known of one instrument while places are given out. */
typedef struct candidate {
	kit_desc_instrument *in;
	int what; /* one of the twelve, WORDS_TOM.., or WORDS_NOTHING */
	int note; /* -1 none, or one that says nothing */
	float sure;
	kit_evidence why;
	bool listened, heard;
	ear_figures figures;
	float likely[INSTRUMENTS];
} candidate;

typedef struct placing {
	candidate *all;
	uint32_t n;
	bool listen_to_ties;
	kit_hear_fn *hear;
	void *user;
} placing;

static int
short_name(const char *name)
{
	char token[8];
	size_t n = 0;
	while (n < sizeof token - 1 && isalnum((unsigned char)name[n])) {
		token[n] = name[n];
		n++;
	}
	token[n] = '\0';
	return instrument_from_name(token);
}

int
kit_place_of_name(const char *name, float *sure)
{
	kit_words w;
	const int place = short_name(name);
	kit_words_read_name(name, &w);
	*sure = place >= 0 ? 0.99f : w.sure;
	return place >= 0 ? place : w.what < INSTRUMENTS ? w.what : -1;
}

static bool
listen(placing *p, candidate *c)
{
	if (!c->listened && p->hear) {
		const kit_desc_layer *loudest = &c->in->layers[0];
		for (uint32_t l = 1; l < c->in->n_layers; l++)
			if (c->in->layers[l].max > loudest->max)
				loudest = &c->in->layers[l];
		c->heard = p->hear(p->user, loudest, &c->figures);
		if (c->heard)
			ear_guess(&c->figures, c->likely);
	}
	c->listened = true;
	return c->heard;
}

/* A name of its own, its type (which the kit's maker chose from a list), or else its first file's path. */
static void
read_names(candidate *c)
{
	kit_words w;
	const int place = short_name(c->in->name);
	c->why = KIT_BY_NAME;
	if (place >= 0) {
		c->what = place;
		c->sure = 0.99f;
		return;
	}
	kit_words_read_name(c->in->type, &w);
	if (w.what == WORDS_NOTHING)
		kit_words_read_name(c->in->name, &w);
	if ((w.what == WORDS_NOTHING || w.what == WORDS_DRUM) && c->in->layers[0].file)
		kit_words_read_path(c->in->layers[0].file, &w);
	c->what = w.what;
	c->sure = w.sure;
}

static bool
among(int place, int what)
{
	switch (what) {
	case WORDS_TOM: return place == INST_LT || place == INST_MT || place == INST_HT;
	case WORDS_HAT: return place == INST_CH || place == INST_OH;
	case WORDS_CYMBAL: return place == INST_CC || place == INST_RC;
	case WORDS_NO_DRUM:
	case WORDS_DRUM:
	case WORDS_NOTHING: return true;
	default: return place == what;
	}
}

/* A note agrees with the name, or decides what it leaves open, or outweighs a weak one. */
static void
weigh_note(candidate *c)
{
	const int note = c->note;
	if (note < 0 || c->what == WORDS_TOM) /* toms are put in order later */
		return;
	const int place = instrument_from_note(note);
	if (place < 0)
		return;
	const bool own = instrument_note(place) == note;
	const float sure = own ? 0.9f : 0.75f;
	if (c->what == place) {
		c->sure = 1.0f - (1.0f - c->sure) * (1.0f - 0.5f * sure);
	} else if (among(place, c->what) || (c->sure < weak_name && own)) {
		c->what = place;
		c->sure = sure;
		c->why = KIT_BY_NOTE;
	}
}

static void
read_evidence(placing *p)
{
	uint32_t sharing[128] = {0};
	for (uint32_t i = 0; i < p->n; i++) {
		const int note = p->all[i].in->note;
		if (note >= 0 && note < 128)
			sharing[note]++;
	}
	for (uint32_t i = 0; i < p->n; i++) {
		candidate *c = &p->all[i];
		const int note = c->in->note;
		c->note = note >= 0 && note < 128 && sharing[note] < SHARED_NOTE ? note : -1;
		read_names(c);
		weigh_note(c);
		if (c->what == WORDS_NOTHING)
			c->why = KIT_BY_NOTHING;
	}
}

/* In a pressure group the pedal says what a name leaves open: pressed down is closed. */
static void
read_pedals(placing *p)
{
	for (uint32_t i = 0; i < p->n; i++) {
		candidate *c = &p->all[i];
		if (c->in->hat_group < 0)
			continue;
		int lowest = 127, highest = 0, members = 0;
		for (uint32_t j = 0; j < p->n; j++) {
			const kit_desc_instrument *other = p->all[j].in;
			if (other->hat_group != c->in->hat_group)
				continue;
			members++;
			lowest = other->pedal_lo < lowest ? other->pedal_lo : lowest;
			highest = other->pedal_hi > highest ? other->pedal_hi : highest;
		}
		if (members < 2)
			continue;
		if (c->in->mute_group < 0)
			c->in->mute_group = CHOKE_OF_HATS + c->in->hat_group;
		const bool closed = c->in->pedal_hi == highest && c->in->pedal_lo > lowest;
		const bool open = c->in->pedal_lo == lowest && c->in->pedal_hi < highest;
		if ((closed || open) && (c->what < 0 || c->what >= INSTRUMENTS)) {
			c->what = closed ? INST_CH : INST_OH;
			c->sure = 0.85f;
			c->why = KIT_BY_PEDAL;
		}
	}
}

/* The likelier of two places, by ear; without ears the first. */
static void
settle_pair(placing *p, candidate *c, int first, int second)
{
	c->what = first;
	c->sure *= 0.6f;
	if (!listen(p, c))
		return;
	const float a = c->likely[first], b = c->likely[second];
	c->what = b > a ? second : first;
	c->sure *= fmaxf(a, b) / (a + b + 1e-9f) / 0.6f;
	c->why = KIT_BY_EAR;
}

/* Higher first: by the notes, else by ear, else in the kit's order. */
static int
by_pitch(const void *a, const void *b)
{
	const candidate *x = *(candidate *const *)a, *y = *(candidate *const *)b;
	if (x->note >= 0 && y->note >= 0 && x->note != y->note)
		return x->note > y->note ? -1 : 1;
	const float d = y->figures.at[EAR_PITCH] - x->figures.at[EAR_PITCH];
	if (x->heard && y->heard && fabsf(d) > 0.01f)
		return d > 0.0f ? 1 : -1;
	return x->in < y->in ? -1 : 1;
}

/* Alone, a tom plays where its note says, or is neither high nor low. */
static int
lone_tom(const candidate *c, const int *free_place, int n_free)
{
	const int place = c->note >= 0 ? instrument_from_note(c->note) : -1;
	for (int i = 0; i < n_free; i++)
		if (free_place[i] == place)
			return i;
	return n_free / 2;
}

/* Toms of unsaid height: the highest of them to the highest place that no other tom has. */
static dr_status
settle_toms(placing *p, dr_error *err)
{
	candidate **toms = malloc((p->n + 1) * sizeof(candidate *));
	if (!toms)
		return error_set(err, DR_FAILED, "out of memory for a kit");
	bool taken[INSTRUMENTS] = {false};
	uint32_t n = 0;
	for (uint32_t i = 0; i < p->n; i++) {
		candidate *c = &p->all[i];
		if (c->what >= 0 && c->what < INSTRUMENTS)
			taken[c->what] = true;
		if (c->what == WORDS_TOM)
			toms[n++] = c;
	}
	int free_place[3], n_free = 0;
	for (int place = INST_HT; place >= INST_LT; place--)
		if (!taken[place])
			free_place[n_free++] = place;
	for (uint32_t i = 0; i < n && n > 1; i++)
		if (toms[i]->note < 0)
			listen(p, toms[i]);
	qsort(toms, n, sizeof *toms, by_pitch);
	for (uint32_t i = 0; i < n; i++) {
		int slot = -1;
		if (n_free && n == 1)
			slot = lone_tom(toms[i], free_place, n_free);
		else if (n_free && n >= (uint32_t)n_free)
			slot = (int)((uint64_t)i * (uint32_t)n_free / n);
		else if (n_free)
			slot = i ? n_free - 1 : 0; /* two in three places are the outer ones */
		toms[i]->what = slot >= 0 ? free_place[slot] : INST_MT;
		toms[i]->sure *= 0.85f;
		toms[i]->why = n > 1 && toms[i]->heard ? KIT_BY_EAR : KIT_BY_NAME;
	}
	free(toms);
	return DR_OK;
}

/* Is a to have the place rather than b? */
static bool
better(placing *p, candidate *a, candidate *b)
{
	if (a->why == KIT_BY_NAME && b->why == KIT_BY_NOTE && a->sure > 0.8f)
		return true;
	if (b->why == KIT_BY_NAME && a->why == KIT_BY_NOTE && b->sure > 0.8f)
		return false;
	if (fabsf(a->sure - b->sure) > 0.02f || !p->listen_to_ties)
		return a->sure > b->sure + 1e-4f;
	const bool heard_a = listen(p, a), heard_b = listen(p, b);
	if (heard_a != heard_b)
		return heard_a;
	return heard_a && a->likely[a->what] > b->likely[b->what] + 1e-4f;
}

static void
give_places(placing *p, candidate *holder[INSTRUMENTS])
{
	for (uint32_t i = 0; i < p->n; i++) {
		candidate *c = &p->all[i];
		if (c->what < 0 || c->what >= INSTRUMENTS || c->sure <= 0.0f)
			continue;
		c->in->wants = c->what;
		c->in->why = c->why;
		c->in->sure = c->sure;
		if (!holder[c->what] || better(p, c, holder[c->what]))
			holder[c->what] = c;
	}
}

/* What no name or note spoke for, and percussion beyond the one place for it, into the places that are left.
 */
static void
fill_by_ear(placing *p, candidate *holder[INSTRUMENTS])
{
	for (uint32_t i = 0; i < p->n; i++) {
		candidate *c = &p->all[i];
		const bool unknown = (c->what == WORDS_NOTHING && c->note < 0) || c->what == WORDS_DRUM ||
				     (c->what == INST_PC && holder[INST_PC] != c && c->why == KIT_BY_NAME);
		bool room = false;
		for (int place = 0; place < INSTRUMENTS; place++)
			room |= !holder[place] || holder[place]->why == KIT_BY_EAR;
		if (!unknown || !room || !listen(p, c))
			continue;
		int best = 0;
		for (int place = 1; place < INSTRUMENTS; place++)
			best = c->likely[place] > c->likely[best] ? place : best;
		if (c->likely[best] < needed_by_ear || (holder[best] && holder[best]->why != KIT_BY_EAR))
			continue;
		c->in->wants = c->what = best;
		c->in->sure = c->sure = c->likely[best];
		c->in->why = c->why = KIT_BY_EAR;
		if (!holder[best] || (holder[best]->why == KIT_BY_EAR && c->sure > holder[best]->sure))
			holder[best] = c;
	}
}

dr_status
kit_place(kit_desc *d, bool listen_to_ties, kit_hear_fn *hear, void *user, dr_error *err)
{
	placing p = {.listen_to_ties = listen_to_ties, .hear = hear, .user = user};
	candidate *holder[INSTRUMENTS] = {NULL};
	p.all = calloc(d->n_instruments + 1, sizeof *p.all);
	if (!p.all)
		return error_set(err, DR_FAILED, "out of memory for a kit");
	for (uint32_t i = 0; i < d->n_instruments; i++) {
		kit_desc_instrument *in = &d->instruments[i];
		in->place = in->wants = -1;
		in->why = KIT_BY_NOTHING;
		in->sure = 0.0f;
		if (in->n_layers)
			p.all[p.n++].in = in;
	}
	read_evidence(&p);
	read_pedals(&p);
	for (uint32_t i = 0; i < p.n; i++) {
		if (p.all[i].what == WORDS_HAT)
			settle_pair(&p, &p.all[i], INST_CH, INST_OH);
		else if (p.all[i].what == WORDS_CYMBAL)
			settle_pair(&p, &p.all[i], INST_CC, INST_RC);
	}
	const dr_status status = settle_toms(&p, err);
	if (status == DR_OK) {
		give_places(&p, holder);
		fill_by_ear(&p, holder);
	}
	for (int place = 0; place < INSTRUMENTS; place++)
		if (holder[place])
			holder[place]->in->place = place;
	free(p.all);
	return status;
}

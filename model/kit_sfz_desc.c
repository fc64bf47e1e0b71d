#include "model/kit_mix.h"
#include "model/kit_sfz_regions.h"

#include "rt/instrument.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_GROUPS = 256, WIDE = 12, MAX_TOGETHER = 32 };

/* One instrument to be: the regions that a key plays at a position of the pedal. */
typedef struct sound {
	int key, lopedal, hipedal;
	uint32_t n, room;
	uint32_t *regions;
} sound;

/* Groups that silence each other, through however many others, are one mute group. */
typedef struct groups {
	int id[MAX_GROUPS];
	int parent[MAX_GROUPS];
	bool silenced[MAX_GROUPS];
	int n;
} groups;

typedef struct describing {
	const sfz_region *regions;
	sound *sounds;
	uint32_t n_sounds;
	groups groups;
	kit_warner *warner;
	kit_desc *out;
} describing;

static int
find_group(groups *g, int id)
{
	for (int i = 0; i < g->n; i++)
		if (g->id[i] == id)
			return i;
	if (g->n >= MAX_GROUPS)
		return 0;
	g->id[g->n] = id;
	g->parent[g->n] = g->n;
	return g->n++;
}

static int
root(const groups *g, int i)
{
	while (g->parent[i] != i)
		i = g->parent[i];
	return i;
}

static void
join_groups(groups *g, const sfz_region *r)
{
	if (!r->off_by)
		return;
	const int by = find_group(g, r->off_by);
	g->silenced[by] = true;
	if (r->group)
		g->parent[root(g, find_group(g, r->group))] = root(g, by);
}

static int
mute_group(groups *g, const sfz_region *r)
{
	if (r->off_by)
		return root(g, find_group(g, r->off_by));
	if (!r->group)
		return -1;
	const int own = root(g, find_group(g, r->group));
	for (int i = 0; i < g->n; i++)
		if (g->silenced[i] && root(g, i) == own)
			return own;
	return -1;
}

static bool
add_to_sound(describing *d, uint32_t region, int key)
{
	const sfz_region *r = &d->regions[region];
	sound *s = NULL;
	for (uint32_t i = 0; i < d->n_sounds && !s; i++)
		if (d->sounds[i].key == key && d->sounds[i].lopedal == r->lopedal &&
		    d->sounds[i].hipedal == r->hipedal)
			s = &d->sounds[i];
	if (!s) {
		if (d->n_sounds >= KIT_DESC_MAX_INSTRUMENTS)
			return true;
		sound *grown = realloc(d->sounds, (d->n_sounds + 1) * sizeof *grown);
		if (!grown)
			return false;
		d->sounds = grown;
		s = &grown[d->n_sounds++];
		*s = (sound){.key = key, .lopedal = r->lopedal, .hipedal = r->hipedal};
	}
	if (s->n == s->room) {
		const uint32_t room = s->room ? 2 * s->room : 4;
		uint32_t *grown = realloc(s->regions, room * sizeof *grown);
		if (!grown)
			return false;
		s->regions = grown;
		s->room = room;
	}
	s->regions[s->n++] = region;
	return true;
}

/* A region plays on each of its keys; over a wide range, which is meant for tunes, on the twelve's own notes.
 * One without keys has a sound and no note. */
static bool
spread(describing *d, uint32_t region)
{
	const sfz_region *r = &d->regions[region];
	if (!r->sample[0] || r->sample[0] == '*' || r->released || r->end < 0.0)
		return true;
	if (!r->keyed)
		return add_to_sound(d, region, -1);
	if (r->lokey < 0 || r->hikey < r->lokey)
		return true;
	bool any = false;
	for (int key = r->lokey; key <= r->hikey; key++) {
		const int place = instrument_from_note(key);
		if (r->hikey - r->lokey >= WIDE && (place < 0 || instrument_note(place) != key))
			continue;
		any = true;
		if (!add_to_sound(d, region, key))
			return false;
	}
	return any || add_to_sound(d, region, r->lokey);
}

static float
gain_of(const sfz_region *r)
{
	return fminf(16.0f, powf(10.0f, r->volume / 20.0f) * r->amplitude / 100.0f);
}

static bool
fill_layer(kit_desc_instrument *in, const sfz_region *r, int key)
{
	kit_desc_layer *l = kit_desc_add_layer(in);
	if (!l || !(l->file = strdup(r->sample)))
		return false;
	float pitch = r->transpose + r->tune / 100.0f;
	if (key >= 0)
		pitch += (float)(key - r->keycenter) * r->keytrack / 100.0f;
	if (r->lovel <= r->hivel && r->hivel > 0)
		kit_desc_set_velocities(l, r->lovel, r->hivel);
	else
		l->min = l->max = 0.0f;
	l->gain = gain_of(r);
	l->pitch = fminf(48.0f, fmaxf(-48.0f, pitch));
	l->pan = r->pan / 100.0f;
	l->offset = (uint32_t)r->offset;
	l->end = r->end > 0.0 && r->end < 4294967295.0 ? (uint32_t)r->end + 1 : 0;
	l->envelope = (kit_desc_envelope){r->attack, r->hold, r->decay, r->sustain / 100.0f};
	return true;
}

static bool
overlap(const sfz_region *a, const sfz_region *b)
{
	return a->lovel <= b->hivel && b->lovel <= a->hivel && a->seq_position == b->seq_position &&
	       a->lorand < b->hirand && b->lorand < a->hirand;
}

/* Puts the regions in order: first those that sound when the others do not (one component), then what sounds
 * with them (the next). Within a component in the order of their turns. */
static void
order(const describing *d, sound *s, uint32_t *first, uint32_t *components)
{
	uint32_t *together = calloc(s->n, sizeof *together);
	*components = 1;
	first[0] = 0;
	if (!together)
		return;
	for (uint32_t i = 0; i < s->n; i++)
		for (uint32_t j = 0; j < i; j++)
			if (overlap(&d->regions[s->regions[i]], &d->regions[s->regions[j]]) &&
			    together[j] >= together[i] && together[j] + 1 < MAX_TOGETHER)
				together[i] = together[j] + 1;
	for (uint32_t i = 1; i < s->n; i++) {
		const uint32_t region = s->regions[i], t = together[i];
		uint32_t at = i;
		for (; at > 0; at--) {
			const sfz_region *before = &d->regions[s->regions[at - 1]];
			if (together[at - 1] < t || (together[at - 1] == t &&
						     before->seq_position <= d->regions[region].seq_position))
				break;
			s->regions[at] = s->regions[at - 1];
			together[at] = together[at - 1];
		}
		s->regions[at] = region;
		together[at] = t;
	}
	for (uint32_t i = 1; i < s->n; i++)
		if (together[i] != together[i - 1])
			first[(*components)++] = i;
	free(together);
}

static void
name_it(kit_desc_instrument *in, const sfz_region *r)
{
	const char *slash = strrchr(r->sample, '/');
	const char *base = slash ? slash + 1 : r->sample;
	const char *dot = strrchr(base, '.');
	if (r->label[0])
		snprintf(in->name, sizeof in->name, "%s", r->label);
	else
		snprintf(in->name, sizeof in->name, "%.*s",
			 dot && dot > base ? (int)(dot - base) : (int)strlen(base), base);
}

/* A pan that all regions have is the instrument's: it then costs no second channel. */
static void
share_pan(kit_desc_instrument *in)
{
	for (uint32_t l = 1; l < in->n_layers; l++)
		if (fabsf(in->layers[l].pan - in->layers[0].pan) > 1e-6f)
			return;
	in->pan = in->layers[0].pan;
	for (uint32_t l = 0; l < in->n_layers; l++)
		in->layers[l].pan = 0.0f;
}

static dr_status
describe_sound(describing *d, sound *s)
{
	kit_desc_instrument *in = kit_desc_add_instrument(d->out);
	uint32_t first[MAX_TOGETHER], components;
	if (!in)
		return DR_FAILED;
	name_it(in, &d->regions[s->regions[0]]);
	in->note = s->key;
	if (s->lopedal > 0 || s->hipedal < 127) {
		in->hat_group = s->key;
		in->pedal_lo = s->lopedal;
		in->pedal_hi = s->hipedal;
	}
	if (s->n > KIT_MAX_LAYERS) {
		kit_warn(d->warner, "key %d: only the first %d regions are used", s->key, KIT_MAX_LAYERS);
		s->n = KIT_MAX_LAYERS;
	}
	order(d, s, first, &components);
	for (uint32_t i = 0; i < s->n; i++) {
		const sfz_region *r = &d->regions[s->regions[i]];
		if (!fill_layer(in, r, s->key))
			return DR_FAILED;
		if (r->seq_position > 1)
			in->selection = KIT_SELECT_ROUND_ROBIN;
		else if ((r->lorand > 0.0f || r->hirand < 1.0f) && in->selection == KIT_SELECT_VELOCITY)
			in->selection = KIT_SELECT_RANDOM;
		if (in->mute_group < 0)
			in->mute_group = mute_group(&d->groups, r);
	}
	share_pan(in);
	return components > 1 ? kit_mix_components(in, first, components, d->warner) : DR_OK;
}

dr_status
sfz_describe(const sfz_region *regions, uint32_t n, kit_warner *warner, kit_desc *out, dr_error *err)
{
	describing *d = calloc(1, sizeof *d);
	dr_status status = d ? DR_OK : DR_FAILED;
	if (d) {
		d->regions = regions;
		d->warner = warner;
		d->out = out;
		for (uint32_t i = 0; i < n; i++)
			join_groups(&d->groups, &regions[i]);
		for (uint32_t i = 0; i < n && status == DR_OK; i++)
			status = spread(d, i) ? DR_OK : DR_FAILED;
		for (uint32_t i = 0; i < d->n_sounds; i++) {
			if (status == DR_OK)
				status = describe_sound(d, &d->sounds[i]);
			free(d->sounds[i].regions);
		}
		free(d->sounds);
	}
	free(d);
	return status == DR_OK ? DR_OK : error_set(err, status, "out of memory for a kit");
}

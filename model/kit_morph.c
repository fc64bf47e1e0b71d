#include "model/kit_morph.h"

#include "model/morph.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
	MOST_ZONES = 24
}; /* more than so many velocities at which some corner changes: the finest corner's alone */

/* The backbone first, then what rings long and is hit seldom. */
static const int order[INSTRUMENTS] = {INST_BD, INST_SD, INST_CH, INST_CP, INST_OH, INST_RS,
				       INST_PC, INST_LT, INST_MT, INST_HT, INST_RC, INST_CC};

typedef struct part {
	morph_source **source; /* one a layer */
	bool ready;
} part;

struct kit_morph {
	kit *corner[KIT_CORNERS];
	int n_corners;
	part part[KIT_CORNERS][INSTRUMENTS];
	morph_work *work;
	size_t bytes;
	int at_instrument, at_corner; /* what comes next; instrument in the order above */
	uint32_t at_layer;
};

int
kit_morph_order(int n)
{
	return order[n];
}

size_t
kit_morph_bytes(const kit_morph *m)
{
	return m->bytes;
}

static void
drop_part(kit_morph *m, int corner, int instrument)
{
	part *p = &m->part[corner][instrument];
	const uint32_t layers = m->corner[corner]->instrument[instrument].n_layers;
	for (uint32_t l = 0; p->source && l < layers; l++)
		if (p->source[l]) {
			m->bytes -= morph_source_bytes(p->source[l]);
			morph_source_free(p->source[l]);
		}
	free(p->source);
	*p = (part){0};
}

void
kit_morph_free(kit_morph *m)
{
	if (!m)
		return;
	for (int c = 0; c < m->n_corners; c++) {
		for (int i = 0; i < INSTRUMENTS; i++)
			drop_part(m, c, i);
		kit_free(m->corner[c]);
	}
	morph_work_free(m->work);
	free(m);
}

dr_status
kit_morph_new(kit *const corner[], int n_corners, kit_morph **out, dr_error *err)
{
	kit_morph *m = calloc(1, sizeof *m);
	*out = NULL;
	if (!m || !(m->work = morph_work_new())) {
		free(m);
		return error_set(err, DR_FAILED, "out of memory for the morph");
	}
	for (int c = 0; c < n_corners; c++)
		m->corner[m->n_corners++] = kit_share(corner[c]);
	*out = m;
	return DR_OK;
}

/* An instrument of which one corner alone has samples is never morphed. */
static int
corners_with(const kit_morph *m, int instrument)
{
	int n = 0;
	for (int c = 0; c < m->n_corners; c++)
		n += m->corner[c]->instrument[instrument].n_layers > 0;
	return n;
}

static dr_status
prepare_layer(kit_morph *m, int corner, int instrument, uint32_t layer, dr_error *err)
{
	const kit *k = m->corner[corner];
	const kit_instrument *in = &k->instrument[instrument];
	part *p = &m->part[corner][instrument];
	if (!p->source && !(p->source = calloc(in->n_layers, sizeof *p->source)))
		return error_set(err, DR_FAILED, "out of memory for the morph");
	const dr_status status = morph_analyse(&in->layers[layer].sample, k->rate, &p->source[layer], err);
	if (status != DR_OK)
		return status;
	m->bytes += morph_source_bytes(p->source[layer]);
	p->ready = layer + 1 == in->n_layers;
	return DR_OK;
}

dr_status
kit_morph_prepare(kit_morph *m, bool *done, dr_error *err)
{
	for (; m->at_instrument < INSTRUMENTS; m->at_instrument++, m->at_corner = 0) {
		const int i = order[m->at_instrument];
		if (corners_with(m, i) < 2)
			continue;
		for (; m->at_corner < m->n_corners; m->at_corner++, m->at_layer = 0) {
			if (m->at_layer >= m->corner[m->at_corner]->instrument[i].n_layers)
				continue;
			*done = false;
			const dr_status status = prepare_layer(m, m->at_corner, i, m->at_layer++, err);
			if (m->bytes > KIT_MORPH_MAX_BYTES) {
				for (int c = 0; c < m->n_corners; c++)
					drop_part(m, c, i);
				m->at_instrument++;
				m->at_corner = 0;
				m->at_layer = 0;
			}
			return status;
		}
	}
	*done = true;
	return DR_OK;
}

/* --- layers --------------------------------------------------------------------------------------------- */

static int
distance(const kit_layer *l, int velocity)
{
	return velocity < l->velocity_lo   ? l->velocity_lo - velocity
	       : velocity > l->velocity_hi ? velocity - l->velocity_hi
					   : 0;
}

/* The layers that answer to a velocity, the nearest one where none does; returns how many. */
static uint32_t
answering(const kit_instrument *in, int velocity, uint32_t layer[KIT_MAX_LAYERS])
{
	uint32_t n = 0, nearest = 0;
	for (uint32_t l = 0; l < in->n_layers; l++) {
		if (distance(&in->layers[l], velocity) < distance(&in->layers[nearest], velocity))
			nearest = l;
		if (distance(&in->layers[l], velocity) == 0)
			layer[n++] = l;
	}
	if (n == 0)
		layer[n++] = nearest;
	return in->selection == KIT_SELECT_VELOCITY ? 1 : n;
}

/* Marks the velocities at which an instrument's layers change; returns how many are new. */
static int
mark_changes(const kit_instrument *in, bool change[129])
{
	int n = 0;
	for (uint32_t l = 0; l < in->n_layers; l++) {
		const int marks[] = {in->layers[l].velocity_lo, in->layers[l].velocity_hi + 1};
		for (int k = 0; k < 2; k++)
			if (marks[k] < 128) {
				n += !change[marks[k]];
				change[marks[k]] = true;
			}
	}
	return n;
}

/* Where the result's layers begin: wherever those of the corners do, or of one corner alone (-1: of all). */
static void
find_zones(const kit_morph *m, int instrument, int alone, bool change[129])
{
	int all = 0, finest = alone, most = -1;
	memset(change, 0, 129 * sizeof *change);
	change[1] = change[128] = true;
	if (alone >= 0) {
		mark_changes(&m->corner[alone]->instrument[instrument], change);
		return;
	}
	for (int c = 0; c < m->n_corners; c++) {
		bool own[129] = {false};
		const kit_instrument *in = &m->corner[c]->instrument[instrument];
		all += mark_changes(in, change);
		const int n = mark_changes(in, own);
		if (n > most) {
			most = n;
			finest = c;
		}
	}
	if (all >= MOST_ZONES) {
		memset(change, 0, 129 * sizeof *change);
		change[1] = change[128] = true;
		mark_changes(&m->corner[finest]->instrument[instrument], change);
	}
}

/* One layer of the result: what it is made of. */
typedef struct recipe {
	int n;
	const morph_source *source[KIT_CORNERS];
	const kit_layer *layer[KIT_CORNERS];
	float gain[KIT_CORNERS]; /* layer's and instrument's */
	float weight[KIT_CORNERS];
} recipe;

static dr_status
copy_layer(const recipe *r, int instrument, kit *k, kit_layer **out, dr_error *err)
{
	const kit_sample *from = &r->layer[0]->sample;
	const dr_status status =
	    kit_add_layer(k, instrument, from->frames, from->channel[1] ? 2 : 1, out, err);
	if (status != DR_OK)
		return status;
	for (int c = 0; c < 2 && from->channel[c]; c++)
		memcpy((*out)->sample.channel[c], from->channel[c], from->frames * sizeof(float));
	(*out)->sample.onset = from->onset;
	(*out)->sample.loudness = from->loudness;
	return DR_OK;
}

static dr_status
cook(kit_morph *m, const recipe *r, int instrument, int lo, int hi, kit *k, dr_error *err)
{
	uint32_t frames;
	int channels;
	kit_layer *l;
	dr_status status;
	if (r->n == 1) {
		status = copy_layer(r, instrument, k, &l, err);
	} else {
		status = morph_begin(m->work, r->n, r->source, r->weight, &frames, &channels, err);
		if (status == DR_OK)
			status = kit_add_layer(k, instrument, frames, channels, &l, err);
		if (status == DR_OK)
			morph_fill(m->work, &l->sample);
	}
	if (status != DR_OK)
		return status;
	float gain = 0.0f, pitch = 0.0f;
	for (int c = 0; c < r->n; c++) {
		gain += r->weight[c] * logf(r->gain[c] + 1e-6f);
		pitch += r->weight[c] * r->layer[c]->pitch;
	}
	l->gain = expf(gain);
	l->pitch = pitch;
	l->velocity_lo = (uint8_t)lo;
	l->velocity_hi = (uint8_t)hi;
	k->bytes += ((size_t)l->sample.frames + KIT_GUARD) * (l->sample.channel[1] ? 2 : 1) * sizeof(float);
	return DR_OK;
}

/* Corners that take part: those with samples and weight. Weights sum to 1; returns how many, and in *share
 * the part of the whole weight that they had. */
static int
taking_part(const kit_morph *m, int instrument, const float weight[KIT_CORNERS], int corner[KIT_CORNERS],
	    float part_weight[KIT_CORNERS], float *share)
{
	int n = 0;
	*share = 0.0f;
	for (int c = 0; c < m->n_corners; c++)
		if (m->corner[c]->instrument[instrument].n_layers && weight[c] > 1e-4f) {
			corner[n] = c;
			part_weight[n++] = weight[c];
			*share += weight[c];
		}
	for (int c = 0; c < n; c++)
		part_weight[c] /= *share;
	return n;
}

/* The layers of one zone of velocities. */
static dr_status
fill_zone(kit_morph *m, int instrument, const int corner[KIT_CORNERS], recipe *r, int lo, int hi, kit *k,
	  dr_error *err)
{
	uint32_t layer[KIT_CORNERS][KIT_MAX_LAYERS] = {{0}}, n[KIT_CORNERS] = {0}, takes = 1;
	for (int c = 0; c < r->n; c++) {
		const kit_instrument *in = &m->corner[corner[c]]->instrument[instrument];
		n[c] = answering(in, (lo + hi) / 2, layer[c]);
		takes = n[c] > takes ? n[c] : takes;
	}
	dr_status status = DR_OK;
	for (uint32_t t = 0; t < takes && status == DR_OK; t++) {
		if (k->instrument[instrument].n_layers == KIT_MAX_LAYERS)
			break;
		for (int c = 0; c < r->n; c++) {
			const kit_instrument *in = &m->corner[corner[c]]->instrument[instrument];
			const uint32_t l = layer[c][t % n[c]];
			r->layer[c] = &in->layers[l];
			r->gain[c] = in->layers[l].gain * in->gain;
			r->source[c] = r->n > 1 ? m->part[corner[c]][instrument].source[l] : NULL;
		}
		status = cook(m, r, instrument, lo, hi, k, err);
	}
	return status;
}

static dr_status
fill_instrument(kit_morph *m, int instrument, const int corner[KIT_CORNERS], recipe *r,
		const float weight[KIT_CORNERS], kit *k, dr_error *err)
{
	bool change[129];
	kit_instrument *in = &k->instrument[instrument];
	find_zones(m, instrument, r->n == 1 ? corner[0] : -1, change);
	dr_status status = DR_OK;
	for (int lo = 1; lo < 128 && status == DR_OK;) {
		int next = lo + 1;
		while (!change[next])
			next++;
		status = fill_zone(m, instrument, corner, r, lo, next - 1, k, err);
		lo = next;
	}
	kit_set_shape(m->corner, m->n_corners, instrument, weight, in);
	for (int c = 0; c < r->n; c++)
		if (m->corner[corner[c]]->instrument[instrument].selection != KIT_SELECT_VELOCITY)
			in->selection = m->corner[corner[c]]->instrument[instrument].selection;
	return status;
}

static bool
is_ready(const kit_morph *m, int instrument, const int corner[KIT_CORNERS], int n)
{
	for (int c = 0; c < n; c++)
		if (!m->part[corner[c]][instrument].ready)
			return false;
	return true;
}

dr_status
kit_morph_render(kit_morph *m, int instrument, const float weight[KIT_CORNERS], kit **out, dr_error *err)
{
	int corner[KIT_CORNERS] = {0};
	float share;
	recipe r = {0};
	*out = NULL;
	r.n = taking_part(m, instrument, weight, corner, r.weight, &share);
	if (r.n < 2 || !is_ready(m, instrument, corner, r.n))
		return DR_OK;
	kit *k = kit_new(m->corner[0]->rate);
	if (!k)
		return error_set(err, DR_FAILED, "out of memory for the morph");
	const dr_status status = fill_instrument(m, instrument, corner, &r, weight, k, err);
	if (status != DR_OK) {
		kit_free(k);
		return status;
	}
	*out = k;
	return DR_OK;
}

dr_status
kit_morph_into(kit_morph *m, int instrument, const float weight[KIT_CORNERS], kit *k, dr_error *err)
{
	int corner[KIT_CORNERS] = {0};
	float share;
	recipe r = {0};
	r.n = taking_part(m, instrument, weight, corner, r.weight, &share);
	if (r.n == 0)
		return DR_OK;
	if (r.n > 1 && !is_ready(m, instrument, corner, r.n))
		return error_set(err, DR_FAILED, "%s: there is no memory for its morph",
				 instrument_name(instrument));
	const dr_status status = fill_instrument(m, instrument, corner, &r, weight, k, err);
	kit_instrument *in = &k->instrument[instrument];
	for (uint32_t l = 0; l < in->n_layers; l++)
		in->layers[l].gain *= share;
	return status;
}

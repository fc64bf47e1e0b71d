#include "rt/voice.h"

#include "rt/pitch.h"
#include "rt/rng.h"
#include "rt/smooth.h"

#include <math.h>
#include <string.h>

static const float cut_seconds = 0.003f; /* choke and panic */
static const float steal_seconds = 0.0015f;
static const float tune_ms = 7.0f; /* time constant of a glide */
#define ONE (1ull << 32)

void
voices_init(voice_bank *b, uint32_t rate)
{
	memset(b, 0, sizeof *b);
	b->rate = rate;
	b->random = 1;
	for (int i = 0; i < INSTRUMENTS; i++)
		b->control[i].decay = 1.0f;
	pitch_setup();
}

static void
fade_out(voice_bank *b, voice *v, float seconds)
{
	const float step = 1.0f / (seconds * (float)b->rate);
	if (!v->fading || step > v->fade_step)
		v->fade_step = step;
	v->fading = true;
}

void
voices_cut(voice_bank *b, int kit_slot)
{
	for (int i = 0; i < VOICE_SLOTS; i++)
		if (b->slot[i].active && (kit_slot < 0 || b->slot[i].kit_slot == kit_slot))
			fade_out(b, &b->slot[i], cut_seconds);
}

bool
voices_use(const voice_bank *b, int kit_slot)
{
	for (int i = 0; i < VOICE_SLOTS; i++)
		if (b->slot[i].active && b->slot[i].kit_slot == kit_slot)
			return true;
	return false;
}

/* Cuts the choke group, then the oldest of the instrument and of all until one more fits. */
static void
make_room(voice_bank *b, int instrument, int choke_group)
{
	voice *oldest = NULL, *oldest_own = NULL;
	int sounding = 0, own = 0;
	for (int i = 0; i < VOICE_SLOTS; i++) {
		voice *v = &b->slot[i];
		if (!v->active || v->fading)
			continue;
		if (choke_group >= 0 && v->choke_group == choke_group) {
			fade_out(b, v, cut_seconds);
			continue;
		}
		sounding++;
		if (!oldest || v->age < oldest->age)
			oldest = v;
		if (v->instrument != instrument)
			continue;
		own++;
		if (!oldest_own || v->age < oldest_own->age)
			oldest_own = v;
	}
	if (own >= VOICE_PER_INSTRUMENT) {
		fade_out(b, oldest_own, cut_seconds);
		b->stolen++;
	} else if (sounding >= VOICE_LIMIT) {
		fade_out(b, oldest, steal_seconds);
		b->stolen++;
	}
}

/* A free slot; where a flood has filled even the spare ones, the one that has faded furthest. */
static voice *
take_slot(voice_bank *b)
{
	voice *quietest = &b->slot[0];
	for (int i = 0; i < VOICE_SLOTS; i++) {
		voice *v = &b->slot[i];
		if (!v->active)
			return v;
		if (v->fading && (!quietest->fading || v->fade < quietest->fade))
			quietest = v;
	}
	return quietest;
}

static const kit_layer *
choose_layer(voice_bank *b, const kit_instrument *in, int instrument, int velocity, uint32_t turn)
{
	uint32_t matching = 0;
	const kit_layer *nearest = NULL;
	int distance = 256;
	for (uint32_t i = 0; i < in->n_layers; i++) {
		const kit_layer *l = &in->layers[i];
		const int d = velocity < l->velocity_lo   ? l->velocity_lo - velocity
			      : velocity > l->velocity_hi ? velocity - l->velocity_hi
							  : 0;
		matching += d == 0;
		if (d < distance) {
			distance = d;
			nearest = l;
		}
	}
	if (matching <= 1)
		return nearest;
	uint32_t pick = turn % matching;
	if (in->selection == KIT_SELECT_RANDOM)
		pick = (uint32_t)(rng_hash(b->random, (uint64_t)instrument, turn) % matching);
	else if (in->selection == KIT_SELECT_VELOCITY)
		return nearest;
	for (uint32_t i = 0; i < in->n_layers; i++) {
		const kit_layer *l = &in->layers[i];
		if (velocity >= l->velocity_lo && velocity <= l->velocity_hi && pick-- == 0)
			return l;
	}
	return nearest;
}

/* Puts the set's layers into the voice, onsets together and loudness that of the first corner. */
static void
set_sources(voice_bank *b, voice *v, const kit_set *set, const voice_trigger *t)
{
	const kit_layer *layer[KIT_CORNERS] = {NULL};
	const int i = t->instrument;
	const uint32_t turn = b->round_robin[i]++;
	uint32_t onset = 0;
	float loudness = 0.0f;
	for (int c = 0; c < set->n_corners; c++) {
		const kit_instrument *in = &set->corner[c]->instrument[i];
		layer[c] = choose_layer(b, in, i, t->velocity, turn);
		if (!layer[c])
			continue;
		if (layer[c]->sample.onset > onset)
			onset = layer[c]->sample.onset;
		if (loudness <= 0.0f)
			loudness = layer[c]->sample.loudness * layer[c]->gain * in->gain;
	}
	v->n_sources = set->n_corners;
	v->end = 0;
	for (int c = 0; c < set->n_corners; c++) {
		voice_source *s = &v->source[c];
		if (!layer[c]) {
			*s = (voice_source){NULL, 0, 0.0f};
			continue;
		}
		const kit_sample *sample = &layer[c]->sample;
		const float own = sample->loudness * layer[c]->gain * set->corner[c]->instrument[i].gain;
		s->sample = sample;
		/* One corner alone starts at its first frame; several wait for the latest onset. */
		s->shift = -((int64_t)(onset - sample->onset) << 32);
		s->gain = layer[c]->gain * set->corner[c]->instrument[i].gain;
		if (own > 1e-9f && loudness > 1e-9f)
			s->gain *= loudness / own;
		const uint64_t end = ((uint64_t)sample->frames + (onset - sample->onset)) << 32;
		if (end > v->end)
			v->end = end;
	}
	for (int c = 0; c < set->n_corners; c++)
		if (layer[c]) {
			v->untuned = exp2((double)layer[c]->pitch / 12.0) * set->corner[c]->rate / b->rate *
				     (double)ONE;
			break;
		}
}

static void
set_tune(voice *v, float tune)
{
	v->tune = tune;
	const double increment = v->untuned * exp2((double)tune / 12.0);
	v->increment = (uint64_t)fmin(fmax(increment, 0x1p20), 0x1p40);
}

/* -60 dB at the wanted share of the sample's length (at the pitch that it has now). */
static void
set_decay(const voice_bank *b, voice *v, const voice_control *c)
{
	const float length = (float)(v->end >> 32) / ((float)v->increment / (float)ONE);
	const uint32_t hold = (uint32_t)(c->hold * 0.001f * (float)b->rate);
	v->hold = hold > v->elapsed ? hold - v->elapsed : 0;
	v->decay_step = c->decay < 1.0f ? expf(-6.9078f / (c->decay * length + 1.0f)) : 1.0f;
}

void
voices_set_control(voice_bank *b, int instrument, const voice_control *c)
{
	voice_control *now = &b->control[instrument];
	if (now->tune == c->tune && now->decay == c->decay && now->hold == c->hold)
		return;
	*now = *c;
	for (int i = 0; i < VOICE_SLOTS; i++)
		if (b->slot[i].active && b->slot[i].instrument == instrument)
			set_decay(b, &b->slot[i], c);
}

static void
set_envelope(voice_bank *b, voice *v, const kit_instrument *in, const voice_trigger *t)
{
	v->has_envelope = in->attack > 0.0f || (in->decay > 0.0f && in->sustain < 1.0f);
	v->attacking = in->attack > 0.0f;
	v->envelope = v->attacking ? 0.0f : 1.0f;
	v->attack_step = v->attacking ? 1.0f / in->attack : 0.0f;
	v->sustain = in->sustain;
	v->decay_slope = in->decay > 0.0f ? (1.0f - in->sustain) / in->decay : 1.0f;
	v->decay = 1.0f;
	set_decay(b, v, &b->control[t->instrument]);
	const float velocity = (float)t->velocity / 127.0f;
	/* Softer is darker: the low pass opens from 1.2 kHz to beyond hearing. */
	const float cutoff = 1200.0f * exp2f(4.2f * velocity);
	v->has_tone = t->velocity < 112;
	v->tone = 1.0f - expf(-6.2831853f * cutoff / (float)b->rate);
	v->tone_state[0] = v->tone_state[1] = 0.0f;
}

bool
voices_trigger(voice_bank *b, const kit_set *set, const voice_trigger *t)
{
	const kit_instrument *in = NULL;
	for (int c = 0; c < set->n_corners && !in; c++)
		if (set->corner[c]->instrument[t->instrument].n_layers)
			in = &set->corner[c]->instrument[t->instrument];
	if (!in)
		return false;
	make_room(b, t->instrument, in->choke_group);
	voice *v = take_slot(b);
	memset(v, 0, sizeof *v);
	v->active = true;
	v->instrument = t->instrument;
	v->kit_slot = t->kit_slot;
	v->choke_group = in->choke_group;
	v->age = b->births++;
	set_sources(b, v, set, t);
	set_tune(v, b->control[t->instrument].tune);
	set_envelope(b, v, in, t);
	const float velocity = (float)t->velocity / 127.0f;
	const float level = velocity * sqrtf(velocity);
	const float angle = (in->pan + 1.0f) * 0.78539816f;
	v->gain_left = level * cosf(angle) * 1.41421356f;
	v->gain_right = level * sinf(angle) * 1.41421356f;
	v->fade = 1.0f;
	return true;
}

/* Adds frames [first, first + count) of a source's channel to mix, its weight going linearly from w; what
 * lies outside the sample is silence. */
/* NOLINTBEGIN(clang-analyzer-core.NullDereference): x is a channel of a playing sample, never NULL */
static void
add_source(const float *x, uint32_t length, int64_t first, uint32_t count, float w, float dw, float *mix)
{
	const int64_t end = (int64_t)length - first;
	const uint32_t stop = end <= 0 ? 0 : end < (int64_t)count ? (uint32_t)end : count;
	const uint32_t start = first >= 0 ? 0 : -first < (int64_t)count ? (uint32_t)-first : count;
	for (uint32_t i = start; i < stop; i++)
		mix[i] += x[first + i] * (w + dw * (float)i);
}
/* NOLINTEND(clang-analyzer-core.NullDereference) */

/* Where a piece of the sources lies, and the corners' weights at its first frame and their change per frame.
 */
typedef struct piece {
	int64_t first; /* frame of the voice */
	uint32_t count;
	float weight[KIT_CORNERS], slope[KIT_CORNERS];
} piece;

static void
mix_sources(const voice *v, const piece *p, int channel, float *mix)
{
	memset(mix, 0, p->count * sizeof *mix);
	for (int s = 0; s < v->n_sources; s++) {
		const voice_source *source = &v->source[s];
		if (!source->sample || (p->weight[s] == 0.0f && p->slope[s] == 0.0f))
			continue;
		const float *x = source->sample->channel[channel] ? source->sample->channel[channel]
								  : source->sample->channel[0];
		add_source(x, source->sample->frames, p->first + (source->shift >> 32), p->count,
			   p->weight[s] * source->gain, p->slope[s] * source->gain, mix);
	}
}

/* Weights of a piece that begins `before` frames of the sources after the chunk does. span: the chunk's
 * length in frames of the sources. */
static void
set_weights(piece *p, const voice *v, const float from[KIT_CORNERS], const float to[KIT_CORNERS],
	    float before, float span)
{
	for (int s = 0; s < v->n_sources; s++) {
		p->slope[s] = (to[s] - from[s]) / span;
		p->weight[s] = from[s] + p->slope[s] * before;
	}
}

/* At another pitch: in pieces, the corners together. */
static void
mix_pitched(voice_bank *b, const voice *v, uint32_t frames, const float from[KIT_CORNERS],
	    const float to[KIT_CORNERS], bool stereo)
{
	const int band = pitch_band(v->increment);
	const float ratio = (float)v->increment * 0x1p-32f;
	uint64_t position = v->position;
	for (uint32_t done = 0; done < frames;) {
		const uint64_t inside = position & (ONE - 1);
		const uint64_t fit = (((uint64_t)(VOICE_RAW - PITCH_TAPS) << 32) - inside) / v->increment + 1;
		const uint32_t n = fit < frames - done ? (uint32_t)fit : frames - done;
		piece p = {.first = (int64_t)(position >> 32) - PITCH_BEFORE,
			   .count = (uint32_t)((inside + (n - 1) * v->increment) >> 32) + PITCH_TAPS};
		set_weights(&p, v, from, to, (float)(p.first - (int64_t)(v->position >> 32)),
			    ratio * (float)frames);
		for (int c = 0; c < 1 + stereo; c++)
			mix_sources(v, &p, c, b->raw[c]);
		pitch_run(band, b->raw[0], stereo ? b->raw[1] : NULL, inside, v->increment, n,
			  b->mix_left + done, b->mix_right + done);
		position += n * v->increment;
		done += n;
	}
}

static void
mix_plain(voice_bank *b, const voice *v, uint32_t frames, const float from[KIT_CORNERS],
	  const float to[KIT_CORNERS], bool stereo)
{
	piece p = {.first = (int64_t)(v->position >> 32), .count = frames};
	set_weights(&p, v, from, to, 0.0f, (float)frames);
	mix_sources(v, &p, 0, b->mix_left);
	if (stereo)
		mix_sources(v, &p, 1, b->mix_right);
}

static void
glide(voice_bank *b, voice *v, uint32_t frames)
{
	const float to = b->control[v->instrument].tune;
	if (v->tune == to)
		return;
	set_tune(v, smooth(v->tune, to, tune_ms, frames, b->rate, 0.005f));
}

static float
next_envelope(voice *v)
{
	const float level = v->envelope;
	if (v->attacking) {
		v->envelope += v->attack_step;
		if (v->envelope >= 1.0f) {
			v->envelope = 1.0f;
			v->attacking = false;
		}
	} else if (v->envelope > v->sustain) {
		v->envelope = fmaxf(v->sustain, v->envelope - v->decay_slope);
	}
	return level;
}

/* Level of the voice for each frame: fade, decay and envelope together. */
static void
fill_levels(voice *v, uint32_t frames, float *level)
{
	for (uint32_t i = 0; i < frames; i++) {
		float g = v->decay;
		if (v->hold)
			v->hold--;
		else
			v->decay *= v->decay_step;
		if (v->has_envelope)
			g *= next_envelope(v);
		if (v->fading) {
			g *= v->fade;
			v->fade = fmaxf(0.0f, v->fade - v->fade_step);
		}
		level[i] = g;
	}
}

static void
apply_tone(voice *v, uint32_t frames, float *left, float *right)
{
	float l = v->tone_state[0], r = v->tone_state[1];
	for (uint32_t i = 0; i < frames; i++) {
		left[i] = l += v->tone * (left[i] - l);
		if (right)
			right[i] = r += v->tone * (right[i] - r);
	}
	v->tone_state[0] = l;
	v->tone_state[1] = r;
}

static bool
is_stereo(const voice *v)
{
	for (int s = 0; s < v->n_sources; s++)
		if (v->source[s].sample && v->source[s].sample->channel[1])
			return true;
	return false;
}

static void
render_voice(voice_bank *b, voice *v, uint32_t frames, const float from[KIT_CORNERS],
	     const float to[KIT_CORNERS], float bus[2][VOICE_CHUNK])
{
	const bool shaped = v->fading || v->has_envelope || v->decay_step < 1.0f || v->decay < 1.0f;
	const bool stereo = is_stereo(v);
	const float *left = b->mix_left, *right = stereo ? b->mix_right : left;
	glide(b, v, frames);
	if (v->increment == ONE && (v->position & (ONE - 1)) == 0)
		mix_plain(b, v, frames, from, to, stereo);
	else
		mix_pitched(b, v, frames, from, to, stereo);
	if (v->has_tone)
		apply_tone(v, frames, b->mix_left, stereo ? b->mix_right : NULL);
	if (shaped) {
		float level[VOICE_CHUNK];
		fill_levels(v, frames, level);
		for (uint32_t i = 0; i < frames; i++) {
			bus[0][i] += left[i] * level[i] * v->gain_left;
			bus[1][i] += right[i] * level[i] * v->gain_right;
		}
	} else {
		for (uint32_t i = 0; i < frames; i++) {
			bus[0][i] += left[i] * v->gain_left;
			bus[1][i] += right[i] * v->gain_right;
		}
	}
	v->position += v->increment * frames;
	v->elapsed += frames;
	if (v->position >= v->end || v->fade <= 0.0f || v->decay < 1e-4f)
		v->active = false;
}

void
voices_render(voice_bank *b, uint32_t frames, const float weight_from[INSTRUMENTS][KIT_CORNERS],
	      const float weight_to[INSTRUMENTS][KIT_CORNERS], float bus[INSTRUMENTS][2][VOICE_CHUNK])
{
	b->sounding = 0;
	b->heard = 0;
	for (int i = 0; i < VOICE_SLOTS; i++) {
		voice *v = &b->slot[i];
		if (!v->active)
			continue;
		const int inst = v->instrument;
		render_voice(b, v, frames, weight_from[inst], weight_to[inst], bus[inst]);
		b->sounding += v->active;
		b->heard |= 1u << inst;
	}
}

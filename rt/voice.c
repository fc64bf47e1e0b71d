#include "rt/voice.h"

#include "rt/rng.h"

#include <math.h>
#include <string.h>

static const float cut_seconds = 0.003f; /* choke and panic */
static const float steal_seconds = 0.0015f;
#define ONE (1ull << 32)

void
voices_init(voice_bank *b, uint32_t rate)
{
	memset(b, 0, sizeof *b);
	b->rate = rate;
	b->random = 1;
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

uint64_t
voices_use(const voice_bank *b)
{
	uint64_t used = 0;
	for (int i = 0; i < VOICE_SLOTS; i++)
		used |= (uint64_t)b->slot[i].active << b->slot[i].kit_slot;
	return used;
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

/* Frames, in the engine's time, from a source's start to its onset. */
static double
onset_of(const voice_source *s)
{
	return (double)s->sample->onset * (double)ONE / (double)s->increment;
}

static void
set_source(voice_bank *b, voice_source *s, const kit *k, int instrument, const kit_layer *l, float tune)
{
	s->sample = &l->sample;
	s->gain = l->gain * k->instrument[instrument].gain;
	s->log_loudness = logf(l->sample.loudness * s->gain + 1e-9f);
	s->increment = (uint64_t)(exp2((double)(tune + l->pitch) / 12.0) * k->rate / b->rate * (double)ONE);
	if (s->increment == 0)
		s->increment = 1;
}

/* Puts the layers of the set's corners, and of its morph, into the voice, onsets together. One corner alone
 * starts at its first frame; several wait for the latest onset. */
static void
set_sources(voice_bank *b, voice *v, const kit_set *set, const voice_trigger *t)
{
	const int i = t->instrument;
	const uint32_t turn = b->round_robin[i]++;
	double onset = 0.0;
	for (int c = 0; c < VOICE_SOURCES; c++) {
		const kit *k = c == KIT_CORNERS ? set->morph[i] : c < set->n_corners ? set->corner[c] : NULL;
		const kit_layer *l = k ? choose_layer(b, &k->instrument[i], i, t->velocity, turn) : NULL;
		if (!l)
			continue;
		set_source(b, &v->source[c], k, i, l, t->tune);
		onset = fmax(onset, onset_of(&v->source[c]));
		if (v->increment == 0)
			v->increment = v->source[c].increment;
	}
	memcpy(v->place, set->place[i], sizeof v->place);
	v->end = 0;
	for (int c = 0; c < VOICE_SOURCES; c++) {
		voice_source *s = &v->source[c];
		if (!s->sample)
			continue;
		const double wait = floor(onset - onset_of(s) + 0.5);
		s->position = -(int64_t)wait * (int64_t)s->increment;
		const double frames = wait + (double)s->sample->frames * (double)ONE / (double)s->increment;
		const uint64_t end = (uint64_t)(frames * (double)v->increment) + 1;
		if (end > v->end)
			v->end = end;
	}
}

/* Gains of the sources at some weights of the corners. */
static void
weigh(const voice *v, const float weight[KIT_CORNERS], float gain[VOICE_SOURCES])
{
	float sum = 0.0f, squares = 0.0f, loudness = 0.0f;
	for (int c = 0; c < KIT_CORNERS; c++)
		if (v->source[c].sample) {
			sum += weight[c];
			squares += weight[c] * weight[c];
			loudness += weight[c] * v->source[c].log_loudness;
		}
	memset(gain, 0, VOICE_SOURCES * sizeof *gain);
	if (sum < 1e-6f)
		return;
	float mixed = 1.0f;
	if (v->source[KIT_CORNERS].sample) {
		const float near = kit_set_nearness(v->place, weight);
		gain[KIT_CORNERS] = near * sum * v->source[KIT_CORNERS].gain;
		mixed = 1.0f - near;
	}
	if (mixed <= 0.0f)
		return;
	mixed *= sqrtf(sum / sqrtf(squares));
	for (int c = 0; c < KIT_CORNERS; c++)
		if (v->source[c].sample && weight[c] > 0.0f)
			gain[c] = mixed * weight[c] * v->source[c].gain *
				  (weight[c] < sum ? expf(loudness / sum - v->source[c].log_loudness) : 1.0f);
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
	/* -60 dB at the wanted share of the sample's length. */
	const float seconds_of = (float)(v->end >> 32) / ((float)v->increment / (float)ONE);
	v->decay = 1.0f;
	v->decay_step = t->decay < 1.0f ? expf(-6.9078f / (t->decay * seconds_of + 1.0f)) : 1.0f;
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
	kit_instrument in;
	if (!kit_set_shape(set->corner, set->n_corners, t->instrument, t->weight, &in))
		return false;
	make_room(b, t->instrument, in.choke_group);
	voice *v = take_slot(b);
	memset(v, 0, sizeof *v);
	v->active = true;
	v->instrument = t->instrument;
	v->kit_slot = t->kit_slot;
	v->choke_group = in.choke_group;
	v->age = b->births++;
	set_sources(b, v, set, t);
	set_envelope(b, v, &in, t);
	const float velocity = (float)t->velocity / 127.0f;
	const float level = velocity * sqrtf(velocity);
	const float angle = (in.pan + 1.0f) * 0.78539816f;
	v->gain_left = level * cosf(angle) * 1.41421356f;
	v->gain_right = level * sinf(angle) * 1.41421356f;
	v->fade = 1.0f;
	return true;
}

/* Adds one source's `frames` to mix, its weight going linearly from w to w + frames * dw. Cubic
 * (Catmull-Rom) interpolation where the pitch is changed, plain copying where not. */
/* NOLINTBEGIN(clang-analyzer-core.NullDereference): x is a channel of a playing sample, never NULL */
static void
add_source(const float *x, uint32_t length, int64_t position, uint64_t increment, uint32_t frames, float w,
	   float dw, float *mix)
{
	uint32_t i = 0;
	while (i < frames && position < 0) {
		position += (int64_t)increment;
		i++;
	}
	const int64_t end = (int64_t)length << 32;
	if (increment == ONE && (position & (int64_t)(ONE - 1)) == 0) {
		const int64_t first = position >> 32;
		const int64_t left = (int64_t)length - first;
		const uint32_t stop = left <= 0                      ? i
				      : (int64_t)(frames - i) < left ? frames
								     : i + (uint32_t)left;
		for (const float *s = x + first - i; i < stop; i++)
			mix[i] += s[i] * (w + dw * (float)i);
		return;
	}
	for (; i < frames && position < end; i++, position += (int64_t)increment) {
		const int64_t at = position >> 32;
		const float f = (float)(uint32_t)position * 0x1p-32f;
		const float a = at > 0 ? x[at - 1] : 0.0f, p = x[at], q = x[at + 1], r = x[at + 2];
		const float slope_p = 0.5f * (q - a), slope_q = 0.5f * (r - p);
		const float c3 = 2.0f * (p - q) + slope_p + slope_q;
		const float c2 = 3.0f * (q - p) - 2.0f * slope_p - slope_q;
		mix[i] += (p + f * (slope_p + f * (c2 + f * c3))) * (w + dw * (float)i);
	}
}
/* NOLINTEND(clang-analyzer-core.NullDereference) */

static void
mix_sources(const voice *v, uint32_t frames, const float from[VOICE_SOURCES], const float to[VOICE_SOURCES],
	    int channel, float *mix)
{
	memset(mix, 0, frames * sizeof *mix);
	for (int s = 0; s < VOICE_SOURCES; s++) {
		const voice_source *source = &v->source[s];
		if (!source->sample || (from[s] <= 0.0f && to[s] <= 0.0f))
			continue;
		const float *x = source->sample->channel[channel] ? source->sample->channel[channel]
								  : source->sample->channel[0];
		add_source(x, source->sample->frames, source->position, source->increment, frames, from[s],
			   (to[s] - from[s]) / (float)frames, mix);
	}
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
apply_tone(voice *v, int channel, uint32_t frames, float *x)
{
	float y = v->tone_state[channel];
	for (uint32_t i = 0; i < frames; i++) {
		y += v->tone * (x[i] - y);
		x[i] = y;
	}
	v->tone_state[channel] = y;
}

static bool
is_stereo(const voice *v)
{
	for (int s = 0; s < VOICE_SOURCES; s++)
		if (v->source[s].sample && v->source[s].sample->channel[1])
			return true;
	return false;
}

static void
render_voice(voice_bank *b, voice *v, uint32_t frames, const float from[KIT_CORNERS],
	     const float to[KIT_CORNERS], float bus[2][VOICE_CHUNK])
{
	float level[VOICE_CHUNK], gain_from[VOICE_SOURCES], gain_to[VOICE_SOURCES];
	const bool shaped = v->fading || v->has_envelope || v->decay_step < 1.0f;
	const float *right = b->mix_left;
	weigh(v, from, gain_from);
	weigh(v, to, gain_to);
	mix_sources(v, frames, gain_from, gain_to, 0, b->mix_left);
	if (v->has_tone)
		apply_tone(v, 0, frames, b->mix_left);
	if (is_stereo(v)) {
		mix_sources(v, frames, gain_from, gain_to, 1, b->mix_right);
		if (v->has_tone)
			apply_tone(v, 1, frames, b->mix_right);
		right = b->mix_right;
	}
	if (shaped) {
		fill_levels(v, frames, level);
		for (uint32_t i = 0; i < frames; i++) {
			bus[0][i] += b->mix_left[i] * level[i] * v->gain_left;
			bus[1][i] += right[i] * level[i] * v->gain_right;
		}
	} else {
		for (uint32_t i = 0; i < frames; i++) {
			bus[0][i] += b->mix_left[i] * v->gain_left;
			bus[1][i] += right[i] * v->gain_right;
		}
	}
	v->position += v->increment * frames;
	for (int s = 0; s < VOICE_SOURCES; s++)
		v->source[s].position += (int64_t)(v->source[s].increment * frames);
	if (v->position >= v->end || v->fade <= 0.0f || v->decay < 1e-4f)
		v->active = false;
}

void
voices_render(voice_bank *b, uint32_t frames, const float weight_from[INSTRUMENTS][KIT_CORNERS],
	      const float weight_to[INSTRUMENTS][KIT_CORNERS], float bus[INSTRUMENTS][2][VOICE_CHUNK])
{
	b->sounding = 0;
	for (int i = 0; i < VOICE_SLOTS; i++) {
		voice *v = &b->slot[i];
		if (!v->active)
			continue;
		const int inst = v->instrument;
		render_voice(b, v, frames, weight_from[inst], weight_to[inst], bus[inst]);
		b->sounding += v->active;
	}
}

#include "rt/voice_mix.h"

#include "rt/pitch.h"
#include "rt/rng.h"
#include "rt/simd.h"
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

/* The group of sources that run at this speed. */
static uint8_t
group_of(voice *v, double untuned)
{
	int g = 0;
	while (g < v->n_groups && v->group[g].untuned != untuned)
		g++;
	if (g == v->n_groups)
		v->group[v->n_groups++].untuned = untuned;
	return (uint8_t)g;
}

static void
set_source(voice_bank *b, voice *v, int c, const kit *k, const kit_layer *l)
{
	voice_source *s = &v->source[c];
	s->sample = &l->sample;
	s->gain = l->gain * k->instrument[v->instrument].gain;
	s->log_loudness = logf(l->sample.loudness * s->gain + 1e-9f);
	v->stereo |= l->sample.channel[1] != NULL;
	s->group = group_of(v, exp2((double)l->pitch / 12.0) * k->rate / b->rate);
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
		set_source(b, v, c, k, l);
		onset = fmax(onset, l->sample.onset / v->group[v->source[c].group].untuned);
	}
	memcpy(v->place, set->place[i], sizeof v->place);
	for (int c = 0; c < VOICE_SOURCES; c++) {
		const voice_source *s = &v->source[c];
		if (!s->sample)
			continue;
		const double after = (double)(s->sample->frames - s->sample->onset);
		v->length = fmax(v->length, onset + after / v->group[s->group].untuned);
	}
	/* Whole frames, so that what keeps its pitch is copied. */
	for (int g = 0; g < v->n_groups; g++)
		v->group[g].position = -(int64_t)floor(onset * v->group[g].untuned + 0.5) * (int64_t)ONE;
}

static void
set_tune(voice *v, float tune)
{
	v->tune = tune;
	for (int g = 0; g < v->n_groups; g++) {
		const double increment = v->group[g].untuned * exp2((double)tune / 12.0) * (double)ONE;
		v->group[g].increment = (uint64_t)fmin(fmax(increment, 0x1p20), 0x1p40);
		v->group[g].band = pitch_band(v->group[g].increment);
	}
}

/* -60 dB at the wanted share of the sample's length (at the pitch that it has now). */
static void
set_decay(const voice_bank *b, voice *v, const voice_control *c)
{
	const float length = (float)(v->length * exp2((double)-v->tune / 12.0));
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
	set_tune(v, b->control[t->instrument].tune);
	set_envelope(b, v, &in, t);
	const float velocity = (float)t->velocity / 127.0f;
	const float level = velocity * sqrtf(velocity);
	const float angle = (in.pan + 1.0f) * 0.78539816f;
	v->gain_left = level * cosf(angle) * 1.41421356f;
	v->gain_right = level * sinf(angle) * 1.41421356f;
	v->fade = 1.0f;
	return true;
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

/* Level of the voice for each frame: decay, envelope and fade together. */
static void
fill_levels(voice *v, uint32_t frames, float *level)
{
	const uint32_t held = v->hold < frames ? v->hold : frames;
	float decay = v->decay;
	for (uint32_t i = 0; i < held; i++)
		level[i] = decay;
	for (uint32_t i = held; i < frames; i++) {
		level[i] = decay;
		decay *= v->decay_step;
	}
	v->hold -= held;
	v->decay = decay;
	for (uint32_t i = 0; v->has_envelope && i < frames; i++)
		level[i] *= next_envelope(v);
	if (!v->fading)
		return;
	float fade = v->fade;
	for (uint32_t i = 0; i < frames; i++) {
		level[i] *= fade;
		fade = fade > v->fade_step ? fade - v->fade_step : 0.0f;
	}
	v->fade = fade;
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

SIMD_CLONES_UNFUSED static void
add_even(uint32_t n, const float *restrict x, float gain, float *restrict y)
{
	for (uint32_t i = 0; i < n; i++)
		y[i] += x[i] * gain;
}

SIMD_CLONES_UNFUSED static void
add_shaped(uint32_t n, const float *restrict x, const float *restrict level, float gain, float *restrict y)
{
	for (uint32_t i = 0; i < n; i++)
		y[i] += x[i] * level[i] * gain;
}

static void
render_voice(voice_bank *b, voice *v, uint32_t frames, const float from[KIT_CORNERS],
	     const float to[KIT_CORNERS], float bus[2][VOICE_CHUNK])
{
	const bool shaped = v->fading || v->has_envelope || v->decay_step < 1.0f || v->decay < 1.0f;
	glide(b, v, frames);
	voice_mix(b, v, frames, from, to);
	const float *left = b->mix_left, *right = v->stereo ? b->mix_right : left;
	if (v->has_tone)
		apply_tone(v, frames, b->mix_left, v->stereo ? b->mix_right : NULL);
	if (shaped) {
		float level[VOICE_CHUNK];
		fill_levels(v, frames, level);
		add_shaped(frames, left, level, v->gain_left, bus[0]);
		add_shaped(frames, right, level, v->gain_right, bus[1]);
	} else {
		add_even(frames, left, v->gain_left, bus[0]);
		add_even(frames, right, v->gain_right, bus[1]);
	}
	v->elapsed += frames;
	if (voice_is_over(v) || v->fade <= 0.0f || v->decay < 1e-4f)
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

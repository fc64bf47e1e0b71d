/* Voices: samples sounding. [audio]; owned by the audio thread.
 *
 * A voice plays up to four corner samples at once, aligned at their onsets and matched in loudness, under the
 * kit's envelope, the performer's decay, a velocity-dependent low pass, and a fade where it is cut.
 *
 * Where the set has a morph, the voice holds it too, and plays it alone while the corners' weights are those
 * that it was rendered for; as they leave that place it fades to the corner samples, and back when they
 * return, both running side by side from the hit on. The weights are smooth, so is the fade: a finger is
 * heard at once in what already sounds, without a step.
 *
 * Loudness between the corners is the weighted mean of theirs in decibels. Samples that are mixed are partly
 * alike and partly not: their weights are scaled half way between those that keep the sum of alike ones and
 * of unlike ones (the fourth root of the sum of squares). A corner in which the instrument is silent only
 * fades it. */
#ifndef DRUMLIN_VOICE_H
#define DRUMLIN_VOICE_H

#include "rt/kit_set.h"

enum {
	VOICE_LIMIT = 64,  /* voices that may sound at once */
	VOICE_SLOTS = 80,  /* and some to let the stolen ones fade out */
	VOICE_CHUNK = 256, /* frames rendered at a time, at most */
	VOICE_PER_INSTRUMENT = 6,
	VOICE_SOURCES = KIT_CORNERS + 1
};

typedef struct voice_source {
	const kit_sample *sample;
	int64_t position;   /* 32.32 frames; negative while it waits for the others' onset */
	uint64_t increment; /* 32.32 frames per frame */
	float gain;
	float log_loudness; /* natural log, gain included */
} voice_source;

typedef struct voice {
	bool active, fading, has_envelope, has_tone;
	uint8_t instrument;
	uint8_t kit_slot; /* which of the engine's kit sets it reads */
	int choke_group;
	uint64_t age;                       /* order of birth */
	uint64_t position;                  /* 32.32 frames since its start */
	uint64_t increment;                 /* 32.32 frames per frame */
	uint64_t end;                       /* position where every source is over */
	voice_source source[VOICE_SOURCES]; /* the corners', then the morph */
	float place[KIT_CORNERS];           /* of the morph */
	float gain_left, gain_right;
	float fade, fade_step;   /* 1 and 0 until it is cut */
	float decay, decay_step; /* performer's exponential decay: level and factor per frame */
	float envelope, attack_step, decay_slope, sustain; /* the kit's */
	bool attacking;
	float tone, tone_state[2]; /* one-pole low pass: coefficient and memory */
} voice;

typedef struct voice_bank {
	voice slot[VOICE_SLOTS];
	uint64_t births;
	uint32_t rate;
	uint32_t sounding; /* active voices, fading ones included */
	uint32_t round_robin[INSTRUMENTS];
	uint64_t random;
	uint32_t stolen;                                     /* counted, for the screen */
	float mix_left[VOICE_CHUNK], mix_right[VOICE_CHUNK]; /* scratch */
} voice_bank;

typedef struct voice_trigger {
	uint8_t instrument, velocity; /* velocity 1..127 */
	uint8_t kit_slot;
	float tune;          /* semitones */
	float decay;         /* 0..1; 1 leaves the sample its length */
	const float *weight; /* of the corners, KIT_CORNERS of them, now */
} voice_trigger;

void voices_init(voice_bank *b, uint32_t rate);

/* Starts a voice at the next frame to be rendered, choking its group and fading what exceeds the limits.
 * Nothing happens where the set has no sample for it. Returns true if it sounds. */
bool voices_trigger(voice_bank *b, const kit_set *set, const voice_trigger *t);

/* Adds `frames` (<= VOICE_CHUNK) of every voice to its instrument's bus. weight_from/to: the corners'
 * weights at the chunk's start and end, per instrument. */
void voices_render(voice_bank *b, uint32_t frames, const float weight_from[INSTRUMENTS][KIT_CORNERS],
		   const float weight_to[INSTRUMENTS][KIT_CORNERS], float bus[INSTRUMENTS][2][VOICE_CHUNK]);

/* Fades every voice out within a few milliseconds: all, or those of one kit slot (-1: all). */
void voices_cut(voice_bank *b, int kit_slot);

/* The kit slots that voices read, a bit each. */
uint64_t voices_use(const voice_bank *b);

#endif

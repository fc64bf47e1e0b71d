/* Voices: samples sounding. [audio]; owned by the audio thread.
 *
 * A voice plays up to four corner samples at once, aligned at their onsets and matched in loudness: those of
 * one pitch are mixed first and brought to the performer's tuning together (rt/pitch.h). Over that lie the
 * kit's envelope, the performer's hold and decay, a velocity-dependent low pass, and a fade where it is cut.
 * Tune, hold and decay act on what already sounds.
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
	VOICE_SOURCES = KIT_CORNERS + 1,
	VOICE_ROOM = 8,
	VOICE_RAW = 1024 + 32 /* frames of a sample that are mixed at a time before its pitch is changed */
};

typedef struct voice_source {
	const kit_sample *sample;
	uint8_t group;
	float gain;
	float log_loudness; /* natural log, gain included */
} voice_source;

/* Sources that run at one speed. */
typedef struct voice_group {
	double untuned;     /* frames of the samples per frame, at their own pitch */
	uint64_t increment; /* the same now, 32.32 */
	int band;           /* pitch_band of that */
	int64_t position;   /* 32.32 frames of the samples since their onsets; negative before */
} voice_group;

typedef struct voice {
	bool active, fading, has_envelope, has_tone, stereo;
	uint8_t instrument;
	uint8_t kit_slot; /* which of the engine's kit sets it reads */
	int choke_group;
	uint64_t age; /* order of birth */
	int n_groups;
	voice_group group[VOICE_SOURCES];
	voice_source source[VOICE_SOURCES]; /* the corners', then the morph */
	float place[KIT_CORNERS];           /* of the morph */
	float weighed[KIT_CORNERS];         /* the corners' weights that gain is for; no weight, no gain */
	float gain[VOICE_SOURCES];
	double length; /* frames until every source is over, at their own pitch */
	float tune;    /* semitones reached: it glides */
	float gain_left, gain_right;
	float fade, fade_step;                             /* 1 and 0 until it is cut */
	uint32_t hold;                                     /* frames that the performer's decay still waits */
	uint32_t elapsed;                                  /* frames since it began */
	float decay, decay_step;                           /* the decay: level and factor per frame */
	float envelope, attack_step, decay_slope, sustain; /* the kit's */
	bool attacking;
	float tone, tone_state[2]; /* one-pole low pass: coefficient and memory */
} voice;

/* What a performer's hand does to an instrument's voices. */
typedef struct voice_control {
	float tune;  /* semitones */
	float decay; /* 0..1; 1 leaves the sample its length */
	float hold;  /* ms at full level before the decay */
} voice_control;

typedef struct voice_bank {
	voice slot[VOICE_SLOTS];
	voice_control control[INSTRUMENTS];
	uint64_t births;
	uint32_t rate;
	uint32_t sounding; /* active voices, fading ones included */
	uint32_t heard;    /* bit i: instrument i had a voice in the last chunk */
	uint32_t round_robin[INSTRUMENTS];
	uint64_t random;
	uint32_t stolen; /* counted, for the screen */
	/* Scratch, with room for whole vectors. */
	float mix_left[VOICE_CHUNK + VOICE_ROOM], mix_right[VOICE_CHUNK + VOICE_ROOM];
	float raw[2][VOICE_RAW + VOICE_ROOM], more[2][VOICE_CHUNK + VOICE_ROOM];
} voice_bank;

typedef struct voice_trigger {
	uint8_t instrument, velocity; /* velocity 1..127 */
	uint8_t kit_slot;
	const float *weight; /* of the corners, KIT_CORNERS of them, now */
} voice_trigger;

/* Controls at rest: no tuning, no decay. Computes the tables of rt/pitch.h the first time. [set-up] */
void voices_init(voice_bank *b, uint32_t rate);

/* Sets an instrument's controls, for what sounds and for what comes: a new tuning is reached in some 20 ms, a
 * decay or hold acts from the next frame on the level that there is. */
void voices_set_control(voice_bank *b, int instrument, const voice_control *c);

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

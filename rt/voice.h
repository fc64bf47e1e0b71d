/* Voices: samples sounding. [audio]; owned by the audio thread.
 *
 * A voice plays up to four corner samples at once, aligned at their onsets and matched in loudness: they are
 * mixed first and brought to the pitch together (rt/pitch.h). Over that lie the kit's envelope, the
 * performer's hold and decay, a velocity-dependent low pass, and a fade where it is cut. Tune, hold and decay
 * act on what already sounds. */
#ifndef DRUMLIN_VOICE_H
#define DRUMLIN_VOICE_H

#include "rt/kit_set.h"

enum {
	VOICE_LIMIT = 64,  /* voices that may sound at once */
	VOICE_SLOTS = 80,  /* and some to let the stolen ones fade out */
	VOICE_CHUNK = 256, /* frames rendered at a time, at most */
	VOICE_PER_INSTRUMENT = 6,
	VOICE_RAW = 1024 + 32 /* frames of a sample that are mixed at a time before its pitch is changed */
};

typedef struct voice_source {
	const kit_sample *sample;
	int64_t shift; /* 32.32 frames added to the voice's position: onset alignment */
	float gain;
} voice_source;

typedef struct voice {
	bool active, fading, has_envelope, has_tone;
	uint8_t instrument;
	uint8_t kit_slot; /* which of the engine's kit sets it reads */
	int choke_group;
	uint64_t age;       /* order of birth */
	uint64_t position;  /* 32.32 frames since its start */
	uint64_t increment; /* 32.32 frames per frame */
	double untuned;     /* the increment at the sample's own pitch */
	float tune;         /* semitones reached: it glides */
	uint64_t end;       /* position where every source is over */
	int n_sources;
	voice_source source[KIT_CORNERS];
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
	uint32_t stolen;                                     /* counted, for the screen */
	float mix_left[VOICE_CHUNK], mix_right[VOICE_CHUNK]; /* scratch */
	float raw[2][VOICE_RAW];                             /* scratch */
} voice_bank;

typedef struct voice_trigger {
	uint8_t instrument, velocity; /* velocity 1..127 */
	uint8_t kit_slot;
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

/* True if some voice reads this kit slot. */
bool voices_use(const voice_bank *b, int kit_slot);

#endif

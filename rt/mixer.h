/* The mixer: twelve stereo channels with their effects, level, pan, mute, solo and ducking, two sends, delay
 * and reverb, and the main bus with its limiter; all smoothed as the parameter table says.
 *
 *     channel: voices - drive - filter - level, pan, mute - duck -+- its own output
 *                                                                 +- main
 *                                                                 +- sends - delay, reverb - duck - main
 *     main: volume - limiter
 *
 * What is silent or off costs next to nothing. [audio] but where said; owned by the audio thread. */
#ifndef DRUMLIN_MIXER_H
#define DRUMLIN_MIXER_H

#include "rt/delay.h"
#include "rt/duck.h"
#include "rt/limiter.h"
#include "rt/param.h"
#include "rt/reverb.h"
#include "rt/strip.h"
#include "rt/voice.h"

/* The main bus at its default volume: twelve channels at unity, struck together, stay near full scale. */
#define MIXER_HEADROOM 0.6f /* -4.4 dB */

typedef struct mixer_channel {
	float level, pan, audible;                 /* smoothed: gain, -1..1, 0..1 */
	float left, right;                         /* gains reached at the end of the last chunk */
	float send_delay, send_reverb, depth, cut; /* the same */
	float peak;                                /* since last asked, for the meters */
	bool rings;                                /* its effects may still sound */
	bool settled;                              /* false after silence: start at the controls' places */
	strip strip;
} mixer_channel;

typedef struct mixer {
	mixer_channel channel[INSTRUMENTS];
	float volume;                      /* smoothed main gain */
	float delay_level, feedback, tone; /* smoothed; tone in octaves */
	float reverb_level, size, damping; /* smoothed; size in octaves of a second */
	float duck_amount, duck_from;      /* smoothed, and where the chunk began */
	float cut, cut_from;               /* 1; falls to 0 and comes back where everything is cut */
	bool cutting, ducking;
	bool echoing, reverberating; /* delay and reverb ran in the last chunk */
	float peak[2];
	uint32_t rate;
	delay delay;
	reverb reverb;
	duck duck;
	limiter limiter;
	bool settled;                /* false before the first chunk: start at the targets, not at 0 */
	float envelope[VOICE_CHUNK]; /* of the ducking, in this chunk */
	float to_delay[2][VOICE_CHUNK], to_reverb[2][VOICE_CHUNK], wet[2][VOICE_CHUNK]; /* scratch */
} mixer;

/* Takes the memory of delay and reverb. Errors: DR_FAILED. [set-up] */
dr_status mixer_new(mixer *m, uint32_t rate, dr_error *err) DR_CHECKED;
void mixer_free(mixer *m);       /* [set-up] */
bool mixer_lock(const mixer *m); /* that memory into RAM; false if the system refuses [set-up] */

/* Silence everywhere, controls at their places, at a new rate. */
void mixer_reset(mixer *m, uint32_t rate);

typedef struct mixer_input {
	const params *params;
	double tempo;    /* bpm, for what is in time with it */
	uint32_t heard;  /* bit i: channel i has sound in this chunk; the others' busses are 0 */
	uint32_t frames; /* <= VOICE_CHUNK */
} mixer_input;

/* Applies the channels' effects and gains to the busses in place, and mixes them into main. */
void mixer_run(mixer *m, const mixer_input *in, float bus[INSTRUMENTS][2][VOICE_CHUNK],
	       float main_left[VOICE_CHUNK], float main_right[VOICE_CHUNK]);

/* The kick is struck at the next frame, velocity 1..127: sets off the ducking. */
void mixer_kick(mixer *m, int velocity);

/* Fades everything out within a few milliseconds, and the tails with it. */
void mixer_cut(mixer *m);

/* Frames by which the main outputs are later than the channels' own. [any] */
uint32_t mixer_latency(const mixer *m);

/* Linear gain of a fader position: silent at 0, unity at 0.7, +6.2 dB at 1 (a square law). [any] */
float mixer_fader_gain(float position);

/* Steps (16ths) of one of the delay time's choices. [any] */
float mixer_delay_steps(int choice);

#endif

/* The mixer: twelve stereo channels with level, pan, mute and solo, smoothed as the parameter table
 * says, into the main bus. [audio]; owned by the audio thread. */
#ifndef DRUMLIN_MIXER_H
#define DRUMLIN_MIXER_H

#include "rt/limiter.h"
#include "rt/param.h"
#include "rt/voice.h"

/* The main bus at its default volume: twelve channels at unity, struck together, stay near full scale. */
#define MIXER_HEADROOM 0.6f /* -4.4 dB */

typedef struct mixer_channel {
	float level, pan, audible; /* smoothed: gain, -1..1, 0..1 */
	float left, right;         /* gains reached at the end of the last chunk */
	float peak;                /* since last asked, for the meters */
} mixer_channel;

typedef struct mixer {
	mixer_channel channel[INSTRUMENTS];
	float volume; /* smoothed main gain */
	float peak[2];
	uint32_t rate;
	limiter limiter;
	bool settled; /* false before the first chunk: start at the targets, not at 0 */
} mixer;

void mixer_init(mixer *m, uint32_t rate);

/* Applies the channels' gains to the busses in place and adds them into main, volume and limiter
 * included. frames <= VOICE_CHUNK. */
void mixer_run(mixer *m, const params *p, uint32_t frames, float bus[INSTRUMENTS][2][VOICE_CHUNK],
	       float main_left[VOICE_CHUNK], float main_right[VOICE_CHUNK]);

/* Linear gain of a fader position: silent at 0, unity at 0.7, +6.2 dB at 1 (a square law). [any] */
float mixer_fader_gain(float position);

#endif

/* A channel's own effects: drive, then filter, as the parameter table says, smoothed as it says. Off they
 * cost nothing and change nothing. [audio]; owned by the audio thread. */
#ifndef DRUMLIN_STRIP_H
#define DRUMLIN_STRIP_H

#include "rt/drive.h"
#include "rt/param.h"
#include "rt/svf.h"

typedef struct strip {
	bool settled; /* false: the next run starts at the controls' places */
	float amount; /* of the drive, reached */
	float driven; /* 0..1: share of the driven sound */
	float octave; /* of the cutoff, log2 Hz */
	float resonance;
	svf_mode mode;
	float cutoff_control, octave_to; /* the cutoff read last (0: the filter was off), and as an octave */
	drive drive;
	svf filter;
} strip;

/* Silence, and at the controls' places when it next runs. */
void strip_reset(strip *s);

/* In place; frames <= VOICE_CHUNK. True if the sound was or may have been changed: it may then ring on after
 * its input. */
bool strip_run(strip *s, const params *p, int instrument, uint32_t rate, uint32_t frames, float *left,
	       float *right);

#endif

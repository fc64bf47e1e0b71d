/* What a voice reads: its sources, weighted, and at their pitch. Private to voice.c. [audio] */
#ifndef DRUMLIN_VOICE_MIX_H
#define DRUMLIN_VOICE_MIX_H

#include "rt/voice.h"

/* Fills b->mix_left, and b->mix_right if the voice is stereo, with the next `frames` of the voice's sources,
 * the corners' weights going from `from` to `to`, and moves the voice on. */
void voice_mix(voice_bank *b, voice *v, uint32_t frames, const float from[KIT_CORNERS],
	       const float to[KIT_CORNERS]);

/* True once every source is over. */
bool voice_is_over(const voice *v);

#endif

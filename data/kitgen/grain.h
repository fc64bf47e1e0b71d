/* Grains: single short sounds, of which textures are scattered (Gabor, "Acoustical quanta and the theory of
 * hearing", Nature 159, 1947; Roads, "Microsound", 2001). Each is a pair of sines, one modulating the other's
 * phase (Chowning, JAES 21(7), 1973), that decays. */
#ifndef KITGEN_GRAIN_H
#define KITGEN_GRAIN_H

#include "data/kitgen/dsp.h"

typedef struct grain {
	double at;        /* s */
	double hz, slide; /* at its beginning; octaves by which it falls within t60 */
	double ratio,
	    index; /* modulator's frequency over the carrier's; its depth in radians, which decays too */
	double t60, gain, pan;
} grain;

/* Adds it from its frame on, until it is 72 dB down or the sound ends. Rises within 0.15 ms. */
void add_grain(sound *s, const grain *g);

#endif

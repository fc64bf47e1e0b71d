/* The colour of a whole sound, the mean log frequency of its power, and a shelf that moves it. Private to
 * morph*.c. Pure. */
#ifndef DRUMLIN_MORPH_TINT_H
#define DRUMLIN_MORPH_TINT_H

#include "model/morph_source.h"

enum { MORPH_MOST_BINS = MORPH_HOPS_PER_STEP * MORPH_MOST_HOP + 1, MORPH_BANDS = 72 };

/* Logarithms of bins, made once. */
typedef struct morph_scale {
	float log2_bin[MORPH_MOST_BINS];
	uint8_t band[MORPH_MOST_BINS];
} morph_scale;

void morph_scale_init(morph_scale *s);

/* The window of a spectrum of 2 steps, over its size. */
void morph_half_sine(float *window, uint32_t step);

/* Power by frequency, of a sound in short spectra of 2 steps, until all but 1/50 of its power has been
 * heard. */
typedef struct morph_hue {
	double power[MORPH_BANDS];
	double centre[MORPH_BANDS]; /* mean log2 bin of what is in a band */
	double colour;              /* and of all */
} morph_hue;

/* window, real, power: 2 * step floats each; bins: step + 1. */
typedef struct morph_ear {
	const morph_scale *scale;
	const float *window; /* half a sine */
	float *real, *power;
	float complex *bins;
	uint32_t step;
} morph_ear;
void morph_listen_to(const morph_ear *ear, float *const x[2], int channels, uint32_t frames, morph_hue *hue);

/* Moves the colour of x (the second NULL for mono) by so many octaves, as far as a shelf of 6 dB does. */
void morph_shelve(const morph_hue *hue, uint32_t step, double octaves, float *const x[2], uint32_t frames);

#endif

/* What the tests of the morph measure on a sound. All of the mean of its channels' powers. */
#ifndef DRUMLIN_TESTS_MORPH_MEASURE_H
#define DRUMLIN_TESTS_MORPH_MEASURE_H

#include "tests/test.h"

#include "model/kitfile.h"
#include "model/morph.h"

enum { MEASURE_RATE = 48000 };

typedef struct measures {
	double attack;   /* s from the first frame until a twentieth of the energy has come */
	double decay[3]; /* s from the first frame until what is left of the energy is 20, 40, 60 dB below all
			    of it: Schroeder's backward integration (M. R. Schroeder, "New method of measuring
			    reverberation time", JASA 37, 1965), the measure of decay of ISO 3382. It falls
			    with every frame, so that a decay has one time, exact to a frame, where the level
			    of a noise over some ms passes each mark many times, when chance has it. */
	double level[3]; /* s from the first frame until the last 20 ms that are less than 20, 40, 60 dB below
			    the loudest: what is heard of it, give or take the chance */
	double sooner[3], later[3]; /* the same of a decibel less and more */
	double centroid;            /* Hz, geometric, of the power spectrum */
	double loudness;            /* dB, RMS of the loudest 50 ms */
} measures;

measures measure_sound(const kit_sample *s);

/* Energy of the frames up to (not including) `end`, over all of it, in dB. */
double measure_before(const kit_sample *s, uint32_t end);

/* Power of the strongest bin within +-3 % of hz, of a spectrum of the first second under a falling half Hann
 * window, in dB; and the frequency of the strongest of all. */
double measure_tone(const kit_sample *s, double hz);
double measure_strongest(const kit_sample *s);

/* 10 log10 of the energy of the difference over that of b; b is silent after its end. */
double measure_error(const kit_sample *a, const kit_sample *b);

/* Mean distance of log spectra, in dB, over what is less than 40 dB below the peak of either. */
double measure_spectral(const kit_sample *a, const kit_sample *b);

/* The shipped kits, loaded; returns how many. Freed with kit_free. */
enum { MEASURE_KITS = 8 };
int measure_kits(kit *out[MEASURE_KITS]);

/* Renders a morph into a kit of one layer, to be freed with kit_free. */
kit *measure_morph(morph_work *w, int n, const morph_source *const source[], const float weight[]);

#endif

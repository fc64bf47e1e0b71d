/* The colour of a whole sound, the mean log frequency of its power, and a shelf that moves it. Private to
 * morph*.c. Pure but for the ear's memory. */
#ifndef DRUMLIN_MORPH_TINT_H
#define DRUMLIN_MORPH_TINT_H

#include "model/morph_source.h"

/* Adds up the power of a sound by frequency, in spectra of eight times the morph's length (171 ms at 48 kHz:
 * for a total it does not matter when, and low tones want bins that are narrow). */
typedef struct morph_ear {
	uint32_t half; /* of a spectrum, in frames; it has half + 1 bins. 0: not open */
	float *memory;
	float *window, *real; /* 2 * half; the window is flat, its edges quarters of a sine */
	float complex *bins;
	float *power;    /* of each bin: what was heard last */
	float *log2_bin; /* 0 for the first, whose power is left out */
	float *versed;   /* 1 - cosine of each bin's angle per frame */
} morph_ear;

/* Makes an ear, zeros at first, for a morph whose spectra are of 2 steps, unless it is one already. False if
 * memory is short. */
bool morph_ear_open(morph_ear *e, uint32_t step);
void morph_ear_close(morph_ear *e);

/* Shares of the power that tell a colour: of a whole sound, and, less exactly, of its parts. */
static const double morph_heard_whole = 0.99, morph_heard_part = 0.9;

/* What an ear hears of a sound, above 16 Hz or so: its power and its colour, the mean log2 bin of that power.
 */
typedef struct morph_heard {
	double power, colour;
} morph_heard;

/* Listens to a sound (the second channel NULL for mono) until such a share of its power has been heard. */
morph_heard morph_listen_to(morph_ear *e, float *const x[2], int channels, uint32_t frames, double share);

/* Moves the colour of x, which has just been listened to, to another, as far as a shelf of 9 dB does. */
void morph_shelve(const morph_ear *e, double colour, double wanted, float *const x[2], uint32_t frames);

#endif

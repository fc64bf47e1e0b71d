/* What a drum sounds like: figures of one sound, and which of the twelve it is likely to be.
 *
 * The figures are those that drum transcription has long used (Herrera, Dehamel and Gouyon, "Automatic
 * labeling of unpitched percussion sounds", AES 2003): onset, decay, where the energy lies, flatness, pitch.
 * The model is a softmax over them and their squares, fitted by tests/bench/fit_ear.c on samples whose names
 * say what they are; kit_ear_model.h holds its numbers. Pure but for memory; any thread but the audio thread.
 */
#ifndef DRUMLIN_KIT_EAR_H
#define DRUMLIN_KIT_EAR_H

#include "rt/instrument.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	EAR_ATTACK,     /* log2 of the seconds from the onset to the loudest moment */
	EAR_DECAY_20,   /* log2 of the seconds from there until it stays 20 dB below */
	EAR_DECAY_40,   /* and 40 dB */
	EAR_CENTROID,   /* log2 Hz, of the power spectrum of the whole */
	EAR_BRIGHTNESS, /* log2 Hz, of the first 50 ms */
	EAR_FLATNESS,   /* dB: geometric over arithmetic mean of the power spectrum, 200 Hz to 12 kHz */
	EAR_PITCH,      /* log2 Hz of the strongest partial below 2 kHz */
	EAR_TONE,       /* dB: that partial's share of all energy */
	EAR_BAND_1,     /* dB: share of the energy below 120 Hz, */
	EAR_BAND_2,     /* to 400 Hz, */
	EAR_BAND_3,     /* to 1500 Hz, */
	EAR_BAND_4,     /* to 5 kHz, */
	EAR_BAND_5,     /* and beyond */
	EAR_SUB,        /* dB: share below 70 Hz */
	EAR_TAIL,       /* log2 Hz: centroid of what sounds from 60 ms after the onset on */
	EAR_BURSTS, /* log2 of one more than the separate strokes in the first 60 ms: claps have several */
	EAR_FIGURES
};

typedef struct ear_figures {
	float at[EAR_FIGURES];
	float seconds; /* how long it sounds, to the last moment less than 60 dB under the loudest */
} ear_figures;

/* Measures a sound: interleaved, one or two channels, of which the first two seconds behind the onset
 * count. False if it is silent or memory is short. */
bool ear_measure(const float *data, uint32_t frames, int channels, uint32_t rate, ear_figures *out);

/* Probability of each of the twelve; they add up to 1. */
void ear_guess(const ear_figures *f, float probability[INSTRUMENTS]);

/* How unlike two sounds are: root mean square difference of the figures, each in units of its spread over
 * many drums. Takes of one drum lie below EAR_ALIKE. */
float ear_distance(const ear_figures *a, const ear_figures *b);
#define EAR_ALIKE 0.45f

/* The model's inside, for the program that fits it: the figures in units of their spread, their squares and a
 * constant; and the softmax over them. */
enum { EAR_INPUTS = 2 * EAR_FIGURES + 1 };
void ear_inputs(const ear_figures *f, const float mean[EAR_FIGURES], const float spread[EAR_FIGURES],
		float out[EAR_INPUTS]);
void ear_softmax(const float weights[INSTRUMENTS][EAR_INPUTS], const float in[EAR_INPUTS],
		 float probability[INSTRUMENTS]);

#endif

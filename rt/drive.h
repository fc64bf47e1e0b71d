/* Drive: an antialiased soft clipper for a stereo channel.
 *
 * The curve is x - x^3/3, flat beyond 1. Its aliases are kept down by taking the mean of the curve over the
 * straight line between neighbouring samples, an antiderivative (Parker, Zavalishin, Le Bivic, "Reducing the
 * aliasing of nonlinear waveshaping using continuous-time convolution", DAFx 2016), at twice the rate,
 * between half-band filters. What the mean takes from the treble, a one-pole gives back. The half-bands delay
 * the channel by DRIVE_DELAY frames. [audio]; plain data owned by the audio thread. */
#ifndef DRUMLIN_DRIVE_H
#define DRUMLIN_DRIVE_H

#include <stdbool.h>
#include <stdint.h>

enum {
	DRIVE_CHUNK = 256, /* frames at a time, at most */
	DRIVE_TAPS = 8,    /* of each half-band, besides the one in its middle */
	DRIVE_DELAY = DRIVE_TAPS - 1
};

typedef struct drive_channel {
	float input[DRIVE_TAPS - 1];  /* the last frames, with their gain */
	float last;                   /* the last one at twice the rate */
	float treble;                 /* memory of the one-pole */
	float first[DRIVE_TAPS - 1];  /* what was shaped, half-frames ... */
	float second[DRIVE_TAPS / 2]; /* ... and frames */
} drive_channel;

typedef struct drive {
	drive_channel channel[2];
} drive;

/* What a knob's position (0..1) means: gain into the curve, and the gain behind it that keeps a peak of 0.7
 * where it was. [any] */
typedef struct drive_gain {
	float in, out;
} drive_gain;
drive_gain drive_gain_of(float amount);

void drive_reset(drive *d);

/* In place, `frames` (<= DRIVE_CHUNK) of both channels, gains going from one to the other. */
void drive_run(drive *d, drive_gain from, drive_gain to, uint32_t frames, float *left, float *right);

#endif

/* True-peak limiter with look-ahead for a stereo bus. [audio]; plain data owned by the audio thread.
 *
 * Transparent (a delay, bit for bit) while the true peak stays under the threshold; the output's true peak
 * does not exceed LIMITER_CEILING (white noise that reaches to half the rate may, up to 0 dBTP by a meter
 * finer than the standard's). The true peak is estimated at four times the rate (ITU-R BS.1770-4, annex 2),
 * with an interpolator of twice the length of the one given there, which sees less of what is near half the
 * rate; threshold and ceiling are 1.2 dB apart: four times the rate may miss 0.7 dB of a peak between its
 * samples, and the interpolator some more of noise that reaches to half the rate. The gain is the smallest
 * that the next millisecond needs, held over the look-ahead, let go exponentially, and smoothed by two
 * running means whose lengths make up the look-ahead (after Giannoulis, Massberg, Reiss, "Digital dynamic
 * range compressor design", JAES 60(6), 2012); the means are kept in integers, so that no error builds up. */
#ifndef DRUMLIN_LIMITER_H
#define DRUMLIN_LIMITER_H

#include <stdbool.h>
#include <stdint.h>

#define LIMITER_THRESHOLD 0.8413951f /* -1.5 dBTP */
#define LIMITER_CEILING 0.9660509f   /* -0.3 dBTP */

enum {
	LIMITER_TAPS = 24,     /* of the interpolator, per phase */
	LIMITER_MEAN_MAX = 96, /* frames of each mean: half a millisecond at 192 kHz */
	LIMITER_RING = 512,    /* holds look-ahead and a chunk */
	LIMITER_CHUNK = 256
};

typedef struct limiter {
	float interpolator[3][LIMITER_TAPS];  /* a quarter, half, three quarters between samples */
	float most;                           /* what they can make of a sample's peak, at most */
	float line[2][LIMITER_RING];          /* the sound on its way */
	float recent[2][LIMITER_TAPS - 1];    /* its last frames, for the interpolator */
	float need[LIMITER_RING];             /* candidates for the smallest gain, rising ... */
	uint32_t born[LIMITER_RING];          /* ... and the frame of each */
	uint32_t first, last;                 /* of the candidates */
	int32_t mean_in[2][LIMITER_MEAN_MAX]; /* what the means are of, in 2^-24 */
	int64_t sum[2];
	uint32_t mean;   /* frames of each mean */
	uint32_t delay;  /* look-ahead in frames */
	uint32_t now;    /* frame number */
	uint32_t calm;   /* frames since the gain was last less than 1 anywhere */
	float gain;      /* before the means */
	float release;   /* per frame */
	float reduction; /* smallest gain since last asked, for the screen */
} limiter;

void limiter_init(limiter *l, uint32_t rate);

/* Frames by which the output is late. */
uint32_t limiter_latency(const limiter *l);

/* In place, any number of frames. Not-a-number and infinite samples become silence. */
void limiter_run(limiter *l, float *left, float *right, uint32_t frames);

#endif

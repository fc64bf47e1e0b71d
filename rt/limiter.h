/* Soft limiter without look-ahead for a stereo bus: transparent (bit for bit) while the peak stays
 * under the threshold, never above the ceiling. [audio]; plain data owned by the audio thread.
 *
 * Gain follows a peak envelope with instant attack and exponential release; above the threshold the
 * envelope is bent by a hyperbolic tangent that meets the straight line with slope 1
 * (after Giannoulis, Massberg, Reiss, "Digital dynamic range compressor design", JAES 60(6), 2012). */
#ifndef DRUMLIN_LIMITER_H
#define DRUMLIN_LIMITER_H

#include <stdint.h>

typedef struct limiter {
	float envelope;
	float release;   /* per frame */
	float reduction; /* smallest gain since last asked, for the screen */
} limiter;

void limiter_init(limiter *l, uint32_t rate);

/* In place. Not-a-number and infinite samples become silence. */
void limiter_run(limiter *l, float *left, float *right, uint32_t frames);

#define LIMITER_THRESHOLD 0.7079458f /* -3 dBFS */
#define LIMITER_CEILING 0.9885531f   /* -0.1 dBFS */

#endif

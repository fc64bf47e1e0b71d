/* Smoothing of controls: exponential approaches in steps of a chunk, to be made straight lines within it.
 * [audio] */
#ifndef DRUMLIN_SMOOTH_H
#define DRUMLIN_SMOOTH_H

#include <math.h>
#include <stdint.h>

/* Where a value that goes from `from` to `to` with time constant ms (0: at once) is after `frames`. It
 * arrives: what is nearer than `close` is there. */
static inline float
smooth(float from, float to, float ms, uint32_t frames, uint32_t rate, float close)
{
	if (ms <= 0.0f || fabsf(to - from) <= close)
		return to;
	return to + (from - to) * expf(-(float)frames * 1000.0f / (ms * (float)rate));
}

#endif

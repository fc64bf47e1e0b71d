#include "rt/limiter.h"

#include <math.h>

void
limiter_init(limiter *l, uint32_t rate)
{
	l->envelope = 0.0f;
	l->release = expf(-1.0f / (0.060f * (float)rate));
	l->reduction = 1.0f;
}

void
limiter_run(limiter *l, float *left, float *right, uint32_t frames)
{
	const float room = LIMITER_CEILING - LIMITER_THRESHOLD;
	float envelope = l->envelope, reduction = l->reduction;
	for (uint32_t i = 0; i < frames; i++) {
		const float a = fabsf(left[i]), b = fabsf(right[i]);
		if (!(a <= 1e6f && b <= 1e6f)) {
			left[i] = right[i] = 0.0f;
			continue;
		}
		const float peak = a > b ? a : b;
		envelope *= l->release;
		if (peak > envelope)
			envelope = peak;
		if (envelope > LIMITER_THRESHOLD) {
			const float bent =
			    LIMITER_THRESHOLD + room * tanhf((envelope - LIMITER_THRESHOLD) / room);
			const float gain = bent / envelope;
			left[i] *= gain;
			right[i] *= gain;
			if (gain < reduction)
				reduction = gain;
		}
	}
	l->envelope = envelope < 1e-6f ? 0.0f : envelope;
	l->reduction = reduction;
}

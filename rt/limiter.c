#include "rt/limiter.h"

#include "rt/simd.h"

#include <math.h>
#include <string.h>

enum { OLD = LIMITER_TAPS - 1, ONE = 1 << 24, MASK = LIMITER_RING - 1 };

static const float release_seconds = 0.060f, mean_seconds = 0.0005f;

/* Sincs under a raised cosine a little wider than they are. */
static void
design(limiter *l)
{
	l->most = 1.0f;
	for (int p = 0; p < 3; p++) {
		float sum = 0.0f;
		for (int k = 0; k < LIMITER_TAPS; k++) {
			const float t = (float)(k - LIMITER_TAPS / 2 + 1) - 0.25f * (float)(p + 1);
			const float x = 3.14159265f * t;
			l->interpolator[p][k] =
			    sinf(x) / x * (0.5f + 0.5f * cosf(x / (LIMITER_TAPS / 2.0f + 2.0f)));
			sum += fabsf(l->interpolator[p][k]);
		}
		l->most = sum > l->most ? sum : l->most;
	}
}

void
limiter_init(limiter *l, uint32_t rate)
{
	memset(l, 0, sizeof *l);
	design(l);
	const uint32_t mean = (uint32_t)(mean_seconds * (float)rate);
	l->mean = mean < 4 ? 4 : mean > LIMITER_MEAN_MAX ? LIMITER_MEAN_MAX : mean;
	/* Both means, and the frames that a true peak depends on, lie within the look-ahead. */
	l->delay = 2 * (l->mean - 1) + OLD;
	l->release = 1.0f - expf(-1.0f / (release_seconds * (float)rate));
	l->gain = l->reduction = 1.0f;
	l->calm = LIMITER_RING;
	for (int m = 0; m < 2; m++) {
		for (uint32_t i = 0; i < l->mean; i++)
			l->mean_in[m][i] = ONE;
		l->sum[m] = (int64_t)ONE * l->mean;
	}
}

uint32_t
limiter_latency(const limiter *l)
{
	return l->delay;
}

/* Clears what is no number and returns the largest sample. */
static float
clean(float *left, float *right, uint32_t frames)
{
	float peak = 0.0f;
	for (uint32_t i = 0; i < frames; i++) {
		const float a = fabsf(left[i]), b = fabsf(right[i]);
		if (!(a <= 1e6f && b <= 1e6f)) {
			left[i] = right[i] = 0.0f;
			continue;
		}
		peak = a > peak ? a : peak;
		peak = b > peak ? b : peak;
	}
	return peak;
}

/* Raises peak[i] to the true peak around x[i .. i + TAPS). */
SIMD_CLONES static void
true_peaks(const float interpolator[3][LIMITER_TAPS], const float *restrict x, uint32_t frames,
	   float *restrict peak)
{
	for (int p = 0; p < 3; p++)
		for (uint32_t i = 0; i < frames; i++) {
			float y = 0.0f;
			for (uint32_t k = 0; k < LIMITER_TAPS; k++)
				y += interpolator[p][k] * x[i + k];
			y = fabsf(y);
			peak[i] = y > peak[i] ? y : peak[i];
		}
	for (uint32_t i = 0; i < frames; i++) {
		const float y = fabsf(x[i + OLD]);
		peak[i] = y > peak[i] ? y : peak[i];
	}
}

/* The smallest of the needed gains of the last delay + 1 frames: candidates that a later and smaller one
 * outdoes are dropped (Lemire, "Streaming maximum-minimum filter", 2006). */
static float
smallest(limiter *l, float need)
{
	while (l->last != l->first && l->need[(l->last - 1) & MASK] >= need)
		l->last--;
	l->need[l->last & MASK] = need;
	l->born[l->last & MASK] = l->now;
	l->last++;
	while (l->now - l->born[l->first & MASK] > l->delay)
		l->first++;
	return l->need[l->first & MASK];
}

static float
mean_of(limiter *l, float gain)
{
	int64_t in = (int64_t)(gain * (float)ONE);
	const uint32_t place = l->now % l->mean;
	for (int m = 0; m < 2; m++) {
		l->sum[m] += in - l->mean_in[m][place];
		l->mean_in[m][place] = (int32_t)in;
		in = l->sum[m] / l->mean;
	}
	return (float)in * (1.0f / (float)ONE);
}

static float
next_gain(limiter *l, float peak)
{
	const float low = smallest(l, peak > LIMITER_THRESHOLD ? LIMITER_THRESHOLD / peak : 1.0f);
	const float back = l->gain + (1.0f - l->gain) * l->release;
	l->gain = low < back ? low : back > 0.9999f ? 1.0f : back;
	return mean_of(l, l->gain);
}

static void
pass(limiter *l, float *left, float *right, uint32_t frames)
{
	for (uint32_t i = 0; i < frames; i++, l->now++) {
		const uint32_t write = l->now & MASK, read = (l->now - l->delay) & MASK;
		l->line[0][write] = left[i];
		l->line[1][write] = right[i];
		left[i] = l->line[0][read];
		right[i] = l->line[1][read];
	}
	l->first = l->last;
	if (l->calm < LIMITER_RING)
		l->calm += frames;
}

static void
limit(limiter *l, const float *peak, float *left, float *right, uint32_t frames)
{
	float reduction = l->reduction;
	for (uint32_t i = 0; i < frames; i++, l->now++) {
		const uint32_t write = l->now & MASK, read = (l->now - l->delay) & MASK;
		const float gain = next_gain(l, peak[i]);
		l->line[0][write] = left[i];
		l->line[1][write] = right[i];
		left[i] = l->line[0][read] * gain;
		right[i] = l->line[1][read] * gain;
		reduction = gain < reduction ? gain : reduction;
		l->calm = gain < 1.0f || l->gain < 1.0f ? 0 : l->calm + 1;
	}
	l->reduction = reduction;
}

static void
run_chunk(limiter *l, float *left, float *right, uint32_t frames)
{
	float x[2][OLD + LIMITER_CHUNK], peak[LIMITER_CHUNK];
	float *side[2] = {left, right};
	float most = clean(left, right, frames);
	for (int c = 0; c < 2; c++) {
		memcpy(x[c], l->recent[c], sizeof l->recent[c]);
		memcpy(x[c] + OLD, side[c], frames * sizeof(float));
		memcpy(l->recent[c], x[c] + frames, sizeof l->recent[c]);
		for (int i = 0; i < OLD; i++)
			most = fabsf(x[c][i]) > most ? fabsf(x[c][i]) : most;
	}
	const bool safe = most * l->most < LIMITER_THRESHOLD;
	if (safe && l->calm > l->delay + 2 * l->mean) {
		pass(l, left, right, frames);
		return;
	}
	memset(peak, 0, frames * sizeof *peak);
	if (!safe) {
		true_peaks(l->interpolator, x[0], frames, peak);
		true_peaks(l->interpolator, x[1], frames, peak);
	}
	limit(l, peak, left, right, frames);
}

void
limiter_run(limiter *l, float *left, float *right, uint32_t frames)
{
	for (uint32_t at = 0; at < frames; at += LIMITER_CHUNK)
		run_chunk(l, left + at, right + at,
			  frames - at < LIMITER_CHUNK ? frames - at : LIMITER_CHUNK);
}

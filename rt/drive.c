#include "rt/drive.h"

#include "rt/simd.h"

#include <math.h>
#include <string.h>

static const float treble_pole = 0.35f;

/* Every second tap of 15 under Kaiser's window (beta 5), but the middle one. */
static const float half_band[DRIVE_TAPS] = {-0.010349663f, 0.048641090f,  -0.153566420f, 0.615274993f,
					    0.615274993f,  -0.153566420f, 0.048641090f,  -0.010349663f};

SIMD_INLINE float
clip(float x)
{
	return x < -1.0f ? -1.0f : x > 1.0f ? 1.0f : x;
}

SIMD_INLINE float
curve(float x)
{
	const float c = clip(x);
	return c - c * c * c * (1.0f / 3.0f);
}

drive_gain
drive_gain_of(float amount)
{
	const float in = 0.1f * powf(300.0f, amount);
	return (drive_gain){in, 0.7f / curve(0.7f * in)};
}

void
drive_reset(drive *d)
{
	memset(d, 0, sizeof *d);
}

/* Mean of the curve between two inputs: the integral in closed form (the cubic's part between the clipped
 * ends, and what is beyond them), or the middle where they are too near each other to divide by their
 * distance. */
SIMD_INLINE float
mean(float a, float b)
{
	const float p = clip(a), q = clip(b), d = a - b;
	const float inside = 0.5f * (p + q) * (1.0f - (p * p + q * q) * (1.0f / 6.0f)) * (p - q);
	const float beyond = (2.0f / 3.0f) * (fabsf(a - p) - fabsf(b - q));
	const bool near = fabsf(d) < 1e-3f * (1.0f + fabsf(a));
	return near ? curve(0.5f * (a + b)) : (inside + beyond) / (near ? 1.0f : d);
}

/* To twice the rate: the frames themselves, and between them the half-band's interpolation; then the curve's
 * mean from each to the next. u: 2 frames + 1, of which the first is the last of the chunk before. */
SIMD_CLONES static void
shape(const float *restrict x, uint32_t frames, float *restrict u, float *restrict shaped)
{
	for (uint32_t i = 0; i < frames; i++) {
		float sum = 0.0f;
		for (int j = 0; j < DRIVE_TAPS; j++)
			sum += half_band[j] * x[i + (uint32_t)j];
		u[2 * i + 1] = sum;
		u[2 * i + 2] = x[i + DRIVE_TAPS / 2];
	}
	for (uint32_t i = 0; i < 2 * frames; i++)
		shaped[i] = mean(u[i + 1], u[i]);
}

/* Back to the rate itself. */
SIMD_CLONES static void
decimate(const float *restrict first, const float *restrict second, uint32_t frames, float gain, float step,
	 float *restrict y)
{
	for (uint32_t i = 0; i < frames; i++) {
		float sum = second[i];
		for (int j = 0; j < DRIVE_TAPS; j++)
			sum += half_band[j] * first[i + (uint32_t)j];
		y[i] = 0.5f * sum * (gain + step * (float)(i + 1));
	}
}

static void
run_channel(drive_channel *c, drive_gain from, drive_gain to, uint32_t frames, float *y)
{
	enum { OLD = DRIVE_TAPS - 1, MIDDLE = DRIVE_TAPS / 2 };
	float x[OLD + DRIVE_CHUNK], u[2 * DRIVE_CHUNK + 1], shaped[2 * DRIVE_CHUNK];
	float first[OLD + DRIVE_CHUNK], second[MIDDLE + DRIVE_CHUNK];
	const float step = (to.in - from.in) / (float)frames, n = 1.0f / (float)frames;
	memcpy(x, c->input, sizeof c->input);
	memcpy(first, c->first, sizeof c->first);
	memcpy(second, c->second, sizeof c->second);
	for (uint32_t i = 0; i < frames; i++)
		x[OLD + i] = y[i] * (from.in + step * (float)(i + 1));
	u[0] = c->last;
	shape(x, frames, u, shaped);
	c->last = u[2 * frames];
	float z = c->treble;
	for (uint32_t i = 0; i < frames; i++) {
		first[OLD + i] = z = (1.0f + treble_pole) * shaped[2 * i] - treble_pole * z;
		second[MIDDLE + i] = z = (1.0f + treble_pole) * shaped[2 * i + 1] - treble_pole * z;
	}
	c->treble = z;
	decimate(first, second, frames, from.out, (to.out - from.out) * n, y);
	memcpy(c->input, x + frames, sizeof c->input);
	memcpy(c->first, first + frames, sizeof c->first);
	memcpy(c->second, second + frames, sizeof c->second);
}

void
drive_run(drive *d, drive_gain from, drive_gain to, uint32_t frames, float *left, float *right)
{
	run_channel(&d->channel[0], from, to, frames, left);
	run_channel(&d->channel[1], from, to, frames, right);
}

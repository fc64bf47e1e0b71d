#include "rt/svf.h"

#include <math.h>
#include <string.h>

static const float q_flat = 0.70710678f, q_most = 20.0f;

svf_shape
svf_design(svf_mode mode, float cutoff, float resonance, uint32_t rate)
{
	const float highest = 0.49f * (float)rate, hz = cutoff < highest ? cutoff : highest;
	const float k = 1.0f / (q_flat * powf(q_most / q_flat, resonance));
	return (svf_shape){.g = tanf(3.14159265f * hz / (float)rate),
			   .k = k,
			   .mix = {mode.off + mode.high, k * (mode.band - mode.high), mode.low - mode.high}};
}

void
svf_reset(svf *f, svf_shape shape)
{
	memset(f, 0, sizeof *f);
	f->now = shape;
}

typedef struct coefficients {
	float a1, a2, a3;
} coefficients;

static inline coefficients
solve(float g, float k)
{
	const float a1 = 1.0f / (1.0f + g * (g + k));
	return (coefficients){a1, g * a1, g * g * a1};
}

static inline float
tick(coefficients a, const float mix[3], float *s1, float *s2, float in)
{
	const float v3 = in - *s2;
	const float band = a.a1 * *s1 + a.a2 * v3;
	const float low = *s2 + a.a2 * *s1 + a.a3 * v3;
	*s1 = 2.0f * band - *s1;
	*s2 = 2.0f * low - *s2;
	return mix[0] * in + mix[1] * band + mix[2] * low;
}

static void
run_still(svf *f, uint32_t frames, float *left, float *right)
{
	const coefficients a = solve(f->now.g, f->now.k);
	const float mix[3] = {f->now.mix[0], f->now.mix[1], f->now.mix[2]};
	float l1 = f->s1[0], l2 = f->s2[0], r1 = f->s1[1], r2 = f->s2[1];
	for (uint32_t i = 0; i < frames; i++) {
		left[i] = tick(a, mix, &l1, &l2, left[i]);
		right[i] = tick(a, mix, &r1, &r2, right[i]);
	}
	f->s1[0] = l1;
	f->s2[0] = l2;
	f->s1[1] = r1;
	f->s2[1] = r2;
}

static void
run_moving(svf *f, const svf_shape *to, uint32_t frames, float *left, float *right)
{
	const svf_shape from = f->now;
	const float step = 1.0f / (float)frames;
	for (uint32_t i = 0; i < frames; i++) {
		const float t = step * (float)(i + 1);
		const coefficients a = solve(from.g + t * (to->g - from.g), from.k + t * (to->k - from.k));
		float mix[3];
		for (int m = 0; m < 3; m++)
			mix[m] = from.mix[m] + t * (to->mix[m] - from.mix[m]);
		left[i] = tick(a, mix, &f->s1[0], &f->s2[0], left[i]);
		right[i] = tick(a, mix, &f->s1[1], &f->s2[1], right[i]);
	}
	f->now = *to;
}

void
svf_run(svf *f, svf_shape to, uint32_t frames, float *left, float *right)
{
	/* NOLINTNEXTLINE(bugprone-suspicious-memory-comparison): the same to the bit is what is asked */
	if (memcmp(&f->now, &to, sizeof to) == 0)
		run_still(f, frames, left, right);
	else
		run_moving(f, &to, frames, left, right);
}

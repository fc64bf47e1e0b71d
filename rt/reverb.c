#include "rt/reverb.h"

#include "rt/simd.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Frames at 48 kHz; primes, so that few echoes coincide. */
enum { DESIGN_RATE = 48000 };
static const uint32_t line_length[REVERB_LINES] = {1187, 1427, 1657, 1933, 2239, 2531, 2833, 3181};
static const uint32_t diffuser_length[2][REVERB_DIFFUSERS] = {{149, 211, 313, 389}, {163, 223, 307, 401}};
static const float diffusion = 0.6f, damping_hz = 6000.0f;
static const float silence = 1e-6f; /* -120 dB */

static uint32_t
scaled(uint32_t frames, uint32_t rate)
{
	const uint32_t r = rate < REVERB_RATE_MAX ? rate : REVERB_RATE_MAX;
	return (uint32_t)((uint64_t)frames * r / DESIGN_RATE) + 1;
}

/* Lays the lines out in the memory for a rate; returns the floats that they take. */
static size_t
lay_out(reverb *r, uint32_t rate)
{
	size_t at = 0;
	for (int i = 0; i < REVERB_LINES; i++) {
		r->line[i] = (reverb_line){r->memory + at, scaled(line_length[i], rate), 0};
		at += r->line[i].length;
	}
	for (int c = 0; c < 2; c++)
		for (int i = 0; i < REVERB_DIFFUSERS; i++) {
			r->diffuser[c][i] =
			    (reverb_line){r->memory + at, scaled(diffuser_length[c][i], rate), 0};
			at += r->diffuser[c][i].length;
		}
	return at;
}

size_t
reverb_bytes(void)
{
	size_t frames = 0;
	for (int i = 0; i < REVERB_LINES; i++)
		frames += scaled(line_length[i], REVERB_RATE_MAX);
	for (int c = 0; c < 2; c++)
		for (int i = 0; i < REVERB_DIFFUSERS; i++)
			frames += scaled(diffuser_length[c][i], REVERB_RATE_MAX);
	return frames * sizeof(float);
}

dr_status
reverb_new(reverb *r, dr_error *err)
{
	memset(r, 0, sizeof *r);
	if (posix_memalign((void **)&r->memory, 4096, reverb_bytes()) != 0) {
		r->memory = NULL;
		return error_set(err, DR_FAILED, "out of memory for the reverb");
	}
	memset(r->memory, 0, reverb_bytes());
	return DR_OK;
}

void
reverb_free(reverb *r)
{
	free(r->memory);
	r->memory = NULL;
}

void
reverb_reset(reverb *r, uint32_t rate)
{
	float *memory = r->memory;
	memset(r, 0, sizeof *r);
	r->memory = memory;
	r->rate = rate;
	memset(memory, 0, lay_out(r, rate) * sizeof *memory);
	r->longest = r->line[REVERB_LINES - 1].length;
	r->quiet = 2 * r->longest;
}

bool
reverb_sounds(const reverb *r)
{
	return r->quiet < 2 * r->longest;
}

/* Pole of the one-pole low pass whose gain at w is `ratio` of that at 0. */
static float
pole_for(float ratio, float w)
{
	const float square = ratio * ratio;
	if (square > 0.9999f)
		return 0.0f;
	const float b = (1.0f - square * cosf(w)) / (1.0f - square);
	return b - sqrtf(b * b - 1.0f);
}

static void
design(reverb *r, reverb_settings to)
{
	const float highest = 0.45f * (float)r->rate, hz = damping_hz < highest ? damping_hz : highest;
	const float w = 6.2831853f * hz / (float)r->rate;
	for (int i = 0; i < REVERB_LINES; i++) {
		/* A line's share of the fall by 60 dB. */
		const float bel = -3.0f * (float)r->line[i].length / ((float)r->rate * to.seconds);
		const float shorter = powf(10.0f, to.damping) - 1.0f;
		r->pole_to[i] = pole_for(powf(10.0f, bel * shorter), w);
		r->gain_to[i] = powf(10.0f, bel) * (1.0f - r->pole_to[i]);
	}
	r->wanted = to;
	if (!r->started) {
		memcpy(r->gain, r->gain_to, sizeof r->gain);
		memcpy(r->pole, r->pole_to, sizeof r->pole);
		r->started = true;
	}
}

static void
diffuse(reverb_line *d, uint32_t frames, float *x)
{
	uint32_t place = d->place;
	for (uint32_t i = 0; i < frames; i++) {
		const float old = d->data[place], in = x[i] - diffusion * old;
		d->data[place] = in;
		x[i] = old + diffusion * in;
		if (++place == d->length)
			place = 0;
	}
	d->place = place;
}

/* Hadamard's matrix of order eight, orthonormal. */
SIMD_INLINE void
scatter(float x[REVERB_LINES])
{
	for (int half = 1; half < REVERB_LINES; half *= 2)
		for (int i = 0; i < REVERB_LINES; i += 2 * half)
			for (int k = i; k < i + half; k++) {
				const float a = x[k], b = x[k + half];
				x[k] = a + b;
				x[k + half] = a - b;
			}
	for (int i = 0; i < REVERB_LINES; i++)
		x[i] *= 0.35355339f;
}

/* Returns the largest value that went into a line. */
SIMD_CLONES static float
run_lines(reverb *r, const float *gain_step, const float *pole_step, uint32_t frames, float *restrict left,
	  float *restrict right)
{
	float peak = 0.0f;
	for (uint32_t f = 0; f < frames; f++) {
		float x[REVERB_LINES];
		for (int i = 0; i < REVERB_LINES; i++) {
			r->gain[i] += gain_step[i];
			r->pole[i] += pole_step[i];
			const float out = r->line[i].data[r->line[i].place];
			r->damped[i] = x[i] = r->gain[i] * out + r->pole[i] * r->damped[i];
		}
		const float in_left = left[f], in_right = right[f];
		left[f] = 0.5f * (x[0] - x[2] + x[4] - x[6]);
		right[f] = 0.5f * (x[1] - x[3] + x[5] - x[7]);
		scatter(x);
		for (int i = 0; i < REVERB_LINES; i++) {
			reverb_line *l = &r->line[i];
			const float in = x[i] + (i & 1 ? in_right : in_left);
			l->data[l->place] = in;
			l->place = l->place + 1 == l->length ? 0 : l->place + 1;
			peak = fabsf(in) > peak ? fabsf(in) : peak;
		}
	}
	return peak;
}

void
reverb_run(reverb *r, reverb_settings to, uint32_t frames, float *left, float *right)
{
	float gain_step[REVERB_LINES], pole_step[REVERB_LINES];
	if (!r->started || to.seconds != r->wanted.seconds || to.damping != r->wanted.damping)
		design(r, to);
	for (int i = 0; i < REVERB_LINES; i++) {
		gain_step[i] = (r->gain_to[i] - r->gain[i]) / (float)frames;
		pole_step[i] = (r->pole_to[i] - r->pole[i]) / (float)frames;
	}
	for (int i = 0; i < REVERB_DIFFUSERS; i++) {
		diffuse(&r->diffuser[0][i], frames, left);
		diffuse(&r->diffuser[1][i], frames, right);
	}
	const float peak = run_lines(r, gain_step, pole_step, frames, left, right);
	memcpy(r->gain, r->gain_to, sizeof r->gain);
	memcpy(r->pole, r->pole_to, sizeof r->pole);
	r->quiet = peak > silence ? 0 : r->quiet + (reverb_sounds(r) ? frames : 0);
}

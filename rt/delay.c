#include "rt/delay.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MASK = DELAY_FRAMES - 1, SHORTEST = 16 };
static const float fade_seconds = 0.030f, base_hz = 40.0f;
static const float silence = 1e-6f; /* -120 dB */

size_t
delay_bytes(void)
{
	return 2 * (size_t)DELAY_FRAMES * sizeof(float);
}

dr_status
delay_new(delay *d, dr_error *err)
{
	memset(d, 0, sizeof *d);
	if (posix_memalign((void **)&d->line[0], 4096, delay_bytes()) != 0) {
		d->line[0] = NULL;
		return error_set(err, DR_FAILED, "out of memory for the delay");
	}
	memset(d->line[0], 0, delay_bytes());
	d->line[1] = d->line[0] + DELAY_FRAMES;
	return DR_OK;
}

void
delay_free(delay *d)
{
	free(d->line[0]);
	d->line[0] = d->line[1] = NULL;
}

static float
one_pole(float hz, uint32_t rate)
{
	return 1.0f - expf(-6.2831853f * hz / (float)rate);
}

void
delay_reset(delay *d, uint32_t rate)
{
	float *line[2] = {d->line[0], d->line[1]};
	memset(d, 0, sizeof *d);
	d->line[0] = line[0];
	d->line[1] = line[1];
	d->rate = rate;
	d->quiet = DELAY_FRAMES;
	d->base_step = one_pole(base_hz, rate);
}

bool
delay_sounds(const delay *d)
{
	return d->quiet < DELAY_FRAMES && d->quiet <= 2 * (d->tap > d->next_tap ? d->tap : d->next_tap);
}

static uint32_t
tap_of(float frames)
{
	while (frames > (float)(DELAY_FRAMES - 1))
		frames *= 0.5f;
	return frames > SHORTEST ? (uint32_t)lrintf(frames) : SHORTEST;
}

static float
read(const delay *d, int side, uint32_t back)
{
	return back <= d->filled ? d->line[side][(d->write - back) & MASK] : 0.0f;
}

/* What both lines play now: one tap, or two while one fades into the other. */
static void
read_taps(delay *d, float fade_step, float out[2])
{
	for (int s = 0; s < 2; s++)
		out[s] = read(d, s, d->tap);
	if (d->tap == d->next_tap)
		return;
	for (int s = 0; s < 2; s++)
		out[s] += d->fade * (read(d, s, d->next_tap) - out[s]);
	d->fade += fade_step;
	if (d->fade >= 1.0f) {
		d->tap = d->next_tap;
		d->fade = 0.0f;
	}
}

static void
filter(delay *d, float x[2])
{
	for (int s = 0; s < 2; s++) {
		d->low[s] += d->tone * (x[s] - d->low[s]);
		d->base[s] += d->base_step * (d->low[s] - d->base[s]);
		x[s] = d->low[s] - d->base[s];
	}
}

void
delay_run(delay *d, const delay_settings *to, const float *in, uint32_t frames, float *left, float *right)
{
	const uint32_t wanted = tap_of(to->frames);
	if (to->tone != d->tone_hz) {
		d->tone_hz = to->tone;
		d->tone_to = one_pole(to->tone, d->rate);
	}
	if (!d->started) {
		d->tap = d->next_tap = wanted;
		d->feedback = to->feedback;
		d->tone = d->tone_to;
		d->started = true;
	}
	/* A fade is finished before the next begins. Less than a thousandth is no other tempo, but how
	 * exactly the one that somebody else keeps is known. */
	const uint32_t off = wanted > d->tap ? wanted - d->tap : d->tap - wanted;
	if (d->tap == d->next_tap && off > d->tap / 1000)
		d->next_tap = wanted;
	const float fade_step = 1.0f / (fade_seconds * (float)d->rate), n = 1.0f / (float)frames;
	const float feedback_step = (to->feedback - d->feedback) * n, tone_step = (d->tone_to - d->tone) * n;
	float peak = 0.0f;
	for (uint32_t i = 0; i < frames; i++) {
		float x[2];
		read_taps(d, fade_step, x);
		d->feedback += feedback_step;
		d->tone += tone_step;
		filter(d, x);
		const float l = in[i] + d->feedback * x[1], r = d->feedback * x[0];
		d->line[0][d->write] = l;
		d->line[1][d->write] = r;
		d->write = (d->write + 1) & MASK;
		d->filled += d->filled < DELAY_FRAMES;
		left[i] = x[0];
		right[i] = x[1];
		peak = fmaxf(peak, fmaxf(fabsf(l), fabsf(r)));
	}
	d->feedback = to->feedback;
	d->tone = d->tone_to;
	d->quiet = peak > silence ? 0 : d->quiet + (d->quiet < DELAY_FRAMES ? frames : 0);
}

#include "rt/mixer.h"

#include <math.h>
#include <string.h>

void
mixer_init(mixer *m, uint32_t rate)
{
	memset(m, 0, sizeof *m);
	m->rate = rate;
	limiter_init(&m->limiter, rate);
}

float
mixer_fader_gain(float position)
{
	const float x = position / 0.7f;
	return x * x;
}

/* One step of an exponential approach that takes the slot's smoothing time. */
static float
approach(const mixer *m, float from, float to, int slot, uint32_t frames)
{
	const float ms = param_describe(slot)->smoothing_ms;
	if (!m->settled || ms <= 0.0f || fabsf(to - from) < 1e-5f)
		return to;
	return to + (from - to) * expf(-(float)frames * 1000.0f / (ms * (float)m->rate));
}

static bool
any_solo(const params *p)
{
	for (int i = 0; i < INSTRUMENTS; i++)
		if (params_get(p, param_slot(PARAM_SOLO, i)) >= 0.5f)
			return true;
	return false;
}

static void
channel_run(mixer *m, const params *p, int i, bool solo, uint32_t frames, float bus[2][VOICE_CHUNK])
{
	mixer_channel *ch = &m->channel[i];
	const int level = param_slot(PARAM_LEVEL, i), pan = param_slot(PARAM_PAN, i),
		  mute = param_slot(PARAM_MUTE, i);
	float left = ch->left, right = ch->right;
	const bool audible =
	    params_get(p, mute) < 0.5f && (!solo || params_get(p, param_slot(PARAM_SOLO, i)) >= 0.5f);
	const float level_to = mixer_fader_gain(params_get(p, level)), pan_to = params_get(p, pan);
	const float audible_to = audible ? 1.0f : 0.0f;
	/* At rest nothing is computed: periods may be cut into many short pieces by what arrives in them. */
	if (!m->settled || ch->level != level_to || ch->pan != pan_to || ch->audible != audible_to) {
		ch->level = approach(m, ch->level, level_to, level, frames);
		ch->pan = approach(m, ch->pan, pan_to, pan, frames);
		ch->audible = approach(m, ch->audible, audible_to, mute, frames);
		/* Equal power, unity in the middle. */
		const float angle = (ch->pan + 1.0f) * 0.78539816f,
			    gain = ch->level * ch->audible * 1.41421356f;
		left = gain * cosf(angle);
		right = gain * sinf(angle);
	}
	const float from_left = m->settled ? ch->left : left, from_right = m->settled ? ch->right : right;
	const float dl = (left - from_left) / (float)frames, dr = (right - from_right) / (float)frames;
	float peak = ch->peak;
	for (uint32_t f = 0; f < frames; f++) {
		bus[0][f] *= from_left + dl * (float)(f + 1);
		bus[1][f] *= from_right + dr * (float)(f + 1);
		const float a = fabsf(bus[0][f]), b = fabsf(bus[1][f]), x = a > b ? a : b;
		peak = x > peak ? x : peak;
	}
	ch->peak = peak;
	ch->left = left;
	ch->right = right;
}

void
mixer_run(mixer *m, const params *p, uint32_t frames, float bus[INSTRUMENTS][2][VOICE_CHUNK],
	  float main_left[VOICE_CHUNK], float main_right[VOICE_CHUNK])
{
	const bool solo = any_solo(p);
	const float from = m->volume;
	m->volume = approach(m, m->volume, MIXER_HEADROOM * mixer_fader_gain(params_get(p, PARAM_VOLUME)),
			     PARAM_VOLUME, frames);
	const float start = m->settled ? from : m->volume, dv = (m->volume - start) / (float)frames;
	memset(main_left, 0, frames * sizeof *main_left);
	memset(main_right, 0, frames * sizeof *main_right);
	for (int i = 0; i < INSTRUMENTS; i++) {
		channel_run(m, p, i, solo, frames, bus[i]);
		for (uint32_t f = 0; f < frames; f++) {
			main_left[f] += bus[i][0][f];
			main_right[f] += bus[i][1][f];
		}
	}
	for (uint32_t f = 0; f < frames; f++) {
		const float v = start + dv * (float)(f + 1);
		main_left[f] *= v;
		main_right[f] *= v;
	}
	limiter_run(&m->limiter, main_left, main_right, frames);
	m->settled = true;
	for (uint32_t f = 0; f < frames; f++) {
		m->peak[0] = fmaxf(m->peak[0], fabsf(main_left[f]));
		m->peak[1] = fmaxf(m->peak[1], fabsf(main_right[f]));
	}
}

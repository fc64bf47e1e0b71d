#include "rt/strip.h"

#include "rt/smooth.h"
#include "rt/voice.h"

#include <string.h>

enum { FILTER_OFF, FILTER_LOW, FILTER_BAND, FILTER_HIGH }; /* the table's choices */

void
strip_reset(strip *s)
{
	memset(s, 0, sizeof *s);
}

/* Where a control that has gone from `from` stands after these frames. */
static float
follow(const strip *s, float from, float to, int slot, uint32_t frames, uint32_t rate)
{
	return s->settled ? smooth(from, to, param_describe(slot)->smoothing_ms, frames, rate, 1e-4f) : to;
}

static bool
run_drive(strip *s, const params *p, int instrument, uint32_t rate, uint32_t frames, float *left,
	  float *right)
{
	const int slot = param_slot(PARAM_DRIVE, instrument);
	const float to = params_get(p, slot), amount = s->amount, driven = s->driven;
	if (to <= 0.0f && driven <= 0.0f) {
		s->amount = 0.0f;
		return false;
	}
	if (driven <= 0.0f)
		drive_reset(&s->drive);
	s->amount = follow(s, amount, to, slot, frames, rate);
	s->driven = follow(s, driven, to > 0.0f ? 1.0f : 0.0f, slot, frames, rate);
	const drive_gain gain = drive_gain_of(s->amount);
	const drive_gain from = s->settled && s->amount != amount ? drive_gain_of(amount) : gain;
	float dry[2][VOICE_CHUNK];
	const float start = s->settled ? driven : s->driven, step = (s->driven - start) / (float)frames;
	const bool mixed = start < 1.0f || s->driven < 1.0f;
	if (mixed) {
		memcpy(dry[0], left, frames * sizeof(float));
		memcpy(dry[1], right, frames * sizeof(float));
	}
	drive_run(&s->drive, from, gain, frames, left, right);
	for (uint32_t i = 0; mixed && i < frames; i++) {
		const float wet = start + step * (float)(i + 1);
		left[i] = dry[0][i] + wet * (left[i] - dry[0][i]);
		right[i] = dry[1][i] + wet * (right[i] - dry[1][i]);
	}
	return true;
}

/* True if the shares have not arrived yet. */
static bool
follow_mode(strip *s, int wanted, int slot, uint32_t frames, uint32_t rate)
{
	float *share[] = {&s->mode.off, &s->mode.low, &s->mode.band, &s->mode.high};
	bool moving = false;
	for (int m = 0; m < 4; m++) {
		const float to = m == wanted ? 1.0f : 0.0f;
		moving |= *share[m] != to;
		*share[m] = follow(s, *share[m], to, slot, frames, rate);
	}
	return moving;
}

static bool
run_filter(strip *s, const params *p, int instrument, uint32_t rate, uint32_t frames, float *left,
	   float *right)
{
	const int mode_slot = param_slot(PARAM_FILTER_MODE, instrument),
		  cutoff_slot = param_slot(PARAM_FILTER_CUTOFF, instrument),
		  resonance_slot = param_slot(PARAM_FILTER_RESONANCE, instrument);
	const int wanted = (int)params_get(p, mode_slot);
	if (wanted == FILTER_OFF && (!s->settled || s->mode.off >= 1.0f)) {
		s->mode = (svf_mode){.off = 1.0f};
		s->cutoff_control = 0.0f;
		return false;
	}
	const bool begins = s->cutoff_control == 0.0f; /* from off: cutoff and resonance are there at once */
	const float cutoff = params_get(p, cutoff_slot), resonance_to = params_get(p, resonance_slot);
	const float octave_to = cutoff == s->cutoff_control ? s->octave_to : log2f(cutoff);
	s->cutoff_control = cutoff;
	s->octave_to = octave_to;
	bool moving = follow_mode(s, wanted, mode_slot, frames, rate) || begins || !s->settled;
	moving |= s->octave != octave_to || s->resonance != resonance_to;
	if (!moving) {
		svf_run(&s->filter, s->filter.now, frames, left, right);
		return true;
	}
	s->octave = begins ? octave_to : follow(s, s->octave, octave_to, cutoff_slot, frames, rate);
	s->resonance =
	    begins ? resonance_to : follow(s, s->resonance, resonance_to, resonance_slot, frames, rate);
	const svf_shape to = svf_design(s->mode, exp2f(s->octave), s->resonance, rate);
	if (begins) {
		svf_mode before = s->mode;
		if (s->settled)
			before = (svf_mode){.off = 1.0f};
		svf_reset(&s->filter, svf_design(before, exp2f(s->octave), s->resonance, rate));
	}
	svf_run(&s->filter, to, frames, left, right);
	return true;
}

bool
strip_run(strip *s, const params *p, int instrument, uint32_t rate, uint32_t frames, float *left,
	  float *right)
{
	const bool drove = run_drive(s, p, instrument, rate, frames, left, right);
	const bool filtered = run_filter(s, p, instrument, rate, frames, left, right);
	s->settled = true;
	return drove || filtered;
}

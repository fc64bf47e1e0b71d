#include "model/kit_shape.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

dr_status
shape_trim(audiofile_sound *s, uint32_t offset, uint32_t end, dr_error *err)
{
	const uint32_t last = end && end < s->frames ? end : s->frames;
	if (offset >= last)
		return error_set(err, DR_BAD_INPUT, "nothing is left of it from frame %u to %u", offset,
				 last);
	const size_t stride = (size_t)s->channels;
	memmove(s->data, s->data + offset * stride, (last - offset) * stride * sizeof *s->data);
	s->frames = last - offset;
	return DR_OK;
}

void
shape_envelope(audiofile_sound *s, const kit_desc_envelope *e)
{
	const double attack = (double)e->attack * s->rate, hold = attack + (double)e->hold * s->rate;
	const double decay = (double)e->decay * s->rate;
	if (attack < 1.0 && (decay < 1.0 || e->sustain >= 1.0f))
		return;
	for (uint32_t i = 0; i < s->frames; i++) {
		double level = 1.0;
		if (i < attack)
			level = (i + 1) / (attack + 1.0);
		else if (i > hold &&
			 e->sustain <
			     1.0f) /* -60 dB by the end of the decay, or where it has none, at once */
			level =
			    (double)e->sustain + (1.0 - (double)e->sustain) *
						     (decay >= 1.0 ? exp(-6.9078 * (i - hold) / decay) : 0.0);
		if (level < 1e-4 && e->sustain <= 0.0f) {
			s->frames = i > 0 ? i : 1;
			return;
		}
		for (int c = 0; c < s->channels; c++)
			s->data[(size_t)i * (size_t)s->channels + (size_t)c] *= (float)level;
	}
}

static dr_status
widen(audiofile_sound *s, uint32_t frames, int channels, dr_error *err)
{
	if (frames <= s->frames && channels <= s->channels)
		return DR_OK;
	const uint32_t longest = frames > s->frames ? frames : s->frames;
	const int most = channels > s->channels ? channels : s->channels;
	float *wide = calloc((size_t)longest * (size_t)most, sizeof *wide);
	if (!wide)
		return error_set(err, DR_FAILED, "out of memory for a sample");
	for (uint32_t i = 0; i < s->frames; i++)
		for (int c = 0; c < most; c++)
			wide[(size_t)i * (size_t)most + (size_t)c] =
			    s->data[(size_t)i * (size_t)s->channels + (size_t)(c < s->channels ? c : 0)];
	free(s->data);
	s->data = wide;
	s->frames = longest;
	s->channels = most;
	return DR_OK;
}

dr_status
shape_pan(audiofile_sound *s, float pan, dr_error *err)
{
	const dr_status status = widen(s, s->frames, 2, err);
	const float angle = (pan + 1.0f) * 0.78539816f;
	const float left = cosf(angle) * 1.41421356f, right = sinf(angle) * 1.41421356f;
	for (uint32_t i = 0; status == DR_OK && i < s->frames; i++) {
		s->data[2 * (size_t)i] *= left;
		s->data[2 * (size_t)i + 1] *= right;
	}
	return status;
}

dr_status
shape_mix(audiofile_sound *to, const audiofile_sound *from, float gain, dr_error *err)
{
	const dr_status status = widen(to, from->frames, from->channels, err);
	const size_t stride = (size_t)to->channels;
	for (uint32_t i = 0; status == DR_OK && i < from->frames; i++)
		for (size_t c = 0; c < stride; c++) {
			const size_t from_channel = c < (size_t)from->channels ? c : 0;
			to->data[i * stride + c] +=
			    gain * from->data[(size_t)i * (size_t)from->channels + from_channel];
		}
	return status;
}

void
shape_filter(audiofile_sound *s, float cutoff, float resonance)
{
	if (cutoff >= 0.9995f && resonance <= 0.0f)
		return;
	const double scale = 48000.0 / s->rate;
	const double cut = fmin(1.0, (double)cutoff * scale);
	const double keep = pow(fmin(0.999, (double)resonance), scale);
	const size_t stride = (size_t)s->channels;
	for (size_t c = 0; c < stride; c++) {
		double band = 0.0, low = 0.0;
		for (uint32_t i = 0; i < s->frames; i++) {
			float *x = &s->data[i * stride + c];
			band = keep * band + cut * ((double)*x - low);
			low += cut * band;
			*x = (float)low;
		}
	}
}

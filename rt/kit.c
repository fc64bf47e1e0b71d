#include "rt/kit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

kit *
kit_new(uint32_t rate)
{
	kit *k = calloc(1, sizeof *k);
	if (!k)
		return NULL;
	k->rate = rate;
	atomic_init(&k->holders, 1);
	for (int i = 0; i < INSTRUMENTS; i++) {
		kit_instrument *in = &k->instrument[i];
		in->gain = 1.0f;
		in->sustain = 1.0f;
		in->choke_group = -1;
		memcpy(in->name, instrument_name(i), 3);
	}
	return k;
}

dr_status
kit_add_layer(kit *k, int instrument, uint32_t frames, int channels, kit_layer **layer, dr_error *err)
{
	kit_instrument *in = &k->instrument[instrument];
	if (in->n_layers >= KIT_MAX_LAYERS)
		return error_set(err, DR_BAD_INPUT, "instrument %s has more than %d layers", in->name,
				 KIT_MAX_LAYERS);
	if (frames == 0)
		return error_set(err, DR_BAD_INPUT, "instrument %s: a sample of no length", in->name);
	kit_layer *grown = realloc(in->layers, (in->n_layers + 1) * sizeof *grown);
	if (!grown)
		return error_set(err, DR_FAILED, "out of memory for kit layers");
	in->layers = grown;
	kit_layer *l = &grown[in->n_layers];
	memset(l, 0, sizeof *l);
	size_t stride = (size_t)frames + KIT_GUARD;
	float *data = calloc(stride * (size_t)channels, sizeof *data);
	if (!data)
		return error_set(err, DR_FAILED, "out of memory for a sample of %u frames", frames);
	l->sample.channel[0] = data;
	l->sample.channel[1] = channels > 1 ? data + stride : NULL;
	l->sample.frames = frames;
	l->velocity_lo = 1;
	l->velocity_hi = 127;
	l->gain = 1.0f;
	in->n_layers++;
	*layer = l;
	return DR_OK;
}

/* In the effects one NaN would ring for ever. */
static void
clean(kit_sample *s)
{
	for (int c = 0; c < 2 && s->channel[c]; c++)
		for (uint32_t i = 0; i < s->frames; i++)
			if (!(fabsf(s->channel[c][i]) <= 1000.0f))
				s->channel[c][i] = 0.0f;
}

/* The attack is where the signal first comes within 20 dB of its peak. */
static void
measure(kit_sample *s, uint32_t rate)
{
	float peak = 0.0f;
	for (int c = 0; c < 2 && s->channel[c]; c++)
		for (uint32_t i = 0; i < s->frames; i++)
			peak = fmaxf(peak, fabsf(s->channel[c][i]));
	s->onset = s->frames;
	double sum = 0.0, loudest = 0.0;
	const uint32_t window = rate / 20 ? rate / 20 : 1;
	const int channels = s->channel[1] ? 2 : 1;
	for (uint32_t i = 0; i < s->frames; i++) {
		for (int c = 0; c < channels && s->channel[c]; c++) {
			const float *x = s->channel[c];
			if (s->onset == s->frames && fabsf(x[i]) > 0.1f * peak)
				s->onset = i;
			sum += (double)x[i] * x[i];
			if (i >= window)
				sum -= (double)x[i - window] * x[i - window];
		}
		loudest = fmax(loudest, sum);
	}
	if (s->onset == s->frames)
		s->onset = 0;
	s->loudness = (float)sqrt(loudest / ((double)window * channels));
}

void
kit_finish(kit *k)
{
	k->bytes = 0;
	for (int i = 0; i < INSTRUMENTS; i++) {
		kit_instrument *in = &k->instrument[i];
		for (uint32_t l = 0; l < in->n_layers; l++) {
			kit_sample *s = &in->layers[l].sample;
			clean(s);
			measure(s, k->rate);
			k->bytes += ((size_t)s->frames + KIT_GUARD) * (s->channel[1] ? 2 : 1) * sizeof(float);
		}
		/* By insertion: lists are short, and layers of equal velocity keep the order of their round
		 * robin. */
		for (uint32_t l = 1; l < in->n_layers; l++) {
			kit_layer moved = in->layers[l];
			uint32_t at = l;
			for (; at > 0 && in->layers[at - 1].velocity_lo > moved.velocity_lo; at--)
				in->layers[at] = in->layers[at - 1];
			in->layers[at] = moved;
		}
	}
}

kit *
kit_share(kit *k)
{
	/* Relaxed: whoever shares it holds it. */
	atomic_fetch_add_explicit(&k->holders, 1, memory_order_relaxed);
	return k;
}

void
kit_free(kit *k)
{
	/* Release what was done with it, acquire what the others did: the last one frees. */
	if (!k || atomic_fetch_sub_explicit(&k->holders, 1, memory_order_acq_rel) > 1)
		return;
	for (int i = 0; i < INSTRUMENTS; i++) {
		for (uint32_t l = 0; l < k->instrument[i].n_layers; l++)
			free(k->instrument[i].layers[l].sample.channel[0]);
		free(k->instrument[i].layers);
	}
	free(k->path);
	free(k);
}

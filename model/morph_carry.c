/* The rest of several sounds, what is left without their partials, as one. */
#include "model/morph_work.h"

#include <math.h>
#include <string.h>

static double
power_of(const float complex *bins, uint32_t n)
{
	return (double)vec_dot((int)(2 * n), (const float *)bins, (const float *)bins);
}

/* Quantiles of the barycentre at a spectrum's time, each source counting as far as its rest is heard there.
 */
static void
barycentre(const morph_work *w, uint32_t m, float target[MORPH_QUANTILES])
{
	const uint32_t p = m * MORPH_HOPS_PER_STEP < w->points ? m * MORPH_HOPS_PER_STEP : w->points - 1;
	double part[KIT_CORNERS], sum = 0.0;
	memset(target, 0, MORPH_QUANTILES * sizeof *target);
	for (int c = 0; c < w->n; c++) {
		part[c] = w->weight[c] * (morph_at_moment(w->source[c]->rest, w->moment[c][p]) + 1e-3);
		sum += part[c];
	}
	for (int c = 0; c < w->n; c++) {
		const morph_source *s = w->source[c];
		const double place = fmin(w->moment[c][p] / MORPH_HOPS_PER_STEP, s->spectra - 1);
		const uint32_t i = (uint32_t)place;
		const float f = (float)(place - i), a = (float)(part[c] / sum);
		const float *q = s->quantile + (size_t)i * MORPH_QUANTILES;
		const float *r = i + 1 < s->spectra ? q + MORPH_QUANTILES : q;
		for (int j = 0; j < MORPH_QUANTILES; j++)
			target[j] += a * (q[j] + f * (r[j] - q[j]));
	}
}

/* Gain of each source's rest as a carrier: what has ended, or decayed to its file's noise, or is not heard,
 * carries nothing where another does. Unit power in all, and linear in the weight where it is small. */
static void
choose_carriers(const morph_work *w, uint32_t m, float gain[KIT_CORNERS])
{
	static const double least = 1e-3; /* -60 dB */
	double part[KIT_CORNERS], sum = 1e-30;
	for (int c = 0; c < w->n; c++) {
		const morph_source *s = w->source[c];
		const uint32_t p =
		    m * MORPH_HOPS_PER_STEP < s->points ? m * MORPH_HOPS_PER_STEP : s->points - 1;
		const double left = ((double)s->frames - (double)m * s->step) / s->step;
		const double alive = exp((double)s->log_level[p]) / (least * s->loudest + 1e-30);
		part[c] = m < s->spectra ? w->weight[c] * ((double)s->rest[p] + 1e-3) *
					       fmin(fmax(fmin(left, alive), 1e-4), 1.0)
					 : 0.0;
		sum += part[c] * part[c];
	}
	for (int c = 0; c < w->n; c++)
		gain[c] = (float)(part[c] / sqrt(sum));
}

VEC_CLONES static void
overlap(float *restrict out, uint32_t n, float gain, const float *restrict window, const float *restrict in)
{
	for (uint32_t i = 0; i < n; i++)
		out[i] += gain * window[i] * in[i];
}

static void
add_spectrum(morph_work *w, uint32_t m, float gain)
{
	const uint32_t step = w->source[0]->step, n = 2 * step;
	for (int c = 0; c < w->channels; c++) {
		morph_fft_backward(n, w->bins[c], w->real);
		float *out = w->carrier[c] + (size_t)m * step;
		overlap(out, step, gain, w->window, w->real + step);
		overlap(out + step, step, gain, w->window + step, w->real);
	}
}

/* Makes the rest as full as its parents'. */
static void
fill_up(morph_work *w)
{
	const morph_source *first = w->source[0];
	float *const carrier[2] = {w->carrier[0] + first->step, w->carrier[1] + first->step};
	const double found = morph_fullness(carrier, w->channels, w->level, w->rest, w->frames, first->hop);
	double full = 0.0;
	for (int c = 0; c < w->n; c++)
		full += w->weight[c] * w->source[c]->fullness;
	w->rest_gain = (float)fmin(sqrt((full + 1e-6) / (found + 1e-6)), 4.0);
}

static void
carry_spectrum(morph_work *w, uint32_t m)
{
	const uint32_t bins = w->source[0]->bins;
	float target[MORPH_QUANTILES], gain[KIT_CORNERS];
	double wanted = 0.0, found = 1e-30;
	barycentre(w, m, target);
	choose_carriers(w, m, gain);
	for (int c = 0; c < w->channels; c++)
		memset(w->bins[c], 0, bins * sizeof *w->bins[c]);
	for (int c = 0; c < w->n; c++) {
		const morph_source *s = w->source[c];
		if (gain[c] <= 3e-4f) /* -70 dB beside the others */
			continue;
		morph_move move = {.from = s->quantile + (size_t)m * MORPH_QUANTILES,
				   .to = target,
				   .in = {s->spectrum[0] + (size_t)m * bins,
					  s->spectrum[1] ? s->spectrum[1] + (size_t)m * bins : NULL},
				   .out = {w->bins[0], w->channels > 1 ? w->bins[1] : NULL},
				   .turn = w->turn[c],
				   .gain = gain[c],
				   .first = m == 0,
				   .bins = bins};
		morph_transport(&move);
		wanted += (double)gain[c] * (double)gain[c] * (double)s->power[m];
	}
	for (int c = 0; c < w->channels; c++)
		found += power_of(w->bins[c], bins) / w->channels;
	add_spectrum(w, m, (float)fmin(sqrt(wanted / found), 4.0));
}

void
morph_carry_rest(morph_work *w)
{
	const morph_source *s = w->source[0];
	float most = 0.0f;
	for (uint32_t p = 0; p < w->points; p++)
		most = fmaxf(most, w->level[p]);
	for (int c = 0; c < w->n; c++)
		memset(w->turn[c], 0, s->bins * sizeof *w->turn[c]);
	for (int c = 0; c < w->channels; c++)
		memset(w->carrier[c], 0, ((size_t)w->spectra + 2) * s->step * sizeof *w->carrier[c]);
	for (uint32_t m = 0; m < w->spectra; m++) {
		float heard = 0.0f;
		const uint32_t middle = m * MORPH_HOPS_PER_STEP;
		for (uint32_t p = middle > MORPH_HOPS_PER_STEP ? middle - MORPH_HOPS_PER_STEP : 0;
		     p < w->points && p <= middle + MORPH_HOPS_PER_STEP; p++)
			heard = fmaxf(heard, w->level[p] * w->rest[p]);
		if (heard > 1e-5f * most) /* -100 dB */
			carry_spectrum(w, m);
	}
	fill_up(w);
}

/* The rest of a sound as short-time spectra, and their transport. */
#include "model/morph_source.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* x at a frame: before its start the mirror image, so that the first spectrum is as full as the second. */
static float
mirrored(const float *x, int64_t at, uint32_t frames)
{
	if (at < 0)
		at = -at;
	return at < (int64_t)frames ? x[at] : 0.0f;
}

static void
take_one(const morph_source *s, const float *x, uint32_t m, float *real, float complex *bins,
	 float complex *out)
{
	const uint32_t n = 2 * s->step;
	for (uint32_t i = 0; i < n; i++) {
		const int64_t at = (int64_t)m * s->step + (int64_t)i - s->step;
		/* The square root of a Hann window here and on the way back; its middle goes to the
		 * transform's first frame. */
		real[i < s->step ? i + s->step : i - s->step] =
		    mirrored(x, at, s->frames) * sinf((float)M_PI * ((float)i + 0.5f) / (float)n);
	}
	morph_fft_forward(n, real, bins);
	memcpy(out, bins, s->bins * sizeof *out);
}

/* Positions, in log2 of bins, below which lie the shares (j + 0.5) / MORPH_QUANTILES of the power. */
static void
take_quantiles(const double *power, uint32_t bins, float *quantile)
{
	double sum = 0.0, below = 0.0;
	for (uint32_t k = 1; k < bins; k++)
		sum += power[k];
	const double least = sum / bins * 1e-6 + 1e-30; /* silence counts as white */
	sum += least * (bins - 1);
	uint32_t k = 1;
	for (int j = 0; j < MORPH_QUANTILES; j++) {
		const double wanted = sum * (j + 0.5) / MORPH_QUANTILES;
		while (k + 1 < bins && below + power[k] + least < wanted)
			below += power[k++] + least;
		const double inside = (wanted - below) / (power[k] + least);
		quantile[j] = (float)log2((double)k - 0.5 + fmin(inside, 1.0));
	}
}

dr_status
morph_take_spectra(morph_source *s, float *const x[2], dr_error *err)
{
	const size_t bins = s->bins, n = (size_t)s->spectra * bins;
	float *real = morph_fft_buffer(2 * (size_t)s->step);
	float complex *row = (float complex *)morph_fft_buffer(2 * bins);
	double *power = calloc(3 * bins, sizeof *power);
	s->quantile = malloc((size_t)s->spectra * MORPH_QUANTILES * sizeof *s->quantile);
	s->power = calloc(s->spectra, sizeof *s->power);
	bool ok = real && row && power && s->quantile && s->power;
	for (int c = 0; c < s->channels; c++) {
		s->spectrum[c] = (float complex *)morph_fft_buffer(2 * n);
		ok = ok && s->spectrum[c];
	}
	if (!ok) {
		morph_fft_buffer_free(real);
		morph_fft_buffer_free(row);
		free(power);
		return error_set(err, DR_FAILED, "out of memory for a morph");
	}
	for (uint32_t m = 0; m < s->spectra; m++)
		for (int c = 0; c < s->channels; c++)
			take_one(s, x[c], m, real, row, s->spectrum[c] + m * bins);
	for (uint32_t m = 0; m < s->spectra; m++) {
		/* Over three spectra, so that the map between two noises does not shiver. */
		memset(power, 0, bins * sizeof *power);
		for (int d = -1; d <= 1; d++) {
			if ((d < 0 && m == 0) || (d > 0 && m + 1 == s->spectra))
				continue;
			for (int c = 0; c < s->channels; c++) {
				const float complex *in = s->spectrum[c] + (size_t)((int64_t)m + d) * bins;
				for (size_t k = 0; k < bins; k++) {
					const double re = (double)crealf(in[k]), im = (double)cimagf(in[k]);
					power[k] += (d ? 0.5 : 1.0) * (re * re + im * im);
					if (!d)
						s->power[m] += (float)((re * re + im * im) / s->channels);
				}
			}
		}
		take_quantiles(power, s->bins, s->quantile + (size_t)m * MORPH_QUANTILES);
	}
	morph_fft_buffer_free(real);
	morph_fft_buffer_free(row);
	free(power);
	return DR_OK;
}

enum { MOST_BINS = MORPH_HOPS_PER_STEP * MORPH_MOST_HOP + 1 };

/* A line of the inverse map, for the target bins from..to-1. */
VEC_INLINE void
draw(float *place, float *density, uint32_t from, uint32_t to, float first, float slope, float top)
{
	const float root = sqrtf(slope);
	for (uint32_t k = from; k < to; k++) {
		const float x = first + slope * (float)(int32_t)k;
		place[k] = x < top ? x : top;
		density[k] = root;
	}
}

/* For every target bin the place in the source that it comes from, and the change of density. */
VEC_CLONES static void
invert(const float *restrict log_from, const float *restrict log_to, uint32_t bins, float *restrict place,
       float *restrict density)
{
	float from[MORPH_QUANTILES + 2], to[MORPH_QUANTILES + 2];
	const float top = (float)(int32_t)(bins - 1), last = top - 0.01f;
	from[0] = to[0] = 0.0f;
	for (int j = 0; j < MORPH_QUANTILES; j++) {
		const float f = vec_exp1(0.69314718f * log_from[j]), t = vec_exp1(0.69314718f * log_to[j]);
		from[j + 1] = f < last ? f : last;
		to[j + 1] = t < last ? t : last;
	}
	from[MORPH_QUANTILES + 1] = to[MORPH_QUANTILES + 1] = top;
	uint32_t k = 0;
	for (int j = 0; j <= MORPH_QUANTILES; j++) {
		const float span = to[j + 1] - to[j];
		uint32_t end = (uint32_t)(int32_t)(to[j + 1] + 1.0f); /* the first bin beyond it */
		end = j == MORPH_QUANTILES || end > bins ? bins : end;
		if (end <= k)
			continue;
		const float slope = (from[j + 1] - from[j]) / (span > 1e-4f ? span : 1e-4f);
		draw(place, density, k, end, from[j] - to[j] * slope, slope, top);
		k = end;
	}
}

/* turn += shift of each bin over so many steps, each of which is half a transform: half a cycle a bin. What
 * each bin is multiplied with lies twice in `by`, and once negative in `across`, as add_between reads it. */
VEC_CLONES static void
advance(uint32_t bins, float gain, float steps, const float *restrict place, const float *restrict density,
	float *restrict turn, float *restrict by, float *restrict across)
{
	for (size_t k = 0; k < bins; k++) {
		const float t = turn[k] + 0.5f * steps * ((float)(int32_t)k - place[k]);
		const float whole = (t + 12582912.0f) - 12582912.0f;
		turn[k] = t - whole;
		const float re = gain * density[k] * morph_cos1(turn[k]);
		const float im = gain * density[k] * morph_cos1(turn[k] - 0.25f);
		by[2 * k] = re;
		by[2 * k + 1] = re;
		across[2 * k] = -im;
		across[2 * k + 1] = im;
	}
}

typedef float four __attribute__((vector_size(16), aligned(4)));
typedef float eight __attribute__((vector_size(32), aligned(4)));

/* The bin below each place, and, twice, how far beyond it the place lies. */
VEC_CLONES static void
split(uint32_t bins, const float *restrict place, int32_t *restrict below, float *restrict beyond)
{
	const int32_t last = (int32_t)bins - 2;
	for (size_t k = 0; k < bins; k++) {
		const int32_t at = (int32_t)place[k];
		below[k] = at > last ? last : at;
		beyond[2 * k] = place[k] - (float)below[k];
		beyond[2 * k + 1] = beyond[2 * k];
	}
}

/* out += in, read between its bins, turned and scaled. A bin and the next lie side by side: one load for both
 * is faster than gathering them. Four places at a time. */
VEC_CLONES static void
add_between(uint32_t bins, const int32_t *restrict below, const float *restrict beyond,
	    const float *restrict by, const float *restrict across, const float *restrict in,
	    float *restrict out)
{
	uint32_t k = 0;
	for (; k + 4 <= bins; k += 4) {
		four pair[4];
		eight beside, times, turned_times, sum;
		for (int i = 0; i < 4; i++)
			memcpy(&pair[i], in + 2 * (size_t)(uint32_t)below[k + (uint32_t)i], sizeof pair[i]);
		memcpy(&beside, beyond + 2 * k, sizeof beside);
		memcpy(&times, by + 2 * k, sizeof times);
		memcpy(&turned_times, across + 2 * k, sizeof turned_times);
		memcpy(&sum, out + 2 * k, sizeof sum);
		const eight a = __builtin_shufflevector(pair[0], pair[2], 0, 1, 2, 3, 4, 5, 6, 7);
		const eight b = __builtin_shufflevector(pair[1], pair[3], 0, 1, 2, 3, 4, 5, 6, 7);
		const eight low = __builtin_shufflevector(a, b, 0, 1, 8, 9, 4, 5, 12, 13);
		const eight high = __builtin_shufflevector(a, b, 2, 3, 10, 11, 6, 7, 14, 15);
		const eight x = low + beside * (high - low);
		sum += x * times + __builtin_shufflevector(x, x, 1, 0, 3, 2, 5, 4, 7, 6) * turned_times;
		memcpy(out + 2 * k, &sum, sizeof sum);
	}
	for (; k < bins; k++) {
		const float *b = in + 2 * (size_t)(uint32_t)below[k];
		const float x = b[0] + beyond[2 * k] * (b[2] - b[0]),
			    y = b[1] + beyond[2 * k] * (b[3] - b[1]);
		out[2 * k] += x * by[2 * k] + y * across[2 * k];
		out[2 * k + 1] += x * across[2 * k + 1] + y * by[2 * k];
	}
}

void
morph_transport(const morph_move *m)
{
	float place[MOST_BINS], density[MOST_BINS];
	float by[2 * MOST_BINS], across[2 * MOST_BINS], beyond[2 * MOST_BINS];
	int32_t below[MOST_BINS];
	invert(m->from, m->to, m->bins, place, density);
	advance(m->bins, m->gain, m->first ? 0.0f : 1.0f, place, density, m->turn, by, across);
	split(m->bins, place, below, beyond);
	for (int c = 0; c < 2; c++)
		if (m->out[c])
			add_between(m->bins, below, beyond, by, across,
				    (const float *)(c && m->in[1] ? m->in[1] : m->in[0]), (float *)m->out[c]);
}

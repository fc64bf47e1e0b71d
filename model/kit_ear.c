#include "model/kit_ear.h"

#include "model/kit_ear_model.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_WINDOW = 1 << 14, BINS = MAX_WINDOW / 2 + 1, ENVELOPE_MAX = 1 << 10 };
static const double seconds_heard = 2.0, step_seconds = 0.003;

typedef struct spectrum {
	double power[BINS];
	int bins;
	double bin_hz;
} spectrum;

/* Sines and cosines of a whole turn in n steps. */
static void
fill_turn(double *cosine, double *sine, int n)
{
	for (int i = 0; i < n; i++) {
		cosine[i] = cos(2.0 * M_PI * i / n);
		sine[i] = sin(2.0 * M_PI * i / n);
	}
}

/* Radix 2, in place; n a power of two (Cooley and Tukey 1965). */
static void
transform(double *re, double *im, int n, const double *cosine, const double *sine)
{
	for (int i = 1, j = 0; i < n; i++) {
		int bit = n >> 1;
		for (; j & bit; bit >>= 1)
			j ^= bit;
		j ^= bit;
		if (i < j) {
			const double r = re[i], m = im[i];
			re[i] = re[j];
			im[i] = im[j];
			re[j] = r;
			im[j] = m;
		}
	}
	for (int half = 1; half < n; half *= 2)
		for (int k = 0; k < half; k++) {
			const double c = cosine[k * (n / (2 * half))], s = -sine[k * (n / (2 * half))];
			for (int i = k; i < n; i += 2 * half) {
				const int j = i + half;
				const double r = re[j] * c - im[j] * s, m = re[j] * s + im[j] * c;
				re[j] = re[i] - r;
				im[j] = im[i] - m;
				re[i] += r;
				im[i] += m;
			}
		}
}

/* Power spectrum of n frames (those behind the end are silence) in half-overlapping windows of about 46 ms.
 */
static bool
listen(const float *x, uint32_t n, uint32_t rate, spectrum *s)
{
	int window = 256;
	while (window < MAX_WINDOW && window < (int)(rate / 30))
		window *= 2;
	double *re = malloc(4 * (size_t)window * sizeof *re);
	if (!re)
		return false;
	double *im = re + window, *cosine = im + window, *sine = cosine + window;
	memset(s, 0, sizeof *s);
	s->bins = window / 2 + 1;
	s->bin_hz = (double)rate / window;
	fill_turn(cosine, sine, window);
	/* The first window begins half a window early, so that the attack lies in the middle of one. */
	for (int64_t start = -window / 2; start < (int64_t)n; start += window / 2) {
		for (int i = 0; i < window; i++) {
			const int64_t at = start + i;
			re[i] = at >= 0 && at < (int64_t)n ? (0.5 - 0.5 * cosine[i]) * (double)x[at] : 0.0;
			im[i] = 0.0;
		}
		transform(re, im, window, cosine, sine);
		for (int k = 0; k < s->bins; k++)
			s->power[k] += re[k] * re[k] + im[k] * im[k];
	}
	free(re);
	return true;
}

static double
centroid(const spectrum *s)
{
	double sum = 1e-20, weighted = 0.0;
	for (int k = 1; k < s->bins; k++) {
		sum += s->power[k];
		weighted += s->power[k] * k * s->bin_hz;
	}
	return log2(fmax(20.0, weighted / sum));
}

static double
decibels(double part, double whole)
{
	return fmax(-60.0, 10.0 * log10((part + 1e-20) / (whole + 1e-20)));
}

static void
measure_bands(const spectrum *s, float *out)
{
	static const double edges[] = {0.0, 120.0, 400.0, 1500.0, 5000.0, 1e9};
	double total = 0.0, band[5] = {0.0};
	for (int k = 1; k < s->bins; k++) {
		const double hz = k * s->bin_hz;
		int b = 0;
		while (b < 4 && hz >= edges[b + 1])
			b++;
		band[b] += s->power[k];
		total += s->power[k];
	}
	for (int b = 0; b < 5; b++)
		out[b] = (float)decibels(band[b], total);
}

static double
sub_share(const spectrum *s)
{
	double sub = 0.0, total = 0.0;
	for (int k = 1; k < s->bins; k++) {
		sub += k * s->bin_hz < 70.0 ? s->power[k] : 0.0;
		total += s->power[k];
	}
	return decibels(sub, total);
}

static void
measure_tone(const spectrum *s, float *pitch, float *tone)
{
	int best = 1;
	double total = 0.0;
	for (int k = 1; k < s->bins; k++) {
		total += s->power[k];
		if (k * s->bin_hz < 2000.0 && s->power[k] > s->power[best])
			best = k;
	}
	double peak = 0.0, weighted = 0.0;
	for (int k = best - 1; k <= best + 1; k++)
		if (k > 0 && k < s->bins) {
			peak += s->power[k];
			weighted += s->power[k] * k;
		}
	*pitch = (float)log2(fmax(20.0, peak > 0.0 ? weighted / peak * s->bin_hz : 20.0));
	*tone = (float)decibels(peak, total);
}

static double
flatness(const spectrum *s)
{
	double logs = 0.0, sum = 0.0;
	int n = 0;
	for (int k = 1; k < s->bins; k++) {
		const double hz = k * s->bin_hz;
		if (hz < 200.0 || hz > 12000.0)
			continue;
		logs += log(s->power[k] + 1e-12);
		sum += s->power[k] + 1e-12;
		n++;
	}
	return n ? fmax(-60.0, 10.0 / log(10.0) * (logs / n - log(sum / n))) : -60.0;
}

/* Peaks of 3 ms steps: attack, decay, strokes. Returns false for silence. */
static bool
measure_envelope(const float *x, uint32_t n, uint32_t rate, ear_figures *out)
{
	float level[ENVELOPE_MAX];
	const uint32_t step = rate * step_seconds >= 1.0 ? (uint32_t)(rate * step_seconds) : 1;
	int steps = 0, loudest = 0;
	for (uint32_t at = 0; at < n && steps < ENVELOPE_MAX; at += step, steps++) {
		level[steps] = 0.0f;
		for (uint32_t i = at; i < n && i < at + step; i++)
			level[steps] = fmaxf(level[steps], fabsf(x[i]));
		if (level[steps] > level[loudest])
			loudest = steps;
	}
	if (steps == 0 || level[loudest] <= 0.0f)
		return false;
	int below_20 = loudest, below_40 = loudest, below_60 = loudest, strokes = 1;
	for (int i = loudest; i < steps; i++) {
		below_20 = level[i] > 0.1f * level[loudest] ? i : below_20;
		below_40 = level[i] > 0.01f * level[loudest] ? i : below_40;
		below_60 = level[i] > 0.001f * level[loudest] ? i : below_60;
	}
	/* A stroke begins where the level rises by 6 dB from the lowest since the last one. */
	float lowest = level[0];
	for (int i = 1; i < steps && i < 20; i++) {
		if (level[i] > 2.0f * lowest && level[i] > 0.25f * level[loudest]) {
			strokes += i > 1;
			lowest = level[i];
		}
		lowest = fminf(lowest, level[i]);
	}
	const double unit = (double)step / rate;
	out->at[EAR_ATTACK] = (float)log2((loudest + 1) * unit);
	out->at[EAR_DECAY_20] = (float)log2((below_20 - loudest + 1) * unit);
	out->at[EAR_DECAY_40] = (float)log2((below_40 - loudest + 1) * unit);
	out->at[EAR_BURSTS] = (float)log2(strokes + 1.0);
	out->seconds = (float)((below_60 + 1) * unit);
	return true;
}

/* The sound in one channel from 3 ms before its onset (where it first comes within 26 dB of its peak) on. */
static float *
take_mono(const float *data, uint32_t frames, int channels, uint32_t rate, uint32_t *n)
{
	float peak = 0.0f;
	const size_t stride = (size_t)channels;
	for (size_t i = 0; i < frames * stride; i++)
		peak = fmaxf(peak, fabsf(data[i]));
	uint32_t onset = 0;
	while (onset < frames && fabsf(data[onset * stride]) <= 0.05f * peak &&
	       fabsf(data[onset * stride + stride - 1]) <= 0.05f * peak)
		onset++;
	const uint32_t early = (uint32_t)(rate * step_seconds);
	onset = onset > early ? onset - early : 0;
	*n = frames - onset;
	if (*n > rate * seconds_heard)
		*n = (uint32_t)(rate * seconds_heard);
	float *mono = peak > 1e-6f && *n > 0 ? malloc(*n * sizeof *mono) : NULL;
	for (uint32_t i = 0; mono && i < *n; i++)
		mono[i] =
		    (data[(onset + i) * stride] + data[(onset + i) * stride + stride - 1]) / (2.0f * peak);
	return mono;
}

bool
ear_measure(const float *data, uint32_t frames, int channels, uint32_t rate, ear_figures *out)
{
	uint32_t n;
	bool good = false;
	float *mono = take_mono(data, frames, channels, rate, &n);
	spectrum *s = malloc(sizeof *s);
	memset(out, 0, sizeof *out);
	if (mono && s && measure_envelope(mono, n, rate, out) &&
	    listen(mono, n < rate / 20 ? n : rate / 20, rate, s)) {
		out->at[EAR_BRIGHTNESS] = (float)centroid(s);
		good = listen(mono, n, rate, s);
		out->at[EAR_CENTROID] = (float)centroid(s);
		out->at[EAR_FLATNESS] = (float)flatness(s);
		measure_tone(s, &out->at[EAR_PITCH], &out->at[EAR_TONE]);
		measure_bands(s, &out->at[EAR_BAND_1]);
		out->at[EAR_SUB] = (float)sub_share(s);
		const uint32_t late = rate / 16 < n ? rate / 16 : n - 1;
		good = good && listen(mono + late, n - late, rate, s);
		out->at[EAR_TAIL] = (float)centroid(s);
	}
	free(s);
	free(mono);
	return good;
}

void
ear_inputs(const ear_figures *f, const float mean[EAR_FIGURES], const float spread[EAR_FIGURES],
	   float out[EAR_INPUTS])
{
	for (int i = 0; i < EAR_FIGURES; i++) {
		const float z = fminf(4.0f, fmaxf(-4.0f, (f->at[i] - mean[i]) / spread[i]));
		out[i] = z;
		out[EAR_FIGURES + i] = z * z - 1.0f;
	}
	out[2 * EAR_FIGURES] = 1.0f;
}

void
ear_softmax(const float weights[INSTRUMENTS][EAR_INPUTS], const float in[EAR_INPUTS],
	    float probability[INSTRUMENTS])
{
	float most = -1e30f, sum = 0.0f;
	for (int c = 0; c < INSTRUMENTS; c++) {
		probability[c] = 0.0f;
		for (int i = 0; i < EAR_INPUTS; i++)
			probability[c] += weights[c][i] * in[i];
		most = fmaxf(most, probability[c]);
	}
	for (int c = 0; c < INSTRUMENTS; c++)
		sum += probability[c] = expf(probability[c] - most);
	for (int c = 0; c < INSTRUMENTS; c++)
		probability[c] /= sum;
}

void
ear_guess(const ear_figures *f, float probability[INSTRUMENTS])
{
	float in[EAR_INPUTS];
	ear_inputs(f, ear_mean, ear_spread, in);
	ear_softmax(ear_weights, in, probability);
}

float
ear_distance(const ear_figures *a, const ear_figures *b)
{
	float sum = 0.0f;
	for (int i = 0; i < EAR_FIGURES; i++) {
		const float d = (a->at[i] - b->at[i]) / ear_spread[i];
		sum += d * d;
	}
	return sqrtf(sum / EAR_FIGURES);
}

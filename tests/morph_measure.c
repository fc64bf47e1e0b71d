#include "tests/morph_measure.h"

#include "model/morph_source.h"

#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { SPECTRUM = 1 << 16 };

static double
decibels(double power)
{
	return 10.0 * log10(fmax(power, 1e-20));
}

static double
power_at(const kit_sample *s, uint32_t i)
{
	const double a = (double)s->channel[0][i], b = s->channel[1] ? (double)s->channel[1][i] : a;
	return 0.5 * (a * a + b * b);
}

/* Power spectrum of both channels' mean from the first frame on, at most `frames` of it. */
static void
spectrum(const kit_sample *s, uint32_t frames, double *power)
{
	float *x = morph_fft_buffer(SPECTRUM);
	float complex *bins = (float complex *)morph_fft_buffer(SPECTRUM + 2);
	memset(power, 0, (SPECTRUM / 2 + 1) * sizeof *power);
	for (int c = 0; c < 2 && s->channel[c]; c++) {
		memset(x, 0, SPECTRUM * sizeof *x);
		for (uint32_t i = 0; i < frames && i < s->frames; i++)
			x[i] = s->channel[c][i] * (float)(0.5 + 0.5 * cos(M_PI * i / frames));
		morph_fft_forward(SPECTRUM, x, bins);
		for (int k = 0; k <= SPECTRUM / 2; k++)
			power[k] +=
			    (double)(crealf(bins[k]) * crealf(bins[k]) + cimagf(bins[k]) * cimagf(bins[k])) /
			    (s->channel[1] ? 2.0 : 1.0);
	}
	morph_fft_buffer_free(x);
	morph_fft_buffer_free(bins);
}

/* Of all of it, without a window: what is long is as much of the sound as what is short. */
static double
centroid(const kit_sample *s)
{
	enum { LONG = 2 * SPECTRUM };
	float *x = morph_fft_buffer(LONG);
	float complex *bins = (float complex *)morph_fft_buffer(LONG + 2);
	double sum = 0.0, weighted = 0.0;
	assert_true(s->frames <= LONG);
	for (int c = 0; c < 2 && s->channel[c]; c++) {
		memset(x, 0, LONG * sizeof *x);
		memcpy(x, s->channel[c], s->frames * sizeof *x);
		morph_fft_forward(LONG, x, bins);
		for (int k = 40; k <= LONG / 2; k++) {
			const double re = (double)crealf(bins[k]), im = (double)cimagf(bins[k]);
			const double power = re * re + im * im;
			sum += power;
			weighted += power * log((double)k * MEASURE_RATE / LONG);
		}
	}
	morph_fft_buffer_free(x);
	morph_fft_buffer_free(bins);
	return exp(weighted / sum);
}

/* From the end, so that what is left is not the small difference of two sums. */
static void
measure_decay(const kit_sample *s, double whole, double decay[3])
{
	double left = 0.0;
	int d = 2;
	for (uint32_t i = s->frames; i > 0 && d >= 0; i--) {
		left += power_at(s, i - 1);
		for (; d >= 0 && left >= whole * pow(10.0, -2.0 * (d + 1)); d--)
			decay[d] = (double)i / MEASURE_RATE;
	}
}

measures
measure_sound(const kit_sample *s)
{
	enum { SHORT = MEASURE_RATE / 50, LONG = MEASURE_RATE / 20, HOP = MEASURE_RATE / 2000 };
	double *until = calloc(s->frames + 1, sizeof *until), most = 0.0, loudest = 0.0;
	measures m = {0};
	for (uint32_t i = 0; i < s->frames; i++)
		until[i + 1] = until[i] + power_at(s, i);
#define LEVEL(at, n) ((until[(at) + (n) < s->frames ? (at) + (n) : s->frames] - until[at]) / (n))
	for (uint32_t at = 0; at < s->frames; at += HOP) {
		most = fmax(most, LEVEL(at, SHORT));
		loudest = fmax(loudest, LEVEL(at, LONG));
	}
	while (until[(int)(m.attack * MEASURE_RATE)] < 0.05 * until[s->frames])
		m.attack += 1.0 / MEASURE_RATE;
	for (uint32_t at = 0; at < s->frames; at += HOP) {
		const double level = LEVEL(at, SHORT);
		for (int d = 0; d < 3; d++) {
			const double mark = most * pow(10.0, -2.0 * (d + 1)), decibel = pow(10.0, 0.1);
			if (level > mark * decibel)
				m.sooner[d] = (double)at / MEASURE_RATE;
			if (level > mark)
				m.level[d] = (double)at / MEASURE_RATE;
			if (level > mark / decibel)
				m.later[d] = (double)at / MEASURE_RATE;
		}
	}
#undef LEVEL
	measure_decay(s, until[s->frames], m.decay);
	m.centroid = centroid(s);
	m.loudness = decibels(loudest);
	free(until);
	return m;
}

double
measure_before(const kit_sample *s, uint32_t end)
{
	double before = 0.0, all = 1e-20;
	for (uint32_t i = 0; i < s->frames; i++) {
		all += power_at(s, i);
		before += i < end ? power_at(s, i) : 0.0;
	}
	return decibels(before / all);
}

double
measure_tone(const kit_sample *s, double hz)
{
	static double power[SPECTRUM / 2 + 1];
	double most = 0.0;
	spectrum(s, MEASURE_RATE, power);
	for (int k = (int)(0.97 * hz * SPECTRUM / MEASURE_RATE);
	     k <= (int)(1.03 * hz * SPECTRUM / MEASURE_RATE) + 1; k++)
		most = fmax(most, power[k]);
	return decibels(most);
}

double
measure_strongest(const kit_sample *s)
{
	static double power[SPECTRUM / 2 + 1];
	int best = 1;
	spectrum(s, MEASURE_RATE, power);
	for (int k = 1; k < SPECTRUM / 2; k++)
		if (power[k] > power[best])
			best = k;
	return (double)best * MEASURE_RATE / SPECTRUM;
}

double
measure_error(const kit_sample *a, const kit_sample *b)
{
	double error = 0.0, all = 1e-20;
	for (int c = 0; c < 2 && b->channel[c]; c++)
		for (uint32_t i = 0; i < a->frames || i < b->frames; i++) {
			const float *own = a->channel[c] ? a->channel[c] : a->channel[0];
			const double x = i < a->frames ? (double)own[i] : 0.0;
			const double y = i < b->frames ? (double)b->channel[c][i] : 0.0;
			error += (x - y) * (x - y);
			all += y * y;
		}
	return decibels(error / all);
}

double
measure_spectral(const kit_sample *a, const kit_sample *b)
{
	enum { BANDS = 24 };
	static double power[2][SPECTRUM / 2 + 1];
	double band[2][BANDS] = {{0}}, most = 0.0, sum = 0.0;
	int n = 0;
	for (int i = 0; i < 2; i++) {
		spectrum(i ? b : a, SPECTRUM, power[i]);
		for (int k = 30; k < SPECTRUM / 2; k++) {
			const int at = (int)(BANDS * log2(k / 30.0) / log2(SPECTRUM / 2 / 30.0));
			band[i][at] += power[i][k];
			most = fmax(most, band[i][at]);
		}
	}
	for (int k = 0; k < BANDS; k++)
		if (fmax(band[0][k], band[1][k]) > 1e-4 * most) {
			sum += fabs(decibels(band[0][k]) - decibels(band[1][k]));
			n++;
		}
	return n ? sum / n : 0.0;
}

static void
complain(void *user, const char *line)
{
	(void)user;
	fail_msg("%s", line);
}

int
measure_kits(kit *out[MEASURE_KITS])
{
	static const char folder[] = DRUMLIN_SOURCE_DATADIR "/kits";
	struct dirent **names;
	const int found = scandir(folder, &names, NULL, alphasort);
	int n = 0;
	assert_true(found > 0);
	for (int i = 0; i < found; i++) {
		char path[4096];
		FILE *f;
		snprintf(path, sizeof path, "%s/%s/drumkit.xml", folder, names[i]->d_name);
		if (n < MEASURE_KITS && (f = fopen(path, "r"))) {
			fclose(f);
			assert_ok(kit_load(path, MEASURE_RATE, complain, NULL, &out[n++], &test_error));
		}
		free(names[i]);
	}
	free(names);
	assert_true(n >= 2);
	return n;
}

kit *
measure_morph(morph_work *w, int n, const morph_source *const source[], const float weight[])
{
	uint32_t frames;
	int channels;
	kit_layer *l;
	kit *k = kit_new(MEASURE_RATE);
	assert_ok(morph_begin(w, n, source, weight, &frames, &channels, &test_error));
	assert_ok(kit_add_layer(k, 0, frames, channels, &l, &test_error));
	morph_fill(w, &l->sample);
	return k;
}

#include "data/kitgen/measure.h"

#include "data/kitgen/master.h"
#include "model/audiofile.h"
#include "model/kit_source.h"

#include <complex.h>
#include <stdlib.h>
#include <string.h>

enum { FFT_SIZE = 1 << 17 };

static double
db(double x)
{
	return 20.0 * log10(fmax(x, 1e-10));
}

/* In place, decimation in time (Cooley and Tukey 1965). */
static void
fft(double complex *x, size_t n)
{
	for (size_t i = 1, j = 0; i < n; i++) {
		size_t bit = n >> 1;
		for (; j & bit; bit >>= 1)
			j ^= bit;
		j ^= bit;
		if (i < j) {
			const double complex t = x[i];
			x[i] = x[j];
			x[j] = t;
		}
	}
	for (size_t half = 1; half < n; half *= 2)
		for (size_t k = 0; k < half; k++) {
			const double complex w = cexp(-I * M_PI * (double)k / (double)half);
			for (size_t i = k; i < n; i += 2 * half) {
				const double complex t = w * x[i + half];
				x[i + half] = x[i] - t;
				x[i] += t;
			}
		}
}

/* Magnitudes of both channels' sum from frame `from` on, under a half Hann window that falls to zero at `to`.
 */
static void
spectrum(const sound *s, size_t from, size_t to, double *magnitude)
{
	double complex *x = calloc(FFT_SIZE, sizeof *x);
	if (!x)
		abort();
	for (size_t i = from; i < to && i < s->n && i - from < FFT_SIZE; i++) {
		const double v = s->x[0][i] + (s->channels > 1 ? s->x[1][i] : 0.0);
		x[i - from] = v * (0.5 + 0.5 * cos(M_PI * (double)(i - from) / (double)(to - from)));
	}
	fft(x, FFT_SIZE);
	for (size_t i = 0; i < FFT_SIZE / 2; i++)
		magnitude[i] = cabs(x[i]);
	free(x);
}

/* Strongest partial between 35 Hz and 2 kHz once the pitch has settled, 0 where nothing stands out. */
static double
fundamental(const sound *s, double *magnitude)
{
	const double bin = (double)RATE / FFT_SIZE;
	const size_t from = s->n / 5 < RATE / 12 ? s->n / 5 : RATE / 12;
	spectrum(s, from, s->n, magnitude);
	size_t best = 0;
	double sum = 0.0, around = 0.0;
	for (size_t i = 1; i < FFT_SIZE / 2; i++) {
		sum += magnitude[i] * magnitude[i];
		if ((double)i * bin > 35.0 && (double)i * bin < 2000.0 && magnitude[i] > magnitude[best])
			best = i;
	}
	const size_t width = (size_t)(12.0 / bin) + best / 40;
	for (size_t i = best > width ? best - width : 1; i < best + width; i++)
		around += magnitude[i] * magnitude[i];
	if (best < 1 || around < 0.3 * sum)
		return 0.0;
	const double a = magnitude[best - 1], b = magnitude[best], c = magnitude[best + 1];
	return ((double)best + 0.5 * (a - c) / (a - 2.0 * b + c)) * bin;
}

static double
centroid(const sound *s, double *magnitude)
{
	double weighted = 0.0, sum = 0.0;
	spectrum(s, 0, s->n, magnitude);
	for (size_t i = 1; i < FFT_SIZE / 2; i++) {
		weighted += magnitude[i] * magnitude[i] * (double)i * RATE / FFT_SIZE;
		sum += magnitude[i] * magnitude[i];
	}
	return weighted / (sum + 1e-30);
}

/* Time from the loudest 5 ms to the last 5 ms that are less than `down` dB under them. */
static double
decay_time(const sound *s, double down)
{
	enum { BLOCK = RATE / 200 };
	double most = 0.0;
	size_t loudest = 0, last = 0;
	for (int pass = 0; pass < 2; pass++)
		for (size_t b = 0; (b + 1) * BLOCK <= s->n; b++) {
			double sum = 0.0;
			for (int c = 0; c < s->channels; c++)
				for (size_t i = b * BLOCK; i < (b + 1) * BLOCK; i++)
					sum += s->x[c][i] * s->x[c][i];
			if (pass == 0 && sum > most) {
				most = sum;
				loudest = b;
			} else if (pass == 1 && sum > most * pow(10.0, -down / 10.0)) {
				last = b;
			}
		}
	return (double)(last - loudest + 1) * BLOCK / RATE;
}

static void
print_row(const char *name, const sound *s, FILE *out)
{
	double *magnitude = malloc(FFT_SIZE / 2 * sizeof *magnitude);
	if (!magnitude)
		abort();
	double mean = 0.0;
	for (int c = 0; c < s->channels; c++) {
		double sum = 0.0;
		for (size_t i = 0; i < s->n; i++)
			sum += s->x[c][i];
		mean = fmax(mean, fabs(sum) / (double)s->n);
	}
	fprintf(out, "| %s | %.0f | %s | %.1f | %.1f | %.1f | %.0f | %.0f | %.0f | ", name,
		1000.0 * (double)s->n / RATE, s->channels > 1 ? "stereo" : "mono", db(peak_of(s)),
		loudness(s, 0.1), loudness(s, 0.4), db(mean), 1000.0 * decay_time(s, 20.0),
		1000.0 * decay_time(s, 60.0));
	const double hz = fundamental(s, magnitude);
	if (hz > 0.0)
		fprintf(out, "%.1f", hz);
	fprintf(out, " | %.0f |\n", centroid(s, magnitude));
	free(magnitude);
}

static dr_status
measure_file(const char *folder, const char *file, FILE *out, dr_error *err)
{
	char path[4096];
	float *data;
	uint32_t frames;
	int channels;
	snprintf(path, sizeof path, "%s/%s", folder, file);
	const dr_status status = audiofile_read(path, RATE, 60.0, &data, &frames, &channels, err);
	if (status != DR_OK)
		return status;
	sound s = sound_new((double)frames * OVERSAMPLING / FS, channels);
	s.n = frames;
	for (size_t i = 0; i < s.n * (size_t)channels; i++)
		s.x[i % (size_t)channels][i / (size_t)channels] = data[i];
	free(data);
	print_row(file, &s, out);
	sound_free(&s);
	return DR_OK;
}

dr_status
measure_kit(const char *dir, FILE *out, dr_error *err)
{
	kit_warner warner = {.where = dir};
	kit_source source;
	dr_status status = kit_source_open(dir, &(kit_load_options){.rate = FS}, &warner, &source, err);
	if (status != DR_OK)
		return status;
	const kit_desc *d = source.desc;
	fprintf(out,
		"| %s | ms | | peak dBFS | LUFS 100 ms | LUFS 400 ms | DC dBFS | -20 dB ms | -60 dB ms |"
		" tone Hz | centroid Hz |\n|---|--:|---|--:|--:|--:|--:|--:|--:|--:|--:|\n",
		d->name);
	for (uint32_t i = 0; i < d->n_instruments && status == DR_OK; i++)
		for (uint32_t l = 0; l < d->instruments[i].n_layers && status == DR_OK; l++)
			status = measure_file(source.folder, d->instruments[i].layers[l].file, out, err);
	kit_source_close(&source);
	return status;
}

/* The two ways to another sample rate, measured in one run: the project's polyphase filter and
 * libsamplerate's best converter.
 *
 * Ripple: largest deviation of tones up to 90 % of the lower rate's half. Rest: what is left of such a tone's
 * output beside the tone, by least squares, worst of all. Alias: the loudest that tones from 102 % of the
 * lower rate's half on leave behind. Edge: where the level is down by 0.1 dB, in percent of the half. Time:
 * for ten seconds of stereo, best of three. */
#include "model/resample.h"

#include <math.h>
#include <samplerate.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { LENGTH = 60000, SECONDS = 10 };

typedef bool convert_fn(float **data, uint32_t *frames, int channels, uint32_t from, uint32_t to);

static bool
own(float **data, uint32_t *frames, int channels, uint32_t from, uint32_t to)
{
	return resample(data, frames, channels, from, to, NULL) == DR_OK;
}

static bool
library(float **data, uint32_t *frames, int channels, uint32_t from, uint32_t to)
{
	const long room = (long)((double)*frames * to / from) + 2;
	float *out = malloc((size_t)room * (size_t)channels * sizeof *out);
	SRC_DATA job = {.data_in = *data,
			.data_out = out,
			.input_frames = (long)*frames,
			.output_frames = room,
			.src_ratio = (double)to / from};
	if (!out || src_simple(&job, SRC_SINC_BEST_QUALITY, channels) != 0) {
		free(out);
		return false;
	}
	free(*data);
	*data = out;
	*frames = (uint32_t)job.output_frames_gen;
	return true;
}

/* Level of a tone of hz behind the conversion, and all else, in dB of its own level. */
static void
tone(convert_fn *convert, uint32_t from, uint32_t to, double hz, double *level, double *rest)
{
	float *x = malloc(LENGTH * sizeof *x);
	uint32_t n = LENGTH;
	*level = *rest = NAN;
	for (int i = 0; x && i < LENGTH; i++)
		x[i] = (float)sin(2.0 * M_PI * hz * i / from);
	if (!x || !convert(&x, &n, 1, from, to)) {
		free(x);
		return;
	}
	/* A little delay, which the library has, is no fault: the fit takes any phase. */
	double xs = 0.0, xc = 0.0, ss = 0.0, cc = 0.0, sc = 0.0, total = 0.0, error = 0.0;
	uint32_t count = 0;
	for (uint32_t i = n / 4; i < 3 * n / 4; i++, count++) {
		const double v = (double)x[i], s = sin(2.0 * M_PI * hz * i / to),
			     c = cos(2.0 * M_PI * hz * i / to);
		xs += v * s;
		xc += v * c;
		ss += s * s;
		cc += c * c;
		sc += s * c;
		total += v * v;
	}
	const double s = (xs * cc - xc * sc) / (ss * cc - sc * sc),
		     c = (xc * ss - xs * sc) / (ss * cc - sc * sc);
	for (uint32_t i = n / 4; i < 3 * n / 4; i++) {
		const double e =
		    (double)x[i] - s * sin(2.0 * M_PI * hz * i / to) - c * cos(2.0 * M_PI * hz * i / to);
		error += e * e;
	}
	free(x);
	*level =
	    hz < 0.5 * to ? 20.0 * log10(hypot(s, c) + 1e-12) : 10.0 * log10(2.0 * total / count + 1e-24);
	*rest = 10.0 * log10(2.0 * error / count + 1e-24);
}

static double
now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static double
seconds_for(convert_fn *convert, uint32_t from, uint32_t to)
{
	double best = 1e9;
	for (int turn = 0; turn < 3; turn++) {
		uint32_t n = SECONDS * from;
		float *x = malloc(2 * (size_t)n * sizeof *x);
		for (size_t i = 0; x && i < 2 * (size_t)n; i++)
			x[i] = sinf((float)i);
		const double begin = now();
		if (x && convert(&x, &n, 2, from, to))
			best = fmin(best, now() - begin);
		free(x);
	}
	return best;
}

static void
measure(const char *name, convert_fn *convert, uint32_t from, uint32_t to)
{
	const double half = 0.5 * fmin(from, to);
	double ripple = 0.0, rest = -400.0, alias = -400.0, edge = 100.0;
	for (double where = 0.01; where < 0.905; where += 0.0237) {
		double level, r;
		tone(convert, from, to, where * half, &level, &r);
		ripple = fmax(ripple, fabs(level));
		rest = fmax(rest, r);
	}
	for (double where = 0.90; where < 1.0; where += 0.0025) {
		double level, r;
		tone(convert, from, to, where * half, &level, &r);
		if (fabs(level) > 0.1) {
			edge = 100.0 * where;
			break;
		}
	}
	if (to < from)
		for (double where = 1.02; where * half < 0.495 * from; where += 0.0371) {
			double level, r;
			tone(convert, from, to, where * half, &level, &r);
			alias = fmax(alias, level);
		}
	printf("| %u to %u | %s | %.5f | %.1f | ", from, to, name, ripple, rest);
	if (to < from)
		printf("%.1f", alias);
	printf(" | %.1f | %.3f |\n", edge, seconds_for(convert, from, to));
	fflush(stdout);
}

int
main(void)
{
	static const struct {
		uint32_t from, to;
	} rates[] = {{44100, 48000}, {48000, 44100},  {96000, 48000},  {88200, 48000}, {192000, 48000},
		     {22050, 48000}, {32000, 48000},  {11025, 48000},  {8000, 48000},  {48000, 96000},
		     {44100, 96000}, {48000, 192000}, {192000, 44100}, {47999, 48000}};
	puts("| rates | converter | ripple dB | rest dB | alias dB | edge % | s per 10 s |\n"
	     "|---|---|--:|--:|--:|--:|--:|");
	for (size_t i = 0; i < sizeof rates / sizeof *rates; i++) {
		measure("Drumlin", own, rates[i].from, rates[i].to);
		measure("libsamplerate", library, rates[i].from, rates[i].to);
	}
	return 0;
}

#include "data/kitgen/master.h"

#include <stdlib.h>
#include <string.h>

enum { HALF_TAPS = 224, TAPS = 2 * HALF_TAPS + 1 };

/* Modified Bessel function of the first kind, order zero, by its series. */
static double
bessel0(double x)
{
	double sum = 1.0, term = 1.0;
	for (int k = 1; k < 60; k++) {
		term *= (x / (2.0 * k)) * (x / (2.0 * k));
		sum += term;
	}
	return sum;
}

/* Low-pass at 22 kHz by a Kaiser window (beta 10: 100 dB down from 24 kHz on). */
static void
decimation_taps(double taps[TAPS])
{
	const double cut = 2.0 * 22000.0 / FS, beta = 10.0;
	double sum = 0.0;
	for (int i = 0; i < TAPS; i++) {
		const double m = i - HALF_TAPS, r = m / HALF_TAPS;
		const double sinc = i == HALF_TAPS ? cut : sin(M_PI * cut * m) / (M_PI * m);
		taps[i] = sinc * bessel0(beta * sqrt(1.0 - r * r)) / bessel0(beta);
		sum += taps[i];
	}
	for (int i = 0; i < TAPS; i++)
		taps[i] /= sum;
}

/* In place, reading ahead of where it writes only after the reads of a frame: a copy is simpler. */
static void
decimate(sound *s)
{
	double taps[TAPS];
	decimation_taps(taps);
	const size_t n = s->n / OVERSAMPLING;
	for (int c = 0; c < s->channels; c++) {
		double *in = s->x[c], *out = calloc(n, sizeof *out);
		if (!out)
			abort();
		for (size_t i = 0; i < n; i++) {
			double sum = 0.0;
			for (int k = 0; k < TAPS; k++) {
				const ptrdiff_t at = (ptrdiff_t)(i * OVERSAMPLING) + k - HALF_TAPS;
				if (at >= 0 && at < (ptrdiff_t)s->n)
					sum += taps[k] * in[at];
			}
			out[i] = sum;
		}
		free(in);
		s->x[c] = out;
	}
	s->n = n;
}

double
peak_of(const sound *s)
{
	double peak = 0.0;
	for (int c = 0; c < s->channels; c++)
		for (size_t i = 0; i < s->n; i++)
			peak = fmax(peak, fabs(s->x[c][i]));
	return peak;
}

/* What lies 72 dB under the peak for good is cut; the rest ends in a fade. */
static void
trim_and_fade(sound *s)
{
	const double floor_level = peak_of(s) * 2.5e-4;
	size_t last = 0;
	for (int c = 0; c < s->channels; c++)
		for (size_t i = last; i < s->n; i++)
			if (fabs(s->x[c][i]) > floor_level)
				last = i;
	const size_t wanted = last + RATE / 100;
	if (wanted < s->n)
		s->n = wanted;
	const size_t in = RATE / 5000, out = s->n / 6 < RATE / 20 ? s->n / 6 : RATE / 20;
	for (int c = 0; c < s->channels; c++) {
		for (size_t i = 0; i < in; i++)
			s->x[c][i] *= smooth_step((double)i, 0.0, (double)in);
		for (size_t i = 0; i < out; i++)
			s->x[c][s->n - 1 - i] *= smooth_step((double)i, 0.0, (double)out);
	}
}

/* The mean is taken out with a hump that is zero at both ends. */
static void
remove_dc(sound *s)
{
	for (int c = 0; c < s->channels; c++) {
		double sum = 0.0;
		for (size_t i = 0; i < s->n; i++)
			sum += s->x[c][i];
		const double height = 2.0 * sum / (double)s->n;
		for (size_t i = 0; i < s->n; i++)
			s->x[c][i] -= height * (0.5 - 0.5 * cos(2.0 * M_PI * (double)i / (double)(s->n - 1)));
	}
}

static void
high_pass(sound *s, double hz)
{
	for (int c = 0; c < s->channels; c++) {
		svf f = {0};
		svf_set(&f, hz, 0.707);
		for (size_t i = 0; i < s->n; i++)
			s->x[c][i] = svf_high(&f, s->x[c][i]);
	}
}

double
master(sound *s, double loudness_db)
{
	high_pass(s, 18.0);
	decimate(s);
	trim_and_fade(s);
	remove_dc(s);
	const double wanted = pow(10.0, (loudness_db - loudness(s, 0.1)) / 20.0);
	const double most = pow(10.0, CEILING_DB / 20.0) / peak_of(s);
	const double gain = fmin(wanted, most);
	for (int c = 0; c < s->channels; c++)
		for (size_t i = 0; i < s->n; i++)
			s->x[c][i] *= gain;
	return 20.0 * log10(wanted / gain);
}

/* The standard's two filters, for 48 kHz. */
static double
k_weight(double x, double z[4])
{
	const double a = x + 1.69065929318241 * z[0] - 0.73248077421585 * z[1];
	const double shelf = 1.53512485958697 * a - 2.69169618940638 * z[0] + 1.19839281085285 * z[1];
	z[1] = z[0];
	z[0] = a;
	const double b = shelf + 1.99004745483398 * z[2] - 0.99007225036621 * z[3];
	const double y = b - 2.0 * z[2] + z[3];
	z[3] = z[2];
	z[2] = b;
	return y;
}

double
loudness(const sound *s, double window)
{
	const size_t w = (size_t)(window * RATE), n = s->n + w;
	double *power = calloc(n, sizeof *power);
	if (!power)
		abort();
	for (int c = 0; c < s->channels; c++) {
		double z[4] = {0};
		for (size_t i = 0; i < n; i++) {
			const double y = k_weight(i < s->n ? s->x[c][i] : 0.0, z);
			power[i] += y * y;
		}
	}
	/* A mono sound is heard from both sides of a stereo output. */
	const double sides = s->channels == 1 ? 2.0 : 1.0;
	double sum = 0.0, most = 0.0;
	for (size_t i = 0; i < n; i++) {
		sum += power[i] - (i >= w ? power[i - w] : 0.0);
		most = fmax(most, sum);
	}
	free(power);
	return -0.691 + 10.0 * log10(sides * most / (double)w + 1e-20);
}

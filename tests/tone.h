/* Sines and what is found of them: for tests of filters and shapers. */
#ifndef DRUMLIN_TONE_H
#define DRUMLIN_TONE_H

#include <math.h>
#include <stdint.h>

/* Amplitude of the part at `cycles` whole periods in n samples; the window is Blackman-Harris' (side lobes
 * -92 dB) where windowed, none where the samples hold whole periods of all that is in them. */
static inline double
tone_amplitude(const float *x, int n, double cycles, int windowed)
{
	double re = 0.0, im = 0.0, sum = 0.0;
	for (int i = 0; i < n; i++) {
		const double p = 2.0 * M_PI * i / n;
		const double w =
		    windowed ? 0.35875 - 0.48829 * cos(p) + 0.14128 * cos(2.0 * p) - 0.01168 * cos(3.0 * p)
			     : 1.0;
		re += w * (double)x[i] * cos(p * cycles);
		im -= w * (double)x[i] * sin(p * cycles);
		sum += w;
	}
	return 2.0 * sqrt(re * re + im * im) / sum;
}

/* Amplitudes of the parts at 0 .. n/2 - 1 periods in n samples (n a power of two, up to 16384), under the
 * same window. */
static inline void
tone_spectrum(const float *x, int n, double *amplitude)
{
	static double re[16384], im[16384];
	double sum = 0.0;
	for (int i = 0, k = 0; i < n; i++) {
		const double p = 2.0 * M_PI * i / n;
		const double w = 0.35875 - 0.48829 * cos(p) + 0.14128 * cos(2.0 * p) - 0.01168 * cos(3.0 * p);
		re[k] = w * (double)x[i];
		im[k] = 0.0;
		sum += w;
		int bit = n >> 1;
		for (; k & bit; bit >>= 1)
			k ^= bit;
		k |= bit;
	}
	for (int half = 1; half < n; half *= 2)
		for (int k = 0; k < half; k++) {
			const double c = cos(M_PI * k / half), s = -sin(M_PI * k / half);
			for (int i = k; i < n; i += 2 * half) {
				const double a = re[i + half] * c - im[i + half] * s,
					     b = re[i + half] * s + im[i + half] * c;
				re[i + half] = re[i] - a;
				im[i + half] = im[i] - b;
				re[i] += a;
				im[i] += b;
			}
		}
	for (int i = 0; i < n / 2; i++)
		amplitude[i] = 2.0 * sqrt(re[i] * re[i] + im[i] * im[i]) / sum;
}

static inline double
decibel(double ratio)
{
	return 20.0 * log10(fmax(ratio, 1e-15));
}

/* Largest magnitude between and on the samples: sixteen times the rate, by a sinc of 64 taps under a raised
 * cosine. */
static inline double
true_peak(const float *x, int n)
{
	enum { TAPS = 64, PHASES = 16 };
	static double h[PHASES][TAPS];
	if (h[0][TAPS / 2] == 0.0)
		for (int p = 0; p < PHASES; p++)
			for (int k = 0; k < TAPS; k++) {
				const double t = k - TAPS / 2 + (double)p / PHASES, u = t / (TAPS / 2);
				h[p][k] = fabs(u) >= 1.0 ? 0.0
							 : (t == 0.0 ? 1.0 : sin(M_PI * t) / (M_PI * t)) *
							       (0.5 + 0.5 * cos(M_PI * u));
			}
	double peak = 0.0;
	for (int i = 0; i + TAPS <= n; i++)
		for (int p = 0; p < PHASES; p++) {
			double sum = 0.0;
			for (int k = 0; k < TAPS; k++)
				sum += h[p][k] * (double)x[i + k];
			peak = fmax(peak, fabs(sum));
		}
	return peak;
}

#endif

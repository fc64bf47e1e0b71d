#include "model/morph_tint.h"

#include <math.h>
#include <string.h>

static const double bands_per_octave = 6.0;
static const double heard = 0.98;    /* of a sound's power */
static const double most_gain = 0.7; /* of the shelf, natural log */

void
morph_scale_init(morph_scale *s)
{
	s->log2_bin[0] = 0.0f;
	s->band[0] = 0;
	for (int k = 1; k < MORPH_MOST_BINS; k++) {
		const double octave = log2((double)k);
		s->log2_bin[k] = (float)octave;
		s->band[k] = (uint8_t)(octave * bands_per_octave);
	}
}

void
morph_half_sine(float *window, uint32_t step)
{
	const uint32_t n = 2 * step;
	for (uint32_t i = 0; i < n; i++)
		window[i] = sinf((float)M_PI * ((float)i + 0.5f) / (float)n) / (float)n;
}

/* --- listening ----------------------------------------------------------------------------------------- */

VEC_CLONES static void
multiply(float *restrict out, uint32_t n, const float *restrict window, const float *restrict x)
{
	for (uint32_t i = 0; i < n; i++)
		out[i] = window[i] * x[i];
}

/* What lies around a frame, through the window: before the sound's start its mirror image, nothing after its
 * end. */
static void
take_window(const morph_ear *ear, const float *x, uint32_t centre, uint32_t frames)
{
	const uint32_t n = 2 * ear->step, first = centre < ear->step ? ear->step - centre : 0;
	const uint32_t left = frames - centre, end = left < ear->step ? ear->step + left : n;
	for (uint32_t i = 0; i < first; i++)
		ear->real[i] = first - i < frames ? ear->window[i] * x[first - i] : 0.0f;
	multiply(ear->real + first, end - first, ear->window + first, x + (centre + first - ear->step));
	memset(ear->real + end, 0, (n - end) * sizeof *ear->real);
}

VEC_CLONES static void
add_power(float *restrict power, uint32_t bins, const float *restrict in)
{
	for (uint32_t k = 0; k < bins; k++)
		power[k] += in[2 * k] * in[2 * k] + in[2 * k + 1] * in[2 * k + 1];
}

static double
power_between(float *const x[2], int channels, uint32_t from, uint32_t to)
{
	double sum = 0.0;
	for (int c = 0; c < channels && c < 2; c++)
		sum += (double)vec_dot((int)(to - from), x[c] + from, x[c] + from);
	return sum;
}

static void
fold(const morph_ear *ear, morph_hue *hue)
{
	double all = 1e-30, weighted = 0.0;
	memset(hue, 0, sizeof *hue);
	for (uint32_t k = 1; k <= ear->step; k++) {
		const int b = ear->scale->band[k];
		hue->power[b] += (double)ear->power[k];
		hue->centre[b] += (double)ear->power[k] * (double)ear->scale->log2_bin[k];
	}
	for (int b = 0; b < MORPH_BANDS; b++) {
		all += hue->power[b];
		weighted += hue->centre[b];
		if (hue->power[b] > 0.0)
			hue->centre[b] /= hue->power[b];
	}
	hue->colour = weighted / all;
}

void
morph_listen_to(const morph_ear *ear, float *const x[2], int channels, uint32_t frames, morph_hue *hue)
{
	const double whole = power_between(x, channels, 0, frames);
	double so_far = 0.0;
	memset(ear->power, 0, (ear->step + 1) * sizeof *ear->power);
	for (uint32_t at = 0; at < frames && so_far <= heard * whole; at += ear->step) {
		for (int c = 0; c < channels && c < 2; c++) {
			take_window(ear, x[c], at, frames);
			morph_fft_forward(2 * ear->step, ear->real, ear->bins);
			add_power(ear->power, ear->step + 1, (const float *)ear->bins);
		}
		so_far += power_between(x, channels, at, frames - at < ear->step ? frames : at + ear->step);
	}
	fold(ear, hue);
}

/* --- the shelf ----------------------------------------------------------------------------------------- */

/* y = g x + (1 - g) low(x), where low is a one-pole low-pass: low += a (x - low). */
typedef struct shelf {
	double a, g;
} shelf;

/* turn: cosine of each band's angle per frame. */
static double
colour_through(const morph_hue *hue, const double turn[MORPH_BANDS], shelf s)
{
	const double c = 1.0 - s.a, top = s.g + (1.0 - s.g) * s.a;
	double all = 1e-30, weighted = 0.0;
	for (int b = 0; b < MORPH_BANDS; b++) {
		const double gain = (top * top - 2.0 * top * s.g * c * turn[b] + s.g * s.g * c * c) /
				    (1.0 - 2.0 * c * turn[b] + c * c);
		all += gain * hue->power[b];
		weighted += gain * hue->power[b] * hue->centre[b];
	}
	return weighted / all;
}

/* Left and right together: each waits for its own last frame. */
VEC_CLONES static void
run_shelf(float *const x[2], uint32_t frames, float a, float g)
{
	const float c = 1.0f - a, below = 1.0f - g;
	float left = 0.0f, right = 0.0f;
	for (uint32_t i = 0; x[1] && i < frames; i++) {
		left = c * left + a * x[0][i];
		right = c * right + a * x[1][i];
		x[0][i] = g * x[0][i] + below * left;
		x[1][i] = g * x[1][i] + below * right;
	}
	for (uint32_t i = 0; !x[1] && i < frames; i++) {
		left = c * left + a * x[0][i];
		x[0][i] = g * x[0][i] + below * left;
	}
}

void
morph_shelve(const morph_hue *hue, uint32_t step, double octaves, float *const x[2], uint32_t frames)
{
	const double cycles_per_bin = 0.5 / step, wanted = hue->colour + octaves;
	double low = -most_gain, high = most_gain, turn[MORPH_BANDS];
	shelf s = {.a = 1.0 - exp(-2.0 * M_PI * exp2(hue->colour) * cycles_per_bin)};
	for (int b = 0; b < MORPH_BANDS; b++)
		turn[b] = hue->power[b] > 0.0 ? cos(2.0 * M_PI * exp2(hue->centre[b]) * cycles_per_bin) : 0.0;
	for (int i = 0; i < 12; i++) {
		const double middle = 0.5 * (low + high);
		s.g = exp(middle);
		if (colour_through(hue, turn, s) < wanted)
			low = middle;
		else
			high = middle;
	}
	run_shelf(x, frames, (float)s.a, (float)s.g);
}

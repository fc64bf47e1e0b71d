#include "model/morph_work.h"

#include <math.h>
#include <string.h>

enum {
	STEPS = 8,
	LOWEST = 3, /* bin: octaves below, where nothing is heard, would weigh as much as those above */
	LANES = 16
};
static const double most_gain = 1.0; /* of the shelf, natural log */

/* Of a window, where it overlaps with the next. */
static uint32_t
edge_of(const morph_ear *e)
{
	return e->half / 4;
}

bool
morph_ear_open(morph_ear *e, uint32_t step)
{
	const uint32_t half = STEPS * step, n = 2 * half, bins = half + LANES;
	if (e->half == half)
		return true;
	morph_ear_close(e);
	e->memory = morph_fft_buffer(2 * (size_t)n + 5 * (size_t)bins);
	if (!e->memory)
		return false;
	e->half = half;
	memset(e->memory, 0, (2 * (size_t)n + 5 * (size_t)bins) * sizeof *e->memory);
	e->window = e->memory;
	e->real = e->window + n;
	e->bins = (float complex *)(e->real + n);
	e->power = e->real + n + 2 * bins;
	e->log2_bin = e->power + bins;
	e->versed = e->log2_bin + bins;
	const uint32_t edge = edge_of(e);
	for (uint32_t i = 0; i < n; i++)
		e->window[i] = 1.0f;
	for (uint32_t i = 0; i < edge; i++)
		e->window[i] = e->window[n - 1 - i] =
		    sinf(0.5f * (float)M_PI * ((float)i + 0.5f) / (float)edge);
	for (uint32_t k = 0; k <= half; k++) {
		const double s = sin(0.5 * M_PI * k / half);
		e->log2_bin[k] = k ? log2f((float)k) : 0.0f;
		e->versed[k] = (float)(2.0 * s * s);
	}
	return true;
}

void
morph_ear_close(morph_ear *e)
{
	morph_fft_buffer_free(e->memory);
	*e = (morph_ear){0};
}

/* --- listening ----------------------------------------------------------------------------------------- */

VEC_CLONES static void
multiply(float *restrict out, uint32_t n, const float *restrict window, const float *restrict x)
{
	for (uint32_t i = 0; i < n; i++)
		out[i] = window[i] * x[i];
}

/* What the window lets through that begins so many frames after the sound's start, less its edge: silence
 * before the start and after the end. */
static void
take_window(const morph_ear *e, const float *x, uint32_t begins, uint32_t frames)
{
	const uint32_t n = 2 * e->half, edge = edge_of(e), first = begins < edge ? edge - begins : 0;
	const uint32_t left = frames + edge - begins, end = left < n ? left : n;
	memset(e->real, 0, first * sizeof *e->real);
	multiply(e->real + first, end - first, e->window + first, x + (begins + first - edge));
	memset(e->real + end, 0, (n - end) * sizeof *e->real);
}

VEC_CLONES static void
add_power(float *restrict power, uint32_t bins, const float *restrict in)
{
	for (uint32_t k = 0; k < bins; k++)
		power[k] += in[2 * k] * in[2 * k] + in[2 * k + 1] * in[2 * k + 1];
}

static double
sum_of(const float lanes[LANES])
{
	double sum = 0.0;
	for (int k = 0; k < LANES; k++)
		sum += (double)lanes[k];
	return sum;
}

morph_heard
morph_listen_to(morph_ear *e, float *const x[2], int channels, uint32_t frames, double share)
{
	const uint32_t bins = e->half + 1;
	const double whole = morph_energy(x, channels, 0, frames);
	const uint32_t hop = 2 * e->half - edge_of(e);
	double so_far = 0.0, all = 1e-30, weighted = 0.0;
	memset(e->power, 0, bins * sizeof *e->power);
	for (uint32_t at = 0; at < frames + edge_of(e) && so_far <= share * whole; at += hop) {
		for (int c = 0; c < channels && c < 2; c++) {
			take_window(e, x[c], at, frames);
			morph_fft_forward(2 * e->half, e->real, e->bins);
			add_power(e->power, bins, (const float *)e->bins);
		}
		/* Until where the next one begins this and the ones before count in full. */
		const uint32_t from = at > 0 ? at - edge_of(e) : 0, to = at + hop - edge_of(e);
		so_far += morph_energy(x, channels, from, to < frames ? to : frames);
	}
	memset(e->power, 0, LOWEST * sizeof *e->power);
	for (uint32_t k = LOWEST; k < bins; k++) {
		all += (double)e->power[k];
		weighted += (double)e->power[k] * (double)e->log2_bin[k];
	}
	return (morph_heard){all, weighted / all};
}

/* --- the shelf ----------------------------------------------------------------------------------------- */

/* y = g x + (1 - g) low(x), where low is a one-pole low-pass: low += a (x - low). With c = 1 - a and
 * t = g + (1 - g) a its power gain is ((t - g c)^2 + 2 t g c v) / (a^2 + 2 c v), v = 1 - cos of the angle per
 * frame: what it makes of a spectrum follows from four sums, whatever g. */
typedef struct shelf_sums {
	double flat, versed;                   /* of power / (a^2 + 2 c v), and of that times v */
	double flat_weighted, versed_weighted; /* each times log2 of the bin */
} shelf_sums;

VEC_CLONES static void
add_up(const morph_ear *e, float a, float sum[4][LANES])
{
	const float *restrict power = e->power, *restrict octave = e->log2_bin, *restrict versed = e->versed;
	const float least = a * a, slope = 2.0f * (1.0f - a);
	for (uint32_t at = 1; at < e->half; at += LANES)
		for (int k = 0; k < LANES; k++) {
			const uint32_t i = at + (uint32_t)k;
			const float p = power[i] / (least + slope * versed[i]);
			sum[0][k] += p;
			sum[1][k] += p * versed[i];
			sum[2][k] += p * octave[i];
			sum[3][k] += p * versed[i] * octave[i];
		}
}

static double
colour_through(const shelf_sums *s, double a, double g)
{
	const double c = 1.0 - a, top = g + (1.0 - g) * a;
	const double flat = (top - g * c) * (top - g * c), versed = 2.0 * top * g * c;
	return (flat * s->flat_weighted + versed * s->versed_weighted) /
	       (flat * s->flat + versed * s->versed + 1e-30);
}

typedef float eight __attribute__((vector_size(32), aligned(4)));

/* Eight frames at once: in each the low-passed sum of those up to it, and then what was low before them. */
VEC_CLONES static void
run_shelf(float *x, uint32_t frames, float a, float g)
{
	const float c = 1.0f - a, below = 1.0f - g, c2 = c * c, c4 = c2 * c2;
	const eight none = {0.0f}, power = {c, c2, c2 * c, c4, c4 * c, c4 * c2, c4 * c2 * c, c4 * c4};
	float low = 0.0f;
	uint32_t i = 0;
	for (; i + 8 <= frames; i += 8) {
		eight in, sum;
		memcpy(&in, x + i, sizeof in);
		sum = a * in;
		sum += c * __builtin_shufflevector(none, sum, 7, 8, 9, 10, 11, 12, 13, 14);
		sum += c2 * __builtin_shufflevector(none, sum, 6, 7, 8, 9, 10, 11, 12, 13);
		sum += c4 * __builtin_shufflevector(none, sum, 4, 5, 6, 7, 8, 9, 10, 11);
		sum += power * low;
		low = sum[7];
		in = g * in + below * sum;
		memcpy(x + i, &in, sizeof in);
	}
	for (; i < frames; i++) {
		low = c * low + a * x[i];
		x[i] = g * x[i] + below * low;
	}
}

void
morph_shelve(const morph_ear *e, double colour, double wanted, float *const x[2], uint32_t frames)
{
	const double a = 1.0 - exp(-M_PI * exp2(colour) / e->half);
	float sum[4][LANES] = {{0}};
	double low = -most_gain, high = most_gain;
	add_up(e, (float)a, sum);
	const shelf_sums s = {sum_of(sum[0]), sum_of(sum[1]), sum_of(sum[2]), sum_of(sum[3])};
	for (int i = 0; i < 16; i++) {
		const double middle = 0.5 * (low + high);
		if (colour_through(&s, a, exp(middle)) < wanted)
			low = middle;
		else
			high = middle;
	}
	for (int c = 0; c < 2 && x[c]; c++)
		run_shelf(x[c], frames, (float)a, (float)exp(0.5 * (low + high)));
}

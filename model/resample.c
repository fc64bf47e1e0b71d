#include "model/resample.h"

#include "model/vec.h"

#include <math.h>
#include <samplerate.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* Zero crossings of the filter's sinc on either side, at the lower of the two rates; with the window's beta
 * they make the transition 7 % wide and the stop band over 150 dB deep (Kaiser 1974). Coefficients and sums
 * are of double precision: in single, they alone would add noise at -138 dB. */
enum { CROSSINGS = 160, MAX_TAPS = 8192, MAX_TABLE = 1 << 20, WINDOW_TERMS = 32 };
static const double beta = 16.0;

/* One row of coefficients for each of `up` phases; an output frame n stands at n * down / up input frames. */
typedef struct polyphase {
	uint32_t up, down;
	uint32_t half, taps; /* taps = 2 * half, a multiple of eight */
	double *rows;
} polyphase;

static uint32_t
common_divisor(uint32_t a, uint32_t b)
{
	while (b) {
		const uint32_t rest = a % b;
		a = b;
		b = rest;
	}
	return a;
}

/* Coefficients of the Kaiser window as a polynomial in 1 - r^2: the terms of the Bessel function's series. */
static void
window_terms(double terms[WINDOW_TERMS])
{
	double term = 1.0, sum = 0.0;
	for (int k = 0; k < WINDOW_TERMS; k++) {
		terms[k] = term;
		sum += term;
		term *= beta * beta / (4.0 * (k + 1) * (k + 1));
	}
	for (int k = 0; k < WINDOW_TERMS; k++)
		terms[k] /= sum;
}

static double
window(const double terms[WINDOW_TERMS], double r)
{
	const double x = 1.0 - r * r;
	double y = 0.0;
	if (x <= 0.0)
		return 0.0;
	for (int k = WINDOW_TERMS - 1; k >= 0; k--)
		y = y * x + terms[k];
	return y;
}

/* The windowed sinc around phase p, with a sum of one so that no phase is louder than another. The sine is
 * stepped along by its recurrence; a row is its opposite phase's, turned round. */
static void
fill_row(const polyphase *f, uint32_t p, double cut, const double terms[WINDOW_TERMS])
{
	double *row = f->rows + (size_t)p * f->taps;
	double exact[MAX_TAPS], sum = 0.0;
	const double first = -(double)(f->half - 1) - (double)p / f->up, step = M_PI * cut;
	double before = sin(step * (first - 1.0)), sine = sin(step * first);
	for (uint32_t k = 0; k < f->taps; k++) {
		const double t = (double)k + first;
		exact[k] = (fabs(t) < 1e-12 ? cut : sine / (M_PI * t)) * window(terms, t / f->half);
		sum += exact[k];
		const double next = 2.0 * cos(step) * sine - before;
		before = sine;
		sine = next;
	}
	for (uint32_t k = 0; k < f->taps; k++)
		row[k] = exact[k] / sum;
	if (p > 0 && 2 * p < f->up)
		for (uint32_t k = 0; k < f->taps; k++)
			f->rows[(size_t)(f->up - p) * f->taps + k] = row[f->taps - 1 - k];
}

/* False where the ratio is no small fraction, or memory is short. */
static bool
polyphase_new(polyphase *f, uint32_t from, uint32_t to)
{
	const uint32_t divisor = common_divisor(from, to);
	const double lower = to < from ? (double)to / from : 1.0;
	f->up = to / divisor;
	f->down = from / divisor;
	f->half = ((uint32_t)ceil(CROSSINGS / lower) + 3) & ~3u;
	f->taps = 2 * f->half;
	if (f->taps > MAX_TAPS || f->up > MAX_TABLE / f->taps)
		return false;
	f->rows = malloc((size_t)f->up * f->taps * sizeof *f->rows);
	if (!f->rows)
		return false;
	double terms[WINDOW_TERMS];
	window_terms(terms);
	for (uint32_t p = 0; 2 * p <= f->up; p++)
		fill_row(f, p, 0.965 * lower, terms);
	return true;
}

/* Four numbers as the compilers' own vectors, which every target has in some form; loads need no alignment.
 */
typedef double quad __attribute__((vector_size(32)));
typedef float quad_of_floats __attribute__((vector_size(16)));

VEC_INLINE void
widen(const float *from, quad *out)
{
	quad_of_floats q;
	memcpy(&q, from, sizeof q);
	*out = __builtin_convertvector(q, quad);
}

/* One frame of both channels (of one where they are the same): the table is what has to be fetched, so that a
 * row serves both. Sums of four side by side: one sum's order is what keeps compilers from doing this by
 * themselves. */
VEC_INLINE void
dot(const double *row, const float *left, const float *right, uint32_t n, float out[2])
{
	quad even = {0.0}, odd = {0.0}, even_right = {0.0}, odd_right = {0.0};
	for (uint32_t i = 0; i < n; i += 8) {
		quad a, b, x, y;
		memcpy(&a, row + i, sizeof a);
		memcpy(&b, row + i + 4, sizeof b);
		widen(left + i, &x);
		widen(left + i + 4, &y);
		even += a * x;
		odd += b * y;
		if (right != left) {
			widen(right + i, &x);
			widen(right + i + 4, &y);
			even_right += a * x;
			odd_right += b * y;
		}
	}
	const quad sum = even + odd, sum_right = even_right + odd_right;
	out[0] = (float)((sum[0] + sum[1]) + (sum[2] + sum[3]));
	out[1] = (float)((sum_right[0] + sum_right[1]) + (sum_right[2] + sum_right[3]));
}

VEC_CLONES static void
convert(const polyphase *f, const float *left, const float *right, uint64_t wanted, float *out)
{
	const size_t stride = right != left ? 2 : 1;
	uint64_t at = 0;
	uint32_t phase = 0;
	for (uint64_t n = 0; n < wanted; n++) {
		float frame[2];
		dot(f->rows + (size_t)phase * f->taps, left + at, right + at, f->taps, frame);
		for (size_t c = 0; c < stride; c++)
			out[n * stride + c] = frame[c];
		phase += f->down;
		at += phase / f->up;
		phase %= f->up;
	}
}

/* The channels apart, between enough silence for the filter's ends. */
static dr_status
run(const polyphase *f, float **data, uint32_t *frames, int channels, dr_error *err)
{
	const uint64_t wanted = ((uint64_t)*frames * f->up + f->down - 1) / f->down;
	const size_t stride = (size_t)channels, length = (size_t)*frames + 2 * f->taps;
	float *out = malloc(wanted * stride * sizeof *out);
	float *padded = calloc(length * stride, sizeof *padded);
	if (!out || !padded || wanted > UINT32_MAX) {
		free(out);
		free(padded);
		return error_set(err, DR_FAILED, "out of memory");
	}
	for (size_t c = 0; c < stride; c++)
		for (size_t i = 0; i < *frames; i++)
			padded[c * length + f->half - 1 + i] = (*data)[i * stride + c];
	convert(f, padded, padded + (stride - 1) * length, wanted, out);
	free(padded);
	free(*data);
	*data = out;
	*frames = (uint32_t)wanted;
	return DR_OK;
}

static dr_status
run_library(float **data, uint32_t *frames, int channels, double ratio, dr_error *err)
{
	const long room = (long)ceil((double)*frames * ratio) + 1;
	float *out = malloc((size_t)room * (size_t)channels * sizeof *out);
	if (!out)
		return error_set(err, DR_FAILED, "out of memory");
	SRC_DATA job = {.data_in = *data,
			.data_out = out,
			.input_frames = (long)*frames,
			.output_frames = room,
			.src_ratio = ratio};
	const int fault = src_simple(&job, SRC_SINC_BEST_QUALITY, channels);
	if (fault || job.output_frames_gen <= 0) {
		free(out);
		return error_set(err, DR_BAD_INPUT, "cannot be resampled: %s",
				 fault ? src_strerror(fault) : "too short");
	}
	free(*data);
	*data = out;
	*frames = (uint32_t)job.output_frames_gen;
	return DR_OK;
}

dr_status
resample(float **data, uint32_t *frames, int channels, uint32_t from, uint32_t to, dr_error *err)
{
	if (from == to)
		return DR_OK;
	if (!from || !to)
		return error_set(err, DR_BAD_INPUT, "its sample rate is out of range");
	const double ratio = (double)to / from;
	if (!src_is_valid_ratio(ratio))
		return error_set(err, DR_BAD_INPUT, "its sample rate is out of range");
	polyphase f;
	if (!polyphase_new(&f, from, to))
		return run_library(data, frames, channels, ratio, err);
	const dr_status status = run(&f, data, frames, channels, err);
	free(f.rows);
	return status;
}

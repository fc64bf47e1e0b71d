#include "rt/pitch.h"

#include "rt/simd.h"

#include <math.h>
#include <pthread.h>
#include <string.h>

enum { PHASES = 128 };
static float table[PITCH_BANDS][PHASES + 1][PITCH_TAPS] __attribute__((aligned(64)));

static const double attenuation = 82.0;     /* of the stop band, dB */
static const double transition = 1.0 / 6.0; /* width that the taps then allow, of the rate */
static const double edge = 7.0 / 12.0;      /* what is folded from here on stays above 5/12 of the rate */

/* Modified Bessel function of the first kind, order 0. */
static double
bessel_i0(double x)
{
	double sum = 1.0, term = 1.0;
	for (int k = 1; k < 40; k++) {
		term *= x * x / (4.0 * k * k);
		sum += term;
	}
	return sum;
}

static void
fill_band(int band)
{
	const double ratio = exp2(3.0 * band / 12.0), beta = 0.1102 * (attenuation - 8.7);
	const double cutoff = edge / ratio - transition / 2.0;
	for (int p = 0; p <= PHASES; p++) {
		double row[PITCH_TAPS], sum = 0.0;
		for (int k = 0; k < PITCH_TAPS; k++) {
			const double t = k - PITCH_BEFORE - (double)p / PHASES, u = t / (PITCH_TAPS / 2.0);
			const double x = 2.0 * M_PI * cutoff * t;
			const double sinc = fabs(x) < 1e-9 ? 1.0 : sin(x) / x;
			row[k] = fabs(u) < 1.0 ? sinc * bessel_i0(beta * sqrt(1.0 - u * u)) : 0.0;
			sum += row[k];
		}
		for (int k = 0; k < PITCH_TAPS; k++)
			table[band][p][k] = (float)(row[k] / sum);
	}
}

static void
fill(void)
{
	for (int band = 0; band < PITCH_BANDS; band++)
		fill_band(band);
}

void
pitch_setup(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	pthread_once(&once, fill);
}

int
pitch_band(uint64_t increment)
{
	const float semitones = 12.0f * log2f((float)increment * 0x1p-32f);
	if (semitones < 0.01f)
		return 0;
	const int band = (int)ceilf((semitones - 0.01f) / 3.0f);
	return band < PITCH_BANDS ? band : PITCH_BANDS - 1;
}

/* Eight lanes, which compilers keep in one register or two; read from any address. */
typedef float lanes __attribute__((vector_size(32)));
typedef float loose_lanes __attribute__((vector_size(32), aligned(4), may_alias));

/* In this order, which takes two vector additions: ((0 + 4) + (2 + 6)) + ((1 + 5) + (3 + 7)). */
SIMD_INLINE float
sum_of(const lanes *v)
{
	typedef float half __attribute__((vector_size(16)));
	half low, high;
	memcpy(&low, v, sizeof low);
	memcpy(&high, (const char *)v + sizeof low, sizeof high);
	low += high;
	return (low[0] + low[2]) + (low[1] + low[3]);
}

/* The two rows between which a position's phase lies, and how far. */
typedef struct place {
	const loose_lanes *row, *next;
	float share;
} place;

SIMD_INLINE place
find(const float (*rows)[PITCH_TAPS], uint64_t position)
{
	const float phase = (float)(int32_t)((uint32_t)position >> 1) * (0x1p-31f * PHASES);
	const int p = (int)phase < PHASES ? (int)phase : PHASES - 1;
	return (place){(const loose_lanes *)rows[p], (const loose_lanes *)rows[p + 1], phase - (float)p};
}

SIMD_CLONES static void
run_mono(const float (*rows)[PITCH_TAPS], const float *x, uint64_t position, uint64_t increment,
	 uint32_t frames, float *y)
{
	for (uint32_t i = 0; i < frames; i++, position += increment) {
		const place at = find(rows, position);
		const loose_lanes *in = (const loose_lanes *)(x + (position >> 32));
		lanes s = {0};
		for (int k = 0; k < PITCH_TAPS / 8; k++)
			s += (at.row[k] + at.share * (at.next[k] - at.row[k])) * in[k];
		y[i] = sum_of(&s);
	}
}

SIMD_CLONES static void
run_stereo(const float (*rows)[PITCH_TAPS], const float *x0, const float *x1, uint64_t position,
	   uint64_t increment, uint32_t frames, float *y0, float *y1)
{
	for (uint32_t i = 0; i < frames; i++, position += increment) {
		const place at = find(rows, position);
		const loose_lanes *in0 = (const loose_lanes *)(x0 + (position >> 32));
		const loose_lanes *in1 = (const loose_lanes *)(x1 + (position >> 32));
		lanes s = {0}, t = {0};
		for (int k = 0; k < PITCH_TAPS / 8; k++) {
			const lanes c = at.row[k] + at.share * (at.next[k] - at.row[k]);
			s += c * in0[k];
			t += c * in1[k];
		}
		y0[i] = sum_of(&s);
		y1[i] = sum_of(&t);
	}
}

void
pitch_run(int band, const float *x_left, const float *x_right, uint64_t position, uint64_t increment,
	  uint32_t frames, float *left, float *right)
{
	if (x_right)
		run_stereo(table[band], x_left, x_right, position, increment, frames, left, right);
	else
		run_mono(table[band], x_left, position, increment, frames, left);
}

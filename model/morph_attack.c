/* When a sound's first energy comes. */
#include "model/morph_work.h"

#include <math.h>

static const double share[MORPH_ARRIVALS] = {0.01, 0.02, 0.05, 0.1}; /* of the energy */
static const double whole_seconds = 0.0005; /* stretches shorter than this count in part */
static const double most_gain = 3.0;        /* of the amplitude, up or down */

double
morph_energy(float *const x[2], int channels, uint32_t from, uint32_t to)
{
	double sum = 0.0;
	for (int c = 0; c < channels && c < 2; c++)
		sum += (double)vec_dot((int)(to - from), x[c] + from, x[c] + from);
	return sum;
}

void
morph_find_arrivals(float *const x[2], int channels, uint32_t frames, double arrival[MORPH_ARRIVALS],
		    double arrived[MORPH_ARRIVALS])
{
	const double whole = morph_energy(x, channels, 0, frames);
	double so_far = 0.0;
	uint32_t i = 0;
	for (int k = 0; k < MORPH_ARRIVALS; k++) {
		for (; i < frames && so_far < share[k] * whole; i++)
			for (int c = 0; c < channels && c < 2; c++)
				so_far += (double)x[c][i] * (double)x[c][i];
		arrival[k] = i;
		arrived[k] = whole > 0.0 ? so_far / whole : share[k];
	}
}

/* The frames at which the parents' mean has had each share, and as much time again after the last; and the
 * shares, which whole frames do not meet exactly. */
static void
place_edges(const morph_work *w, uint32_t edge[MORPH_ARRIVALS + 2], double had[MORPH_ARRIVALS + 1])
{
	const double millisecond = w->source[0]->rate / 1000.0;
	edge[0] = 0;
	had[0] = 0.0;
	for (int k = 0; k < MORPH_ARRIVALS; k++) {
		double time = 0.0;
		had[k + 1] = 0.0;
		for (int c = 0; c < w->n; c++) {
			time += w->weight[c] * log(w->source[c]->arrival[k] + millisecond);
			had[k + 1] += w->weight[c] * w->source[c]->arrived[k];
		}
		edge[k + 1] = (uint32_t)lround(fmin(fmax(exp(time) - millisecond, 0.0), w->frames));
	}
	const uint32_t last = edge[MORPH_ARRIVALS];
	edge[MORPH_ARRIVALS + 1] = w->frames - last < last ? w->frames : 2 * last;
}

static void
ramp(float *const x[2], int channels, uint32_t from, uint32_t to, double first, double last)
{
	const float a = (float)first, step = (float)((last - first) / (to > from ? to - from : 1));
	for (int c = 0; c < channels && c < 2; c++)
		for (uint32_t i = from; i < to; i++)
			x[c][i] *= a + step * (float)(int32_t)(i - from);
}

void
morph_shape_attack(const morph_work *w, float *const out[2])
{
	enum { N = MORPH_ARRIVALS };
	const double whole = whole_seconds * w->source[0]->rate;
	uint32_t edge[N + 2], at = 0;
	double before = 1.0, had[N + 1];
	place_edges(w, edge, had);
	const double later = morph_energy(out, w->channels, edge[N], w->frames) / fmax(1.0 - had[N], 1e-3);
	for (int k = 0; k <= N; k++) {
		double gain = 1.0;
		if (k < N) {
			const double found = morph_energy(out, w->channels, edge[k], edge[k + 1]);
			const double wanted = (had[k + 1] - had[k]) * later;
			gain = sqrt((wanted + 1e-12 * later) / (found + 1e-12 * later + 1e-30));
			gain = fmin(fmax(gain, 1.0 / most_gain), most_gain);
			gain = pow(gain, fmin((edge[k + 1] - edge[k]) / whole, 1.0));
		}
		const uint32_t middle = (edge[k] + edge[k + 1]) / 2;
		ramp(out, w->channels, at, middle, k ? before : gain, gain);
		before = gain;
		at = middle;
	}
}

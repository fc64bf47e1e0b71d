/* A sound taken apart: what the morph_*.c files share. Private to them; described in model/morph.h.
 *
 * Time is counted in points, one every `hop` frames from the sound's start (its first audible frame), and in
 * spectra, one every `step` = 16 hops; a spectrum is of 2 steps around its time. */
#ifndef DRUMLIN_MORPH_SOURCE_H
#define DRUMLIN_MORPH_SOURCE_H

#include "model/morph.h"

#include "model/vec.h"

#include <complex.h>

enum {
	MORPH_PARTIALS = 8,
	MORPH_QUANTILES = 32,
	MORPH_HOPS_PER_STEP = 16,
	MORPH_MOST_HOP = 128,
	MORPH_RISING = 4,  /* levels on the way up to the peak that are matched in time */
	MORPH_FALLING = 11 /* and on the way down */
};
enum { MORPH_KNOTS = 1 + MORPH_RISING + 1 + MORPH_FALLING + 1 }; /* start, rising, peak, falling, end */

/* When a sound's energy comes and when it is gone: the frames by which a hundredth, a fiftieth, a twentieth
 * and a tenth of it have come, and those from which on 0.7, 0.4, 0.1, 0.01 ... a millionth of it are left;
 * and the parts of it that lie between these, which whole frames do not meet exactly. What is left is
 * Schroeder's decay (M. R. Schroeder, "New method of measuring reverberation time", JASA 37, 1965): it falls
 * steadily, where a level wavers. */
enum { MORPH_COMING = 4, MORPH_GOING = 8, MORPH_EDGES = MORPH_COMING + MORPH_GOING };
typedef struct morph_times {
	double edge[MORPH_EDGES]; /* not falling */
	double part[MORPH_EDGES + 1];
} morph_times;

typedef struct morph_partial {
	float *share;     /* amplitude over the sound's level, at each point */
	float *log_turns; /* natural log of cycles per hop, from each point to the next */
	double phase;     /* cycles at the start, in [-0.5, 0.5) */
	double mass;      /* sum of its amplitude over time */
	double centre;    /* mean log of cycles per hop */
} morph_partial;

struct morph_source {
	uint32_t rate, hop, step, bins; /* bins = step + 1 */
	uint32_t frames;                /* from the start on */
	uint32_t lead;                  /* silent frames before it */
	uint32_t points, spectra;
	int channels;
	float loudness;   /* the kit's */
	double loudest;   /* morph_loudest() of it */
	float *log_level; /* natural log of the level (RMS), at each point */
	float *rest;      /* level of the rest over the sound's, at each point */
	float *log_heard; /* natural log of the RMS of some 20 ms around each point */
	int n_partials;
	morph_partial partial[MORPH_PARTIALS];
	double fullness; /* power of the levelled rest, weighted by its level */
	double colour;   /* mean log2 bin of the powers of its parts, each heard alone (morph_tint.h) */
	double hue;      /* of the whole's */
	double knot[MORPH_KNOTS]; /* in points; not falling */
	morph_times times;
	float complex *spectrum[2]; /* spectra x bins, of the levelled rest, phases relative to the middle */
	float *quantile;            /* spectra x MORPH_QUANTILES: log2 of positions in bins */
	float *power;               /* of each spectrum, mean of the channels */
	size_t bytes;
};

/* Frames between points at a rate. */
uint32_t morph_hop(uint32_t rate);

/* RMS of the loudest 50 ms, on a grid of points. */
double morph_loudest(float *const x[2], int channels, uint32_t frames, uint32_t hop, uint32_t rate);

/* Natural log of the RMS around each point: two running means of 20 ms, one after the other, which a tone of
 * 50 Hz passes without ripple. scratch: 2 x (points + 1). */
void morph_listen(float *const x[2], int channels, uint32_t frames, uint32_t hop, uint32_t rate,
		  uint32_t points, float *log_heard, double *scratch);

/* morph_times.c. */
void morph_find_times(float *const x[2], int channels, uint32_t frames, morph_times *t);

/* morph_partials.c: finds the partials of x (frames of it), takes them out of x, and fills in the source's
 * list, share[] holding amplitudes. points of the source are set. */
dr_status morph_find_partials(morph_source *s, float *x, dr_error *err) DR_CHECKED;

/* Adds one hop of an oscillator: phase and turns in cycles, amplitude going linearly from a to b. */
void morph_oscillate(float *out, uint32_t hop, double phase, double turns, float a, float b);

/* Mean power of the levelled rest x, near 1, where it is heard: weighted by the power of its level, which is
 * level[p] * rest[p] at each point. */
double morph_fullness(float *const x[2], int channels, const float *level, const float *rest, uint32_t frames,
		      uint32_t hop);

/* morph_spectra.c: spectra and quantiles of the levelled rest x[channel] (frames of it). */
dr_status morph_take_spectra(morph_source *s, float *const x[2], dr_error *err) DR_CHECKED;

/* One spectrum's worth of the transport of a source, in log2 of positions in bins. */
typedef struct morph_move {
	const float *from, *to;     /* quantiles */
	const float complex *in[2]; /* the second NULL for mono */
	float complex *out[2];      /* added to; the second NULL where nobody needs it */
	float *turn;                /* phase that each bin has gathered, in cycles; updated */
	float gain;
	bool first; /* of its source: its middle is the sound's start, from which all turning counts */
	uint32_t bins;
} morph_move;
void morph_transport(const morph_move *m);

/* A real transform; n a power of two. Its plans are cached, and made without measuring: always the same
 * bytes. */
void morph_fft_forward(uint32_t n, float *in, float complex *out);
void morph_fft_backward(uint32_t n, float complex *in, float *out); /* destroys in */
float *morph_fft_buffer(size_t floats); /* aligned as the plans want it; NULL if memory is short */
void morph_fft_buffer_free(void *p);

/* cos(2 pi u), error below 1e-6; u within +-2^22. */
VEC_INLINE float
morph_cos1(float u)
{
	const float n = (u + 12582912.0f) - 12582912.0f; /* 1.5 * 2^23: rounds to the nearest integer */
	const float r = u - n;
	const float y = (r < 0.0f ? -r : r) - 0.25f; /* cos(2 pi u) = -sin(2 pi y) */
	const float z = y * y;
	float p = -15.094643f;
	p = p * z + 42.058693f;
	p = p * z - 76.705859f;
	p = p * z + 81.605249f;
	p = p * z - 41.341702f;
	p = p * z + 6.2831853f;
	return -y * p;
}

#endif

/* The workshop that the project's own kits are made in: buffers, filters, oscillators, noise.
 *
 * Everything is synthesised at four times the kit's rate in double precision, so that what is square,
 * modulated or distorted does not alias, and brought down once at the end (master.h). One thread, no
 * hidden state: the same build gives the same bytes. */
#ifndef KITGEN_DSP_H
#define KITGEN_DSP_H

#include "rt/rng.h"

#include <math.h>
#include <stddef.h>

enum { RATE = 48000, OVERSAMPLING = 4, FS = RATE * OVERSAMPLING };

/* A sound in the making, planar; x[1] is NULL for mono. n frames at FS, or at RATE once it is mastered. */
typedef struct sound {
	double *x[2];
	size_t n;
	int channels;
} sound;

/* How an instrument is struck: hardness 0..1, which of the takes, and the take's own seed. */
typedef struct stroke {
	double hard;
	int take;
	uint64_t seed;
} stroke;

/* Silence of that length; exits the program if memory is short. */
sound sound_new(double seconds, int channels);
void sound_free(sound *s);

/* Adds v to frame i at pan -1..1 (equal power); to the one channel where it is mono. */
void sound_add(sound *s, size_t i, double v, double pan);

/* White noise, uniform in [-1, 1). */
static inline double
white(uint64_t *state)
{
	return 2.0 * (double)(rng_next(state) >> 11) * 0x1p-53 - 1.0;
}

/* A random number in [low, high). */
static inline double
between(uint64_t *state, double low, double high)
{
	return low + (high - low) * 0.5 * (white(state) + 1.0);
}

/* Exponential decay that has fallen by 60 dB at t60. */
static inline double
decay(double t, double t60)
{
	return exp(-6.907755278982137 * t / t60);
}

/* From 0 to 1 between a and b along a raised cosine, for gates and fades. */
double smooth_step(double t, double a, double b);

/* State-variable filter by trapezoidal integration (Simper, "Linear Trapezoidal Integrated SVF", 2013). */
typedef struct svf {
	double a1, a2, a3, k, s1, s2;
	double low, band, high; /* outputs; band has unit gain at its centre */
} svf;
void svf_set(svf *f, double hz, double q); /* keeps the state: may be called while it runs */
void svf_run(svf *f, double x);

static inline double
svf_low(svf *f, double x)
{
	svf_run(f, x);
	return f->low;
}

static inline double
svf_band(svf *f, double x)
{
	svf_run(f, x);
	return f->band;
}

static inline double
svf_high(svf *f, double x)
{
	svf_run(f, x);
	return f->high;
}

/* Square wave with its corners rounded over two samples (Valimaki and Huovilainen, "Antialiasing
 * oscillators in subtractive synthesis", IEEE SPM 2007). phase in turns; hz below FS / 4. */
double square(double *phase, double hz);

/* Holds its input for rate/FS samples and rounds it to steps of 2^-(bits-1): the grit of early samplers. */
typedef struct crusher {
	double phase, held;
} crusher;
double crush(crusher *c, double x, double rate, double bits);

/* One decaying partial, added from frame 0 on. pitch bends: starts at hz * (1 + bend), settles within
 * bend_time. */
typedef struct partial {
	double hz, t60, gain, phase, pan, bend, bend_time;
} partial;
void add_partial(sound *s, const partial *p);

#endif

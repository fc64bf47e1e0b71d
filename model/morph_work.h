/* A place between several sounds while it is rendered: what morph_render.c (the whole), morph_pairs.c
 * (partials), morph_carry.c (the rest) and morph_times.c (when its energy comes and goes) share. Private to
 * morph*.c. */
#ifndef DRUMLIN_MORPH_WORK_H
#define DRUMLIN_MORPH_WORK_H

#include "model/morph_tint.h"

enum { MORPH_MOST_PAIRS = KIT_CORNERS * MORPH_PARTIALS };

/* A share of one partial of each source that has any, played as one oscillator. */
typedef struct morph_pair {
	int partial[KIT_CORNERS]; /* -1: the source has none */
	double share[KIT_CORNERS];
	double phase; /* cycles */
	double power; /* of the whole partials that it is part of, over its own: see morph_spread */
	double boost; /* of its amplitude */
} morph_pair;

struct morph_work {
	int n, channels;
	const morph_source *source[KIT_CORNERS];
	double weight[KIT_CORNERS];
	uint32_t lead, frames, points, spectra;
	double knot[MORPH_KNOTS];
	int n_pairs;
	morph_pair pair[MORPH_MOST_PAIRS];
	float rest_gain; /* of the carriers, which are not quite as full as the parents' */
	/* Grown as needed. */
	void *memory;
	size_t room;
	double *moment[KIT_CORNERS]; /* at each point: the source's time, in its points */
	double *scratch;             /* of morph_listen */
	float *level, *rest;         /* the result's level, and its rest's share of it */
	float *heard;                /* log of the level that it shall be heard at */
	float *body, *carrier[2];    /* partials together; the rest, levelled */
	float *turn[KIT_CORNERS];
	float complex *bins[2];
	float *real;
	float *window; /* half a sine, of `windowed` steps twice; its own memory */
	uint32_t windowed;
	morph_ear ear;
};

/* morph_pairs.c: chooses the pairs; then how much their shares add up in power. */
void morph_pair_partials(morph_work *w);
void morph_spread(morph_work *w);
/* Adds them to the body. */
void morph_play_pairs(morph_work *w);

/* 0 at a corner, 1 a twentieth of the way from it and further. */
double morph_mixed(const morph_work *w);

/* morph_carry.c: the carriers of the rest and its gain. */
void morph_carry_rest(morph_work *w);

/* morph_times.c: the energy of frames [from, to), the sum of their squares over both channels (the second
 * NULL for mono). */
double morph_energy(float *const x[2], int channels, uint32_t from, uint32_t to);

/* morph_times.c: sees to it that the shares of the energy come and go (morph_times) when they do between the
 * parents, in log time. Where the sound has a share well between the parents' times already, it is left;
 * where not, a gain on the power, 1/9 to 9 and nearer to 1 where two times are less than half a millisecond
 * apart, makes the part between them what is due of the whole. It goes linearly from the middle of each such
 * stretch to that of the next. Of the attack: the first tenth alone, as what the parts of a sound cancel of
 * each other when they begin together, those of several do not. Else the whole, of whose first tenth a
 * twentieth counts. out: w->frames frames of each channel, changed in place. */
void morph_shape_times(const morph_work *w, float *const out[2], bool attack);

/* A curve of a source at a moment. */
static inline double
morph_at_moment(const float *curve, double moment)
{
	const uint32_t i = (uint32_t)moment;
	const double f = moment - i;
	return (double)curve[i] + (f > 0.0 ? f * (double)(curve[i + 1] - curve[i]) : 0.0);
}

#endif

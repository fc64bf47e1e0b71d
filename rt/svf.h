/* A state-variable filter for a stereo channel: low, band and high pass of second order, mixed.
 *
 * Topology-preserving transform by trapezoidal integration (Zavalishin, "The art of VA filter design", 2012,
 * ch. 4; the form is Simper's, "Linear trapezoidal integrated state variable filter", 2013): right at every
 * cutoff below half the rate, and stable while cutoff and resonance move. [audio]; plain data owned by the
 * audio thread. */
#ifndef DRUMLIN_SVF_H
#define DRUMLIN_SVF_H

#include <stdint.h>

/* g: tan(pi cutoff / rate); k: 1/Q; mix: shares of input, band and low in the output. */
typedef struct svf_shape {
	float g, k, mix[3];
} svf_shape;

typedef struct svf {
	svf_shape now;
	float s1[2], s2[2];
} svf;

/* How much of each kind of output is wanted; they may be crossfaded. */
typedef struct svf_mode {
	float off, low, band, high;
} svf_mode;

/* cutoff in Hz (held below 0.49 of the rate); resonance 0 (no peak) .. 1 (Q 20). The band pass has unity in
 * its middle. [any] */
svf_shape svf_design(svf_mode mode, float cutoff, float resonance, uint32_t rate);

/* Silence, and at the shape at once. */
void svf_reset(svf *f, svf_shape shape);

/* In place; the shape goes from where it was to `to` on a straight line. */
void svf_run(svf *f, svf_shape to, uint32_t frames, float *left, float *right);

#endif

/* Whole sounds from one sample rate to another. Pure but for memory; any thread but the audio thread.
 *
 * Rates whose ratio is a small fraction, which all usual ones are, go through one polyphase filter with its
 * coefficients in a table; that takes a quarter of the time of libsamplerate's best converter, which computes
 * every coefficient anew, and is no worse in any figure (doc/kits.md; make resampling measures both). Odd
 * ratios go through libsamplerate's best. Either way: flat to 93 % of the lower rate's half, what lies beyond
 * the half 145 dB down, no delay, and the level unchanged. */
#ifndef DRUMLIN_RESAMPLE_H
#define DRUMLIN_RESAMPLE_H

#include "rt/status.h"

#include <stdint.h>

/* Replaces *data (malloc'd, one or two channels interleaved, *frames of them) by the same sound at rate `to`.
 * On an error both stay as they were. Errors: DR_BAD_INPUT (the ratio is beyond 256, or nothing is left),
 * DR_FAILED (memory).
 */
dr_status resample(float **data, uint32_t *frames, int channels, uint32_t from, uint32_t to,
		   dr_error *err) DR_CHECKED;

#endif

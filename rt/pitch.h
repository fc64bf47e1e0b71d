/* Pitch: band-limited interpolation of sample data at any ratio of input to output frames.
 *
 * Polyphase windowed sinc (Smith and Gossett, "A flexible sampling-rate conversion method", ICASSP 1984): 32
 * taps under Kaiser's window (Kaiser, 1974), coefficients linear between 128 phases. One table serves ratios
 * up to 1; for higher ones there is a table every three semitones whose band ends lower, so that what would
 * fold back below 5/12 of the rate is gone before it is skipped over. Images and aliases below that lie at
 * -78 dB (tests/test_pitch.c asserts it).
 *
 * The tables are computed once, at set-up, and constant from then on. */
#ifndef DRUMLIN_PITCH_H
#define DRUMLIN_PITCH_H

#include <stdint.h>

enum {
	PITCH_TAPS = 32,
	PITCH_BEFORE = PITCH_TAPS / 2 - 1, /* frames read before a position */
	PITCH_AFTER = PITCH_TAPS / 2,      /* and after it */
	PITCH_BANDS = 9                    /* ratios to 1, then to 2^(3/12), 2^(6/12) ... 2^(24/12) */
};

/* Computes the tables; again is harmless. [set-up] */
void pitch_setup(void);

/* Table for an increment in 32.32 frames per frame. [any] */
int pitch_band(uint64_t increment);

/* Writes `frames` to left (and right, where x_right is not NULL): the data at position + i * increment, 32.32
 * frames, where x_left[PITCH_BEFORE] is frame 0. The data must reach from frame -PITCH_BEFORE to PITCH_AFTER
 * after the last position. [audio] */
void pitch_run(int band, const float *x_left, const float *x_right, uint64_t position, uint64_t increment,
	       uint32_t frames, float *left, float *right);

#endif

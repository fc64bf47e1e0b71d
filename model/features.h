/* What a network sees of the past and of the performer's wishes before it predicts a step: one
 * function for training, scoring and playing. Pure; any thread.
 *
 * Lookback in the sense of Magenta's lookback RNN (Waite, "Generating Long-Term Structure in Songs
 * and Stories", 2016): events at the place of the coming step one, two and four bars ago, and how well the
 * last steps repeated what came there. Lags are in bars of the current metre. */
#ifndef DRUMLIN_FEATURES_H
#define DRUMLIN_FEATURES_H

#include "model/model.h"

/* Steps already played, newest last: the event k steps back (1 is the last) is index (n - k) & wrap. */
typedef struct history {
	const step_hits *step;
	const uint16_t *mask; /* hit masks of the same steps */
	uint32_t wrap;        /* ring size - 1, or all ones for a whole pattern in a row */
	int64_t n;            /* steps so far */
} history;

enum {
	HISTORY_RING = 256, /* steps that a player's history holds */
	FEATURE_LAGS = 8    /* candidates for the lag that the past repeats best at */
};

/* The parts of the input vector. A slot is a whole event: 12 hits, velocities / 127, offsets * 2 and
 * (ratchet - 1) / 3. */
enum {
	FEATURE_SLOT = 4 * INSTRUMENTS,
	FEATURE_SLOT_LAST = 0, /* the step before */
	FEATURE_SLOT_BAR,      /* the coming step's place one bar ago */
	FEATURE_SLOT_TWO_BARS,
	FEATURE_SLOT_BEST,   /* at the lag that repeated best */
	FEATURE_SLOT_RECENT, /* every instrument's own last hit; "hit" is 2^(-age/8) */
	FEATURE_SLOTS,

	FEATURE_ECHOES = 5, /* hits only: 2, 3 and 4 steps ago, four bars ago, one bar ago and a step later */
	FEATURE_AT_ECHO = FEATURE_SLOTS * FEATURE_SLOT,
	FEATURE_AT_MATCH = FEATURE_AT_ECHO + FEATURE_ECHOES * INSTRUMENTS, /* 4 lags x 4 measures */
	FEATURE_AT_LAG = FEATURE_AT_MATCH + 16,                            /* which lag is best */
	FEATURE_AT_DEPTH = FEATURE_AT_LAG + FEATURE_LAGS,                  /* how much past there is */
	FEATURE_AT_LOUD = FEATURE_AT_DEPTH + 4,                            /* hits in the last bar and beat */
	FEATURE_AT_RECALL = FEATURE_AT_LOUD + 2,                           /* recall.h */
	FEATURE_RECALL = 135,
	FEATURE_AT_PLACE = FEATURE_AT_RECALL + FEATURE_RECALL,
	FEATURE_AT_BAR = FEATURE_AT_PLACE + STEP_MAX_BAR,
	FEATURE_AT_METRE = FEATURE_AT_BAR + 4,
	FEATURE_AT_STYLE = FEATURE_AT_METRE + 3,
	FEATURE_AT_ANYTHING =
	    FEATURE_AT_STYLE + MODEL_MAX_STYLES - 1, /* the place of a style that none has */
	FEATURE_AT_WISH =
	    FEATURE_AT_STYLE + MODEL_MAX_STYLES, /* style known; density, fill, tempo and known */
	FEATURE_AT_HAND = FEATURE_AT_WISH + 7,
	FEATURE_USED = FEATURE_AT_HAND + 1,
	FEATURES = (FEATURE_USED + 15) / 16 * 16
};

void features_build(const history *h, const model_context *ctx, float x[FEATURES]);

/* The part of an input vector about one instrument, for the heads of its hits. */
enum { FEATURE_OWN = FEATURE_SLOTS * 4 + 4 };
void features_own(const float x[FEATURES], int instrument, float own[FEATURE_OWN]);
/* Which input own[j] is. */
int features_own_at(int j, int instrument);

/* A context in which nothing is known but the place. */
model_context features_no_wishes(int bar, int bar_step, int bar_len);

#endif

/* What a timebase master says, four quarters to a bar. */
#ifndef DRUMLIN_TESTS_BBT_H
#define DRUMLIN_TESTS_BBT_H

#include "rt/transport.h"

#include <math.h>

/* In whole ticks, rounded down; quarters from the top. */
static inline transport_bbt
bbt_at(double quarters, double bpm)
{
	return (transport_bbt){.valid = true,
			       .bar = (int32_t)(quarters / 4.0) + 1,
			       .beat = (int32_t)fmod(quarters, 4.0) + 1,
			       .tick = floor(fmod(quarters, 1.0) * 1920.0),
			       .ticks_per_beat = 1920.0,
			       .beats_per_bar = 4.0,
			       .beat_type = 4.0,
			       .bpm = bpm};
}

#endif

#include "model/rolls.h"

#include <math.h>

#define TRIM_GAIN 0.3f /* a bar of trap without a roll: two thirds of a unit of log-odds */
#define TRIM_LIMIT 6.0f

float
rolls_target(float share, float shift)
{
	const float odds = share / fmaxf(1e-6f, 1.0f - share) * expf(shift);
	return odds / (1.0f + odds);
}

float
rolls_shift(const rolls_state *s, float target)
{
	return target > 0.0f ? s->trim : 0.0f;
}

void
rolls_learn(rolls_state *s, float target, bool rolled)
{
	if (target > 0.0f)
		s->trim = fmaxf(-TRIM_LIMIT,
				fminf(TRIM_LIMIT, s->trim + TRIM_GAIN * (target - (rolled ? 1.0f : 0.0f))));
}

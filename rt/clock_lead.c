#include "rt/clock_lead.h"

#include <math.h>

static const double drift = 500e-6; /* the most by which Linux slews a clock */

void
clock_lead_take(clock_lead *c, int64_t before, int64_t theirs, int64_t after)
{
	/* Whole microseconds: each may be one too low. */
	const double low = (double)(before - theirs) - 1.0, high = (double)(after - theirs) + 1.0;
	const double slack = c->known ? drift * (double)(before - c->at) : 0.0;
	c->lowest = fmax(c->lowest - slack, low);
	c->highest = fmin(c->highest + slack, high);
	if (!c->known || c->lowest > c->highest) {
		c->lowest = low;
		c->highest = high;
		c->lead = llround(low + 0.5 * (high - low));
	}
	c->lead = llround(fmax(c->lowest, fmin(c->highest, (double)c->lead)));
	c->known = true;
	c->at = before;
}

#include "model/past.h"

#include <string.h>

/* Far below where a float stops counting; what is taken off keeps every reach's place. */
#define CLOCK_MOST 8388608.0f
#define CLOCK_BACK 4194304.0f

size_t
past_ring_size(past p)
{
	return (size_t)p.reach * (size_t)p.width;
}

size_t
past_rows_size(past p, int steps, int lanes)
{
	return (size_t)(p.reach + steps) * (size_t)lanes * (size_t)p.width;
}

static float
later(float clock, int steps)
{
	const float then = clock + (float)steps;
	return then >= CLOCK_MOST ? then - CLOCK_BACK : then;
}

/* A step's place in the ring, `back` steps before the one that the clock is at. */
static size_t
place(past p, float clock, int back)
{
	return (size_t)(((int)clock - back) & (p.reach - 1)) * (size_t)p.width;
}

void
past_depths(const sequence *s, const float *clock, size_t stride, float *depth)
{
	for (int b = 0; b < s->lanes; b++) {
		float had = clock[(size_t)b * stride];
		for (int t = 0; t < s->steps; t++) {
			size_t row = (size_t)t * (size_t)s->lanes + (size_t)b;
			had = s->reset[row] ? 0.0f : had;
			depth[row] = had;
			had += 1.0f;
		}
	}
}

void
past_unroll(past p, int lanes, const float *clock, const float *ring, size_t stride, float *rows)
{
	const size_t wide = (size_t)p.width, bytes = wide * sizeof *rows;
	for (int back = 1; back <= p.reach; back++)
		for (int b = 0; b < lanes; b++) {
			const float had = clock[(size_t)b * stride];
			float *row = rows + ((size_t)(p.reach - back) * (size_t)lanes + (size_t)b) * wide;
			if (had >= (float)back)
				memcpy(row, ring + (size_t)b * stride + place(p, had, back), bytes);
			else
				memset(row, 0, bytes);
		}
}

void
past_pass(const sequence *s, float *clock, size_t stride)
{
	for (int b = 0; b < s->lanes; b++) {
		float *own = clock + (size_t)b * stride;
		int t = s->steps - 1;
		while (t >= 0 && !s->reset[(size_t)t * (size_t)s->lanes + (size_t)b])
			t--;
		*own = t >= 0 ? (float)(s->steps - t) : later(*own, s->steps);
	}
}

void
past_roll_up(past p, int steps, int lanes, const float *clock, const float *rows, float *ring, size_t stride)
{
	const size_t wide = (size_t)p.width;
	for (int b = 0; b < lanes; b++) {
		const float had = clock[(size_t)b * stride];
		for (int back = 1; back <= p.reach && (float)back <= had; back++) {
			const size_t row = (size_t)(p.reach + steps - back) * (size_t)lanes + (size_t)b;
			memcpy(ring + (size_t)b * stride + place(p, had, back), rows + row * wide,
			       wide * sizeof *ring);
		}
	}
}

float *
past_now(past p, const float *clock, float *ring)
{
	return ring + place(p, *clock, 0);
}

const float *
past_back(past p, const float *clock, const float *ring, int back)
{
	return *clock >= (float)back ? ring + place(p, *clock, back) : NULL;
}

void
past_tick(float *clock)
{
	*clock = later(*clock, 1);
}

#include "rt/duck.h"

#include <string.h>

static const float attack_seconds = 0.001f;

void
duck_init(duck *d)
{
	memset(d, 0, sizeof *d);
}

void
duck_hit(duck *d, float strength, uint32_t rate)
{
	const float floor = d->attacking ? d->top : d->level;
	d->top = strength > floor ? strength : floor;
	d->step = (d->top - d->level) / (attack_seconds * (float)rate);
	d->attacking = true;
	d->place = 0.0f;
}

bool
duck_run(duck *d, float release_frames, uint32_t frames, float *envelope)
{
	if (!d->attacking && d->level <= 0.0f)
		return false;
	const float speed = 1.0f / (release_frames > 1.0f ? release_frames : 1.0f);
	for (uint32_t i = 0; i < frames; i++) {
		if (d->attacking) {
			d->level += d->step;
			if (d->level >= d->top || d->step <= 0.0f) {
				d->level = d->top;
				d->attacking = false;
			}
		} else if (d->place < 1.0f) {
			d->place += speed;
			const float x = d->place < 1.0f ? d->place : 1.0f;
			d->level = d->top * (1.0f - x * x * (3.0f - 2.0f * x));
		} else {
			d->level = 0.0f;
		}
		envelope[i] = d->level;
	}
	return true;
}

#include "data/kitgen/dsp.h"

#include <stdio.h>
#include <stdlib.h>

sound
sound_new(double seconds, int channels)
{
	sound s = {.n = (size_t)(seconds * FS), .channels = channels};
	for (int c = 0; c < channels; c++) {
		s.x[c] = calloc(s.n, sizeof *s.x[c]);
		if (!s.x[c]) {
			fputs("kitgen: out of memory\n", stderr);
			exit(1);
		}
	}
	return s;
}

void
sound_free(sound *s)
{
	free(s->x[0]);
	free(s->x[1]);
	*s = (sound){0};
}

void
sound_add(sound *s, size_t i, double v, double pan)
{
	if (s->channels == 1) {
		s->x[0][i] += v;
		return;
	}
	s->x[0][i] += v * sqrt(0.5 * (1.0 - pan)) * M_SQRT2;
	s->x[1][i] += v * sqrt(0.5 * (1.0 + pan)) * M_SQRT2;
}

double
smooth_step(double t, double a, double b)
{
	if (t <= a)
		return 0.0;
	if (t >= b)
		return 1.0;
	return 0.5 - 0.5 * cos(M_PI * (t - a) / (b - a));
}

void
svf_set(svf *f, double hz, double q)
{
	const double g = tan(M_PI * hz / FS);
	f->k = 1.0 / q;
	f->a1 = 1.0 / (1.0 + g * (g + f->k));
	f->a2 = g * f->a1;
	f->a3 = g * f->a2;
}

void
svf_run(svf *f, double x)
{
	const double v3 = x - f->s2;
	const double v1 = f->a1 * f->s1 + f->a2 * v3;
	const double v2 = f->s2 + f->a2 * f->s1 + f->a3 * v3;
	f->s1 = 2.0 * v1 - f->s1;
	f->s2 = 2.0 * v2 - f->s2;
	f->low = v2;
	f->band = f->k * v1;
	f->high = x - f->k * v1 - v2;
}

static double
corner(double t, double dt)
{
	if (t < dt) {
		t /= dt;
		return t + t - t * t - 1.0;
	}
	if (t > 1.0 - dt) {
		t = (t - 1.0) / dt;
		return t * t + t + t + 1.0;
	}
	return 0.0;
}

double
square(double *phase, double hz)
{
	const double dt = hz / FS, t = *phase;
	const double half = t < 0.5 ? t + 0.5 : t - 0.5;
	const double y = (t < 0.5 ? 1.0 : -1.0) + corner(t, dt) - corner(half, dt);
	*phase += dt;
	*phase -= floor(*phase);
	return y;
}

double
crush(crusher *c, double x, double rate, double bits)
{
	c->phase += rate / FS;
	if (c->phase >= 1.0) {
		c->phase -= floor(c->phase);
		const double steps = exp2(bits - 1.0);
		c->held = floor(x * steps + 0.5) / steps;
	}
	return c->held;
}

void
add_partial(sound *s, const partial *p)
{
	double phase = p->phase, env = 1.0, bend = p->bend;
	const double fall = exp(-6.907755278982137 / (p->t60 * FS));
	const double settle = p->bend_time > 0.0 ? exp(-1.0 / (p->bend_time * FS)) : 0.0;
	for (size_t i = 0; i < s->n; i++) {
		sound_add(s, i, p->gain * env * sin(2.0 * M_PI * phase), p->pan);
		phase += p->hz * (1.0 + bend) / FS;
		env *= fall;
		bend *= settle;
	}
}

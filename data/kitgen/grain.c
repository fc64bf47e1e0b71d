#include "data/kitgen/grain.h"

void
add_grain(sound *s, const grain *g)
{
	double carrier = 0.0, modulator = 0.0;
	const size_t from = (size_t)(g->at * FS), n = (size_t)(1.2 * g->t60 * FS);
	for (size_t i = 0; i < n && from + i < s->n; i++) {
		const double t = (double)i / FS, env = decay(t, g->t60);
		const double hz = g->hz * exp2(-g->slide * t / g->t60);
		const double rise = smooth_step(t, 0.0, 0.00015);
		const double bend = g->index * env * sin(2.0 * M_PI * modulator);
		sound_add(s, from + i, g->gain * rise * env * sin(2.0 * M_PI * carrier + bend), g->pan);
		carrier += hz / FS;
		modulator += hz * g->ratio / FS;
	}
}

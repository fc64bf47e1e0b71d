#include "data/kitgen/room.h"

#include <stdio.h>
#include <stdlib.h>

enum { LINES = 8 };

typedef struct line {
	double *x;
	size_t n, at;
	double gain, state;
} line;

static void
open_lines(line *lines, double t60, double size)
{
	static const double ms[LINES] = {5.03, 6.71, 8.27, 9.91, 11.83, 13.97, 16.31, 18.89};
	for (int l = 0; l < LINES; l++) {
		lines[l] = (line){.n = (size_t)(ms[l] * size * FS / 1000.0)};
		lines[l].gain = decay((double)lines[l].n / FS, t60);
		lines[l].x = calloc(lines[l].n, sizeof *lines[l].x);
		if (!lines[l].x) {
			fputs("kitgen: out of memory\n", stderr);
			exit(1);
		}
	}
}

/* Householder's reflection mixes the lines without loss. */
static void
run_lines(line *lines, const double in[2], double out[2])
{
	double y[LINES], sum = 0.0;
	const double damp = 1.0 - exp(-2.0 * M_PI * 5200.0 / FS);
	out[0] = out[1] = 0.0;
	for (int l = 0; l < LINES; l++) {
		line *d = &lines[l];
		d->state += damp * (d->x[d->at] - d->state);
		y[l] = d->gain * d->state;
		sum += y[l];
		out[l & 1] += (l & 2 ? -0.5 : 0.5) * d->state;
	}
	for (int l = 0; l < LINES; l++) {
		line *d = &lines[l];
		d->x[d->at] = y[l] - sum * 2.0 / LINES + in[l & 1];
		if (++d->at == d->n)
			d->at = 0;
	}
}

void
add_room(sound *s, double level, double t60, double size)
{
	line lines[LINES];
	open_lines(lines, t60, size);
	for (size_t i = 0; i < s->n; i++) {
		const double in[2] = {s->x[0][i], s->channels > 1 ? s->x[1][i] : s->x[0][i]};
		double out[2];
		run_lines(lines, in, out);
		for (int c = 0; c < s->channels; c++)
			s->x[c][i] += level * out[c];
	}
	for (int l = 0; l < LINES; l++)
		free(lines[l].x);
}

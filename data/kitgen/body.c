#include "data/kitgen/body.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_MODES = 2400 };

static double *
row(int n)
{
	double *x = calloc((size_t)n, sizeof *x);
	if (!x) {
		fputs("kitgen: out of memory\n", stderr);
		exit(1);
	}
	return x;
}

static void
allocate(body *b)
{
	*b = (body){0};
	b->stiff = row(MOST_MODES);
	b->loss = row(MOST_MODES);
	b->x = row(MOST_MODES);
	b->v = row(MOST_MODES);
	b->hit = row(MOST_MODES);
	b->ear[0] = row(MOST_MODES);
	b->ear[1] = row(MOST_MODES);
	b->tight = row(MOST_MODES);
}

void
body_free(body *b)
{
	free(b->stiff);
	free(b->loss);
	free(b->x);
	free(b->v);
	free(b->hit);
	free(b->ear[0]);
	free(b->ear[1]);
	free(b->tight);
	*b = (body){0};
}

static void
set_mode(body *b, double hz, double t60, double half)
{
	b->stiff[b->n] = 4.0 * M_PI * M_PI * hz * hz;
	b->loss[b->n] = 2.0 * 6.907755278982137 / t60 * (1.0 + hz / half);
}

/* The next zero of J_m after z, by steps and bisection. */
static double
next_zero(int m, double z)
{
	double low = z + 0.05, high = low + 0.2;
	while (jn(m, low) * jn(m, high) > 0.0) {
		low = high;
		high += 0.2;
	}
	for (int i = 0; i < 48; i++) {
		const double middle = 0.5 * (low + high);
		if (jn(m, low) * jn(m, middle) <= 0.0)
			high = middle;
		else
			low = middle;
	}
	return 0.5 * (low + high);
}

static const double lowest_zero = 2.404825557695773;

/* Walks over all modes: shape (m, n, orientation) and its zero. Both orientations of m > 0 have an entry. */
typedef struct walk {
	int m, sine;
	double zero;
} walk;

static bool
next_mode(const membrane *d, walk *w)
{
	const double most = d->top / d->hz * lowest_zero;
	if (w->m > 0 && !w->sine) {
		w->sine = 1;
		return true;
	}
	w->sine = 0;
	w->zero = next_zero(w->m, w->zero);
	if (w->zero <= most)
		return true;
	w->m++;
	w->zero = next_zero(w->m, w->m > 2 ? 0.95 * w->m : 0.5);
	return w->zero <= most;
}

static double
shape_of(const walk *w, double radius, double angle)
{
	const double round = w->sine ? sin(w->m * angle) : cos(w->m * angle);
	return jn(w->m, w->zero * radius) * round / fabs(jn(w->m + 1, w->zero));
}

void
body_membrane(body *b, const membrane *d)
{
	uint64_t seed = d->flaws;
	allocate(b);
	const walk first = {.zero = lowest_zero};
	const double unit = 1.0 / shape_of(&first, d->struck, 0.0);
	for (walk w = {0}; b->n < MOST_MODES && next_mode(d, &w); b->n++) {
		const double load = sqrt((1.0 + d->air / lowest_zero) / (1.0 + d->air / w.zero));
		const double flaw = w.m > 0 ? 1.0 + between(&seed, -0.006, 0.006) : 1.0;
		set_mode(b, d->hz * w.zero / lowest_zero * load * flaw, d->t60, d->half);
		b->hit[b->n] = unit * shape_of(&w, d->struck, 0.0);
		for (int e = 0; e < 2; e++)
			b->ear[e][b->n] = shape_of(&w, d->heard[e], e ? -d->turn : d->turn);
		const double times = b->stiff[b->n] / b->stiff[0];
		b->tight[b->n] = times < 9.0 ? times : 0.0;
		b->round += w.m == 0;
	}
	b->stretch = d->stretch;
}

double *
membrane_point(const membrane *d, const body *b, double radius, double angle)
{
	double *shape = row(MOST_MODES);
	int i = 0;
	for (walk w = {0}; i < b->n && next_mode(d, &w); i++)
		shape[i] = shape_of(&w, radius, angle);
	return shape;
}

typedef struct plate_mode {
	double hz;
	int m, n;
} plate_mode;

static int
by_frequency(const void *a, const void *b)
{
	const plate_mode *p = a, *q = b;
	return (p->hz > q->hz) - (p->hz < q->hz);
}

void
body_plate(body *b, const plate *p)
{
	static plate_mode mode[MOST_MODES];
	uint64_t seed = p->flaws;
	int n = 0;
	const double c = p->hz / pow(2.0, p->power);
	for (int circles = 0; c * pow(1.9 * circles + 2.0, p->power) < p->top; circles++)
		for (int lines = circles ? 0 : 2; n < MOST_MODES; lines++) {
			const double hz = c * pow(lines + 1.9 * circles, p->power);
			if (hz > p->top)
				break;
			for (int twin = 0; twin < (lines ? 2 : 1) && n < MOST_MODES; twin++, n++) {
				const double split = 1.0 + between(&seed, -0.025, 0.025);
				mode[n] =
				    (plate_mode){.hz = hz * split, .m = twin ? -lines : lines, .n = circles};
			}
		}
	qsort(mode, (size_t)n, sizeof *mode, by_frequency);
	allocate(b);
	for (; b->n < n; b->n++) {
		const plate_mode *w = &mode[b->n];
		set_mode(b, w->hz, p->t60, p->half);
		const double tilt = p->bell * w->hz / (w->hz + 1200.0) + 1.0 - p->bell;
		const double lean = between(&seed, 0.0, 2.0 * M_PI);
		b->hit[b->n] = tilt * cos(w->m * p->angle + lean);
		for (int e = 0; e < 2; e++)
			b->ear[e][b->n] = cos(w->m * (e ? 2.2 : 0.7) + lean) * (w->n % 2 ? -1.0 : 1.0);
	}
}

void
body_step(body *b, double force)
{
	double tension = 0.0;
	if (b->stretch > 0.0)
		for (int i = 0; i < b->n; i++)
			tension += b->tight[i] * b->x[i] * b->x[i];
	const double stiffer = 1.0 + fmin(b->stretch * tension, 8.0), dt = 1.0 / FS;
	for (int i = 0; i < b->n; i++) {
		b->v[i] += dt * (force * b->hit[i] - stiffer * b->stiff[i] * b->x[i] - b->loss[i] * b->v[i]);
		b->x[i] += dt * b->v[i];
	}
}

double
body_heard(const body *b, int ear, int from, int to)
{
	double sum = 0.0;
	for (int i = from; i < to; i++)
		sum += b->ear[ear][i] * b->v[i];
	return sum;
}

double
body_at(const body *b, const double *shape)
{
	double sum = 0.0;
	for (int i = 0; i < b->n; i++)
		sum += shape[i] * b->x[i];
	return sum;
}

void
body_push(body *b, const double *shape, double impulse)
{
	for (int i = 0; i < b->n; i++)
		b->v[i] += shape[i] * impulse;
}

double
body_volume(const body *b)
{
	double sum = 0.0;
	for (int i = 0; i < b->round; i++)
		sum += (i & 1 ? -1.0 : 1.0) * b->x[i] * sqrt(b->stiff[0] / b->stiff[i]);
	return sum;
}

void
body_press(body *b, double pressure)
{
	for (int i = 0; i < b->round; i++)
		b->v[i] += (i & 1 ? -1.0 : 1.0) * pressure * sqrt(b->stiff[0] / b->stiff[i]) / FS;
}

double
contact(double t, double time)
{
	const double u = 6.0 * t / time;
	return t < 5.0 * time ? 3.0 * u * u * exp(-u) / time : 0.0;
}

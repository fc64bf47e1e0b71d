/* Metal of moraine: plates by their modes. A cymbal hands energy upwards as long as it swings wide: low modes
 * drive higher ones by the cube of their swing (after Touze, Thomas and Chaigne, J. Sound Vib. 258, 2002, and
 * Chaigne, Touze and Thomas, Acoust. Sci. Tech. 26(5), 2005: cubic terms couple the modes of a plate). Two of
 * them on a stand meet at their edges. */
#include "data/kitgen/moraine.h"

#include "data/kitgen/body.h"
#include "data/kitgen/room.h"

#include <stdlib.h>

typedef struct cymbal {
	plate shape;
	double time;    /* of the stick's contact, s */
	double stroke;  /* impulse */
	double cascade; /* how strongly what is below 3.5 kHz drives what is above */
} cymbal;

static double *
new_shape(const body *b)
{
	double *shape = calloc((size_t)b->n, sizeof *shape);
	if (!shape)
		abort();
	return shape;
}

static void
play(sound *s, const cymbal *c)
{
	body b;
	body_plate(&b, &c->shape);
	const double edge = pow(2.0 * M_PI * 3500.0, 2.0);
	double *driven = new_shape(&b);
	int low = 0;
	for (int i = 0; i < b.n; i++) {
		driven[i] = b.ear[0][i] / (1.0 + pow(edge / b.stiff[i], 2.0));
		low += b.stiff[i] < edge;
	}
	for (size_t i = 0; i < s->n; i++) {
		body_step(&b, c->stroke * contact((double)i / FS, c->time));
		const double swing = body_heard(&b, 1, 0, low);
		body_push(&b, driven, c->cascade * tanh(swing * swing * swing));
		s->x[0][i] += body_heard(&b, 0, 0, b.n);
		if (s->channels > 1)
			s->x[1][i] += swing + body_heard(&b, 1, low, b.n);
	}
	free(driven);
	body_free(&b);
}

/* A plate radiates well above its critical frequency only: 6 dB per octave less under it. */
static void
radiate(sound *s, double critical)
{
	const double pole = exp(-2.0 * M_PI * critical / FS);
	for (int c = 0; c < s->channels; c++) {
		double low = 0.0;
		for (size_t i = 0; i < s->n; i++) {
			low = (1.0 - pole) * s->x[c][i] + pole * low;
			s->x[c][i] -= low;
		}
	}
}

static void
high_pass(sound *s, double hz)
{
	for (int c = 0; c < s->channels; c++) {
		svf cut = {0};
		svf_set(&cut, hz, 0.7);
		for (size_t i = 0; i < s->n; i++)
			s->x[c][i] = svf_high(&cut, s->x[c][i]);
	}
}

void
moraine_crash(sound *s, const stroke *k)
{
	play(s, &(cymbal){.shape = {.hz = 58.0,
				    .top = 17500.0,
				    .power = 1.62,
				    .t60 = 1.30,
				    .half = 9500.0,
				    .flaws = 0x16,
				    .angle = 0.3},
			  .time = 0.00038 - 0.00022 * k->hard,
			  .stroke = 0.03 + 0.03 * k->hard,
			  .cascade = 14e-4 * k->hard});
	radiate(s, 3500.0);
	high_pass(s, 330.0);
	add_room(s, 0.05, 0.35, 1.1);
}

/* The stick's tip on the bow: a ping, and a wash under it that hardly builds up. */
void
moraine_ride(sound *s, const stroke *k)
{
	play(s, &(cymbal){.shape = {.hz = 74.0,
				    .top = 16500.0,
				    .power = 1.75,
				    .t60 = 1.9,
				    .half = 5200.0,
				    .bell = 0.85,
				    .flaws = 0x21,
				    .angle = 1.1},
			  .time = 0.00028 - 0.00016 * k->hard,
			  .stroke = 0.03,
			  .cascade = 1e-4 * k->hard});
	radiate(s, 3000.0);
	high_pass(s, 480.0);
	svf tip = {0};
	uint64_t seed = k->seed;
	svf_set(&tip, 4300.0, 0.8);
	for (size_t i = 0; i < s->n; i++)
		s->x[0][i] += 1.0 * k->hard * svf_band(&tip, white(&seed)) * exp(-(double)i / FS / 0.0016);
}

/* Two cymbals: the lower one lies still at first. They touch at six points of the rim wherever they come
 * nearer than the gap, hard and with some loss. */
typedef struct pair {
	plate shape;
	double time, stroke, gap, grip;
} pair;

enum { TOUCHES = 6 };

static double *
rim_point(const body *b, uint64_t *seed)
{
	double *shape = new_shape(b);
	for (int i = 0; i < b->n; i++)
		shape[i] = white(seed) > 0.0 ? between(seed, 0.3, 1.0) : -between(seed, 0.3, 1.0);
	return shape;
}

static void
play_pair(sound *s, const pair *p)
{
	body top, low;
	plate under = p->shape;
	uint64_t seed = p->shape.flaws;
	under.hz *= 1.09;
	under.flaws++;
	body_plate(&top, &p->shape);
	body_plate(&low, &under);
	double *above[TOUCHES], *below[TOUCHES];
	for (int t = 0; t < TOUCHES; t++) {
		above[t] = rim_point(&top, &seed);
		below[t] = rim_point(&low, &seed);
	}
	for (size_t i = 0; i < s->n; i++) {
		body_step(&top, p->stroke * contact((double)i / FS, p->time));
		body_step(&low, 0.0);
		for (int t = 0; t < TOUCHES; t++) {
			const double depth = body_at(&top, above[t]) - body_at(&low, below[t]) - p->gap;
			if (depth > 0.0) {
				body_push(&top, above[t], -p->grip * depth / FS);
				body_push(&low, below[t], p->grip * depth / FS);
			}
		}
		s->x[0][i] += body_heard(&top, 0, 0, top.n) + 0.6 * body_heard(&low, 0, 0, low.n);
	}
	for (int t = 0; t < TOUCHES; t++) {
		free(above[t]);
		free(below[t]);
	}
	body_free(&top);
	body_free(&low);
}

void
moraine_closed_hat(sound *s, const stroke *k)
{
	uint64_t seed = k->seed;
	play_pair(s, &(pair){.shape = {.hz = 310.0,
				       .top = 17000.0,
				       .power = 1.5,
				       .t60 = 0.085 + 0.03 * k->hard,
				       .half = 9000.0,
				       .flaws = 0x31,
				       .angle = between(&seed, 0.0, 0.5)},
			     .time = 0.00020 - 0.00013 * k->hard,
			     .stroke = 0.05,
			     .gap = 0.0,
			     .grip = 2.0e6});
	high_pass(s, 2600.0);
	high_pass(s, 2200.0);
}

void
moraine_open_hat(sound *s, const stroke *k)
{
	uint64_t seed = k->seed;
	play_pair(s, &(pair){.shape = {.hz = 310.0,
				       .top = 17000.0,
				       .power = 1.5,
				       .t60 = 0.85 + 0.1 * k->hard,
				       .half = 9000.0,
				       .flaws = 0x31,
				       .angle = between(&seed, 0.0, 0.5)},
			     .time = 0.00019 - 0.00012 * k->hard,
			     .stroke = 0.02 + 0.05 * k->hard,
			     .gap = 0.000002,
			     .grip = 2.0e6});
	high_pass(s, 2000.0);
	high_pass(s, 1600.0);
}

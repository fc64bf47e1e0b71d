/* Drums of moraine: two membranes with air between them, struck by sticks, with wires under the snare's. */
#include "data/kitgen/moraine.h"

#include "data/kitgen/body.h"
#include "data/kitgen/room.h"

#include <stdlib.h>

typedef struct drum {
	membrane batter, other;
	double air;    /* stiffness of the air inside, over that of the batter's lowest mode */
	double time;   /* the stick's contact, s */
	double swing;  /* of the batter's lowest mode, 1 for a hard stroke */
	double far;    /* how much of the other membrane is heard */
	uint64_t seed; /* where the wires touch */
	double mellow; /* cut-off of a first-order low-pass, Hz: what the shell and the distance leave */
} drum;

/* The wires of a snare drum, lying on the lower membrane: each a mass on a spring of its own that is thrown
 * off and falls back (Bilbao, JASA 131(1), 2012; contacts after Hunt and Crossley, J. Appl. Mech. 42, 1975).
 */
enum { WIRES = 10 };
typedef struct wires {
	double *shape[WIRES];
	double y[WIRES], v[WIRES], pull[WIRES];
	double level, ring; /* ring: what still sounds of them, as coils do for some milliseconds */
} wires;

static void
wires_open(wires *w, const membrane *m, const body *b, uint64_t *seed, double level)
{
	*w = (wires){.level = level};
	for (int i = 0; i < WIRES; i++) {
		w->shape[i] = membrane_point(m, b, between(seed, 0.1, 0.75), between(seed, 0.0, 2.0 * M_PI));
		w->pull[i] = pow(2.0 * M_PI * between(seed, 90.0, 260.0), 2.0);
	}
}

/* Returns how much they ring: what the contacts' depths put in leaves with 4 ms. */
static double
wires_step(wires *w, body *b)
{
	const double hard = 9.0e7, weight = 0.004, dt = 1.0 / FS;
	double sum = 0.0;
	for (int i = 0; i < WIRES; i++) {
		const double depth = body_at(b, w->shape[i]) - w->y[i];
		double force = 0.0;
		if (depth > 0.0) {
			force = fmax(0.0, hard * depth * (1.0 - 2e-4 * w->v[i]));
			body_push(b, w->shape[i], -weight * force * dt);
			sum += depth;
		}
		w->v[i] += dt * (force - w->pull[i] * w->y[i] - 90.0 * w->v[i]);
		w->y[i] += dt * w->v[i];
	}
	w->ring += w->level * sum * dt / 0.004 - w->ring * dt / 0.004;
	return w->ring;
}

static void
wires_close(wires *w)
{
	for (int i = 0; i < WIRES; i++)
		free(w->shape[i]);
}

/* Runs the drum into s, what the wires do into rattle (NULL where there are none). */
static void
play(sound *s, const drum *d, wires *w, double *rattle)
{
	body top, low;
	uint64_t seed = d->seed;
	body_membrane(&top, &d->batter);
	body_membrane(&low, &d->other);
	if (w)
		wires_open(w, &d->other, &low, &seed, 75.0);
	const double hit = 2.0 * M_PI * d->batter.hz * d->swing, air = d->air * top.stiff[0];
	const double soften = 1.0 - exp(-2.0 * M_PI * d->mellow / FS);
	double state[2] = {0.0, 0.0};
	const double scale = 1.0 / (2.0 * M_PI * d->batter.hz);
	for (size_t i = 0; i < s->n; i++) {
		const double pressure = air * (body_volume(&top) - body_volume(&low));
		body_press(&top, -pressure);
		body_press(&low, pressure);
		body_step(&top, hit * contact((double)i / FS, d->time));
		body_step(&low, 0.0);
		if (w)
			rattle[i] = wires_step(w, &low);
		for (int c = 0; c < s->channels && c < 2; c++) {
			const double y =
			    scale * (body_heard(&top, c, 0, top.n) + d->far * body_heard(&low, c, 0, low.n));
			state[c] += soften * (y - state[c]);
			s->x[c][i] += state[c];
		}
	}
	if (w)
		wires_close(w);
	body_free(&top);
	body_free(&low);
}

/* A felt beater in the middle of a damped head; a plastic patch lets it click when hit hard. */
void
moraine_kick(sound *s, const stroke *k)
{
	uint64_t seed = k->seed;
	play(s,
	     &(drum){.batter = {.hz = 50.0,
				.top = 1800.0,
				.air = 1.2,
				.t60 = 1.25,
				.half = 55.0,
				.struck = 0.12,
				.heard = {0.35, 0.4},
				.turn = 0.7,
				.stretch = 0.55,
				.flaws = 0x6b},
		     .other = {.hz = 61.0,
			       .top = 700.0,
			       .air = 1.2,
			       .t60 = 0.9,
			       .half = 60.0,
			       .struck = 0.12,
			       .heard = {0.2, 0.25},
			       .turn = 0.4,
			       .flaws = 0x6c},
		     .air = 0.35,
		     .time = 0.0085 - 0.0045 * k->hard,
		     .swing = 0.45 + 0.75 * k->hard,
		     .far = 0.5,
		     .mellow = 350.0 + 1250.0 * k->hard},
	     NULL, NULL);
	svf patch = {0}, felt = {0};
	svf_set(&patch, 3300.0, 0.9);
	svf_set(&felt, 240.0 + 260.0 * k->hard, 0.8);
	for (size_t i = 0; i < s->n; i++) {
		const double t = (double)i / FS, w = white(&seed);
		const double click = svf_band(&patch, w) * exp(-t / 0.0012);
		const double thump = svf_band(&felt, w) * exp(-t / 0.014) * smooth_step(t, 0.0, 0.002);
		s->x[0][i] += 0.45 * k->hard * k->hard * click + (0.10 + 0.12 * k->hard) * thump;
		s->x[0][i] = tanh(2.0 / (0.45 + 0.75 * k->hard) * s->x[0][i]);
	}
	add_room(s, 0.05, 0.20, 0.9);
}

void
moraine_snare(sound *s, const stroke *k)
{
	uint64_t seed = k->seed;
	wires w;
	double *rattle = calloc(s->n, sizeof *rattle);
	if (!rattle)
		abort();
	play(s,
	     &(drum){.batter = {.hz = 176.0,
				.top = 5200.0,
				.air = 0.8,
				.t60 = 0.30,
				.half = 900.0,
				.struck = between(&seed, 0.16, 0.30),
				.heard = {0.45, 0.5},
				.turn = between(&seed, 0.8, 1.1),
				.stretch = 0.05,
				.flaws = 0x73},
		     .other = {.hz = 262.0,
			       .top = 4200.0,
			       .air = 0.8,
			       .t60 = 0.22,
			       .half = 1400.0,
			       .struck = 0.2,
			       .heard = {0.4, 0.5},
			       .turn = 1.1,
			       .flaws = 0x74},
		     .air = 0.55,
		     .time = 0.0030 - 0.0020 * k->hard,
		     .swing = 0.2 + 0.8 * k->hard,
		     .far = 0.5,
		     .seed = k->seed,
		     .mellow = 3000.0 + 9000.0 * k->hard},
	     &w, rattle);
	svf coil[2] = {0}, floor_cut[2] = {0}, stick = {0};
	svf_set(&stick, 5200.0, 0.7);
	for (int c = 0; c < 2; c++) {
		svf_set(&coil[c], 3600.0 + 3200.0 * k->hard, 0.5);
		svf_set(&floor_cut[c], 1500.0, 0.7);
	}
	for (size_t i = 0; i < s->n; i++) {
		const double t = (double)i / FS;
		const double tip = svf_band(&stick, white(&seed)) * exp(-t / 0.0012) * k->hard;
		for (int c = 0; c < s->channels; c++) {
			const double buzz =
			    svf_high(&floor_cut[c], svf_band(&coil[c], rattle[i] * white(&seed)));
			s->x[c][i] = tanh(0.6 * (0.6 * s->x[c][i] + buzz + 0.5 * tip));
		}
	}
	free(rattle);
	add_room(s, 0.10, 0.28, 1.0);
}

static void
tom(sound *s, const stroke *k, double hz, double t60)
{
	uint64_t seed = k->seed;
	play(s,
	     &(drum){.batter = {.hz = hz,
				.top = 2600.0,
				.air = 1.0,
				.t60 = t60 * 1.25,
				.half = 4.5 * hz,
				.struck = between(&seed, 0.20, 0.28),
				.heard = {0.4, 0.45},
				.turn = 0.9,
				.stretch = 0.16,
				.flaws = 0x70},
		     .other = {.hz = hz * 1.12,
			       .top = 1500.0,
			       .air = 1.0,
			       .t60 = t60,
			       .half = 4.0 * hz,
			       .struck = 0.2,
			       .heard = {0.3, 0.3},
			       .turn = 0.5,
			       .flaws = 0x71},
		     .air = 0.30,
		     .time = 0.0052 - 0.0032 * k->hard,
		     .swing = 0.35 + 0.75 * k->hard,
		     .far = 0.35,
		     .mellow = 900.0 + 2600.0 * k->hard},
	     NULL, NULL);
	svf stick = {0};
	svf_set(&stick, 2300.0 + 2.0 * hz, 0.8);
	for (size_t i = 0; i < s->n; i++) {
		const double t = (double)i / FS;
		s->x[0][i] +=
		    svf_band(&stick, white(&seed)) * exp(-t / 0.0016) * (0.08 + 0.55 * k->hard * k->hard);
	}
	for (size_t i = 0; i < s->n; i++)
		s->x[0][i] = tanh(1.1 * s->x[0][i]);
	add_room(s, 0.07, 0.28, 1.0);
}

void
moraine_low_tom(sound *s, const stroke *k)
{
	tom(s, k, 78.4, 0.62);
}

void
moraine_mid_tom(sound *s, const stroke *k)
{
	tom(s, k, 104.8, 0.54);
}

void
moraine_high_tom(sound *s, const stroke *k)
{
	tom(s, k, 139.8, 0.46);
}

/* One small, tight skin over an open shell; a hard stroke is a slap nearer to the rim. */
void
moraine_bongo(sound *s, const stroke *k)
{
	uint64_t seed = k->seed;
	play(s,
	     &(drum){.batter = {.hz = 392.0,
				.top = 7000.0,
				.air = 0.6,
				.t60 = 0.34,
				.half = 900.0,
				.struck = 0.30 + 0.30 * k->hard,
				.heard = {0.45, 0.5},
				.turn = 0.9,
				.stretch = 0.03,
				.flaws = 0x62},
		     .other = {.hz = 230.0,
			       .top = 260.0,
			       .t60 = 0.08,
			       .half = 4000.0,
			       .struck = 0.2,
			       .heard = {0.2, 0.2},
			       .turn = 0.5,
			       .flaws = 0x63},
		     .air = 0.12,
		     .time = 0.0022 - 0.0014 * k->hard,
		     .swing = 0.35 + 0.4 * k->hard,
		     .far = 0.4,
		     .mellow = 2500.0 + 7500.0 * k->hard},
	     NULL, NULL);
	svf hand = {0};
	svf_set(&hand, 2600.0, 0.7);
	for (size_t i = 0; i < s->n; i++) {
		const double t = (double)i / FS;
		s->x[0][i] += svf_band(&hand, white(&seed)) * exp(-t / 0.002) * (0.1 + 0.8 * k->hard);
	}
	add_room(s, 0.08, 0.22, 0.9);
}

/* Bodies that vibrate, as sums of modes: membranes and plates, struck, coupled and heard at points of their
 * own. Each mode is an oscillator of unit mass, stepped at FS by symplectic Euler, so that forces may depend
 * on how the body moves (Trautmann and Rabenstein, "Digital Sound Synthesis by Physical Modeling", 2003). */
#ifndef KITGEN_BODY_H
#define KITGEN_BODY_H

#include "data/kitgen/dsp.h"

typedef struct body {
	int n;
	double *stiff, *loss; /* squared angular frequency; damping rate, 1/s */
	double *x, *v;        /* displacement, velocity */
	double *hit;          /* shape at the point that is struck */
	double *ear[2];       /* shape at the points that are heard */
	double *tight;        /* share in the tension by which the body stiffens as it swings */
	int round;            /* the first modes are those of round nodes alone: they push air */
	double stretch;       /* strength of that tension, 0 for none */
} body;

/* A round membrane. Shapes and frequencies from Bessel's functions, lowered by the air that moves along, the
 * lowest most (Rossing, Sci. Am. 247(5), 1982). */
typedef struct membrane {
	double hz;        /* of the lowest mode */
	double top;       /* modes up to here, in Hz */
	double air;       /* 0 for none, about 1 for a drum */
	double t60, half; /* of the lowest mode; t60 halves by this frequency */
	double struck;    /* 0 middle .. 1 rim */
	double heard[2];  /* the same for the ears */
	double turn;      /* angle from the stick to the ears */
	double stretch;   /* see body: frequency rises by half of it at unit swing */
	uint64_t flaws;   /* seed of small deviations, as of uneven tuning */
} membrane;
void body_membrane(body *b, const membrane *m);

/* A round plate with a free edge, domed as cymbals are: Chladni's law f = c (m + 2 n)^p with the deviations
 * that Rossing found (Fletcher and Rossing, "The Physics of Musical Instruments", 1998, ch. 20). Sorted by
 * frequency. */
typedef struct plate {
	double hz, top; /* lowest and highest mode */
	double power;   /* p */
	double t60, half;
	double bell;    /* 0: struck at the edge; 1: on the dome, where low modes hardly move */
	uint64_t flaws; /* the plate's own irregularities */
	double angle;   /* where around it the stick lands */
} plate;
void body_plate(body *b, const plate *p);

void body_free(body *b);

/* One frame under a force at the struck point. */
void body_step(body *b, double force);

/* Velocity at an ear, displacement at a point of given shape, of modes from..to (not including). */
double body_heard(const body *b, int ear, int from, int to);
double body_at(const body *b, const double *shape);

/* Pushes modes at a point of given shape, by an impulse (force times 1 / FS). */
void body_push(body *b, const double *shape, double impulse);

/* Displaced air of the round modes, and a pressure upon them. */
double body_volume(const body *b);
void body_press(body *b, double pressure);

/* A point on a membrane at radius and angle, as a shape to be freed; NULL never: exits the program. */
double *membrane_point(const membrane *m, const body *b, double radius, double angle);

/* The force of a stick at t, with unit impulse and nearly all of it within that contact time: it rises with
 * the square of time and lets go gradually, near to what felt and wood do (Chaigne and Doutaut, JASA 101(1),
 * 1997), but without the zeros in the spectrum of a pulse that ends. */
double contact(double t, double time);

#endif

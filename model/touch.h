/* A style's touch: how loud, and how far beside the grid, each instrument is played on each kind of place in
 * the bar. A network that plays on from its own music drifts from the distributions that it was trained on.
 * So what it has drawn is carried over to them, quantile by quantile, and soft stays softer than loud
 * (quantile mapping, as climate models are corrected); and what it is to hear of others is carried back, for
 * a network that heard itself corrected would drift further and further. The maps belong to the model's file;
 * `drumlin touch` makes them (touch_fit.h). Everything here is pure; any thread. */
#ifndef DRUMLIN_TOUCH_H
#define DRUMLIN_TOUCH_H

#include "model/model.h"

enum {
	TOUCH_POSITIONS = 4, /* downbeat, other beats, eighths between, sixteenths between */
	TOUCH_CELLS = INSTRUMENTS * TOUCH_POSITIONS,
	TOUCH_REACH = 40,                                             /* in velocity */
	TOUCH_FLOATS = 2 * (MODEL_VELOCITIES + 1 + MODEL_OFFSETS + 1) /* in a cell */
};

#define TOUCH_REACH_LATE 0.2f /* in steps */

/* Two distributions, that of what the network plays by itself and that of the corpus, each as the shares that
 * lie below the bounds of the classes: they rise from 0 to 1. Velocity v is the interval (v - 1, v] of a line
 * from 0 to 127. Microtiming is a line of 25 intervals from 0 to 25: twelve of offsets before the grid,
 * exactly on it, twelve behind it. */
typedef struct touch_cell {
	float played_velocity[MODEL_VELOCITIES + 1], wanted_velocity[MODEL_VELOCITIES + 1];
	float played_offset[MODEL_OFFSETS + 1], wanted_offset[MODEL_OFFSETS + 1];
} touch_cell;

int touch_position(int bar_step); /* 0..TOUCH_POSITIONS-1; a bar's steps are sixteenths */
int touch_cell_of(int instrument, int bar_step);

/* Maps that change nothing. */
void touch_start(touch_cell cell[TOUCH_CELLS]);

/* Whether all shares of a cell rise from 0 to 1. */
bool touch_is_sound(const touch_cell *cell);

/* An offset's place on its line, [0, 25), in steps; on the grid: within: [0, 1). And back. */
float touch_line_of_offset(float offset, float within);
float touch_offset_of_line(float at);

/* Who plays: a mixture of styles (weights, sum 1 or all 0) in this hand (hand.h). A style has a map for each
 * hand; that of microtiming for drummers alone, for a machine's shifts are never nearly the same. And it
 * holds for beats, not for fills, which were not listened to. */
typedef struct touch_who {
	const float *style; /* [MODEL_MAX_STYLES] */
	float hand;
	float fill; /* 0 a beat .. 1 a fill */
} touch_who;

/* The mixture's map of one cell. */
typedef struct touch {
	touch_cell cell;
	bool late; /* microtiming is mapped too */
} touch;

/* Styles without a map leave all as it is. False if none has one. */
bool touch_mix(const model *m, const touch_who *who, int cell, touch *out);

/* A velocity, 1..127, for the class drawn, and an offset in steps where t->late; u: [0, 1), where in its
 * class it lies. Neither is moved by more than TOUCH_REACH and TOUCH_REACH_LATE: a distribution does not know
 * a backbeat from a ghost note, and must not make the one of the other. */
uint8_t touch_velocity(const touch *t, int class, float u);
float touch_offset(const touch *t, int class, float u);

/* The hit as the network would have to draw it to be played like this. */
step_hit touch_undone(const touch *t, step_hit played);

#endif

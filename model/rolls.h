/* The odds of rolls: of hits of several strokes (ratchets). A network goes on rolling where it has rolled,
 * but from nothing it begins too seldom to come to what a style plays (a tenth of trap's hits): its own music
 * is never quite the past that it was trained on. A slow controller, an integrator of what is missing, raises
 * or lowers the odds until the style's share comes; the control asks for other odds than the style's. Pure
 * but for its own state. */
#ifndef DRUMLIN_ROLLS_H
#define DRUMLIN_ROLLS_H

#include <stdbool.h>

typedef struct rolls_state {
	float trim; /* log-odds; all zero: nothing learned */
} rolls_state;

/* The share of hits that are to be rolls, for that of the style, in [0, 1), and for log-odds on top of it
 * (the control's). */
float rolls_target(float share, float shift);

/* Log-odds to add to every hit's being a roll. */
float rolls_shift(const rolls_state *s, float target);

/* Takes in a hit that has been drawn. A target of 0, of a style that does not roll or of which nobody said,
 * teaches nothing, and nothing is added for it. */
void rolls_learn(rolls_state *s, float target, bool rolled);

#endif

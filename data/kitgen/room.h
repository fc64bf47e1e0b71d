/* A small room: a network of eight delays that feed one another (Stautner and Puckette, Computer Music J.
 * 6(1), 1982; Jot and Chaigne, AES convention 90, 1991), after which everything has been in the same place.
 */
#ifndef KITGEN_ROOM_H
#define KITGEN_ROOM_H

#include "data/kitgen/dsp.h"

/* Adds the room to a mono or stereo sound: level of its sound, t60 of its lows, its size (1: delays of 5 to
 * 19 ms). Highs die twice as fast. */
void add_room(sound *s, double level, double t60, double size);

#endif

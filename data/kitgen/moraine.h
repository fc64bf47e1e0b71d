/* The strokes of moraine: moraine_drums.c has the membranes, moraine_metal.c the plates. */
#ifndef KITGEN_MORAINE_H
#define KITGEN_MORAINE_H

#include "data/kitgen/dsp.h"

void moraine_kick(sound *s, const stroke *k);
void moraine_snare(sound *s, const stroke *k);
void moraine_low_tom(sound *s, const stroke *k);
void moraine_mid_tom(sound *s, const stroke *k);
void moraine_high_tom(sound *s, const stroke *k);
void moraine_bongo(sound *s, const stroke *k);

void moraine_closed_hat(sound *s, const stroke *k);
void moraine_open_hat(sound *s, const stroke *k);
void moraine_crash(sound *s, const stroke *k);
void moraine_ride(sound *s, const stroke *k);

#endif

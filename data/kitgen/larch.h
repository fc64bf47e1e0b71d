/* The strokes of larch that are scattered from grains (larch_scatter.c); those of wood are in larch.c. */
#ifndef KITGEN_LARCH_H
#define KITGEN_LARCH_H

#include "data/kitgen/dsp.h"

void larch_snare(sound *s, const stroke *k);
void larch_clap(sound *s, const stroke *k);
void larch_closed_hat(sound *s, const stroke *k);
void larch_open_hat(sound *s, const stroke *k);
void larch_crash(sound *s, const stroke *k);

#endif

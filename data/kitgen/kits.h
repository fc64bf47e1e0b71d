/* What a kit is made of: for each instrument a function that strikes it, and how often and how loud. */
#ifndef KITGEN_KITS_H
#define KITGEN_KITS_H

#include "data/kitgen/dsp.h"
#include "rt/instrument.h"

typedef struct recipe {
	void (*strike)(sound *s, const stroke *k); /* fills silence at FS */
	double seconds;                            /* at most; the silent end is cut */
	int channels;
	int strengths, takes; /* velocity layers, and takes of each that alternate */
	double loudness;      /* of the hardest layer, LUFS in its loudest 100 ms */
	int mute_group;
	const char *what; /* one line for the kit's page */
} recipe;

typedef struct kit_recipe {
	const char *name, *info;
	recipe instrument[INSTRUMENTS];
} kit_recipe;

extern const kit_recipe basalt, larch, moraine, slag;

#endif

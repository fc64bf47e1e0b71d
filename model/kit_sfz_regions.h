/* What a region of an SFZ file says, between its parser (kit_sfz.c) and what is made of it (kit_sfz_desc.c).
 */
#ifndef DRUMLIN_KIT_SFZ_REGIONS_H
#define DRUMLIN_KIT_SFZ_REGIONS_H

#include "model/kit_sfz.h"

typedef struct sfz_region {
	char sample[512], label[48];
	int lokey, hikey, keycenter; /* lokey -1: no note plays it */
	bool keyed;                  /* a key was given */
	int lovel, hivel;
	int seq_position;
	float lorand, hirand;
	int group, off_by; /* 0 none */
	float tune, transpose, keytrack, volume, amplitude, pan;
	float attack, hold, decay, sustain;
	double offset, end;
	int lopedal, hipedal;
	bool released; /* sounds when a key is let go */
} sfz_region;

/* Makes instruments of regions. Errors: DR_FAILED (memory). */
dr_status sfz_describe(const sfz_region *regions, uint32_t n, kit_warner *warner, kit_desc *out,
		       dr_error *err) DR_CHECKED;

#endif

/* Where a kit lies and what it says: opens any form of kit as a description with the folder that its files
 * are in.
 *
 * Blocking; any thread but the audio thread. */
#ifndef DRUMLIN_KIT_SOURCE_H
#define DRUMLIN_KIT_SOURCE_H

#include "model/kit_desc.h"

typedef struct kit_source {
	kit_desc *desc;  /* placed, and with the kit map applied */
	char *folder;    /* real path of the folder that no file may lie outside of */
	char *temporary; /* an unpacked archive, removed by kit_source_close(); NULL for others */
} kit_source;

/* Opens a kit: a folder with a drumkit.xml (Hydrogen's), an .sfz file or neither (all the samples in it); one
 * of those two files; a tar archive, gzipped or not, of any of those; or a kit map. The options' map, or else
 * a drumlin.kitmap in the folder, overrides what plays where. Errors: as kit_load(). */
dr_status kit_source_open(const char *path, const kit_load_options *o, kit_warner *warner, kit_source *out,
			  dr_error *err) DR_CHECKED;

/* Frees it and removes what was unpacked. */
void kit_source_close(kit_source *s);

#endif

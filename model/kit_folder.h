/* A plain folder of samples as a kit: what belongs together by its names becomes one instrument with layers.
 *
 * Files "snare soft" and "snare hard" (or v1, v2; p, mf, f) are velocity layers; "snare rr1", "snare rr2" are
 * takes that play in turn, as are up to FOLDER_BARE_TAKES bare numbers ("snare 1", "snare 2") where they also
 * sound alike. Other numbers are sounds of their own, of which kit_place.h chooses one: five hundred kicks
 * are a choice, not a round robin. Blocking; any thread but the audio thread. */
#ifndef DRUMLIN_KIT_FOLDER_H
#define DRUMLIN_KIT_FOLDER_H

#include "model/kit_place.h"

enum { FOLDER_MAX_DEPTH = 5, FOLDER_MAX_FILES = 4000, FOLDER_BARE_TAKES = 8 };

/* Reads the folder and those in it (hidden ones, and links to folders, are passed over). hear, for what
 * sounds alike, gets user. Errors: DR_BAD_INPUT (no samples in it); DR_FAILED (memory). */
dr_status kit_folder_read(const char *path, kit_hear_fn *hear, void *user, kit_warner *warner, kit_desc **out,
			  dr_error *err) DR_CHECKED;

#endif

/* Kits from disk, for the kit worker (and for the command line). Blocking; never the audio thread. */
#ifndef DRUMLIN_KITFILE_H
#define DRUMLIN_KITFILE_H

#include "rt/kit.h"

/* What a kit may hold: longer samples, and samples beyond this much memory, are reported and left out. */
enum { KIT_MAX_SECONDS = 120 };
#define KIT_MAX_BYTES ((size_t)1 << 30)

/* Called once for every sample that could not be used, and for every value that was out of range, with one
 * line naming file and fault. After a hundred it is told that there are more. */
typedef void kit_warn_fn(void *user, const char *line);

/* Loads a kit folder (drumkit.xml inside, Hydrogen's format) or the path of its drumkit.xml, resampled
 * to `rate`. Samples that are missing or bad are reported and left out; the rest plays, and the layers that
 * are left answer to the velocities of those that are not.
 * Paths never leave the kit's folder. Errors: DR_BAD_INPUT naming the file and the fault; DR_FAILED (memory).
 */
dr_status kit_load(const char *path, uint32_t rate, kit_warn_fn *warn, void *user, kit **out,
		   dr_error *err) DR_CHECKED;

/* Finds a kit by name or path: an existing path as it is, else NAME in $XDG_DATA_HOME/drumlin/kits, each of
 * $XDG_DATA_DIRS/drumlin/kits, the installed data folder, and the source tree's data/kits when run from a
 * build tree. The result is malloc'd; NULL with err set if it is nowhere. */
char *kit_find(const char *name, dr_error *err);

#endif

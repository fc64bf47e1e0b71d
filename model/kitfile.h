/* Kits from disk, for the kit worker (and for the command line). Blocking; never the audio thread. */
#ifndef DRUMLIN_KITFILE_H
#define DRUMLIN_KITFILE_H

#include "rt/kit.h"

#include <stdatomic.h>

/* What a kit may hold: longer samples, and samples beyond this much memory, are reported and left out. */
enum { KIT_MAX_SECONDS = 120 };
#define KIT_MAX_BYTES ((size_t)1 << 30)

/* Called once for every sample that could not be used, and for every value that was out of range, with one
 * line naming file and fault. After a hundred it is told that there are more. */
typedef void kit_warn_fn(void *user, const char *line);

/* Bytes of sample files read so far, of total; called before the first file and after each one. */
typedef void kit_progress_fn(void *user, uint64_t done, uint64_t total);

/* How to load; all but the rate may be zero. */
typedef struct kit_load_options {
	uint32_t rate;
	kit_warn_fn *warn;
	kit_progress_fn *progress;
	void *user;                /* passed to both */
	const atomic_bool *cancel; /* once true, the load ends with DR_CANCELLED within one sample's time */
	const char *map; /* path of a kit map; NULL: the drumlin.kitmap in the kit's folder, if any */
} kit_load_options;

/* Loads a kit of any form (kit_source.h), resampled to the rate. Samples that are missing or bad are reported
 * and left out; the rest plays, and the layers that are left answer to the velocities of those that are not.
 * Paths never leave the kit's folder. Errors: DR_BAD_INPUT naming the file and the fault; DR_FAILED (memory);
 * DR_CANCELLED. */
dr_status kit_load_with(const char *path, const kit_load_options *o, kit **out, dr_error *err) DR_CHECKED;

/* The same with the commonest options. */
dr_status kit_load(const char *path, uint32_t rate, kit_warn_fn *warn, void *user, kit **out,
		   dr_error *err) DR_CHECKED;

/* Finds a kit by name or path: an existing path as it is, else NAME in $XDG_DATA_HOME/drumlin/kits, each of
 * $XDG_DATA_DIRS/drumlin/kits, the installed data folder, and the source tree's data/kits when run from a
 * build tree; then Hydrogen's own: ~/.hydrogen/data/drumkits, and hydrogen/data/drumkits in $XDG_DATA_DIRS.
 * The result is malloc'd; NULL with err set if it is nowhere. */
char *kit_find(const char *name, dr_error *err);

#endif

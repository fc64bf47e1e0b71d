/* Kits in archives (.h2drumkit: a tar, gzipped or not), unpacked into a private folder. Blocking; any thread
 * but the audio thread. libarchive is known in kit_archive.c only. */
#ifndef DRUMLIN_KIT_ARCHIVE_H
#define DRUMLIN_KIT_ARCHIVE_H

#include "model/kit_desc.h"

/* An archive may hold this much; what is beyond is told and left out. */
enum { ARCHIVE_MAX_ENTRIES = 20000, ARCHIVE_MAX_DEPTH = 8 };
#define ARCHIVE_MAX_BYTES ((uint64_t)2 << 30)

/* True if the file's first bytes are those of a tar or of a gzip stream. */
bool kit_archive_is(const char *path);

/* Unpacks an archive into a fresh folder of this user's alone below $TMPDIR; *folder is its real path,
 * malloc'd, to be given to kit_archive_remove(). Entries with absolute names or ".." in them, links and
 * devices are told and left out. Errors: DR_BAD_INPUT (no archive, damaged before anything came out);
 * DR_FAILED (memory, disk); DR_CANCELLED. */
dr_status kit_archive_unpack(const char *path, const atomic_bool *cancel, kit_warner *warner, char **folder,
			     dr_error *err) DR_CHECKED;

/* Removes the folder with all that is in it, and frees its name. NULL is allowed. */
void kit_archive_remove(char *folder);

#endif

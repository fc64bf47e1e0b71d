/* Whole files in and out. Blocking; any thread but the audio thread. */
#ifndef DRUMLIN_FILEIO_H
#define DRUMLIN_FILEIO_H

#include "rt/status.h"

#include <stddef.h>

/* Reads a regular file of at most `limit` bytes. *data is malloc'd, with a NUL (not counted) after its
 * last byte. Errors: DR_BAD_INPUT (not there, not readable, not a regular file, over the limit), each
 * naming path; DR_FAILED (I/O, memory). A FIFO or a device never blocks the caller: it is refused. */
dr_status file_read_whole(const char *path, size_t limit, char **data, size_t *size,
			  dr_error *err) DR_CHECKED;

/* Writes the file under a temporary name beside it, syncs it and renames it: after a power cut there is the
 * old file or the new one. Errors: DR_FAILED naming path; the old file is then untouched. */
dr_status file_write_whole(const char *path, const void *data, size_t size, dr_error *err) DR_CHECKED;

/* "folder/name", malloc'd; just name where folder is "". NULL without memory. */
char *file_path_join(const char *folder, const char *name);

#endif

/* Finding the pattern files below a folder, in the same order on every machine. Blocking; one thread. */
#ifndef DRUMLIN_CORPUS_WALK_H
#define DRUMLIN_CORPUS_WALK_H

#include "model/pattern.h"

enum { WALK_MAX_DEPTH = 16, WALK_MAX_FILES = 200000 };

/* Reads one file into a pattern; see pattern_read_midi. */
typedef dr_status pattern_reader(const char *path, pattern *out, dr_error *err);

/* The reader for a file of that name (by its ending, in any case); NULL if it is no pattern. This table is
 * where another notation joins. */
pattern_reader *pattern_reader_for(const char *name);

/* Names in order (strcmp), owned. */
typedef struct name_list {
	char **name;
	size_t n, capacity;
} name_list;

void name_list_clear(name_list *l);

/* Paths, relative to root, of every pattern file below it. Hidden names are passed over, links are followed
 * but never back into a folder that contains them, and folders deeper than WALK_MAX_DEPTH or files beyond
 * WALK_MAX_FILES are left out. Errors: DR_BAD_INPUT (root cannot be read), DR_FAILED (memory). */
dr_status walk_patterns(const char *root, name_list *out, dr_error *err) DR_CHECKED;

/* Names of the folders directly in root. Errors as above. */
dr_status walk_folders(const char *root, name_list *out, dr_error *err) DR_CHECKED;

#endif

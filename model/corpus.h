/* A corpus: folders of MIDI and text files as patterns, with styles, splits and collections.
 * Built by one thread, then read-only. */
#ifndef DRUMLIN_CORPUS_H
#define DRUMLIN_CORPUS_H

#include "model/pattern.h"

enum { CORPUS_MAX_STYLES = 47, CORPUS_MAX_COLLECTIONS = 21, CORPUS_NAME = 32 };

typedef struct corpus {
	pattern *pattern; /* n_patterns; owned */
	size_t n_patterns, capacity;
	char style[CORPUS_MAX_STYLES][CORPUS_NAME]; /* lower case, no duplicates; further ones are unknown */
	int n_styles;
	char collection[CORPUS_MAX_COLLECTIONS][CORPUS_NAME]; /* the folder's own name */
	int n_collections;
	size_t n_skipped; /* files that were bad; each was reported */
} corpus;

/* Called once for every file that is left out, with one line saying which and why. */
typedef void corpus_skip_fn(void *user, const char *line);

/* Adds every .mid, .midi and .drum file below each folder (a single file is allowed too).
 *
 * A folder with info.csv (Groove's layout) or index.csv gives style, tempo, fill, length of the loop and
 * split by its rows, whose file is in column midi_filename or filename; files without a row, and rows of a
 * test split, are passed over in silence. A folder whose subfolders carry an index each is read as one
 * collection per subfolder (groove, electronic). Without an index, style is the name of the file's folder
 * where the folder given has subfolders, else unknown (unless the file itself names one, as .drum files do),
 * and every tenth file by a hash of its name is validation. "rock/halftime" is style rock.
 *
 * preset_styles (may be NULL) are put into the style table first, so that a resumed model keeps its indices.
 * Errors: DR_BAD_INPUT if a folder cannot be read or holds no usable pattern at all; DR_FAILED. */
dr_status corpus_load(const char *const *paths, int n_paths, const char *const *preset_styles, int n_preset,
		      corpus_skip_fn *skip, void *user, corpus *out, dr_error *err) DR_CHECKED;

void corpus_clear(corpus *c);

#endif

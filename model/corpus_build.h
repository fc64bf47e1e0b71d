/* Private to corpus*.c: a corpus while it is being read. One thread. */
#ifndef DRUMLIN_CORPUS_BUILD_H
#define DRUMLIN_CORPUS_BUILD_H

#include "model/corpus.h"

typedef struct corpus_build {
	corpus *out;
	char *folder[CORPUS_MAX_COLLECTIONS]; /* of each collection, its real path */
	corpus_skip_fn *skip;                 /* may be NULL */
	void *user;
	dr_error *err;
} corpus_build;

/* What is known of a file beside its own contents. */
typedef struct corpus_label {
	const char *style;     /* "" unknown; what follows a '/' is left out */
	float tempo;           /* 0: the file's own */
	int fill, source_bars; /* -1, 0: the file's own */
	int collection;
	bool validation;
	bool guessed; /* the style is a guess that gives way to what the file says */
} corpus_label;

/* Reads one file and adds it. A bad file is reported and left out, and DR_OK returned. */
dr_status corpus_add_file(corpus_build *b, const char *path, const corpus_label *label) DR_CHECKED;

/* Reports a file that is left out. */
void corpus_skip(corpus_build *b, const char *line);

/* Index of a folder's collection, new or known. Two folders of one name are two: "loops", "loops 2". Errors:
 * DR_BAD_INPUT (too many), DR_FAILED. */
dr_status corpus_add_collection(corpus_build *b, const char *folder, int *index) DR_CHECKED;

/* Index of a style, new or known; -1 for "" and where the table is full. */
int corpus_add_style(corpus *c, const char *name);

/* The path of a folder's index file, malloc'd; NULL if it has none. */
char *corpus_index_of(const char *folder);

/* Reads every row of an index into one collection. */
dr_status corpus_add_indexed(corpus_build *b, const char *folder, const char *index) DR_CHECKED;

#endif

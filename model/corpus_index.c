/* Folders with an index: one row per file, columns found by their names. */
#include "model/corpus_build.h"

#include "model/csv.h"
#include "model/fileio.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

char *
corpus_index_of(const char *folder)
{
	static const char *const names[] = {"info.csv", "index.csv"};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		char *path = file_path_join(folder, names[i]);
		if (!path)
			return NULL;
		if (access(path, R_OK) == 0)
			return path;
		free(path);
	}
	return NULL;
}

static bool
ends_with(const char *text, const char *ending)
{
	const size_t n = strlen(text), m = strlen(ending);
	return n >= m && strcasecmp(text + n - m, ending) == 0;
}

typedef struct columns {
	int file, style, substyle, tempo, beat, bars, split;
} columns;

/* A fill says so in beat_type (Groove) or at the end of its substyle. */
static int
find_fill(const csv *table, size_t row, const columns *at)
{
	const char *beat = csv_cell(table, row, at->beat);
	if (*beat)
		return strcasecmp(beat, "fill") == 0;
	return at->substyle >= 0 ? ends_with(csv_cell(table, row, at->substyle), "fill") : -1;
}

static corpus_label
label_of(const csv *table, size_t row, const columns *at, int collection)
{
	corpus_label label = {.style = csv_cell(table, row, at->style), .collection = collection};
	const float tempo = strtof(csv_cell(table, row, at->tempo), NULL);
	if (tempo >= (float)PATTERN_MIN_TEMPO && tempo <= (float)PATTERN_MAX_TEMPO)
		label.tempo = tempo;
	const long bars = strtol(csv_cell(table, row, at->bars), NULL, 10);
	label.source_bars = bars > 0 && bars <= PATTERN_MAX_STEPS ? (int)bars : 0;
	label.fill = find_fill(table, row, at);
	label.validation = strncasecmp(csv_cell(table, row, at->split), "valid", 5) == 0;
	return label;
}

/* The file of a row, malloc'd, if it lies inside the folder, whichever way links lead. */
static char *
resolve(corpus_build *b, const char *real_folder, const char *folder, const char *name)
{
	char line[512];
	char *path = file_path_join(real_folder, name);
	if (!path)
		return NULL;
	char *real = realpath(path, NULL);
	free(path);
	const size_t n = strlen(real_folder);
	if (!real)
		snprintf(line, sizeof line, "%s/%s: %s", folder, name, strerror(errno));
	else if (name[0] == '/' || strncmp(real, real_folder, n) != 0 || real[n] != '/')
		snprintf(line, sizeof line, "%s: the index names a file outside its folder: %s", folder,
			 name);
	else
		return real;
	corpus_skip(b, line);
	free(real);
	return NULL;
}

static dr_status
add_rows(corpus_build *b, const char *folder, const char *index, const csv *table, int collection)
{
	columns at = {csv_column(table, "midi_filename"), csv_column(table, "style"),
		      csv_column(table, "substyle"),      csv_column(table, "bpm"),
		      csv_column(table, "beat_type"),     csv_column(table, "bars"),
		      csv_column(table, "split")};
	if (at.file < 0)
		at.file = csv_column(table, "filename");
	if (at.file < 0)
		return error_set(b->err, DR_BAD_INPUT, "%s: no column midi_filename", index);
	char *real_folder = realpath(folder, NULL);
	if (!real_folder)
		return error_set(b->err, DR_BAD_INPUT, "%s: %s", folder, strerror(errno));
	dr_status status = DR_OK;
	for (size_t row = 0; row < table->n_rows && status == DR_OK; row++) {
		const char *name = csv_cell(table, row, at.file);
		/* A test split is for others to score: it neither trains nor chooses. */
		if (*name == '\0' || strcasecmp(csv_cell(table, row, at.split), "test") == 0)
			continue;
		char *path = resolve(b, real_folder, folder, name);
		if (!path)
			continue;
		const corpus_label label = label_of(table, row, &at, collection);
		status = corpus_add_file(b, path, &label);
		free(path);
	}
	free(real_folder);
	return status;
}

dr_status
corpus_add_indexed(corpus_build *b, const char *folder, const char *index)
{
	csv table;
	int collection = 0;
	dr_status status = csv_read(index, &table, b->err);
	if (status != DR_OK)
		return status;
	status = corpus_add_collection(b, folder, &collection);
	if (status == DR_OK)
		status = add_rows(b, folder, index, &table, collection);
	csv_clear(&table);
	return status;
}

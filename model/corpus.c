#include "model/corpus_build.h"

#include "model/corpus_walk.h"
#include "model/fileio.h"
#include "rt/rng.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

void
corpus_clear(corpus *c)
{
	for (size_t i = 0; i < c->n_patterns; i++)
		pattern_clear(&c->pattern[i]);
	free(c->pattern);
	memset(c, 0, sizeof *c);
}

void
corpus_skip(corpus_build *b, const char *line)
{
	b->out->n_skipped++;
	if (b->skip)
		b->skip(b->user, line);
}

int
corpus_add_style(corpus *c, const char *name)
{
	char lower[CORPUS_NAME];
	size_t n = 0;
	while (name[n] && name[n] != '/' && n < CORPUS_NAME - 1) {
		lower[n] = (char)tolower((unsigned char)name[n]);
		n++;
	}
	lower[n] = '\0';
	if (n == 0)
		return -1;
	for (int i = 0; i < c->n_styles; i++)
		if (strcmp(c->style[i], lower) == 0)
			return i;
	if (c->n_styles == CORPUS_MAX_STYLES)
		return -1;
	memcpy(c->style[c->n_styles], lower, n + 1);
	return c->n_styles++;
}

static bool
is_collection(const corpus *c, const char *name)
{
	bool found = false;
	for (int i = 0; i < c->n_collections; i++)
		found = found || strcmp(c->collection[i], name) == 0;
	return found;
}

/* The folder's own name, with a number where another collection has it. */
static void
name_collection(const corpus *c, const char *real, char name[CORPUS_NAME])
{
	const char *slash = strrchr(real, '/'), *own = slash && slash[1] ? slash + 1 : real;
	char number[16] = "";
	for (int next = 2;; next++) {
		snprintf(name, CORPUS_NAME, "%.*s%s", (int)(CORPUS_NAME - 1 - strlen(number)), own, number);
		if (!is_collection(c, name))
			return;
		snprintf(number, sizeof number, " %d", next);
	}
}

dr_status
corpus_add_collection(corpus_build *b, const char *folder, int *index)
{
	corpus *c = b->out;
	char *real = realpath(folder, NULL);
	if (!real)
		return error_set(b->err, DR_BAD_INPUT, "%s: %s", folder, strerror(errno));
	for (*index = 0; *index < c->n_collections; ++*index)
		/* NOLINTNEXTLINE(clang-analyzer-core.NonNullParamChecker): as many as there are */
		if (strcmp(b->folder[*index], real) == 0) {
			free(real);
			return DR_OK;
		}
	if (c->n_collections == CORPUS_MAX_COLLECTIONS) {
		free(real);
		return error_set(b->err, DR_BAD_INPUT, "%s: more than %d collections", folder,
				 CORPUS_MAX_COLLECTIONS);
	}
	name_collection(c, real, c->collection[c->n_collections]);
	b->folder[c->n_collections++] = real;
	return DR_OK;
}

static pattern *
new_pattern(corpus *c)
{
	if (c->n_patterns == c->capacity) {
		const size_t wanted = c->capacity ? c->capacity * 2 : 64;
		pattern *grown = realloc(c->pattern, wanted * sizeof *grown);
		if (!grown)
			return NULL;
		c->pattern = grown;
		c->capacity = wanted;
	}
	return &c->pattern[c->n_patterns];
}

dr_status
corpus_add_file(corpus_build *b, const char *path, const corpus_label *label)
{
	pattern_reader *read = pattern_reader_for(path);
	if (!read) {
		char line[512];
		snprintf(line, sizeof line, "%s: not a pattern file by its name", path);
		corpus_skip(b, line);
		return DR_OK;
	}
	pattern *p = new_pattern(b->out);
	if (!p)
		return error_set(b->err, DR_FAILED, "%s: out of memory", path);
	dr_error fault;
	dr_status status = read(path, p, &fault);
	if (status == DR_BAD_INPUT) {
		corpus_skip(b, fault.text);
		return DR_OK;
	}
	if (status != DR_OK)
		return error_set(b->err, status, "%s", fault.text);
	b->out->n_patterns++;
	p->style = corpus_add_style(b->out, label->guessed && *p->own_style ? p->own_style : label->style);
	if (p->style < 0)
		p->style = corpus_add_style(b->out, p->own_style);
	if (label->tempo > 0.0f)
		p->tempo = label->tempo;
	if (label->fill >= 0)
		p->fill = label->fill;
	if (label->source_bars > 0)
		p->source_bars = label->source_bars;
	p->validation = label->validation;
	p->collection = label->collection;
	return DR_OK;
}

/* Every tenth name, whatever folder it lies in (FNV-1a: Fowler, Noll, Vo). */
static bool
in_validation(const char *path)
{
	const char *slash = strrchr(path, '/');
	uint64_t hash = 0xcbf29ce484222325u;
	for (const char *c = slash ? slash + 1 : path; *c; c++)
		hash = (hash ^ (unsigned char)*c) * 0x100000001b3u;
	return rng_mix(hash) % 10 == 0;
}

/* A folder without an index: the style is the name of the file's own folder, if that is not the one given. */
static dr_status
add_plain_file(corpus_build *b, const char *folder, const char *relative, int collection)
{
	char style[CORPUS_NAME] = "";
	const char *end = strrchr(relative, '/');
	if (end) {
		const char *start = end;
		while (start > relative && start[-1] != '/')
			start--;
		snprintf(style, sizeof style, "%.*s",
			 (int)(end - start < CORPUS_NAME ? end - start : CORPUS_NAME - 1), start);
	}
	char *path = file_path_join(folder, relative);
	if (!path)
		return error_set(b->err, DR_FAILED, "%s: out of memory", folder);
	const corpus_label label = {.style = style,
				    .fill = -1,
				    .collection = collection,
				    .validation = in_validation(relative),
				    .guessed = true};
	dr_status status = corpus_add_file(b, path, &label);
	free(path);
	return status;
}

static dr_status
add_plain(corpus_build *b, const char *folder)
{
	name_list files;
	dr_status status = walk_patterns(folder, &files, b->err);
	if (status != DR_OK)
		return status;
	int collection = 0;
	if (files.n > 0)
		status = corpus_add_collection(b, folder, &collection);
	for (size_t i = 0; i < files.n && status == DR_OK; i++)
		status = add_plain_file(b, folder, files.name[i], collection);
	name_list_clear(&files);
	return status;
}

static dr_status
add_one_collection(corpus_build *b, const char *folder)
{
	char *index = corpus_index_of(folder);
	if (!index)
		return add_plain(b, folder);
	dr_status status = corpus_add_indexed(b, folder, index);
	free(index);
	return status;
}

static bool
has_index(const char *folder)
{
	char *index = corpus_index_of(folder);
	const bool found = index != NULL;
	free(index);
	return found;
}

/* Whether any of the folders directly below carries an index. */
static bool
holds_indexed(const char *folder, const name_list *below)
{
	bool found = false;
	for (size_t i = 0; i < below->n && !found; i++) {
		char *path = file_path_join(folder, below->name[i]);
		if (!path)
			return false;
		found = has_index(path);
		free(path);
	}
	return found;
}

static dr_status
add_folder(corpus_build *b, const char *folder)
{
	name_list below = {0};
	const bool indexed = has_index(folder);
	dr_status status = indexed ? DR_OK : walk_folders(folder, &below, b->err);
	if (status != DR_OK)
		return status;
	if (indexed || !holds_indexed(folder, &below)) {
		name_list_clear(&below);
		return add_one_collection(b, folder);
	}
	for (size_t i = 0; i < below.n && status == DR_OK; i++) {
		char *path = file_path_join(folder, below.name[i]);
		if (!path)
			status = error_set(b->err, DR_FAILED, "%s: out of memory", folder);
		else
			status = add_one_collection(b, path);
		free(path);
	}
	name_list_clear(&below);
	return status;
}

static dr_status
add_single_file(corpus_build *b, const char *path)
{
	const char *slash = strrchr(path, '/');
	char *folder = slash ? strndup(path, slash == path ? 1 : (size_t)(slash - path)) : strdup(".");
	if (!folder)
		return error_set(b->err, DR_FAILED, "%s: out of memory", path);
	corpus_label label = {.style = "", .fill = -1, .validation = in_validation(path)};
	dr_status status = corpus_add_collection(b, folder, &label.collection);
	free(folder);
	return status == DR_OK ? corpus_add_file(b, path, &label) : status;
}

dr_status
corpus_load(const char *const *paths, int n_paths, const char *const *preset_styles, int n_preset,
	    corpus_skip_fn *skip, void *user, corpus *out, dr_error *err)
{
	memset(out, 0, sizeof *out);
	corpus_build b = {.out = out, .skip = skip, .user = user, .err = err};
	for (int i = 0; i < n_preset; i++)
		(void)corpus_add_style(out, preset_styles[i]);
	dr_status status = n_paths > 0 ? DR_OK : error_set(err, DR_BAD_INPUT, "no folder of patterns given");
	for (int i = 0; i < n_paths && status == DR_OK; i++) {
		const size_t before = out->n_patterns, skipped = out->n_skipped;
		struct stat st;
		if (stat(paths[i], &st) != 0)
			status = error_set(err, DR_BAD_INPUT, "%s: %s", paths[i], strerror(errno));
		else
			status =
			    S_ISDIR(st.st_mode) ? add_folder(&b, paths[i]) : add_single_file(&b, paths[i]);
		if (status == DR_OK && out->n_patterns == before)
			status = error_set(err, DR_BAD_INPUT, "%s: no usable pattern (%zu bad files)",
					   paths[i], out->n_skipped - skipped);
	}
	for (int i = 0; i < out->n_collections; i++)
		free(b.folder[i]);
	if (status != DR_OK)
		corpus_clear(out);
	return status;
}

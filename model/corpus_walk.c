#include "model/corpus_walk.h"

#include "model/drumtext.h"
#include "model/fileio.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

pattern_reader *
pattern_reader_for(const char *name)
{
	static const struct {
		const char *ending;
		pattern_reader *read;
	} readers[] = {
	    {".mid", pattern_read_midi}, {".midi", pattern_read_midi}, {".drum", pattern_read_text}};
	const char *dot = strrchr(name, '.');
	for (size_t i = 0; dot && i < sizeof readers / sizeof *readers; i++)
		if (strcasecmp(dot, readers[i].ending) == 0)
			return readers[i].read;
	return NULL;
}

void
name_list_clear(name_list *l)
{
	for (size_t i = 0; i < l->n; i++)
		free(l->name[i]);
	free(l->name);
	memset(l, 0, sizeof *l);
}

/* Takes ownership of name, even on failure; NULL is a failure too. */
static bool
name_list_add(name_list *l, char *name)
{
	if (!name)
		return false;
	if (l->n == l->capacity) {
		const size_t wanted = l->capacity ? l->capacity * 2 : 64;
		char **grown = realloc(l->name, wanted * sizeof *grown);
		if (!grown) {
			free(name);
			return false;
		}
		l->name = grown;
		l->capacity = wanted;
	}
	l->name[l->n++] = name;
	return true;
}

static int
compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* All names in a folder but hidden ones, in order. */
static dr_status
list_folder(const char *path, name_list *out, dr_error *err)
{
	DIR *dir = opendir(path);
	if (!dir)
		return error_set(err, DR_BAD_INPUT, "%s: %s", path, strerror(errno));
	dr_status status = DR_OK;
	const struct dirent *entry;
	while (status == DR_OK && out->n < WALK_MAX_FILES && (entry = readdir(dir)))
		if (entry->d_name[0] != '.' && !name_list_add(out, strdup(entry->d_name)))
			status = error_set(err, DR_FAILED, "%s: out of memory", path);
	closedir(dir);
	if (status != DR_OK)
		name_list_clear(out);
	else if (out->n > 0)
		qsort(out->name, out->n, sizeof *out->name, compare_names);
	return status;
}

/* One folder of the way down, for telling a link that leads back up. */
typedef struct trail {
	const struct trail *up;
	dev_t device;
	ino_t inode;
	int depth;
} trail;

static bool
on_trail(const trail *t, const struct stat *st)
{
	for (; t; t = t->up)
		if (t->device == st->st_dev && t->inode == st->st_ino)
			return true;
	return false;
}

static dr_status walk(const char *root, const char *below, const trail *up, name_list *out, dr_error *err);

static dr_status
visit(const char *root, const char *relative, const char *name, const trail *here, name_list *out,
      dr_error *err)
{
	char *path = file_path_join(root, relative);
	if (!path)
		return error_set(err, DR_FAILED, "%s: out of memory", root);
	struct stat st;
	dr_status status = DR_OK;
	if (stat(path, &st) == 0) {
		if (S_ISDIR(st.st_mode)) {
			const trail next = {here, st.st_dev, st.st_ino, here->depth + 1};
			/* A folder below that cannot be read is passed over; only the root must be readable.
			 */
			if (next.depth <= WALK_MAX_DEPTH && !on_trail(here, &st) &&
			    (status = walk(root, relative, &next, out, err)) == DR_BAD_INPUT)
				status = DR_OK;
		} else if (pattern_reader_for(name) && out->n < WALK_MAX_FILES) {
			if (!name_list_add(out, strdup(relative)))
				status = error_set(err, DR_FAILED, "%s: out of memory", root);
		}
	}
	free(path);
	return status;
}

static dr_status
walk(const char *root, const char *below, const trail *here, name_list *out, dr_error *err)
{
	char *path = *below ? file_path_join(root, below) : strdup(root);
	if (!path)
		return error_set(err, DR_FAILED, "%s: out of memory", root);
	name_list names = {0};
	dr_status status = list_folder(path, &names, err);
	free(path);
	for (size_t i = 0; status == DR_OK && i < names.n; i++) {
		char *relative = file_path_join(below, names.name[i]);
		if (!relative)
			status = error_set(err, DR_FAILED, "%s: out of memory", root);
		else
			status = visit(root, relative, names.name[i], here, out, err);
		free(relative);
	}
	name_list_clear(&names);
	return status;
}

dr_status
walk_patterns(const char *root, name_list *out, dr_error *err)
{
	memset(out, 0, sizeof *out);
	struct stat st;
	if (stat(root, &st) != 0)
		return error_set(err, DR_BAD_INPUT, "%s: %s", root, strerror(errno));
	const trail start = {NULL, st.st_dev, st.st_ino, 0};
	dr_status status = walk(root, "", &start, out, err);
	if (status != DR_OK)
		name_list_clear(out);
	return status;
}

dr_status
walk_folders(const char *root, name_list *out, dr_error *err)
{
	memset(out, 0, sizeof *out);
	name_list names = {0};
	dr_status status = list_folder(root, &names, err);
	for (size_t i = 0; status == DR_OK && i < names.n; i++) {
		char *path = file_path_join(root, names.name[i]);
		struct stat st;
		if (!path)
			status = error_set(err, DR_FAILED, "%s: out of memory", root);
		else if (stat(path, &st) == 0 && S_ISDIR(st.st_mode) &&
			 !name_list_add(out, strdup(names.name[i])))
			status = error_set(err, DR_FAILED, "%s: out of memory", root);
		free(path);
	}
	name_list_clear(&names);
	if (status != DR_OK)
		name_list_clear(out);
	return status;
}

#include "model/kit_source.h"

#include "model/audiofile.h"
#include "model/fileio.h"
#include "model/kit_archive.h"
#include "model/kit_folder.h"
#include "model/kit_hydrogen.h"
#include "model/kit_map.h"
#include "model/kit_sfz.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

/* How much is listened to; a library of thousands is not a kit. */
enum { LONGEST_STROKE = 20, MOST_LISTENED = 1024, CHOKE_OF_FOLDER = 1 };

typedef struct opening {
	const char *path; /* as it was asked for, for messages */
	const kit_load_options *options;
	kit_warner *warner;
	kit_source *out;
	int listened;
} opening;

static dr_status open_any(opening *o, const char *path, dr_error *err) DR_CHECKED;

static bool
stopped(const opening *o)
{
	return o->options->cancel && atomic_load_explicit(o->options->cancel, memory_order_relaxed);
}

static bool
ends_in(const char *path, const char *ending)
{
	const size_t n = strlen(path), e = strlen(ending);
	return n >= e && strcasecmp(path + n - e, ending) == 0;
}

/* A sound for the ear; whatever is wrong with it is told when the kit is loaded. */
static bool
hear(void *user, const kit_desc_layer *layer, ear_figures *out)
{
	opening *o = user;
	kit_warner quiet = {.where = ""};
	audiofile_sound s;
	char *path = stopped(o) || o->listened++ >= MOST_LISTENED
			 ? NULL
			 : kit_desc_resolve(o->out->folder, layer->file, &quiet);
	bool heard = path && audiofile_decode(path, LONGEST_STROKE, &s, NULL) == DR_OK;
	free(path);
	if (!heard)
		return false;
	heard = ear_measure(s.data, s.frames, s.channels, s.rate, out);
	free(s.data);
	return heard;
}

/* A folder's hats are one pair of cymbals. */
static void
choke_hats(kit_desc *d)
{
	for (uint32_t i = 0; i < d->n_instruments; i++)
		if (d->instruments[i].wants == INST_CH || d->instruments[i].wants == INST_OH)
			d->instruments[i].mute_group = CHOKE_OF_FOLDER;
}

static dr_status
place(opening *o, bool is_folder, dr_error *err)
{
	const dr_status status = kit_place(o->out->desc, is_folder, hear, o, err);
	if (status == DR_OK && is_folder)
		choke_hats(o->out->desc);
	if (stopped(o))
		return error_set(err, DR_CANCELLED, "%s: stopped", o->path);
	return status;
}

static dr_status
set_folder(opening *o, const char *path, dr_error *err)
{
	free(o->out->folder);
	o->out->folder = realpath(path, NULL);
	return o->out->folder ? DR_OK : error_set(err, DR_BAD_INPUT, "%s: %s", path, strerror(errno));
}

/* The folder that a document lies in. */
static dr_status
set_folder_of(opening *o, const char *document, dr_error *err)
{
	char *path = strdup(document);
	if (!path)
		return error_set(err, DR_FAILED, "%s: out of memory", document);
	char *slash = strrchr(path, '/');
	if (slash)
		slash[slash == path] = '\0';
	const dr_status status = set_folder(o, slash ? path : ".", err);
	free(path);
	return status;
}

/* The document is of its folder as the samples are: it may not be a link to somewhere else. */
static dr_status
check_inside(const opening *o, const char *document, dr_error *err)
{
	const char *slash = strrchr(document, '/');
	kit_warner quiet = {.where = ""};
	char *real = kit_desc_resolve(o->out->folder, slash ? slash + 1 : document, &quiet);
	if (!real)
		return error_set(err, DR_BAD_INPUT, "%s: lies outside its folder", document);
	free(real);
	return DR_OK;
}

static dr_status
open_hydrogen(opening *o, const char *document, dr_error *err)
{
	dr_status status = set_folder_of(o, document, err);
	if (status == DR_OK)
		status = check_inside(o, document, err);
	if (status == DR_OK)
		status = kit_hydrogen_read(document, o->warner, &o->out->desc, err);
	return status == DR_OK ? place(o, false, err) : status;
}

static dr_status
open_sfz(opening *o, const char *document, dr_error *err)
{
	dr_status status = set_folder_of(o, document, err);
	if (status == DR_OK)
		status = check_inside(o, document, err);
	if (status == DR_OK)
		status = kit_sfz_read(document, o->out->folder, o->warner, &o->out->desc, err);
	if (status != DR_OK)
		return status;
	const char *slash = strrchr(document, '/');
	const char *base = slash ? slash + 1 : document;
	snprintf(o->out->desc->name, sizeof o->out->desc->name, "%.*s", (int)(strlen(base) - 4), base);
	return place(o, false, err);
}

/* What a path says once its ".." are taken at their word; those that lead out of everything stay in front. */
static char *
normalised(const char *folder, const char *file)
{
	char *joined = file_path_join(folder, file), *out = joined;
	if (!joined || file[0] == '/')
		return joined;
	for (const char *at = joined; *at;) {
		const size_t n = strcspn(at, "/");
		const char *next = at + n + (at[n] == '/');
		const bool up = n == 2 && strncmp(at, "..", 2) == 0;
		if (up && out > joined && (out - joined < 3 || strncmp(out - 3, "../", 3) != 0)) {
			for (out--; out > joined && out[-1] != '/'; out--)
				;
		} else if (n > 0 && !(n == 1 && *at == '.')) {
			memmove(out, at, n);
			out += n;
			if (*next)
				*out++ = '/';
		}
		at = next;
	}
	*out = '\0';
	return joined;
}

/* Files named from a folder below the kit's are named from the kit's own. */
static dr_status
rebase(kit_desc *d, const char *below, dr_error *err)
{
	for (uint32_t i = 0; i < d->n_instruments; i++)
		for (uint32_t l = 0; l < d->instruments[i].n_layers; l++) {
			kit_desc_layer *layer = &d->instruments[i].layers[l];
			for (uint32_t p = 0; p <= layer->n_parts; p++) {
				char **file = p ? &layer->parts[p - 1].file : &layer->file;
				char *moved = normalised(below, *file);
				if (!moved)
					return error_set(err, DR_FAILED, "out of memory for a kit");
				free(*file);
				*file = moved;
			}
		}
	return DR_OK;
}

static int
is_sfz(const struct dirent *item)
{
	return item->d_name[0] != '.' && ends_in(item->d_name, ".sfz");
}

/* Packs that keep their .sfz files in one folder and the samples in another beside it: the first .sfz in the
 * folders right below. NULL if there is none, or memory is short (*failed). */
static char *
find_sfz_below(const char *path, struct dirent *const *items, int n, char **below, bool *failed)
{
	for (int i = 0; i < n; i++) {
		struct dirent **inner;
		struct stat st;
		char *folder = file_path_join(path, items[i]->d_name), *found = NULL;
		const int count = folder && lstat(folder, &st) == 0 && S_ISDIR(st.st_mode)
				      ? scandir(folder, &inner, is_sfz, alphasort)
				      : -1;
		for (int k = 0; k < count; k++) {
			if (k == 0)
				found = file_path_join(folder, inner[k]->d_name);
			free(inner[k]);
		}
		*failed |= !folder || (count > 0 && !found);
		if (count >= 0)
			free(inner);
		free(folder);
		if (found) {
			*below = strdup(items[i]->d_name);
			return found;
		}
	}
	return NULL;
}

static dr_status
open_sfz_below(opening *o, const char *path, const char *document, const char *below, dr_error *err)
{
	dr_status status = open_sfz(o, document, err);
	if (status == DR_OK)
		status = set_folder(o, path, err);
	if (status == DR_OK)
		status = below ? rebase(o->out->desc, below, err)
			       : error_set(err, DR_FAILED, "%s: out of memory", path);
	return status == DR_OK ? place(o, false, err) : status;
}

static int
not_hidden(const struct dirent *item)
{
	return item->d_name[0] != '.';
}

/* The kit in a folder: its drumkit.xml, else its first .sfz, else the same in a folder that is all there is
 * (as archives have it), else the samples in it. */
static dr_status
open_folder(opening *o, const char *path, int depth, dr_error *err)
{
	struct dirent **items;
	const int n = scandir(path, &items, not_hidden, alphasort);
	if (n < 0)
		return error_set(err, DR_BAD_INPUT, "%s: %s", path, strerror(errno));
	char *sfz = NULL, *only = NULL, *below = NULL, *document = file_path_join(path, "drumkit.xml");
	bool failed = !document;
	char *sfz_below = find_sfz_below(path, items, n, &below, &failed);
	int n_sfz = 0;
	for (int i = 0; i < n; i++) {
		if (ends_in(items[i]->d_name, ".sfz") && n_sfz++ == 0)
			sfz = file_path_join(path, items[i]->d_name);
		if (n == 1)
			only = file_path_join(path, items[i]->d_name);
		free(items[i]);
	}
	free(items);
	failed |= (n_sfz > 0 && !sfz) || (n == 1 && !only);
	struct stat st;
	dr_status status;
	if (failed) { /* not what else is there, in place of what could not be looked for */
		status = error_set(err, DR_FAILED, "%s: out of memory", path);
		/* NOLINTNEXTLINE(clang-analyzer-core.NonNullParamChecker): else `failed` is set */
	} else if (access(document, F_OK) == 0) {
		status = open_hydrogen(o, document, err);
	} else if (sfz) {
		if (n_sfz > 1)
			kit_warn(o->warner, "%d .sfz files; the first is used: %s", n_sfz,
				 strrchr(sfz, '/') + 1);
		status = open_sfz(o, sfz, err);
	} else if (only && depth < 2 && lstat(only, &st) == 0 && S_ISDIR(st.st_mode)) {
		status = open_folder(o, only, depth + 1, err);
	} else if (sfz_below) {
		status = open_sfz_below(o, path, sfz_below, below, err);
	} else {
		status = set_folder(o, path, err);
		if (status == DR_OK)
			status = kit_folder_read(o->out->folder, hear, o, o->warner, &o->out->desc, err);
		if (status == DR_OK)
			status = place(o, true, err);
	}
	free(document);
	free(sfz);
	free(sfz_below);
	free(below);
	free(only);
	return status;
}

static dr_status
apply_map(opening *o, const char *path, dr_error *err)
{
	char *text;
	size_t size;
	const char *slash = strrchr(path, '/');
	dr_status status = file_read_whole(path, KIT_MAP_MAX_BYTES, &text, &size, err);
	if (status != DR_OK)
		return status;
	status = kit_map_apply(text, size, slash ? slash + 1 : path, o->out->desc, o->warner, err);
	free(text);
	return status;
}

/* A map as a kit: of the kit that it names, or of the samples beside it. */
static dr_status
open_map(opening *o, const char *path, dr_error *err)
{
	char *text;
	size_t size;
	dr_status status = file_read_whole(path, KIT_MAP_MAX_BYTES, &text, &size, err);
	if (status != DR_OK)
		return status;
	char *base;
	const bool known = kit_map_base(text, size, &base);
	free(text);
	const char *slash = strrchr(path, '/');
	char *beside = slash ? strndup(path, (size_t)(slash - path) + 1) : strdup("");
	char *target = NULL;
	/* Without memory it is not about another kit than the one that it names. */
	if (known && beside && (!base || (base[0] != '/' && *beside)))
		target = base ? file_path_join(beside, base) : strdup(*beside ? beside : ".");
	else if (known && beside)
		target = strdup(base);
	if (!target)
		status = error_set(err, DR_FAILED, "%s: out of memory", path);
	else if (ends_in(target, ".kitmap"))
		status = error_set(err, DR_BAD_INPUT, "%s: kit = %s: a map cannot be about another map", path,
				   target);
	else
		status = open_any(o, target, err);
	if (status == DR_OK)
		status = apply_map(o, path, err);
	free(target);
	free(beside);
	free(base);
	return status;
}

static dr_status
open_any(opening *o, const char *path, dr_error *err)
{
	struct stat st;
	if (stat(path, &st) != 0)
		return error_set(err, DR_BAD_INPUT, "%s: %s", path, strerror(errno));
	if (S_ISDIR(st.st_mode))
		return open_folder(o, path, 0, err);
	if (!S_ISREG(st.st_mode))
		return error_set(err, DR_BAD_INPUT, "%s: not a file", path);
	if (ends_in(path, ".sfz"))
		return open_sfz(o, path, err);
	if (!kit_archive_is(path))
		return open_hydrogen(o, path, err);
	dr_status status = kit_archive_unpack(path, o->options->cancel, o->warner, &o->out->temporary, err);
	if (status == DR_OK && (status = open_folder(o, o->out->temporary, 0, err)) == DR_BAD_INPUT)
		status = error_prefix(err, status, path);
	return status;
}

dr_status
kit_source_open(const char *path, const kit_load_options *options, kit_warner *warner, kit_source *out,
		dr_error *err)
{
	opening o = {.path = path, .options = options, .warner = warner, .out = out};
	*out = (kit_source){0};
	const bool is_map = ends_in(path, ".kitmap");
	dr_status status = is_map ? open_map(&o, path, err) : open_any(&o, path, err);
	if (status == DR_OK && options->map) {
		status = apply_map(&o, options->map, err);
	} else if (status == DR_OK && !is_map) {
		char *map = file_path_join(out->folder, KIT_MAP_NAME);
		char *inside = map && access(map, F_OK) == 0
				   ? kit_desc_resolve(out->folder, KIT_MAP_NAME, warner)
				   : NULL;
		if (!map)
			status = error_set(err, DR_FAILED, "%s: out of memory", path);
		else if (inside)
			status = apply_map(&o, inside, err);
		free(inside);
		free(map);
	}
	if (status != DR_OK)
		kit_source_close(out);
	return status;
}

void
kit_source_close(kit_source *s)
{
	kit_desc_free(s->desc);
	free(s->folder);
	kit_archive_remove(s->temporary);
	*s = (kit_source){0};
}

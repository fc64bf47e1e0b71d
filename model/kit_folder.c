#include "model/kit_folder.h"

#include "model/fileio.h"
#include "model/kit_words.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

enum { FULL_LOUD = 6 }; /* the rank of "hard", which a name without a word for it has beside softer ones */

typedef struct entry {
	char *path;    /* relative to the kit's folder */
	size_t folder; /* length of its folder's part */
	kit_words words;
} entry;

typedef struct walk {
	const char *root;
	kit_warner *warner;
	entry *entries;
	uint32_t n;
	bool full, failed;
} walk;

static bool
is_audio(const char *name)
{
	static const char *const endings[] = {"wav", "flac", "ogg", "oga", "aif", "aiff", "aifc",
					      "au",  "snd",  "w64", "caf", "mp3", "opus"};
	const char *dot = strrchr(name, '.');
	for (size_t i = 0; dot && i < sizeof endings / sizeof *endings; i++)
		if (strcasecmp(dot + 1, endings[i]) == 0)
			return true;
	return false;
}

static void
take_file(walk *w, const char *relative)
{
	if (w->n >= FOLDER_MAX_FILES) {
		w->full = true;
		return;
	}
	if ((w->n & (w->n - 1)) == 0) {
		entry *grown = realloc(w->entries, (w->n ? 2 * (size_t)w->n : 1) * sizeof *grown);
		if (!grown) {
			w->failed = true;
			return;
		}
		w->entries = grown;
	}
	entry *e = &w->entries[w->n];
	e->path = strdup(relative);
	if (!e->path) {
		w->failed = true;
		return;
	}
	const char *slash = strrchr(relative, '/');
	e->folder = slash ? (size_t)(slash - relative) : 0;
	kit_words_read_path(relative, &e->words);
	w->n++;
}

static void
read_folder(walk *w, const char *relative, int depth)
{
	char *path = *relative ? file_path_join(w->root, relative) : strdup(w->root);
	DIR *dir = path ? opendir(path) : NULL;
	const struct dirent *item;
	w->failed |= !path;
	if (path && !dir)
		kit_warn(w->warner, "%s: %s", *relative ? relative : path, strerror(errno));
	while (dir && !w->failed && !w->full && (item = readdir(dir))) {
		if (item->d_name[0] == '.' || strcmp(item->d_name, "__MACOSX") == 0)
			continue;
		char *below = file_path_join(relative, item->d_name);
		char *full = below ? file_path_join(w->root, below) : NULL;
		struct stat st;
		w->failed |= !full;
		if (full && lstat(full, &st) == 0) {
			if (S_ISDIR(st.st_mode) && depth < FOLDER_MAX_DEPTH)
				read_folder(w, below, depth + 1);
			else if (!S_ISDIR(st.st_mode) && is_audio(item->d_name))
				take_file(w, below);
		}
		free(full);
		free(below);
	}
	if (dir)
		closedir(dir);
	free(path);
}

static bool
same_sound(const entry *a, const entry *b)
{
	return a->folder == b->folder && strncmp(a->path, b->path, a->folder) == 0 &&
	       strcmp(a->words.stem, b->words.stem) == 0;
}

static int
compare(const void *x, const void *y)
{
	const entry *a = x, *b = y;
	const size_t n = a->folder < b->folder ? a->folder : b->folder;
	int order = strncmp(a->path, b->path, n);
	if (order == 0 && a->folder != b->folder)
		order = a->folder < b->folder ? -1 : 1;
	if (order == 0)
		order = strcmp(a->words.stem, b->words.stem);
	if (order == 0 && a->words.take != b->words.take)
		order = a->words.take < b->words.take ? -1 : 1;
	return order ? order : strcmp(a->path, b->path);
}

static bool
sound_alike(const entry *e, uint32_t n, kit_hear_fn *hear, void *user)
{
	ear_figures first, other;
	for (uint32_t i = 0; hear && i < n; i++) {
		const kit_desc_layer layer = {.file = e[i].path};
		if (!hear(user, &layer, i ? &other : &first))
			return false;
		if (i && ear_distance(&first, &other) > EAR_ALIKE)
			return false;
	}
	return hear != NULL;
}

/* May these files, whose names differ only in layer and take, be one instrument? */
static bool
belong_together(const entry *e, uint32_t n, kit_hear_fn *hear, void *user)
{
	uint32_t marked = 0, bare = 0;
	for (uint32_t i = 0; i < n; i++) {
		marked += e[i].words.takes_marked || e[i].words.velocity;
		bare += e[i].words.take >= 0 && !e[i].words.takes_marked && !e[i].words.velocity;
	}
	if (e[0].words.what == WORDS_NO_DRUM || e[0].words.what == WORDS_NOTHING)
		return marked == n;
	if (bare == 0)
		return marked + 1 >= n;
	return n <= FOLDER_BARE_TAKES && sound_alike(e, n, hear, user);
}

static int
rank_of(const entry *e)
{
	return e->words.velocity ? e->words.velocity : FULL_LOUD;
}

static kit_desc_instrument *
add_instrument(kit_desc *d, const entry *e, dr_error *err)
{
	kit_desc_instrument *in = kit_desc_add_instrument(d);
	if (!in) {
		(void)error_set(err, DR_FAILED, "out of memory for a kit");
		return NULL;
	}
	const char *base = e->path + e->folder + (e->folder > 0);
	const char *dot = strrchr(base, '.');
	snprintf(in->name, sizeof in->name, "%.*s", dot && dot > base ? (int)(dot - base) : (int)strlen(base),
		 base);
	in->id = (int)d->n_instruments - 1;
	return in;
}

/* Layers share the velocities evenly, softest first. */
static dr_status
add_sound(kit_desc *d, const entry *e, uint32_t n, dr_error *err)
{
	kit_desc_instrument *in = add_instrument(d, e, err);
	bool present[1 << 14] = {false};
	int ranks = 0, before = 0;
	if (!in)
		return DR_FAILED;
	for (uint32_t i = 0; i < n; i++) {
		ranks += !present[rank_of(&e[i])];
		present[rank_of(&e[i])] = true;
	}
	for (int rank = 0; rank < 1 << 14; rank++) {
		if (!present[rank])
			continue;
		uint32_t takes = 0;
		for (uint32_t i = 0; i < n && in->n_layers < KIT_MAX_LAYERS; i++) {
			if (rank_of(&e[i]) != rank)
				continue;
			kit_desc_layer *l = kit_desc_add_layer(in);
			if (!l || !(l->file = strdup(e[i].path)))
				return error_set(err, DR_FAILED, "out of memory for a kit");
			kit_desc_set_velocities(l, 127 * before / ranks + 1, 127 * (before + 1) / ranks);
			takes++;
		}
		if (takes > 1)
			in->selection = KIT_SELECT_ROUND_ROBIN;
		before++;
	}
	return DR_OK;
}

static dr_status
describe(const walk *w, kit_hear_fn *hear, void *user, kit_warner *warner, kit_desc *d, dr_error *err)
{
	dr_status status = DR_OK;
	for (uint32_t i = 0, n; i < w->n && status == DR_OK; i += n) {
		n = 1;
		while (i + n < w->n && same_sound(&w->entries[i], &w->entries[i + n]))
			n++;
		if (!belong_together(&w->entries[i], n, hear, user))
			n = 1;
		if (n > KIT_MAX_LAYERS)
			kit_warn(warner, "%s and its like: only %d of %u are used", w->entries[i].path,
				 KIT_MAX_LAYERS, n);
		status = add_sound(d, &w->entries[i], n, err);
	}
	return status;
}

dr_status
kit_folder_read(const char *path, kit_hear_fn *hear, void *user, kit_warner *warner, kit_desc **out,
		dr_error *err)
{
	walk w = {.root = path, .warner = warner};
	kit_desc *d = kit_desc_new();
	read_folder(&w, "", 0);
	dr_status status = DR_OK;
	if (!d || w.failed)
		status = error_set(err, DR_FAILED, "%s: out of memory", path);
	else if (w.n == 0)
		status = error_set(err, DR_BAD_INPUT,
				   "%s: no kit: no drumkit.xml, no .sfz and no samples in it", path);
	if (w.full)
		kit_warn(warner, "only the first %d samples are looked at", FOLDER_MAX_FILES);
	if (status == DR_OK) {
		qsort(w.entries, w.n, sizeof *w.entries, compare);
		d->format = "folder";
		const char *slash = strrchr(path, '/');
		snprintf(d->name, sizeof d->name, "%s", slash && slash[1] ? slash + 1 : path);
		status = describe(&w, hear, user, warner, d, err);
	}
	for (uint32_t i = 0; i < w.n; i++)
		free(w.entries[i].path);
	free(w.entries);
	if (status == DR_OK)
		*out = d;
	else
		kit_desc_free(d);
	return status;
}

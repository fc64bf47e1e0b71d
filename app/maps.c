#include "app/maps.h"

#include "model/datafind.h"
#include "model/fileio.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FOLDERS = 32, LIMIT = 1 << 20 };

static const char learned_name[] = "learned.map";

/* $XDG_CONFIG_HOME/drumlin/maps, malloc'd; NULL where there is no home. */
static char *
config_folder(void)
{
	const char *config = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
	char *path = NULL;
	int n = -1;
	if (config && *config)
		n = asprintf(&path, "%s/drumlin/maps", config);
	else if (home && *home)
		n = asprintf(&path, "%s/.config/drumlin/maps", home);
	return n < 0 ? NULL : path;
}

static dr_status
read_one(midi_maps *m, const char *path, bool given, player_say_fn *say, void *user, dr_error *err)
{
	char *text;
	size_t size;
	const dr_status status = file_read_whole(path, LIMIT, &text, &size, err);
	if (status != DR_OK)
		return status;
	midi_maps_add(m, text, size, path, given, say, user);
	free(text);
	return DR_OK;
}

static int
is_map(const struct dirent *e)
{
	const size_t n = strlen(e->d_name);
	return n > 4 && e->d_name[0] != '.' && strcmp(e->d_name + n - 4, ".map") == 0 &&
	       strcmp(e->d_name, learned_name) != 0;
}

static void
read_folder(midi_maps *m, const char *folder, player_say_fn *say, void *user)
{
	struct dirent **entry;
	const int n = scandir(folder, &entry, is_map, alphasort);
	for (int i = 0; i < n; i++) {
		dr_error err;
		char *path = file_path_join(folder, entry[i]->d_name);
		if (path && read_one(m, path, false, say, user, &err) != DR_OK)
			say(user, err.text);
		free(path);
		free(entry[i]);
	}
	if (n >= 0)
		free(entry);
}

static void
read_learned(midi_maps *m, const char *folder, player_say_fn *say, void *user)
{
	char *text, *path = file_path_join(folder, learned_name);
	size_t size;
	dr_error err;
	if (path && access(path, F_OK) == 0) {
		if (file_read_whole(path, LIMIT, &text, &size, &err) == DR_OK) {
			midi_maps_learned(m, text, size, path, say, user);
			free(text);
		} else {
			say(user, err.text);
		}
	}
	free(path);
}

static dr_status
read_given(midi_maps *m, const char *name, const char *config, player_say_fn *say, void *user, dr_error *err)
{
	char *file = NULL, *path = NULL;
	if (access(name, F_OK) != 0 && !strchr(name, '/') && asprintf(&file, "%s.map", name) >= 0) {
		path = config ? file_path_join(config, file) : NULL;
		if (!path || access(path, R_OK) != 0) {
			free(path);
			path = data_find("maps", file);
		}
	}
	free(file);
	const dr_status status = read_one(m, path ? path : name, true, say, user, err);
	free(path);
	return status;
}

dr_status
maps_open(const char *const given[], int n_given, player_say_fn *say, void *user, midi_maps **out,
	  dr_error *err)
{
	midi_maps *m = *out = midi_maps_new();
	char *folder[FOLDERS], *config = config_folder();
	if (!m) {
		free(config);
		return error_set(err, DR_FAILED, "out of memory for the controllers' maps");
	}
	dr_status status = DR_OK;
	for (int i = 0; i < n_given && status == DR_OK; i++)
		status = read_given(m, given[i], config, say, user, err);
	if (config) {
		read_folder(m, config, say, user);
		read_learned(m, config, say, user);
	}
	const int n = data_folders("maps", folder, FOLDERS);
	for (int i = 0; i < n; i++) {
		if (folder[i])
			read_folder(m, folder[i], say, user);
		free(folder[i]);
	}
	free(config);
	if (status == DR_OK)
		return DR_OK;
	midi_maps_free(m);
	*out = NULL;
	return status;
}

/* Makes a folder and those above it; what is there already is fine. */
static void
make_folders(char *path)
{
	for (char *c = path + 1; *c; c++)
		if (*c == '/') {
			*c = '\0';
			mkdir(path, 0700);
			*c = '/';
		}
	mkdir(path, 0755);
}

dr_status
maps_keep_learned(const char *text, dr_error *err)
{
	char *folder = config_folder();
	if (folder)
		make_folders(folder);
	char *path = folder ? file_path_join(folder, learned_name) : NULL;
	const dr_status status = path
				     ? file_write_whole(path, text, strlen(text), err)
				     : error_set(err, DR_FAILED, "no home folder to keep what is learned in");
	free(path);
	free(folder);
	return status;
}

#include "model/datafind.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FOLDERS = 32 };

/* base (of which the first length characters count) + middle + folder. */
static char *
join(const char *base, size_t length, const char *middle, const char *folder)
{
	const size_t room = length + strlen(middle) + strlen(folder) + 2;
	char *path = malloc(room);
	if (path)
		snprintf(path, room, "%.*s%s/%s", (int)length, base, middle, folder);
	return path;
}

/* An environment variable, which the XDG specification treats as unset when it is empty. */
static const char *
environment(const char *name, const char *fallback)
{
	const char *value = getenv(name);
	return value && *value ? value : fallback;
}

int
data_folders(const char *folder, char *out[], int max)
{
	const char *home = environment("XDG_DATA_HOME", NULL);
	int n = 0;
	if (home && n < max)
		out[n++] = join(home, strlen(home), "/drumlin", folder);
	else if ((home = environment("HOME", NULL)) != NULL && n < max)
		out[n++] = join(home, strlen(home), "/.local/share/drumlin", folder);
	const char *at = environment("XDG_DATA_DIRS", "/usr/local/share:/usr/share");
	while (*at && n < max) {
		const size_t length = strcspn(at, ":");
		if (length > 0)
			out[n++] = join(at, length, "/drumlin", folder);
		at += length + (at[length] == ':');
	}
	if (n < max)
		out[n++] = join(DRUMLIN_DATADIR, strlen(DRUMLIN_DATADIR), "", folder);
	if (n < max)
		out[n++] = join(DRUMLIN_SOURCE_DATADIR, strlen(DRUMLIN_SOURCE_DATADIR), "", folder);
	return n;
}

char *
data_find(const char *folder, const char *name)
{
	char *in[FOLDERS], *found = NULL;
	const int n = data_folders(folder, in, FOLDERS);
	for (int i = 0; i < n; i++) {
		char *path = in[i] && !found ? join(in[i], strlen(in[i]), "", name) : NULL;
		if (path && access(path, R_OK) == 0)
			found = path;
		else
			free(path);
		free(in[i]);
	}
	return found;
}

char *
model_find(const char *name, dr_error *err)
{
	static const char ending[] = ".safetensors";
	char *found = NULL;
	if (*name && access(name, R_OK) == 0)
		return strdup(name);
	char *file = *name && !strchr(name, '/') ? malloc(strlen(name) + sizeof ending) : NULL;
	if (file) {
		strcpy(file, name);
		strcat(file, ending);
		found = data_find("models", file);
		free(file);
	}
	if (!found)
		error_set(err, DR_BAD_INPUT,
			  "%s: no such model: give a .safetensors file that drumlin train has written, "
			  "or the name of an installed one",
			  *name ? name : "''");
	return found;
}

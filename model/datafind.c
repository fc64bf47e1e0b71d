#include "model/datafind.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* base (of which the first length characters count) + middle + folder / name, if that exists. */
static char *
try_base(const char *base, size_t length, const char *middle, const char *folder, const char *name)
{
	const size_t room = length + strlen(middle) + strlen(folder) + strlen(name) + 3;
	char *path = malloc(room);
	if (!path)
		return NULL;
	snprintf(path, room, "%.*s%s/%s/%s", (int)length, base, middle, folder, name);
	if (access(path, R_OK) == 0)
		return path;
	free(path);
	return NULL;
}

/* An environment variable, which the XDG specification treats as unset when it is empty. */
static const char *
environment(const char *name, const char *fallback)
{
	const char *value = getenv(name);
	return value && *value ? value : fallback;
}

char *
data_find(const char *folder, const char *name)
{
	const char *home = environment("XDG_DATA_HOME", NULL);
	char *found = NULL;
	if (home)
		found = try_base(home, strlen(home), "/drumlin", folder, name);
	else if ((home = environment("HOME", NULL)) != NULL)
		found = try_base(home, strlen(home), "/.local/share/drumlin", folder, name);
	const char *at = environment("XDG_DATA_DIRS", "/usr/local/share:/usr/share");
	while (!found && *at) {
		const size_t length = strcspn(at, ":");
		if (length > 0)
			found = try_base(at, length, "/drumlin", folder, name);
		at += length + (at[length] == ':');
	}
	if (!found)
		found = try_base(DRUMLIN_DATADIR, strlen(DRUMLIN_DATADIR), "", folder, name);
	if (!found)
		found = try_base(DRUMLIN_SOURCE_DATADIR, strlen(DRUMLIN_SOURCE_DATADIR), "", folder, name);
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

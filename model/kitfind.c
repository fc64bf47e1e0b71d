#include "model/kitfile.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* base (of which the first length characters count) + middle + name, if that exists. */
static char *
try_folder(const char *base, size_t length, const char *middle, const char *name)
{
	const size_t room = length + strlen(middle) + strlen(name) + 1;
	char *path = malloc(room);
	if (!path)
		return NULL;
	snprintf(path, room, "%.*s%s%s", (int)length, base, middle, name);
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

static char *
find_named(const char *name)
{
	const char *home = getenv("XDG_DATA_HOME");
	char *found = NULL;
	if (home && *home)
		found = try_folder(home, strlen(home), "/drumlin/kits/", name);
	else if ((home = getenv("HOME")) != NULL)
		found = try_folder(home, strlen(home), "/.local/share/drumlin/kits/", name);
	const char *at = environment("XDG_DATA_DIRS", "/usr/local/share:/usr/share");
	while (!found && *at) {
		const size_t length = strcspn(at, ":");
		if (length > 0)
			found = try_folder(at, length, "/drumlin/kits/", name);
		at += length + (at[length] == ':');
	}
	if (!found)
		found = try_folder(DRUMLIN_DATADIR, strlen(DRUMLIN_DATADIR), "/kits/", name);
	if (!found)
		found = try_folder(DRUMLIN_SOURCE_DATADIR, strlen(DRUMLIN_SOURCE_DATADIR), "/kits/", name);
	return found;
}

char *
kit_find(const char *name, dr_error *err)
{
	char *found = NULL;
	if (*name && access(name, R_OK) == 0)
		found = strdup(name);
	else if (*name && !strchr(name, '/'))
		found = find_named(name);
	if (!found)
		error_set(
		    err, DR_BAD_INPUT,
		    "%s: no such kit: give a folder with a drumkit.xml, or the name of an installed kit",
		    *name ? name : "''");
	return found;
}

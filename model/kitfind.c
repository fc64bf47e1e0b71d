#include "model/datafind.h"
#include "model/kitfile.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* base/folder/name, if that is there. */
static char *
try_folder(const char *base, size_t n, const char *folder, const char *name)
{
	char path[PATH_MAX];
	const int length = snprintf(path, sizeof path, "%.*s/%s/%s", (int)n, base, folder, name);
	return n > 0 && length > 0 && (size_t)length < sizeof path && access(path, R_OK) == 0 ? strdup(path)
											      : NULL;
}

/* Hydrogen's kits: the user's own, then the system's. */
static char *
find_of_hydrogen(const char *name)
{
	const char *home = getenv("HOME"), *at = getenv("XDG_DATA_DIRS");
	char *found = NULL;
	if (home)
		found = try_folder(home, strlen(home), ".hydrogen/data/drumkits", name);
	if (!at || !*at)
		at = "/usr/local/share:/usr/share";
	while (!found && *at) {
		const size_t n = strcspn(at, ":");
		found = try_folder(at, n, "hydrogen/data/drumkits", name);
		at += n + (at[n] == ':');
	}
	return found;
}

char *
kit_find(const char *name, dr_error *err)
{
	char *found = NULL;
	if (*name && access(name, R_OK) == 0)
		found = strdup(name);
	else if (*name && !strchr(name, '/'))
		found = data_find("kits", name);
	if (!found && *name && !strchr(name, '/'))
		found = find_of_hydrogen(name);
	if (!found)
		error_set(err, DR_BAD_INPUT,
			  "%s: no such kit: give a folder, a drumkit.xml, an .sfz, an archive, or the name "
			  "of an installed kit",
			  *name ? name : "''");
	return found;
}

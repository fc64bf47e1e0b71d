#include "model/kit_desc.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Kits made where case does not matter: sets every part of path behind the folder to the spelling that is
 * there. False if there is none. */
static bool
match_case(char *path, size_t folder)
{
	for (char *part = path + folder + 1; *part;) {
		const size_t n = strcspn(part, "/");
		part[-1] = '\0';
		DIR *dir = opendir(*path ? path : "/");
		part[-1] = '/';
		const struct dirent *item;
		bool found = false;
		while (dir && !found && (item = readdir(dir)))
			if (strlen(item->d_name) == n && strncasecmp(item->d_name, part, n) == 0) {
				memcpy(part, item->d_name, n);
				found = true;
			}
		if (dir)
			closedir(dir);
		if (!found)
			return false;
		part += n;
		part += *part == '/';
	}
	return true;
}

char *
kit_desc_resolve(const char *folder, const char *file, kit_warner *warner)
{
	if (!file || !*file) {
		kit_warn(warner, "a layer names no file");
		return NULL;
	}
	char joined[PATH_MAX];
	if ((size_t)snprintf(joined, sizeof joined, "%s/%s", folder, file) >= sizeof joined) {
		kit_warn(warner, "%.80s...: the name is too long", file);
		return NULL;
	}
	const size_t n = strlen(folder), length = strlen(file);
	const bool climbs = file[0] == '/' || strncmp(file, "../", 3) == 0 || strstr(file, "/../") != NULL ||
			    strcmp(file, "..") == 0 || (length >= 3 && strcmp(file + length - 3, "/..") == 0);
	char *real = climbs ? NULL : realpath(joined, NULL);
	if (!real && !climbs && errno == ENOENT) {
		if (match_case(joined, n))
			real = realpath(joined, NULL);
		else
			errno = ENOENT;
	}
	if (!real && !climbs) {
		kit_warn(warner, "%s: %s", file, strerror(errno));
		return NULL;
	}
	if (climbs || strncmp(real, folder, n) != 0 || (real[n] != '/' && n > 1)) {
		kit_warn(warner, "%s: lies outside the kit's folder, and is not read", file);
		free(real);
		return NULL;
	}
	return real;
}

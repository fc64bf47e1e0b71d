/* A folder of its own for a test, with files in it; removed by files_remove. */
#ifndef DRUMLIN_TESTS_FILES_H
#define DRUMLIN_TESTS_FILES_H

#include "model/fileio.h"
#include "tests/test.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char files_root[256];

static void
files_make(void)
{
	const char *tmp = getenv("TMPDIR");
	snprintf(files_root, sizeof files_root, "%s/drumlin-test-XXXXXX", tmp && *tmp ? tmp : "/tmp");
	assert_non_null(mkdtemp(files_root));
}

static inline void
files_remove_below(const char *path)
{
	struct stat st;
	DIR *dir = lstat(path, &st) == 0 && S_ISDIR(st.st_mode) ? opendir(path) : NULL;
	const struct dirent *entry;
	while (dir && (entry = readdir(dir)))
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) {
			char *below = file_path_join(path, entry->d_name);
			assert_non_null(below);
			files_remove_below(below);
			free(below);
		}
	if (dir)
		closedir(dir);
	remove(path);
}

static inline void
files_remove(void)
{
	files_remove_below(files_root);
}

enum { FILES_PATIENCE = 60 /* seconds */ };

/* Set-up and tear-down for tests of what might wait for ever: the folder, which the program's state lies in
 * as well, and an alarm that ends them. */
static inline int
files_up_in_time(void **state)
{
	(void)state;
	files_make();
	setenv("XDG_STATE_HOME", files_root, 1);
	alarm(FILES_PATIENCE);
	return 0;
}

static inline int
files_down_in_time(void **state)
{
	(void)state;
	alarm(0);
	files_remove();
	return 0;
}

/* The full path of a name below the folder; the caller frees it. Folders on the way are made. */
static char *
files_path(const char *name)
{
	char *path = file_path_join(files_root, name);
	assert_non_null(path);
	for (char *slash = path + strlen(files_root) + 1; (slash = strchr(slash, '/')); slash++) {
		*slash = '\0';
		mkdir(path, 0777);
		*slash = '/';
	}
	return path;
}

static inline void
files_put(const char *name, const void *data, size_t size)
{
	char *path = files_path(name);
	assert_ok(file_write_whole(path, data, size, &test_error));
	free(path);
}

#endif

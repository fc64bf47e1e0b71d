#include "model/fileio.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static dr_status
read_open_file(int fd, const char *path, size_t limit, char **data, size_t *size, dr_error *err)
{
	struct stat st;
	if (fstat(fd, &st) != 0)
		return error_set(err, DR_FAILED, "%s: %s", path, strerror(errno));
	if (!S_ISREG(st.st_mode))
		return error_set(err, DR_BAD_INPUT, "%s: not a regular file", path);
	if ((unsigned long long)st.st_size > limit)
		return error_set(err, DR_BAD_INPUT, "%s: %lld bytes, more than the %zu that are read", path,
				 (long long)st.st_size, limit);
	const size_t want = (size_t)st.st_size;
	char *buffer = malloc(want + 1);
	if (!buffer)
		return error_set(err, DR_FAILED, "%s: out of memory for %zu bytes", path, want);
	size_t got = 0;
	while (got < want) {
		const ssize_t n = read(fd, buffer + got, want - got);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			free(buffer);
			return error_set(err, DR_FAILED, "%s: %s", path, strerror(errno));
		}
		if (n == 0)
			break;
		got += (size_t)n;
	}
	buffer[got] = '\0';
	*data = buffer;
	*size = got;
	return DR_OK;
}

dr_status
file_read_whole(const char *path, size_t limit, char **data, size_t *size, dr_error *err)
{
	const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return error_set(err, DR_BAD_INPUT, "%s: %s", path, strerror(errno));
	const dr_status status = read_open_file(fd, path, limit, data, size, err);
	close(fd);
	return status;
}

static int
write_all(int fd, const char *data, size_t size)
{
	while (size > 0) {
		const ssize_t n = write(fd, data, size);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		data += n;
		size -= (size_t)n;
	}
	return fsync(fd);
}

/* Makes the rename itself durable. A file system that cannot sync a folder still has the file. */
static void
sync_folder_of(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *folder = slash ? strndup(path, slash == path ? 1 : (size_t)(slash - path)) : strdup(".");
	if (!folder)
		return;
	const int fd = open(folder, O_RDONLY | O_CLOEXEC | O_DIRECTORY);
	free(folder);
	if (fd < 0)
		return;
	(void)fsync(fd);
	close(fd);
}

dr_status
file_write_whole(const char *path, const void *data, size_t size, dr_error *err)
{
	const size_t length = strlen(path) + sizeof ".XXXXXX";
	char *temporary = malloc(length);
	if (!temporary)
		return error_set(err, DR_FAILED, "%s: out of memory", path);
	snprintf(temporary, length, "%s.XXXXXX", path);
	const int fd = mkstemp(temporary);
	if (fd < 0) {
		free(temporary);
		return error_set(err, DR_FAILED, "%s: %s", path, strerror(errno));
	}
	/* mkstemp's 0600 becomes what a plain creat would have given. */
	const mode_t mask = umask(0);
	umask(mask);
	int failed = fchmod(fd, 0666 & ~mask) != 0 || write_all(fd, data, size) != 0 ? errno : 0;
	if (close(fd) != 0 && !failed)
		failed = errno;
	if (!failed && rename(temporary, path) != 0)
		failed = errno;
	if (failed)
		unlink(temporary);
	free(temporary);
	if (failed)
		return error_set(err, DR_FAILED, "%s: %s", path, strerror(failed));
	sync_folder_of(path);
	return DR_OK;
}

char *
file_path_join(const char *folder, const char *name)
{
	const size_t length = strlen(folder) + strlen(name) + 2;
	char *path = malloc(length);
	if (path)
		snprintf(path, length, "%s%s%s", folder, *folder ? "/" : "", name);
	return path;
}

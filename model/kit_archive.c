#define _XOPEN_SOURCE 700 /* nftw */
#define _DEFAULT_SOURCE

#include "model/kit_archive.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BLOCK = 1 << 16 };

typedef struct unpacking {
	struct archive *archive;
	const char *folder;
	const atomic_bool *cancel;
	kit_warner *warner;
	uint64_t bytes;
	int entries, files;
} unpacking;

bool
kit_archive_is(const char *path)
{
	unsigned char head[512] = {0};
	const int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	const ssize_t n = fd >= 0 ? read(fd, head, sizeof head) : -1;
	if (fd >= 0)
		close(fd);
	return (n >= 2 && head[0] == 0x1f && head[1] == 0x8b) ||
	       (n == 512 && memcmp(head + 257, "ustar", 5) == 0);
}

/* Why an entry is refused; NULL if it is a plain file or folder with a harmless name. */
static const char *
refusal(struct archive_entry *e, const char *name)
{
	if (!name || !*name)
		return "has no name that can be read";
	if (name[0] == '/')
		return "has an absolute name";
	int depth = 0;
	for (const char *part = name; part; part = strchr(part, '/')) {
		part += part != name;
		if (strcmp(part, "..") == 0 || strncmp(part, "../", 3) == 0)
			return "climbs out of the archive";
		depth++;
	}
	if (depth > ARCHIVE_MAX_DEPTH || strlen(name) > PATH_MAX / 2)
		return "lies too deep";
	if (archive_entry_hardlink(e) || archive_entry_symlink(e) || archive_entry_filetype(e) == AE_IFLNK)
		return "is a link";
	if (archive_entry_filetype(e) != AE_IFREG && archive_entry_filetype(e) != AE_IFDIR)
		return "is neither file nor folder";
	return NULL;
}

static int
create(const unpacking *u, const char *name)
{
	char path[PATH_MAX];
	if ((size_t)snprintf(path, sizeof path, "%s/%s", u->folder, name) >= sizeof path) {
		errno = ENAMETOOLONG;
		return -1;
	}
	for (char *slash = path + strlen(u->folder) + 1; (slash = strchr(slash, '/')); slash++) {
		*slash = '\0';
		if (mkdir(path, 0700) != 0 && errno != EEXIST)
			return -1;
		*slash = '/';
	}
	return open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
}

static bool
cancelled(const unpacking *u)
{
	return u->cancel && atomic_load_explicit(u->cancel, memory_order_relaxed);
}

/* One file's bytes. Only the disk or the user ends the whole; what is wrong with the archive is told. */
static dr_status
unpack_file(unpacking *u, const char *name, dr_error *err)
{
	const int fd = create(u, name);
	if (fd < 0) {
		const int why = errno;
		kit_warn(u->warner, "%.200s: %s", name, strerror(why));
		return why == ENOSPC ? error_set(err, DR_FAILED, "%s: the disk is full", u->folder) : DR_OK;
	}
	char *block = malloc(BLOCK);
	dr_status status = block ? DR_OK : error_set(err, DR_FAILED, "%s: out of memory", u->folder);
	while (status == DR_OK) {
		const la_ssize_t n = archive_read_data(u->archive, block, BLOCK);
		if (n < 0)
			kit_warn(u->warner, "%.200s: %s", name, archive_error_string(u->archive));
		if (n <= 0)
			break;
		u->bytes += (uint64_t)n;
		if (u->bytes > ARCHIVE_MAX_BYTES)
			break;
		if (write(fd, block, (size_t)n) != n)
			status = error_set(err, DR_FAILED, "%s: %s", u->folder, strerror(errno));
		else if (cancelled(u))
			status = error_set(err, DR_CANCELLED, "stopped while unpacking");
	}
	u->files++;
	free(block);
	close(fd);
	return status;
}

static dr_status
unpack_all(unpacking *u, const char *path, dr_error *err)
{
	dr_status status = DR_OK;
	struct archive_entry *e;
	int got;
	while (status == DR_OK && (got = archive_read_next_header(u->archive, &e)) != ARCHIVE_EOF) {
		if (got == ARCHIVE_FATAL || got == ARCHIVE_RETRY) {
			if (!u->files)
				return error_set(err, DR_BAD_INPUT, "%s: no archive of a kit: %s", path,
						 archive_error_string(u->archive));
			kit_warn(u->warner, "the archive breaks off: %s", archive_error_string(u->archive));
			break;
		}
		if (++u->entries > ARCHIVE_MAX_ENTRIES || u->bytes > ARCHIVE_MAX_BYTES) {
			kit_warn(u->warner, "only the first %d files and %llu MiB of the archive are used",
				 ARCHIVE_MAX_ENTRIES, (unsigned long long)(ARCHIVE_MAX_BYTES >> 20));
			break;
		}
		const char *name = archive_entry_pathname(e);
		const char *why = refusal(e, name);
		if (why)
			kit_warn(u->warner, "%.200s: %s, and is left out", name ? name : "an entry", why);
		else if (archive_entry_filetype(e) == AE_IFREG)
			status = unpack_file(u, name, err);
		if (status == DR_OK && cancelled(u))
			status = error_set(err, DR_CANCELLED, "%s: stopped", path);
	}
	return status;
}

static char *
make_folder(void)
{
	const char *tmp = getenv("TMPDIR");
	char path[PATH_MAX];
	if ((size_t)snprintf(path, sizeof path, "%s/drumlin-kit-XXXXXX", tmp && *tmp ? tmp : "/tmp") >=
		sizeof path ||
	    !mkdtemp(path))
		return NULL;
	return realpath(path, NULL);
}

dr_status
kit_archive_unpack(const char *path, const atomic_bool *cancel, kit_warner *warner, char **folder,
		   dr_error *err)
{
	struct stat st;
	const int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
		if (fd >= 0)
			close(fd);
		return error_set(err, DR_BAD_INPUT, "%s: %s", path, fd < 0 ? strerror(errno) : "not a file");
	}
	unpacking u = {.archive = archive_read_new(), .cancel = cancel, .warner = warner};
	char *made = u.archive ? make_folder() : NULL;
	dr_status status =
	    made ? DR_OK
		 : error_set(err, DR_FAILED, "%s: no folder to unpack it into: %s", path, strerror(errno));
	u.folder = made;
	if (status == DR_OK) {
		archive_read_support_filter_gzip(u.archive);
		archive_read_support_format_tar(u.archive);
		if (archive_read_open_fd(u.archive, fd, BLOCK) != ARCHIVE_OK)
			status = error_set(err, DR_BAD_INPUT, "%s: no archive of a kit: %s", path,
					   archive_error_string(u.archive));
		else
			status = unpack_all(&u, path, err);
	}
	if (u.archive)
		archive_read_free(u.archive);
	close(fd);
	if (status == DR_OK)
		*folder = made;
	else
		kit_archive_remove(made);
	return status;
}

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st, (void)type, (void)ftw;
	return remove(path);
}

void
kit_archive_remove(char *folder)
{
	if (folder)
		nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	free(folder);
}

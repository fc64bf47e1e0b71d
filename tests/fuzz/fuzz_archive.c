/* libFuzzer target: any bytes as an archive. Whatever comes out of it lies in a folder of its own, which is
 * searched for links, for devices and for anything beside it, and is removed. */

#include "model/kit_archive.h"

#include <ftw.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int
look(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)type, (void)ftw;
	if ((!S_ISREG(st->st_mode) && !S_ISDIR(st->st_mode)) || (st->st_mode & 077) || strstr(path, "/../"))
		abort();
	return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	kit_warner warner = {.where = "fuzz"};
	char path[64], *folder;
	dr_error err;
	const int fd = memfd_create("archive", MFD_CLOEXEC);
	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	(void)kit_archive_is(path);
	if (kit_archive_unpack(path, NULL, &warner, &folder, &err) == DR_OK) {
		nftw(folder, look, 8, FTW_PHYS);
		char *gone = strdup(folder);
		kit_archive_remove(folder);
		if (!gone || access(gone, F_OK) == 0)
			abort();
		free(gone);
	}
	close(fd);
	return 0;
}

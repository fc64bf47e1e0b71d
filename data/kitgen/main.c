/* Makes the kits that Drumlin ships: kitgen DIR renders them all into DIR, and lists their files there for
 * the build to install (files.am). kitgen --measure KIT... prints what doc/kits.md says of them. */
#include "data/kitgen/measure.h"
#include "data/kitgen/write.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static dr_status
write_all(const char *dir, dr_error *err)
{
	static const kit_recipe *const kits[] = {&basalt, &slag};
	char path[2048];
	snprintf(path, sizeof path, "%s/files.am", dir);
	FILE *list = fopen(path, "w");
	if (!list)
		return error_set(err, DR_FAILED, "%s: cannot be written", path);
	fputs("# Written by kitgen (make kits).\n", list);
	dr_status status = DR_OK;
	for (size_t i = 0; i < sizeof kits / sizeof *kits && status == DR_OK; i++)
		status = write_kit(kits[i], dir, list, err);
	if (fclose(list) != 0 && status == DR_OK)
		status = error_set(err, DR_FAILED, "%s: cannot be written", path);
	return status;
}

int
main(int argc, char **argv)
{
	const bool measure = argc > 2 && strcmp(argv[1], "--measure") == 0;
	if (argc != 2 && !measure) {
		fputs("usage: kitgen DIR\n       kitgen --measure KIT...\n", stderr);
		return 2;
	}
	dr_error err;
	dr_status status = measure ? DR_OK : write_all(argv[1], &err);
	for (int i = 2; i < argc && status == DR_OK; i++)
		status = measure_kit(argv[i], stdout, &err);
	if (status != DR_OK)
		fprintf(stderr, "kitgen: %s\n", err.text);
	return status_exit_code(status);
}

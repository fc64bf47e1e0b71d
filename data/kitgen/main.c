/* Makes the kits that Drumlin ships: kitgen DIR renders them all into DIR, and lists their files there for
 * the build to install (files.am). kitgen --page DIR prints their part of doc/kits.md: what each sound is,
 * and what is measured from the files. */
#include "data/kitgen/measure.h"
#include "data/kitgen/write.h"

#include <stdio.h>
#include <string.h>

static const kit_recipe *const kits[] = {&basalt, &larch, &moraine, &slag};
enum { KITS = sizeof kits / sizeof *kits };

static dr_status
write_all(const char *dir, dr_error *err)
{
	char path[2048];
	snprintf(path, sizeof path, "%s/files.am", dir);
	FILE *list = fopen(path, "w");
	if (!list)
		return error_set(err, DR_FAILED, "%s: cannot be written", path);
	fputs("# Written by kitgen (make kits).\n", list);
	dr_status status = DR_OK;
	for (int i = 0; i < KITS && status == DR_OK; i++)
		status = write_kit(kits[i], dir, list, err);
	if (fclose(list) != 0 && status == DR_OK)
		status = error_set(err, DR_FAILED, "%s: cannot be written", path);
	return status;
}

static dr_status
print_page(const char *dir, dr_error *err)
{
	dr_status status = DR_OK;
	for (int i = 0; i < KITS && status == DR_OK; i++) {
		char path[2048];
		snprintf(path, sizeof path, "%s/%s", dir, kits[i]->name);
		printf("\n## %s\n\n%s\n\n", kits[i]->name, kits[i]->info);
		for (int p = 0; p < INSTRUMENTS; p++)
			printf("- **%s** %s\n", instrument_name(p), kits[i]->instrument[p].what);
		putchar('\n');
		status = measure_kit(path, stdout, err);
	}
	return status;
}

int
main(int argc, char **argv)
{
	dr_error err;
	dr_status status;
	if (argc == 2)
		status = write_all(argv[1], &err);
	else if (argc == 3 && strcmp(argv[1], "--page") == 0)
		status = print_page(argv[2], &err);
	else
		status = error_set(&err, DR_USAGE, "say kitgen DIR, or kitgen --page DIR");
	if (status != DR_OK)
		fprintf(stderr, "kitgen: %s\n", err.text);
	return status_exit_code(status);
}

#include "app/commands.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
} subcommands[] = {
    {"play", cmd_play},         {"render", cmd_render}, {"train", cmd_train},
    {"eval", cmd_eval},         {"kit", cmd_kit},       {"controls", cmd_controls},
    {"backends", cmd_backends}, {"layout", cmd_layout}, {"touch", cmd_touch},
};

int
main(int argc, char **argv)
{
	/* A file at its limit (ulimit -f) is a write that fails, like a full disk: said, and no end of the
	 * music. */
	signal(SIGXFSZ, SIG_IGN);
	if (argc > 1 && strcmp(argv[1], "--version") == 0) {
		puts("drumlin " PACKAGE_VERSION);
		return 0;
	}
	for (size_t i = 0; argc > 1 && i < sizeof subcommands / sizeof *subcommands; i++)
		if (strcmp(argv[1], subcommands[i].name) == 0)
			return subcommands[i].run(argc - 1, argv + 1);
	if (argc > 1 && argv[1][0] != '-') {
		fprintf(stderr, "drumlin: unknown command %s\nTry drumlin --help.\n", argv[1]);
		return 2;
	}
	return cmd_play(argc, argv);
}

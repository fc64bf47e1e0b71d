#include "app/cmd_kit.h"

#include <stdio.h>
#include <string.h>

int
main(int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], "kit") == 0)
		return cmd_kit(argc - 1, argv + 1);
	fputs("Usage: drumlin kit ...\n", stderr);
	return 2;
}

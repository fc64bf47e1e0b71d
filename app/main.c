#include "app/commands.h"

#include <stdio.h>
#include <string.h>

int
main(int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], "train") == 0)
		return cmd_train(argc - 1, argv + 1);
	if (argc > 1 && strcmp(argv[1], "eval") == 0)
		return cmd_eval(argc - 1, argv + 1);
	fprintf(stderr, "Usage: drumlin train DIR... -o MODEL\n       drumlin eval [--model MODEL] DIR...\n");
	return 2;
}

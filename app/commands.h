/* The subcommands. Each gets its own name as argv[0] and returns an exit code (DESIGN: 0, 1, 2, 3). Main thread. */
#ifndef DRUMLIN_COMMANDS_H
#define DRUMLIN_COMMANDS_H

int cmd_eval(int argc, char **argv);

#endif

/* The subcommands. Each gets its own name as argv[0] and returns an exit code (0 done, 1 failed while
 * running, 2 wrong usage, 3 a bad input file). Main thread. */
#ifndef DRUMLIN_COMMANDS_H
#define DRUMLIN_COMMANDS_H

int cmd_play(int argc, char **argv);
int cmd_render(int argc, char **argv);
int cmd_train(int argc, char **argv);
int cmd_eval(int argc, char **argv);
int cmd_touch(int argc, char **argv);
int cmd_kit(int argc, char **argv);
int cmd_kit_blend(int argc, char **argv); /* drumlin kit blend */
int cmd_layout(int argc, char **argv);
int cmd_controls(int argc, char **argv);
int cmd_backends(int argc, char **argv);

#endif

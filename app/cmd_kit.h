/* drumlin kit: what is in a kit, and what is wrong with it. argv[0] is "kit". Prints; returns the exit code. */
#ifndef DRUMLIN_CMD_KIT_H
#define DRUMLIN_CMD_KIT_H

int cmd_kit(int argc, char **argv);

#endif

/* The commands of the program: each takes its own name as argv[0] and returns the exit code. Main thread. */
#ifndef DRUMLIN_COMMANDS_H
#define DRUMLIN_COMMANDS_H

/* drumlin eval [--model MODEL] DIR...: scores patterns in bits per step (model/eval.h). */
int cmd_eval(int argc, char **argv);

/* drumlin train DIR... -o MODEL: trains a network on folders of MIDI files (model/train.h). */
int cmd_train(int argc, char **argv);

#endif

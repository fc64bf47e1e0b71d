/* Where kits and models live: the XDG data folders, the installed data and, for a build tree, the
 * sources' own. Blocking; any thread but the audio thread. */
#ifndef DRUMLIN_DATAFIND_H
#define DRUMLIN_DATAFIND_H

#include "rt/status.h"

/* First readable FOLDER/NAME below $XDG_DATA_HOME/drumlin, each of $XDG_DATA_DIRS/drumlin, the installed data
 * folder and the source tree's data. malloc'd; NULL if it is nowhere (or memory is short). */
char *data_find(const char *folder, const char *name);

/* The folders in which data_find looks for FOLDER/NAME, in its order, whether they are there or not. Each is
 * malloc'd; returns their number, at most max. */
int data_folders(const char *folder, char *out[], int max);

/* A model by path, or by its name without the ending. malloc'd; NULL with err set (DR_BAD_INPUT's line). */
char *model_find(const char *name, dr_error *err);

#endif

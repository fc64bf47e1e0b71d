/* Fixed cells as words, for session files: "2.5 v100" is a hit on step 5 of the pattern's bar 2, "1.1 rest" a
 * rest.
 *
 * After the velocity may follow, in any order: c50 (chance per cent), 3:4 (the third of every four rounds),
 * r2 (ratchet), o-12 (offset in 1/256 step). Any thread. */
#ifndef DRUMLIN_CELL_TEXT_H
#define DRUMLIN_CELL_TEXT_H

#include "rt/cell.h"

#include <stddef.h>

enum { CELL_TEXT_MAX = 48 };

/* bar and step from 0. Returns text; empty for a free cell. */
const char *cell_to_text(int bar, int step, cell c, char text[CELL_TEXT_MAX]);

/* False, and nothing set, where the words make no sense or are out of range. */
bool cell_from_text(const char *text, int *bar, int *step, cell *c);

#endif

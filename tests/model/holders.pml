/* kit_hold and kit_free (rt/kit.c): whoever lets go last frees what all have read. Three hold it; the second has it
 * from the first (through a pthread, so relaxed is enough to count up). */
#ifndef LET_GO
#define LET_GO ACQ_REL
#endif
#define THREADS 3
#define LOCS 1
#define PLAINS 1
#define HISTORY 4
#include "tests/model/memory.h"

active [3] proctype holder()
{
	byte before, got;
	read_plain(_pid, 0, got);
	assert(got == 0);
	exchange(_pid, 0, before + 1, LET_GO, before);
	if
	:: before == 2 -> write_plain(_pid, 0, 1) /* freed */
	:: else
	fi
}

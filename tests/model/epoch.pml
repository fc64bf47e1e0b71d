/* engine_relocated and engine_get_status: the place that goes with a relocation (rt/engine_commands.c, rt/engine_setup.c),
 * and plan_set_epoch, plan_get_epoch (rt/plan.c): who sees an epoch there sees the step that was written before it.
 * The place's value says which relocation it was written after. */
#ifndef MOVING_STORE
#define MOVING_STORE RLX
#endif
#ifndef PLACE_STORE
#define PLACE_STORE REL
#endif
#ifndef EPOCH_STORE
#define EPOCH_STORE REL
#endif
#ifndef EPOCH_LOAD
#define EPOCH_LOAD ACQ
#endif
#ifndef PLACE_LOAD
#define PLACE_LOAD ACQ
#endif
#ifndef MOVING_LOAD
#define MOVING_LOAD RLX
#endif
#ifndef WRITTEN_STORE
#define WRITTEN_STORE REL
#endif
#ifndef WRITTEN_LOAD
#define WRITTEN_LOAD ACQ
#endif
#define THREADS 2
#define LOCS 5
#define PLAINS 0
#define HISTORY 6
#include "tests/model/memory.h"

#define MOVING 0
#define PLACE 1
#define EPOCH 2
#define WRITTEN 3 /* the plan's epoch */
#define FIRST 4   /* the step that was written for it */

active proctype audio()
{
	byte i = 1, written, first, n;
	do
	:: i <= 3 ->
		store(0, MOVING, i, MOVING_STORE);
		store(0, PLACE, i, PLACE_STORE);
		store(0, EPOCH, i, EPOCH_STORE);
		load(0, WRITTEN, WRITTEN_LOAD, written, n);
		load(0, FIRST, RLX, first, n);
		assert(first >= written);
		i++
	:: else -> break
	od
}

active proctype composer()
{
	byte looks, epoch, place, moving, n;
	do
	:: looks < 3 ->
		load(1, EPOCH, EPOCH_LOAD, epoch, n);
		load(1, PLACE, PLACE_LOAD, place, n);
		load(1, MOVING, MOVING_LOAD, moving, n);
		if
		:: moving == epoch ->
			assert(place == epoch);
			store(1, FIRST, epoch, RLX);
			store(1, WRITTEN, epoch, WRITTEN_STORE)
		:: else
		fi;
		looks++
	:: else -> break
	od
}

/* rt/host_jack.c: the callback says that it is inside and asks whether the host closes; who closes says so and waits until
 * nobody is inside. Neither misses the other. */
#ifndef INSIDE_STORE
#define INSIDE_STORE SEQ_CST
#endif
#ifndef CLOSING_LOAD
#define CLOSING_LOAD SEQ_CST
#endif
#ifndef OUTSIDE_STORE
#define OUTSIDE_STORE SEQ_CST
#endif
#ifndef CLOSING_STORE
#define CLOSING_STORE SEQ_CST
#endif
#ifndef INSIDE_LOAD
#define INSIDE_LOAD SEQ_CST
#endif
#define THREADS 2
#define LOCS 2
#define PLAINS 1
#define HISTORY 6
#include "tests/model/memory.h"

#define INSIDE 0
#define CLOSING 1

active proctype callback()
{
	byte periods, closing, alive, n;
	do
	:: periods < 2 ->
		store(0, INSIDE, 1, INSIDE_STORE);
		load(0, CLOSING, CLOSING_LOAD, closing, n);
		if
		:: !closing ->
			read_plain(0, 0, alive);
			assert(alive == 0)
		:: else
		fi;
		store(0, INSIDE, 0, OUTSIDE_STORE);
		periods++
	:: else -> break
	od
}

active proctype closer()
{
	byte inside, n;
	store(1, CLOSING, 1, CLOSING_STORE);
	do
	:: load(1, INSIDE, INSIDE_LOAD, inside, n);
		if
		:: !inside -> break
		:: else
		fi
	od;
	write_plain(1, 0, 1) /* what the callback uses is freed */
}

/* rt/ring.h: a writer and a reader, a ring of two elements, seven pushed. What is popped is what was pushed, in
 * order; no slot is read and written at once. The tape's sound (rt/tape.c) is handed over by the same orders. */
#ifndef HEAD_STORE
#define HEAD_STORE REL
#endif
#ifndef HEAD_LOAD
#define HEAD_LOAD ACQ
#endif
#ifndef TAIL_STORE
#define TAIL_STORE REL
#endif
#ifndef TAIL_LOAD
#define TAIL_LOAD ACQ
#endif
#ifndef ROOM
#define ROOM 2 /* for a mutant: a ring that thinks itself larger */
#endif

#define THREADS 2
#define LOCS 2
#define PLAINS 2
#define PUSHED 7
#define HISTORY 8
#include "tests/model/memory.h"

#define HEAD 0
#define TAIL 1

active proctype writer()
{
	byte head, tail, n;
	do
	:: head < PUSHED ->
		load(0, TAIL, TAIL_LOAD, tail, n);
		if
		:: head - tail < ROOM ->
			write_plain(0, head % 2, head + 1);
			store(0, HEAD, head + 1, HEAD_STORE);
			head++
		:: else
		fi;
		tail = 0
	:: else -> break
	od
}

active proctype reader()
{
	byte head, tail, n, got;
	do
	:: tail < PUSHED ->
		load(1, HEAD, HEAD_LOAD, head, n);
		if
		:: head != tail ->
			read_plain(1, tail % 2, got);
			assert(got == tail + 1);
			store(1, TAIL, tail + 1, TAIL_STORE);
			tail++
		:: else
		fi;
		head = 0;
		got = 0
	:: else -> break
	od
}

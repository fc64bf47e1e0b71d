/* The sequence locks of rt/plan.c, rt/metre.c and rt/timeline.c: one writer, two words of payload that are written
 * four times; a reader's three looks. What a look accepts was written together, and a later one is never older. In
 * the plan the first word is the step. */
#ifndef ODD_STORE
#define ODD_STORE RLX
#endif
#ifndef WORD_STORE
#define WORD_STORE REL
#endif
#ifndef STEP_STORE
#define STEP_STORE REL
#endif
#ifndef EVEN_STORE
#define EVEN_STORE REL
#endif
#ifndef BEFORE_LOAD
#define BEFORE_LOAD ACQ
#endif
#ifndef STEP_LOAD
#define STEP_LOAD ACQ
#endif
#ifndef WORD_LOAD
#define WORD_LOAD ACQ
#endif
#ifndef AFTER_LOAD
#define AFTER_LOAD RLX
#endif

#define THREADS 2
#define LOCS 3
#define PLAINS 0
#define WRITES 4
#define HISTORY 10
#include "tests/model/memory.h"

#define SEQUENCE 0
#define STEP 1
#define WORD 2

active proctype writer()
{
	byte i;
	do
	:: i < WRITES ->
		store(0, SEQUENCE, 2 * i + 1, ODD_STORE);
		store(0, STEP, i + 1, STEP_STORE);
		store(0, WORD, i + 1, WORD_STORE);
		store(0, SEQUENCE, 2 * i + 2, EVEN_STORE);
		i++
	:: else -> break
	od
}

active proctype reader()
{
	byte looks, before, step, word, after, n, seen;
	do
	:: looks < 3 ->
		load(1, SEQUENCE, BEFORE_LOAD, before, n);
		if
		:: before % 2 == 0 ->
			load(1, STEP, STEP_LOAD, step, n);
			load(1, WORD, WORD_LOAD, word, n);
			load(1, SEQUENCE, AFTER_LOAD, after, n);
			if
			:: after == before ->
				assert(step == word && step == before / 2);
				assert(step >= seen);
				seen = step
			:: else
			fi
		:: else
		fi;
		looks++
	:: else -> break
	od
}

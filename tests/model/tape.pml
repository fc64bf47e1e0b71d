/* engine_set_tape and engine_has_turned (rt/engine_setup.c) with engine_process (rt/engine.c): a tape is handed to
 * the audio thread, taken away, and freed when a count says that no period plays to it any more. Four periods. */
#ifndef WANTED_STORE
#define WANTED_STORE SEQ_CST
#endif
#ifndef TURNS_LOAD
#define TURNS_LOAD SEQ_CST
#endif
#ifndef TURNED_LOAD
#define TURNED_LOAD SEQ_CST
#endif
#ifndef WANTED_LOAD
#define WANTED_LOAD SEQ_CST
#endif
#ifndef TURNS_ADD
#define TURNS_ADD SEQ_CST
#endif
#ifndef PERIODS_TO_WAIT
#define PERIODS_TO_WAIT 1 /* for a mutant: freed at once */
#endif
#define THREADS 2
#define LOCS 2
#define PLAINS 1
#define HISTORY 6
#include "tests/model/memory.h"

#define WANTED 0
#define TURNS 1

active proctype control()
{
	byte turn, now, n;
	write_plain(0, 0, 1); /* the tape is made */
	store(0, WANTED, 1, WANTED_STORE);
	store(0, WANTED, 0, WANTED_STORE);
	load(0, TURNS, TURNS_LOAD, turn, n);
	turn = turn + PERIODS_TO_WAIT;
	do
	:: load(0, TURNS, TURNED_LOAD, now, n);
		if
		:: now >= turn -> break
		:: else
		fi
	od;
	write_plain(0, 0, 0) /* it is freed */
}

active proctype audio()
{
	byte periods, tape, alive, turns, n;
	do
	:: periods < 4 ->
		load(1, WANTED, WANTED_LOAD, tape, n);
		if
		:: tape ->
			read_plain(1, 0, alive);
			assert(alive == 1)
		:: else
		fi;
		exchange(1, TURNS, turns + 1, TURNS_ADD, turns);
		periods++
	:: else -> break
	od
}

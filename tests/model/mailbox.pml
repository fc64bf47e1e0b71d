/* The mailboxes of rt/engine.c and rt/engine_commands.c: three things are posted; the audio thread takes the newest, or
 * the poster gets the one before it back. Each belongs to one thread at a time. */
#ifndef POST
#define POST ACQ_REL
#endif
#ifndef LOOK
#define LOOK RLX
#endif
#ifndef TAKE
#define TAKE ACQ
#endif
#define THREADS 2
#define LOCS 1
#define PLAINS 4
#define HISTORY 9
#include "tests/model/memory.h"

#define BOX 0

active proctype poster()
{
	byte i = 1, back;
	do
	:: i <= 3 ->
		write_plain(0, i, i);
		exchange(0, BOX, i, POST, back);
		if
		:: back -> write_plain(0, back, 0) /* freed */
		:: else
		fi;
		back = 0;
		i++
	:: else -> break
	od
}

active proctype audio()
{
	byte looks, box, got, n;
	do
	:: looks < 4 ->
		load(1, BOX, LOOK, box, n);
		if
		:: box ->
			exchange(1, BOX, 0, TAKE, box);
			assert(box);
			read_plain(1, box, got);
			assert(got == box)
		:: else
		fi;
		looks++
	:: else -> break
	od
}

/* Recordings of the set: while the parameter record is 1, a thread writes what is played into a folder of its
 * own.
 *
 * The folder is named after the moment; in it are main.wav, set.mid, and with record/tracks also BD.wav to
 * PC.wav. All are playable at any time, whatever ends the program. A disk that fills ends the recording,
 * which is said, and nothing else; frames that a slow disk made us lose are silence, so that everything stays
 * in its place. */
#ifndef DRUMLIN_RECORDER_H
#define DRUMLIN_RECORDER_H

#include "app/player.h"

typedef struct recorder recorder;

/* Borrows all but folder, which is copied: where recordings go; NULL: $XDG_DATA_HOME/drumlin/recordings, made
 * when it is needed. say is called in the recorder's thread. Errors: DR_FAILED. [main] */
dr_status recorder_start(engine *e, params *p, const char *folder, player_say_fn *say, void *user,
			 recorder **out, dr_error *err) DR_CHECKED;

/* Ends a recording that is under way, and the thread, once no host calls the engine any more; NULL is
 * allowed. [main] */
void recorder_stop(recorder *r);

#endif

/* The kit worker: loads kits in a thread of its own, publishes them to the engine, and frees the
 * retired ones that the audio thread hands back. */
#ifndef DRUMLIN_KIT_WORKER_H
#define DRUMLIN_KIT_WORKER_H

#include "app/player.h"

typedef struct kit_worker kit_worker;

/* Borrows everything. say is called in the worker's thread. Errors: DR_FAILED. [main] */
dr_status kit_worker_start(engine *e, const music_options *o, player_say_fn *say, void *user,
			   kit_worker **out, dr_error *err) DR_CHECKED;

/* Asks for the kits at this rate; a later request replaces one that waits. [any but audio] */
void kit_worker_load(kit_worker *w, uint32_t rate);

/* Frees a retired set in the worker's thread (freeing many megabytes takes its time). [any but audio] */
void kit_worker_retire(kit_worker *w, kit_set *set);

/* Waits for the load in hand and ends the thread; NULL is allowed. [main] */
void kit_worker_stop(kit_worker *w);

#endif

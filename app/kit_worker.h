/* The kit worker: loads kits in a thread of its own, publishes them to the engine, renders the morph of the
 * place between them where the finger rests, and frees the retired sets that the audio thread hands back.
 *
 * Places are read from the parameters a hundred times a second. When an instrument's has stood still for 30
 * ms, its morph is rendered, the likely instruments first, and published in a new set that shares all else
 * with the one before; the next hit plays it. Until the samples have been taken apart, after loading, and
 * while there are too many sets that still ring out, the engine's mix of the corners carries on alone. */
#ifndef DRUMLIN_KIT_WORKER_H
#define DRUMLIN_KIT_WORKER_H

#include "app/player.h"

typedef struct kit_worker kit_worker;

/* Borrows everything. say is called in the worker's thread. Errors: DR_FAILED. [main] */
dr_status kit_worker_start(engine *e, const params *p, player_say_fn *say, void *user, kit_worker **out,
			   dr_error *err) DR_CHECKED;

/* Asks for the kits of these options (their names are copied) at this rate; a later request replaces one that
 * waits. Errors: DR_FAILED (memory), and nothing is asked. [any but audio] */
dr_status kit_worker_choose(kit_worker *w, const music_options *o, uint32_t rate, dr_error *err) DR_CHECKED;

/* Asks for the same kits at another rate. [any but audio] */
void kit_worker_load(kit_worker *w, uint32_t rate);

/* Frees a retired set in the worker's thread (freeing many megabytes takes its time). [any but audio] */
void kit_worker_retire(kit_worker *w, kit_set *set);

/* Morphs rendered and published so far. [any] */
uint32_t kit_worker_morphs(const kit_worker *w);

/* Waits for the load in hand and ends the thread; NULL is allowed. [main] */
void kit_worker_stop(kit_worker *w);

#endif

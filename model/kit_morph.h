/* Kits between kits: the morph of whole instruments, layer by layer.
 *
 * The corners' samples are taken apart once (model/morph.h), which takes some 15 ms for each second of each
 * channel, and about two and a half times the samples' memory, KIT_MORPH_MAX_BYTES in all at most. From then
 * on a place between them is rendered in 1 to 2 ms for each second of each channel.
 *
 * Layers are matched by velocity: the result has a layer wherever a corner begins one, and as many takes
 * there as the corner with the most; each is the morph of what the corners would play. Corners in which the
 * instrument is silent do not take part, and their weight goes to the others: that moving towards them fades
 * the sound is left to whoever plays it. Blocking; one thread at a time. */
#ifndef DRUMLIN_KIT_MORPH_H
#define DRUMLIN_KIT_MORPH_H

#include "rt/kit_set.h"

#define KIT_MORPH_MAX_BYTES ((size_t)1 << 30)

typedef struct kit_morph kit_morph;

/* Shares the corners (of one rate) for as long as it lives. Errors: DR_FAILED (memory). */
dr_status kit_morph_new(kit *const corner[], int n_corners, kit_morph **out, dr_error *err) DR_CHECKED;
void kit_morph_free(kit_morph *m); /* NULL is allowed */

/* Takes the next sample apart, likely instruments first; *done is true when none is left. Instruments that do
 * not fit into the memory are left without a morph. Errors: DR_FAILED (memory). */
dr_status kit_morph_prepare(kit_morph *m, bool *done, dr_error *err) DR_CHECKED;

/* Memory held for what has been taken apart. */
size_t kit_morph_bytes(const kit_morph *m);

/* Instruments in the order in which they are worth having: the n-th, n in 0..11. */
int kit_morph_order(int n);

/* The instrument at a place, in a kit in which it alone sounds, its gains in the layers. *out is NULL where
 * there is nothing to morph: one corner has all the weight, or it is silent in all, or not (yet) taken apart.
 * Errors: DR_FAILED (memory). */
dr_status kit_morph_render(kit_morph *m, int instrument, const float weight[KIT_CORNERS], kit **out,
			   dr_error *err) DR_CHECKED;

/* The same into an instrument of a kit of the corners' rate, which is still being made and has none yet: also
 * where one corner has all the weight, whose layers are copied then, and faded by the weight of the corners
 * in which the instrument is silent. */
dr_status kit_morph_into(kit_morph *m, int instrument, const float weight[KIT_CORNERS], kit *k,
			 dr_error *err) DR_CHECKED;

#endif

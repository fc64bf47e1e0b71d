/* Several components of one instrument (microphones, or layered sounds) as one: what sounds together becomes
 * one layer with parts, which are mixed when the kit is loaded. Pure but for memory; any thread but the audio
 * thread. */
#ifndef DRUMLIN_KIT_MIX_H
#define DRUMLIN_KIT_MIX_H

#include "model/kit_desc.h"

/* The instrument's layers first[c] to before first[c + 1] are those of component c, of n in all (first[0] is
 * 0). They are replaced by layers that hold all that sounds together: the velocities are cut wherever a
 * component changes its layers, and in each range the k-th take sounds with the k-th of every other
 * component. Errors: DR_FAILED (memory); too many layers are told and left out. */
dr_status kit_mix_components(kit_desc_instrument *in, const uint32_t *first, uint32_t n,
			     kit_warner *warner) DR_CHECKED;

#endif

/* Kit maps: a small text file that overrides what plays what. doc/kits.md describes it.
 *
 *     kit = PATH                             the kit that it is about, where it is not the folder it lies in
 *     name = My kit
 *     BD = "kicks/big one.wav" velocity 1-90 gain -3 tune 2 pan -0.2
 *     RS = instrument "Snare Rimshot"
 *     OH : choke 1 gain 2 select random
 *     PC = silent                            # a comment; in kit and name a blank must precede it, or quotes
 * end
 *
 * Pure but for memory; any thread but the audio thread. */
#ifndef DRUMLIN_KIT_MAP_H
#define DRUMLIN_KIT_MAP_H

#include "model/kit_desc.h"

enum { KIT_MAP_MAX_BYTES = 1 << 20 };
#define KIT_MAP_NAME "drumlin.kitmap"

/* *out is the kit that a map's text names with "kit =", malloc'd; NULL if it names none. False without
 * memory. */
bool kit_map_base(const char *text, size_t size, char **out) DR_CHECKED;

/* Applies a map to a placed description. Lines that cannot be understood are told as "name:line:column:
 * fault" and passed over. Errors: DR_FAILED (memory). */
dr_status kit_map_apply(const char *text, size_t size, const char *name, kit_desc *d, kit_warner *warner,
			dr_error *err) DR_CHECKED;

#endif

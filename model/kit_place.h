/* Which of a kit's instruments plays which of the twelve: by its name, its note, its place in a hi-hat
 * pressure group and, where those are silent, by ear. Pure but for the listening; any thread but the audio
 * thread. */
#ifndef DRUMLIN_KIT_PLACE_H
#define DRUMLIN_KIT_PLACE_H

#include "model/kit_desc.h"
#include "model/kit_ear.h"

/* Measures a layer's sound; false if it cannot be heard. It may take time: it is asked only where that
 * decides. */
typedef bool kit_hear_fn(void *user, const kit_desc_layer *layer, ear_figures *out);

/* Fills in place, why, sure and wants of every instrument; hear may be NULL.
 *
 * A short name at the beginning ("BD kick") is surest, then words in the name ("Snare 1"), which notes
 * support, then notes (a note that three instruments share says nothing), then the ear. Where several want
 * one place the surest gets it; of equally sure ones the first or, if listen_to_ties, the one that sounds
 * most like what it shall be. Toms that say no more than that are put in order by pitch. Members of a hi-hat
 * pressure group choke each other. Errors: DR_FAILED (memory). */
dr_status kit_place(kit_desc *d, bool listen_to_ties, kit_hear_fn *hear, void *user,
		    dr_error *err) DR_CHECKED;

/* The place where a name's words put it, -1 if they do not say. */
int kit_place_of_name(const char *name, float *sure);

#endif

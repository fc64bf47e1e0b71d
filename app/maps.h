/* Where the maps of controllers are found, and where what is learned is kept. [main] */
#ifndef DRUMLIN_MAPS_H
#define DRUMLIN_MAPS_H

#include "app/player.h"
#include "osc/midi_maps.h"

enum { MAPS_GIVEN = 16 };

/* Every map: those of --map (each a path, or a name without its ending), then *.map in
 * $XDG_CONFIG_HOME/drumlin/maps and in the data folders, earlier folders first; and what was learned. Faults
 * are said. Errors: DR_BAD_INPUT for a given one that cannot be read, DR_FAILED (memory). */
dr_status maps_open(const char *const given[], int n_given, player_say_fn *say, void *user, midi_maps **out,
		    dr_error *err) DR_CHECKED;

/* Writes what was learned. Errors: DR_FAILED with the file's name. */
dr_status maps_keep_learned(const char *text, dr_error *err) DR_CHECKED;

#endif

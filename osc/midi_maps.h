/* The maps that are known, and which of them are for a port.
 *
 * Set up by the main thread, then owned by the MIDI thread; maps that it composes are the caller's. */
#ifndef DRUMLIN_MIDI_MAPS_H
#define DRUMLIN_MIDI_MAPS_H

#include "osc/map_file.h"

enum { MIDI_MAPS = 64, MIDI_CHOSEN = 4 };

typedef struct midi_maps {
	map_file *file[MIDI_MAPS];
	bool given[MIDI_MAPS]; /* asked for by name: also for ports that no map names */
	int n;
	midi_map learned;
} midi_maps;

/* NULL without memory. */
midi_maps *midi_maps_new(void);
void midi_maps_free(midi_maps *m);

/* Takes in a map's text; returns its number of faults, which are said. given: by the performer's own wish. A
 * later map of the same file name as an earlier one is passed over. Errors: -1, no room. */
int midi_maps_add(midi_maps *m, const char *text, size_t size, const char *path, bool given, map_say_fn *say,
		  void *user);

/* Takes in what was learned. */
int midi_maps_learned(midi_maps *m, const char *text, size_t size, const char *path, map_say_fn *say,
		      void *user);

/* The maps that are for a port: those that name it, the performer's own first; else those that were asked
 * for. Returns their number. */
int midi_maps_for(const midi_maps *m, const char *port, map_file *chosen[MIDI_CHOSEN]);

/* One map of several and of what was learned, malloc'd; of the built-in one where there are none. NULL
 * without memory. */
midi_map *midi_maps_compose(const midi_maps *m, map_file *const chosen[], int n);

#endif

#include "osc/midi_maps.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

midi_maps *
midi_maps_new(void)
{
	return calloc(1, sizeof(midi_maps));
}

void
midi_maps_free(midi_maps *m)
{
	for (int i = 0; m && i < m->n; i++)
		free(m->file[i]);
	free(m);
}

static const char *
file_name(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash ? slash + 1 : path;
}

int
midi_maps_add(midi_maps *m, const char *text, size_t size, const char *path, bool given, map_say_fn *say,
	      void *user)
{
	for (int i = 0; i < m->n; i++)
		if (strcmp(file_name(m->file[i]->path), file_name(path)) == 0)
			return 0;
	map_file *f = m->n < MIDI_MAPS ? malloc(sizeof *f) : NULL;
	if (!f)
		return -1;
	const int faults = map_file_parse(text, size, path, f, say, user);
	m->given[m->n] = given;
	m->file[m->n++] = f;
	return faults;
}

int
midi_maps_learned(midi_maps *m, const char *text, size_t size, const char *path, map_say_fn *say, void *user)
{
	map_file *f = malloc(sizeof *f);
	if (!f)
		return -1;
	const int faults = map_file_parse(text, size, path, f, say, user);
	m->learned = f->map;
	m->learned.pages[0] = NULL; /* the file's, which goes */
	free(f);
	return faults;
}

int
midi_maps_for(const midi_maps *m, const char *port, map_file *chosen[MIDI_CHOSEN])
{
	int n = 0;
	for (int given = 1; given >= 0 && n == 0; given--)
		for (int i = 0; i < m->n && n < MIDI_CHOSEN; i++)
			if (m->given[i] == given && map_file_is_for(m->file[i], port))
				chosen[n++] = m->file[i];
	for (int i = 0; i < m->n && n < MIDI_CHOSEN; i++) {
		bool already = !m->given[i] || (n > 0 && m->file[i]->n_devices > 0);
		for (int c = 0; c < n && !already; c++)
			already = chosen[c] == m->file[i];
		if (!already)
			chosen[n++] = m->file[i];
	}
	return n;
}

midi_map *
midi_maps_compose(const midi_maps *m, map_file *const chosen[], int n)
{
	midi_map *map = calloc(1, sizeof *map);
	if (!map)
		return NULL;
	if (n == 0)
		midi_map_default(map);
	for (int i = 0; i < n; i++)
		midi_map_join(map, &chosen[i]->map, false);
	if (m->learned.n_bindings)
		midi_map_join(map, &m->learned, true);
	return map;
}

/* A controller's map as text: for which ports it is, what its controls do, what its lights show
 * (doc/midi.md).
 *
 * Pure functions over text in memory; any thread but the audio thread. */
#ifndef DRUMLIN_MAP_FILE_H
#define DRUMLIN_MAP_FILE_H

#include "rt/midi_map.h"
#include "rt/status.h"

enum { MAP_DEVICES = 8, MAP_NAME = 64, MAP_LIGHTS = 256, MAP_BYTES = 256 };

/* What a light can show; which of them it does depends on its target. */
typedef enum light_state {
	LIGHT_OFF, /* also of a cell: free */
	LIGHT_ON,
	LIGHT_HIT, /* a cell that is fixed */
	LIGHT_REST,
	LIGHT_PLAYS,  /* a free cell in which the network plays */
	LIGHT_HERE,   /* the cell that sounds now */
	LIGHT_STORED, /* a scene that holds something; the current one is on */
	LIGHT_STATES
} light_state;

typedef struct light_colour {
	int16_t value;  /* data byte; -1: shown as off */
	int8_t channel; /* 0..15; -1: the light's */
} light_colour;

typedef struct map_light {
	uint8_t from; /* MIDI_FROM_CC or MIDI_FROM_NOTE: the message that sets it */
	uint8_t number, channel;
	bool scaled; /* shows its parameter's value, 0..127 */
	light_colour colour[LIGHT_STATES];
	midi_binding binding; /* whose target it shows */
} map_light;

/* Short and system exclusive messages, one after another. */
typedef struct map_bytes {
	uint8_t data[MAP_BYTES];
	uint16_t size;
} map_bytes;

typedef struct map_file {
	char path[256];
	char device[MAP_DEVICES][MAP_NAME]; /* parts of ports' names */
	int n_devices;
	midi_map map;
	midi_pages pages;
	map_light light[MAP_LIGHTS];
	int n_lights;
	map_bytes start, end; /* sent when the device appears, and when Drumlin leaves */
} map_file;

/* A line about a fault, "FILE:LINE:COLUMN: what". */
typedef void map_say_fn(void *user, const char *line);

/* Fills f, whose pages its map then points to, from text. What is wrong is said and left out; the rest is
 * used. Returns the number of faults. path names the text. */
int map_file_parse(const char *text, size_t size, const char *path, map_file *f, map_say_fn *say, void *user);

/* True if the map names this port. Case and whatever is neither letter nor digit do not count. */
bool map_file_is_for(const map_file *f, const char *port);

/* True if a name is part of another, but for case and whatever is neither letter nor digit. */
bool map_name_in(const char *part, const char *whole);

/* Writes a binding as a line that map_file_parse reads; returns its length as snprintf. */
int map_line_write(const midi_binding *b, char *line, size_t size);

#endif

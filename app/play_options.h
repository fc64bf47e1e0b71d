/* The command line of drumlin play. [main] */
#ifndef DRUMLIN_PLAY_OPTIONS_H
#define DRUMLIN_PLAY_OPTIONS_H

#include "app/backend.h"
#include "app/maps.h"
#include "app/options.h"

typedef struct play_options {
	music_options music;
	backend_choice backend;
	int osc_port;
	const char *osc_bind, *device, *midi_out;
	const char *map[MAPS_GIVEN];
	int n_maps;
	const char *session;                   /* a file, or "last"; NULL: a new set */
	const char *record_to;                 /* a folder; NULL: the usual one */
	const char *osc_allow[16], *osc_token; /* as osc_options */
	int n_osc_allow;
	uint32_t rate;
	bool start, plain, connect, help;
} play_options;

/* Errors: DR_USAGE with the option at fault. */
dr_status play_options_parse(play_options *o, int argc, char **argv, dr_error *err) DR_CHECKED;
void play_options_help(FILE *to);

#endif

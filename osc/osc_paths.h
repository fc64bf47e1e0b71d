/* The OSC paths that are not in the table of parameters and commands: how clients ask and are told. Constant;
 * any thread. */
#ifndef DRUMLIN_OSC_PATHS_H
#define DRUMLIN_OSC_PATHS_H

#include <stdbool.h>
#include <stddef.h>

typedef enum osc_path_kind {
	OSC_PATH_VALUE, /* set by clients and told to them, like a parameter */
	OSC_PATH_ORDER, /* from a client */
	OSC_PATH_TOLD   /* to a client */
} osc_path_kind;

/* What a subscriber may want to hear; a bare subscription is to OSC_SECTIONS_USUAL. */
enum {
	OSC_SECTION_PARAMS = 1,
	OSC_SECTION_STEPS = 2,
	OSC_SECTION_CELLS = 4,
	OSC_SECTION_PLAYHEAD = 8,
	OSC_SECTION_PLAYS = 16,
	OSC_SECTION_METERS = 32,
	OSC_SECTIONS_USUAL = OSC_SECTION_PARAMS | OSC_SECTION_STEPS,
	OSC_SECTIONS_ALL = 63
};

typedef struct osc_path_desc {
	const char *path; /* below /drumlin/; BD stands for each instrument, N for a number */
	osc_path_kind kind;
	unsigned section;      /* that tells it; 0: an order or its answer */
	int numbers;           /* N goes from 1 to this; 0: there is no N */
	const char *arguments; /* names, those in brackets optional */
	const char *help;
} osc_path_desc;

/* The i-th description, from 0; NULL behind the last. */
const osc_path_desc *osc_path_describe(size_t i);

/* True where the path is one of each instrument. */
bool osc_path_per_instrument(const osc_path_desc *d);

/* The path of an instrument (0..11) and number, in full: "/drumlin/SD/step/3". */
enum { OSC_PATH_MAX = 48 };
const char *osc_path_full(const osc_path_desc *d, int instrument, int number, char buf[OSC_PATH_MAX]);

/* A section by its name; 0 if there is none. And its name. */
unsigned osc_section_find(const char *name);
const char *osc_section_name(unsigned section);

#endif

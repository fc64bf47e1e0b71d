/* A layout for tablets, before it takes a program's form: pages of controls, each with its OSC path, range
 * and place. Built from the tables of parameters, commands and OSC paths alone. Plain data; main thread. */
#ifndef DRUMLIN_LAYOUT_H
#define DRUMLIN_LAYOUT_H

#include "osc/osc_paths.h"
#include "rt/param.h"
#include "rt/status.h"

typedef enum layout_kind {
	LAYOUT_LABEL,
	LAYOUT_BUTTON, /* sends high when pressed and 0 when let go */
	LAYOUT_PAD,    /* a button whose value is where it was hit: the higher the louder */
	LAYOUT_TOGGLE,
	LAYOUT_FADER,
	LAYOUT_XY,   /* two paths, or one with both values */
	LAYOUT_LIGHT /* shows, and takes no touch */
} layout_kind;

typedef enum layout_colour {
	LAYOUT_GREY,
	LAYOUT_RED,
	LAYOUT_GREEN,
	LAYOUT_BLUE,
	LAYOUT_YELLOW,
	LAYOUT_ORANGE,
	LAYOUT_PURPLE,
	LAYOUT_COLOURS
} layout_colour;

typedef struct layout_rect {
	int x, y, w, h;
} layout_rect;

enum { LAYOUT_NAME = 48, LAYOUT_TEXT = 24 };

typedef struct layout_control {
	layout_kind kind;
	layout_colour colour;
	layout_rect at;
	bool across, whole; /* a fader from left to right; whole numbers alone */
	float low, high;
	char name[LAYOUT_NAME];                                              /* unique within its page */
	char path[OSC_PATH_MAX], path_x[OSC_PATH_MAX], path_y[OSC_PATH_MAX]; /* the latter of an XY */
	char text[LAYOUT_TEXT];                                              /* of a label */
} layout_control;

typedef struct layout_page {
	char name[LAYOUT_TEXT];
	layout_control *control;
	int n, room;
} layout_page;

enum { LAYOUT_PAGES = 5 };

typedef struct layout_options {
	int width, height; /* of a page */
	int port;          /* at which the tablet listens; 0: that from which it sends */
	const char *token; /* sent before all else; NULL: none. Borrowed */
} layout_options;

typedef struct layout {
	layout_options options;
	layout_page page[LAYOUT_PAGES];
	bool failed; /* no memory: told once, at the end */
} layout;

/* Lays everything out. Errors: DR_FAILED (memory). layout_free in any case. */
dr_status layout_build(layout *l, const layout_options *options, dr_error *err) DR_CHECKED;
void layout_free(layout *l);

/* Red, green, blue, each 0..1; and TouchOSC Mk1's word for it. */
const float *layout_rgb(layout_colour c);
const char *layout_colour_name(layout_colour c);

/* As a file's contents, malloc'd. Errors: DR_FAILED (memory). */
dr_status layout_write_tosc(const layout *l, char **data, size_t *size, dr_error *err) DR_CHECKED;
dr_status layout_write_touchosc(const layout *l, char **data, size_t *size, dr_error *err) DR_CHECKED;
dr_status layout_write_osc(const layout *l, char **data, size_t *size, dr_error *err) DR_CHECKED;

/* --- for layout*.c ----------------------------------------------------------------------------------------
 */

/* Columns c..c+w and rows r..r+h of a rectangle that is divided into so many, with a gap around. */
layout_rect layout_cell(layout_rect in, int columns, int rows, int c, int r, int w, int h);

/* Adds a control; the returned one may be changed until the next is added. Never NULL. */
layout_control *layout_add(layout *l, int page, layout_kind kind, layout_colour colour, layout_rect at,
			   const char *name);
void layout_label(layout *l, int page, layout_rect at, const char *name, const char *text);

/* A parameter's control in its range, a command's button that sends `value`, one of OSC's own paths. With a
 * caption under it where there is one. */
void layout_param(layout *l, int page, layout_kind kind, layout_colour colour, layout_rect at, int slot,
		  const char *caption);
void layout_command(layout *l, int page, layout_colour colour, layout_rect at, command_id id, float value,
		    const char *caption);
layout_control *layout_own(layout *l, int page, layout_kind kind, layout_colour colour, layout_rect at,
			   const char *path);

void layout_perform(layout *l, int page);
void layout_mixer(layout *l, int page);
void layout_pads(layout *l, int page);
void layout_steps(layout *l, int page);
void layout_scenes(layout *l, int page);

#endif

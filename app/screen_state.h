/* What the pages of the full-screen display share. Private to screen*.c, which are the files that know
 * ncurses. Main thread. */
#ifndef DRUMLIN_SCREEN_STATE_H
#define DRUMLIN_SCREEN_STATE_H

#include "app/screen.h"

#include <curses.h>

enum {
	COLOUR_DIM = 1,
	COLOUR_HIT,
	COLOUR_LOUD,
	COLOUR_HEAD,
	COLOUR_WARN,
	COLOUR_VALUE,
	COLOUR_FIXED,
	COLOUR_HEAT
};
enum { HEATS = 4, HEAT_KINDS = 3 }; /* pairs from COLOUR_HEAT on: heat by what is shown on it */
enum { SCREEN_LINES = 24, SCREEN_COLUMNS = 80 };
enum { GRID_ROW = 6, GRID_COLUMN = 4, GRID_CELL = 3, GRID_PAGE = 16 };

typedef enum screen_page { PAGE_PLAY, PAGE_EDIT, PAGE_LIST, PAGE_HELP } screen_page;

typedef struct screen_state {
	screen_page page, before_help;
	int selected; /* of the three controls */
	/* The step editor's cursor: bar of the pattern, instrument, step. */
	int bar, instrument, step;
	/* The list of everything: where it is, and what it shows. */
	int line, top;
	char filter[24];
	bool filtering;
	int scene_key; /* the scene command that waits for its digit, or -1 */
	bool many_colours;
} screen_state;

extern screen_state screen;
extern const int screen_controls[3]; /* the three that the arrows move */

/* Text at a place, cut off at the edge. */
void screen_put(int y, int x, int colour, const char *text);

/* The MIDI control that moves a parameter, if there is one; returns the columns taken, with a gap. */
int screen_put_bound(const stage_view *v, int y, int x, int slot);

/* A row of `width` that is filled to `share` (0..1). */
void screen_bar(int y, int x, int width, float share, const char *full, const char *empty);

/* One step to the right or left on a control's way; big: ten. */
void screen_nudge(player *p, int slot, int direction, bool big);

/* screen_grid.c: lines that an instrument takes, and its first one; the one after the last is below the grid.
 */
int screen_grid_rows(void);
int screen_grid_row(int instrument);
/* The bar that plays, or, in the editor, the bar of the pattern that is edited. */
void screen_draw_grid(const stage_view *v);

/* screen_edit.c: the step editor. True if the key was its own. */
bool screen_edit_key(player *p, int key);
void screen_draw_edit(const stage_view *v);

/* screen_list.c: every parameter and command. */
bool screen_list_key(player *p, int key);
void screen_draw_list(const stage_view *v);

/* screen_help.c */
void screen_draw_help(void);

#endif

/* What the performer sees: the status that both kinds of display show, and the full-screen one. A view is
 * gathered by the main thread and shown by the display's (display.h), which is the one that calls all of this
 * but for screen_open. */
#ifndef DRUMLIN_SCREEN_H
#define DRUMLIN_SCREEN_H

#include "app/player.h"
#include "rt/host.h"
#include "rt/midi_bound.h"

/* Everything there is to show at one moment. Of the player only what any thread may read is used. */
typedef struct stage_view {
	const player *player;
	host_status host;
	const midi_bound *bound; /* which controls move what; NULL: none do */
	engine_status engine;
	composer_stats composer;
	float peak[ENGINE_METERS];
	float
	    load; /* share of the period spent in the callback, worst of the last second; negative unknown */
	int osc_port, osc_subscribers, midi_inputs, link_peers;
	uint32_t ignored;  /* packets and values that made no sense or were clamped */
	char message[256]; /* last thing said */
} stage_view;

/* One line of state for logs. */
void stage_line(const stage_view *v, char *text, size_t size);

/* What was touched last, as "density 0.62"; empty if nothing was. */
void stage_last_control(const stage_view *v, char *text, size_t size);

/* Name of the style in force. */
const char *stage_style(const stage_view *v);

/* Whose time it is, for a performer to read. */
const char *stage_sync(const stage_view *v);

#ifdef HAVE_NCURSES
/* Full screen. screen_open returns false where the terminal cannot do it; before the display's thread is
 * there. */
bool screen_open(void);
void screen_close(void);
void screen_draw(const stage_view *v);

/* What screen_open does once the terminal is there; and one key, as screen_key takes it. For those who bring
 * a terminal of their own. */
void screen_prepare(void);
bool screen_press(player *p, int key);

/* Handles the keys that wait; returns false when the performer quits. */
bool screen_key(player *p);
#endif

#endif

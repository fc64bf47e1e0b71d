/* What drumlin play holds while it runs. Private to play*.c; the main thread's but where said. */
#ifndef DRUMLIN_PLAY_STATE_H
#define DRUMLIN_PLAY_STATE_H

#include "app/backend.h"
#include "app/display.h"
#include "app/kit_worker.h"
#include "app/play_options.h"
#include "app/recorder.h"
#include "app/session.h"
#include "app/session_keeper.h"
#include "app/undo.h"
#ifdef HAVE_LIBLO
#include "osc/nsm.h"
#include "osc/osc_server.h"
#endif
#ifdef HAVE_AVAHI
#include "osc/mdns.h"
#endif
#ifdef HAVE_LINK
#include "osc/link_sync.h"
#endif
#include "osc/midi_ports.h"

typedef struct stage {
	play_options options;
	player player;
	backend backend;
	kit_worker *kits;
	recorder *recorder;
	scenes scenes;
	undo *undo;
	pthread_mutex_t desk; /* around undo and what is done with scenes: every control thread commands */
	double undo_at;       /* when to look for gestures again */
	session session;      /* what the options point into */
	session_keeper *keeper;
	uint32_t saves; /* count of the save command last seen */
#ifdef HAVE_LIBLO
	nsm *manager;
	nsm_order opened; /* what the session manager had us open */
	osc_server *osc;
#endif
#ifdef HAVE_AVAHI
	mdns *mdns;
#endif
#ifdef HAVE_LINK
	link_sync *link;
#endif
	midi_ports *midi;
	char *learned;        /* what controllers have been taught, as a map's text; NULL: nothing */
	pthread_mutex_t lock; /* around the next three: others talk too */
	display *display;     /* NULL: not yet, or no longer; the main thread alone sets it */
	bool full_screen;
	char message[256];
	int told_rolling; /* -1: nothing has been told */
	double cycles_per_second, load_at, show_at;
	uint64_t load_cycles;
	float load;
	int master;
} stage;

/* play_view.c: shows a line. [any but audio] */
void stage_say(void *user, const char *line);
/* The display, in a thread of its own: the full screen where there is one, else lines. */
dr_status stage_open_view(stage *s, dr_error *err) DR_CHECKED;
/* Posts what there is to show; false when the performer has quit. */
bool stage_show(stage *s, double now);
void stage_close_view(stage *s);

/* play_midi.c: the controllers. stage_keep_midi: called ten times a second. */
dr_status stage_start_midi(stage *s, dr_error *err) DR_CHECKED;
void stage_keep_midi(stage *s);

/* play_session.c: asks the session manager, if there is one, what to open; reads the session into the
 * options. DR_CANCELLED: the manager never told. */
dr_status stage_open_session(stage *s, const char *executable, dr_error *err) DR_CHECKED;
/* After the player is open: the rest of the session, and keeping it. */
dr_status stage_begin_session(stage *s, dr_error *err) DR_CHECKED;
/* Looks after saves and the session manager. */
void stage_keep_session(stage *s);
void stage_end_session(stage *s);

/* play_scenes.c: scenes, undo, and the cells that are fixed or freed as a whole. */
dr_status stage_open_scenes(stage *s, dr_error *err) DR_CHECKED;
void stage_close_scenes(stage *s);
/* Carries out a command if it concerns scenes, undo or cells: those that the audio thread has passed on, and
 * directly those of the other threads. [any but audio] */
bool stage_obey(void *user, command_id command, float value);
/* What is due: to be called every few milliseconds. */
void stage_watch_scenes(stage *s, double now);

#endif

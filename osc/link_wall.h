/* Ableton Link behind a wall of C: the only header that the rest of the house sees. Its implementation is the
 * one file of C++ (osc/link_wall.cc); where Link is not built in, nothing of it exists.
 *
 * All functions are for one thread that is not the audio thread; times are of CLOCK_MONOTONIC in
 * microseconds. */
#ifndef DRUMLIN_LINK_WALL_H
#define DRUMLIN_LINK_WALL_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct link_wall link_wall;

/* What the session says of one moment. */
typedef struct link_moment {
	uint64_t time_us;
	double beat;  /* quarter notes; a multiple of the quantum is a bar line that all peers share */
	double tempo; /* quarter notes a minute */
	bool playing; /* somebody has started, and from this beat on: */
	uint64_t playing_us;
	int64_t playing_id; /* changes with every start */
	int peers;
} link_moment;

/* NULL without memory. Nothing is sent before link_wall_enable. */
link_wall *link_wall_new(double tempo);
void link_wall_free(link_wall *w); /* NULL is allowed */
void link_wall_enable(link_wall *w, bool on);

/* quantum: quarter notes in a bar. */
void link_wall_look(link_wall *w, double quantum, link_moment *out);
void link_wall_set_tempo(link_wall *w, double tempo);
/* Starts (at the next bar line) or stops all peers that share starts and stops. */
void link_wall_set_playing(link_wall *w, bool playing, double quantum);

#ifdef __cplusplus
}
#endif

#endif

/* Following somebody else's transport: what a host saw of it, and how the song clock obeys.
 *
 * Pure arithmetic on plain data; called by the engine in the audio thread. */
#ifndef DRUMLIN_TRANSPORT_H
#define DRUMLIN_TRANSPORT_H

#include "rt/clock.h"
#include "rt/metre.h"

#include <stdbool.h>
#include <stdint.h>

/* Bar, beat and tick as another timebase master publishes them; trusted in nothing. */
typedef struct transport_bbt {
	bool valid;
	int32_t bar, beat; /* from 1 */
	double tick;       /* 0 .. ticks_per_beat */
	double ticks_per_beat;
	double beats_per_bar, beat_type;
	double bpm;            /* beats of beat_type a minute */
	uint32_t offset;       /* BBT is for that many frames before the period's first */
	double bar_start_tick; /* ticks from the top to the bar; only where we publish */
} transport_bbt;

typedef struct transport_view {
	bool present; /* there is a transport to follow */
	bool rolling;
	bool hearsay;   /* the server is one that may hand a master's place on a period late (PipeWire) */
	uint64_t frame; /* of the period's first frame */
	transport_bbt bbt;
} transport_view;

typedef struct transport_state {
	bool rolling;
	bool located;        /* this period began somewhere else than the last one ended */
	uint64_t next_frame; /* where the transport should be next if nobody moves it */
	bool seen;           /* next_frame means something */
	bool master_tempo;   /* the tempo is another master's */
	bool master_metre;   /* and so is the metre */
	/* How fast the master's place moves against its tempo, over some ticks of one bar. */
	bool bar_is_beat;     /* it counts a whole bar as one beat (Hydrogen 1.2) */
	int32_t watched_bar;  /* the bar that is looked at; 0 none */
	double watched_from;  /* its first beat seen */
	uint32_t watched_for; /* frames since */
	/* Whether the master's place comes one period late, seen at a start. */
	bool late;
	uint32_t period;     /* frames of the last period */
	uint32_t rested;     /* periods at one place, with BBT */
	uint64_t rest_frame; /* that place, .. */
	double rest_beats;   /* ..and in beats of its bar */
	int32_t rest_bar;
} transport_state;

/* True if every field is finite and in a musician's range (bpm 10..999, bar >= 1, beat within the bar,
 * tick within the beat). */
bool transport_bbt_usable(const transport_bbt *bbt);

/* What of the other's time is followed. */
typedef struct transport_rules {
	double tempo;       /* the performer's own bpm, used where no master gives one */
	metre metre;        /* the performer's own, likewise */
	bool take_tempo;    /* false: another master's tempo and bars are ignored, frames alone count */
	bool take_position; /* false: it starts, stops and (with take_tempo) drives, but never moves us */
} transport_rules;

/* Brings the clock, and the bar map with it, to where the transport is at this period's start. A position
 * that differs from the clock's own by less than the master's tick is approached gently, anything else is
 * jumped to (and state->located is set, but not for cycles that were lost in mid-roll). A master that changes
 * the metre as it rolls begins new bars where it says; steps are not renumbered. The caller advances the
 * clock by the period's frames afterwards if state->rolling. [audio] */
void transport_follow(transport_state *state, song_clock *clock, bar_map *bars, const transport_view *view,
		      uint32_t nframes, const transport_rules *rules);

#endif

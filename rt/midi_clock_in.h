/* Following MIDI clock: 24 ticks a quarter, start, stop, continue and song position, with the jitter
 * filtered.
 *
 * The ticks go through a tracking loop of second order (an alpha-beta filter; a delay-locked loop in the
 * terms of Adriaensen, "Using a DLL to filter time", LAC 2005): phase and period are corrected by shares of
 * each tick's error. The shares begin as those of a straight line fitted to all ticks so far (Benedict and
 * Bordner, "Synthesis of an optimal set of radar track-while-scan smoothing equations", IRE Trans. AC-7,
 * 1962), so that it locks within two beats, and narrow until MIDI_CLOCK_MEMORY ticks are remembered: a loop
 * bandwidth of 0.2 Hz at 120 bpm. Errors that keep one sign are a moving tempo, and open it again.
 *
 * Ticks have no numbers: the count is that of ticks received, and where the time says that some never came (a
 * cable, an xrun), those are counted too. A tick that comes far from where it is due is not numbered until
 * those after it tell a late one from a lost one; meanwhile the song coasts.
 *
 * Plain data and pure functions. [audio]; times are frames since the engine began. */
#ifndef DRUMLIN_MIDI_CLOCK_IN_H
#define DRUMLIN_MIDI_CLOCK_IN_H

#include <stdbool.h>
#include <stdint.h>

enum {
	MIDI_CLOCK_PPQN = 24,
	MIDI_CLOCK_MEMORY = 96,
	MIDI_CLOCK_LOCK = 12,
	MIDI_CLOCK_DOUBT = 16,
	MIDI_CLOCK_PAST = 48
};

/* A tick counted from some other, and its frame. */
typedef struct midi_clock_tick {
	int32_t index;
	double frame;
} midi_clock_tick;

typedef struct midi_clock_in {
	uint32_t rate;
	bool seen;     /* a tick has come */
	double time;   /* filtered frame of the last tick */
	double heard;  /* its frame as it came */
	double period; /* frames per tick; 0 before the second tick */
	int64_t tick;  /* number of the last tick since the top of the song */
	int64_t next;  /* number that the next tick will have */
	int64_t
	    from;   /* that of the tick with which rolling began, or at the place that was set in mid-roll */
	int memory; /* ticks that the filter remembers */
	int ticks;  /* since it began */
	double bias, size; /* running mean of the error, and of its magnitude */
	bool rolling;      /* started or continued, and the first tick after it has come */
	bool cued;         /* started or continued: rolls with the next tick */
	bool told;         /* the next tick's number has been said: pauses before it mean nothing */
	bool placed;       /* a place was set that is not rolled from yet: set here, cleared by who cues it */
	bool located;      /* rolling began or the place moved: set here, cleared by who obeys */
	uint32_t lost;     /* ticks that never came, counted */
	int added;         /* such ticks that may still be taken back, .. */
	int added_for;     /* ..for so many ticks */
	midi_clock_tick doubtful[MIDI_CLOCK_DOUBT]; /* that came where none was due: not numbered yet */
	int n_doubtful;
	midi_clock_tick past[MIDI_CLOCK_PAST]; /* the last ones, as they came; the last of them is 0 */
	int n_past;
} midi_clock_in;

void midi_clock_in_init(midi_clock_in *m, uint32_t rate);

/* Frames are of another length from `frame` on: the master's time and place stay what they are. */
void midi_clock_in_set_rate(midi_clock_in *m, uint32_t rate, double frame);

/* One message of system real time or song position at `frame`; others are ignored. True if it was one. Takes
 * running clocks that start late, ticks that fail to come (they are counted by the time that has passed), and
 * a song position in mid-roll. */
bool midi_clock_in_message(midi_clock_in *m, const uint8_t *data, uint32_t size, double frame);

/* Quarter notes since the top of the song at the tick that comes next. */
double midi_clock_in_next(const midi_clock_in *m);

/* True while the filter knows the tempo: from MIDI_CLOCK_LOCK ticks on, until none has come for two beats. */
bool midi_clock_in_locked(const midi_clock_in *m, double frame);

/* Quarter notes since the top of the song at the tick `from`. */
double midi_clock_in_from(const midi_clock_in *m);

/* Quarter notes a minute; 0 before the second tick. Clamped to 20..300. */
double midi_clock_in_tempo(const midi_clock_in *m);

/* Quarter notes since the top of the song at `frame`, by the filtered ticks; beyond them it coasts. */
double midi_clock_in_quarters(const midi_clock_in *m, double frame);

#endif

/* Metres, and where the bar lines are. Plain data and pure functions; any thread.
 *
 * A step is a 16th note, or on the triplet grid a 16th triplet (six to a quarter). Steps are counted through
 * from the top of the song and never renumbered; the bar map says which of them are bar lines. */
#ifndef DRUMLIN_METRE_H
#define DRUMLIN_METRE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct metre {
	uint8_t beats, beat_type; /* 6, 8 for 6/8 */
	bool triplets;            /* six steps to a quarter instead of four; quarter metres only */
} metre;

/* Those of the metre parameter, in its order. */
enum { METRE_4_4, METRE_3_4, METRE_5_4, METRE_6_8, METRE_7_8, METRE_12_8, METRES };

/* The metre of a parameter's value (clamped). Triplets are ignored where the beat is an eighth: the compound
 * metres have their threes already. */
metre metre_make(int which, bool triplets);

int metre_steps_per_quarter(metre m); /* 4 or 6 */
int metre_steps_per_beat(metre m);    /* beats of beat_type */
int metre_steps(metre m);             /* in a bar, 8..32 for every metre of metre_make and metre_from_bbt */
bool metre_equal(metre a, metre b);

/* True for beats in threes: 6/8, 12/8, and every bar on the triplet grid. */
bool metre_compound(metre m);

/* Another's metre; false (and *m untouched) if its bar is not a whole number of 8 to 32 steps. */
bool metre_from_bbt(double beats_per_bar, double beat_type, bool triplets, metre *m);

/* A bar line: from here on bars of this metre follow each other. */
typedef struct bar_line {
	int64_t step;
	int64_t bar; /* from 0 */
	metre metre;
} bar_line;

/* The metre in force, and the one that begins at a bar line ahead, if any. */
typedef struct bar_map {
	bar_line now, next;
	bool changes; /* next means something */
} bar_map;

typedef struct bar_place {
	int64_t bar; /* from 0; never negative */
	int step;    /* in the bar */
	int len;     /* steps in the bar */
	metre metre;
} bar_place;

bar_map bar_map_make(metre m); /* from step 0 on */
bool bar_map_equal(const bar_map *a, const bar_map *b);
bar_place bar_map_at(const bar_map *map, int64_t step);

/* The first bar line at or after `step`. */
int64_t bar_map_line(const bar_map *map, int64_t step);

/* Has the metre change at the first bar line at or after `step`; a metre that is in force there undoes a
 * change that was waiting. */
void bar_map_change(bar_map *map, metre m, int64_t step);

/* Makes the next metre the present one if `step` has come to its line. */
void bar_map_advance(bar_map *map, int64_t step);

/* A map that one thread writes and any may read. */
typedef struct bar_map_shared {
	_Atomic uint32_t sequence; /* odd while being written */
	_Atomic int64_t word[6];
} bar_map_shared;
void bar_map_publish(bar_map_shared *s, const bar_map *map); /* [audio] */
bar_map bar_map_read(const bar_map_shared *s); /* [any but audio]: repeats while it is written */

#endif

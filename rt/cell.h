/* A cell of the pattern that hands have fixed: one instrument's part of one step. Plain data and pure
 * functions; any thread.
 *
 * The network plays what is free, and composes around what is not. A cell may depend on chance and on how
 * often the pattern has come round, as performers know it from hardware: 50 %, or the third of every four
 * times. */
#ifndef DRUMLIN_CELL_H
#define DRUMLIN_CELL_H

#include "rt/step.h"

#include <stdbool.h>

enum {
	CELL_BARS = 4,
	CELL_STEPS = STEP_MAX_BAR,
	CELL_MAX_OF = 8,
	CELLS = CELL_BARS * INSTRUMENTS * CELL_STEPS
};

typedef enum cell_kind { CELL_FREE, CELL_HIT, CELL_REST } cell_kind;

typedef struct cell {
	cell_kind kind;
	/* The rest concerns a hit alone; a cell of another kind has zeros. */
	uint8_t velocity; /* 1..127 */
	uint8_t ratchet;  /* 1..4 */
	uint8_t chance;   /* per cent, 1..100 */
	int8_t offset;    /* microtiming in 1/256 step: [-0.5, 0.5) step */
	uint8_t nth, of;  /* the nth of every `of` rounds; 1 of 1: always; of up to CELL_MAX_OF */
} cell;

/* Where a cell lies among all: bar 0..3 of the pattern, instrument, step 0..31 of its bar. */
static inline int
cell_index(int bar, int instrument, int step)
{
	return (bar * INSTRUMENTS + instrument) * CELL_STEPS + step;
}

/* A hit with everything else at its default. */
cell cell_hit(int velocity);

/* Brings what is out of range into it. */
cell cell_tidy(cell c);

/* As one word, and back. A free cell is 0. Any word unpacks to a tidy cell. */
uint32_t cell_pack(cell c);
cell cell_unpack(uint32_t word);

/* True if a hit's cell sounds in this round of the pattern (from 0). draw: uniform in [0, 1). */
bool cell_sounds(const cell *c, int64_t round, float draw);

#endif

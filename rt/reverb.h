/* The reverb: a feedback delay network of eight lines. [audio] but where said.
 *
 * Stautner and Puckette (1982) mixed by an orthogonal matrix, here Hadamard's; a first-order low pass in each
 * line gives every one the same decay time, one for the lows and one for 6 kHz (after Jot and Chaigne,
 * "Digital delay networks for designing artificial reverberators", AES 90, 1991). Four allpasses before it
 * (Schroeder, 1962) make the hit's edge dense. */
#ifndef DRUMLIN_REVERB_H
#define DRUMLIN_REVERB_H

#include "rt/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { REVERB_LINES = 8, REVERB_DIFFUSERS = 4, REVERB_RATE_MAX = 192000 };

typedef struct reverb_settings {
	float seconds; /* until the lows have fallen by 60 dB */
	float damping; /* 0..1: at 6 kHz that time is shorter by 10^damping */
} reverb_settings;

typedef struct reverb_line {
	float *data;
	uint32_t length, place;
} reverb_line;

typedef struct reverb {
	float *memory; /* of all lines, for the highest rate; owned */
	reverb_line line[REVERB_LINES], diffuser[2][REVERB_DIFFUSERS];
	uint32_t rate, longest;
	uint32_t quiet; /* frames since something was heard in the lines */
	bool started;
	reverb_settings wanted; /* what gain_to and pole_to were computed for */
	float gain[REVERB_LINES], pole[REVERB_LINES];
	float gain_to[REVERB_LINES], pole_to[REVERB_LINES];
	float damped[REVERB_LINES]; /* the low passes' memories */
} reverb;

/* All pages touched. Errors: DR_FAILED (memory). [set-up] */
dr_status reverb_new(reverb *r, dr_error *err) DR_CHECKED;
void reverb_free(reverb *r); /* [set-up] */
size_t reverb_bytes(void);

/* Empties it, and takes the lengths for a rate (above REVERB_RATE_MAX the room shrinks). Clears what that
 * rate uses. */
void reverb_reset(reverb *r, uint32_t rate);

/* True while something is to be heard from it, even if nothing is sent. */
bool reverb_sounds(const reverb *r);

/* Takes what is sent to it in both channels and leaves its answer there. */
void reverb_run(reverb *r, reverb_settings to, uint32_t frames, float *left, float *right);

#endif

/* Standard MIDI files out: format 0, one track. What is written is kept in memory and goes to disk on close,
 * whole or not at all. One thread; not the audio thread. */
#ifndef DRUMLIN_MIDIWRITE_H
#define DRUMLIN_MIDIWRITE_H

#include "rt/status.h"

#include <stdint.h>

typedef struct midiwriter midiwriter;

enum { MIDIWRITE_MAX_TICK = 0x0fffffff }; /* what one delta time can say: 139810 bars of 4/4 at 480 ticks */

/* ppq: ticks per quarter note, 1..32767. tempo: quarters a minute, 4..60000000. The metre's denominator is a
 * power of two up to 64, its numerator 1..255. path is copied. Errors: DR_USAGE naming the value; DR_FAILED
 * (memory). */
dr_status midiwriter_new(const char *path, int ppq, double tempo, int numerator, int denominator,
			 midiwriter **out, dr_error *err) DR_CHECKED;

/* A note from tick to tick + length (at least one tick), in any order. channel counts from 1, so drums are
 * 10; note 0..127; velocity 1..127. A note that still sounds when the next of its pitch and channel begins
 * ends there; of two that begin together the louder stays. Errors as above. */
dr_status midiwriter_note(midiwriter *w, uint32_t tick, uint32_t length, int channel, int note, int velocity,
			  dr_error *err) DR_CHECKED;

/* Changes of tempo and metre from a tick on. */
dr_status midiwriter_tempo(midiwriter *w, uint32_t tick, double tempo, dr_error *err) DR_CHECKED;
dr_status midiwriter_metre(midiwriter *w, uint32_t tick, int numerator, int denominator,
			   dr_error *err) DR_CHECKED;

/* Writes the file, whose track ends at end_tick or with its last event, and frees w either way.
 * Errors: DR_FAILED naming the path. */
dr_status midiwriter_close(midiwriter *w, uint32_t end_tick, dr_error *err) DR_CHECKED;

/* Frees w; nothing is written. */
void midiwriter_discard(midiwriter *w);

#endif

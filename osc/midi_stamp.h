/* When a message came in, of its stamp and of the time at which it was read.
 *
 * The MIDI thread looks once a millisecond, and later than that where the machine is busy; a driver stamps
 * messages as they come, but by a clock of its own, in whole milliseconds; some stamp nothing, or with
 * another unit, and ALSA's sequencer by a timer that moves on every four or eight milliseconds. So stamps are
 * compared with the times of reading: the smallest difference of some seconds is the two clocks' own, what is
 * more is how late was read. Until they have agreed for a while, and where they do not or are coarse, the
 * time of reading counts. Plain data and pure functions; one thread. */
#ifndef DRUMLIN_MIDI_STAMP_H
#define DRUMLIN_MIDI_STAMP_H

#include <stdbool.h>
#include <stdint.h>

typedef struct midi_stamp {
	bool begun, trusted;
	uint8_t residues;     /* that stamps have left so far, divided by eight: all, if they are fine */
	uint64_t since;       /* the present stretch's beginning, microseconds */
	int64_t least, most;  /* of the differences in it */
	int64_t least_before; /* in the stretch before */
} midi_stamp;

/* The time, in microseconds of the clock that read_us is of, of a message with this stamp; never later than
 * read_us. */
uint64_t midi_stamp_time(midi_stamp *s, int32_t stamp_ms, uint64_t read_us);

#endif

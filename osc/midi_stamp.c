#include "osc/midi_stamp.h"

enum {
	STRETCH_US = 2000000, /* in which clocks do not drift apart by anything that counts.. */
	LATEST_US = 100000,   /* ..and nobody reads later than that: it is no clock of milliseconds */
	PROOF_US = 500000,    /* of agreement, before stamps count */
	HALF_US = 500         /* a stamp is cut to whole milliseconds */
};

static void
begin(midi_stamp *s, int64_t difference, uint64_t read_us)
{
	s->begun = true;
	s->since = read_us;
	s->least = s->most = difference;
}

uint64_t
midi_stamp_time(midi_stamp *s, int32_t stamp_ms, uint64_t read_us)
{
	const int64_t difference = (int64_t)read_us - (int64_t)stamp_ms * 1000;
	if (!s->begun)
		begin(s, difference, read_us);
	s->least = difference < s->least ? difference : s->least;
	s->most = difference > s->most ? difference : s->most;
	if (s->most - s->least > LATEST_US) {
		s->trusted = false;
		s->residues = 0;
		begin(s, difference, read_us);
		return read_us;
	}
	s->residues = (uint8_t)(s->residues | 1u << ((uint32_t)stamp_ms & 7));
	if (!s->trusted && s->residues == 0xff && read_us - s->since > PROOF_US) {
		s->trusted = true;
		s->least_before = s->least;
	} else if (read_us - s->since > STRETCH_US) {
		s->least_before = s->least;
		begin(s, difference, read_us);
	}
	const int64_t clocks = s->least < s->least_before ? s->least : s->least_before;
	const int64_t late = difference - clocks - HALF_US;
	return s->trusted && late > 0 ? read_us - (uint64_t)late : read_us;
}

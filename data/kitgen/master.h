/* From the workshop to the kit: bring the rate down, clean both ends, set the level. */
#ifndef KITGEN_MASTER_H
#define KITGEN_MASTER_H

#include "data/kitgen/dsp.h"

/* No sample of a kit is louder than this. */
#define CEILING_DB -1.1

/* Takes the sound from FS to RATE: DC removed, the first samples rising from zero within 0.2 ms, the silent
 * tail cut, the end faded to nothing, and its loudness (below) brought to loudness_db, or as near to it as
 * the ceiling allows. Returns how many dB it had to stay below. */
double master(sound *s, double loudness_db);

/* Mean square of the K-weighted sound (ITU-R BS.1770-5, annex 1) in its loudest window, all channels summed,
 * in LUFS; windows of 400 ms are the standard's momentary loudness. Silence before and after counts. At RATE.
 */
double loudness(const sound *s, double window);

/* Largest magnitude of any sample, linear. */
double peak_of(const sound *s);

#endif

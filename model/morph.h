/* The morph: between two and four drum sounds, one sound.
 *
 * A sound is taken apart once, when its kit is loaded (morph_analyse):
 *   - an envelope, the level over time;
 *   - a few partials, where there are any: frequency, phase and share of the level over time, tracked by
 *     reassigned Gabor transforms (Auger and Flandrin, IEEE Trans. SP 43(5), 1995);
 *   - the rest, levelled by its own envelope, as short-time spectra and the quantiles of their power.
 * The three add up to the sample again. A place between the sounds (morph_begin, morph_fill) is then
 *   - an envelope whose attack and decay times, at each level below the peak, are the weighted means of the
 *     parents' in log time; the parents are read at the moments at which they have decayed as far;
 *   - partials paired by optimal transport of their strengths, each one oscillator whose frequency is the
 *     weighted mean in log frequency and whose phase is one running sum: never two tones beating;
 *   - the rest of every parent, moved in frequency to the Wasserstein barycentre of the parents' spectra: in
 *     one dimension the weighted mean of the quantile functions, here of log frequency (after Henderson and
 *     Solomon, "Audio Transport", DAFx 2019); levelled before and shaped after, so that no transient is
 *     smeared;
 *   - a gain over time, slow after the beginning, so that the energy comes and goes between the parents'
 * times: its first twentieth, and what is left of it (Schroeder, JASA 37, 1965) down to -60 dB;
 *   - a shelf over the whole, which takes the mean log frequency of its power to the weighted mean of the
 *     parents'. As gain and shelf disturb each other, they are applied in turns until both are right.
 *
 * All of it turns into the parent itself as its weight goes to 1. Loudness (rt/kit.h) is the weighted mean in
 * decibels. Left and right share all that moves, and keep their own waveforms.
 *
 * Pure but for memory. Not the audio thread. */
#ifndef DRUMLIN_MORPH_H
#define DRUMLIN_MORPH_H

#include "rt/kit.h"

/* One sound taken apart. Immutable; any number of threads may render from it. */
typedef struct morph_source morph_source;

/* Takes a measured sample (kit_finish) apart; it is not needed any more afterwards. Errors: DR_FAILED
 * (memory). */
dr_status morph_analyse(const kit_sample *s, uint32_t rate, morph_source **out, dr_error *err) DR_CHECKED;
void morph_source_free(morph_source *s); /* NULL is allowed */

/* Memory that an analysis holds. About four times its sample's. */
size_t morph_source_bytes(const morph_source *s);

/* How many partials were found, and the mean frequency of one in Hz. */
int morph_source_partials(const morph_source *s);
double morph_source_partial_hz(const morph_source *s, int partial);

/* Scratch for rendering; grows as needed and is used by one thread at a time. NULL if memory is short. */
typedef struct morph_work morph_work;
morph_work *morph_work_new(void);
void morph_work_free(morph_work *w); /* NULL is allowed */

/* Chooses 1..KIT_CORNERS sources of one rate and their weights (not negative, summing to 1), and tells how
 * long the result will be and of how many channels. Errors: DR_FAILED (memory). */
dr_status morph_begin(morph_work *w, int n, const morph_source *const source[], const float weight[],
		      uint32_t *frames, int *channels, dr_error *err) DR_CHECKED;

/* Renders what morph_begin chose into s, whose channels have room for those frames and are zero; sets onset
 * and loudness. */
void morph_fill(morph_work *w, kit_sample *s);

#endif

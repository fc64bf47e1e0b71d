/* What a kit wants done to its samples once, when they are loaded: cut, enveloped, filtered, panned, mixed.
 * Pure but for memory; any thread but the audio thread. */
#ifndef DRUMLIN_KIT_SHAPE_H
#define DRUMLIN_KIT_SHAPE_H

#include "model/audiofile.h"
#include "model/kit_desc.h"

/* Keeps the frames from offset to before end (0: the end). Errors: DR_BAD_INPUT if nothing is left. */
dr_status shape_trim(audiofile_sound *s, uint32_t offset, uint32_t end, dr_error *err) DR_CHECKED;

/* Attack linear, hold, decay exponential (as SFZ has it) to the sustain; a sustain of 0 ends the sample. */
void shape_envelope(audiofile_sound *s, const kit_desc_envelope *e);

/* Makes it stereo and pans it (constant power, 0 dB in the middle). Errors: DR_FAILED (memory). */
dr_status shape_pan(audiofile_sound *s, float pan, dr_error *err) DR_CHECKED;

/* Adds gain times `from`; lengthens and widens `to` where needed. Errors: DR_FAILED (memory). */
dr_status shape_mix(audiofile_sound *to, const audiofile_sound *from, float gain, dr_error *err) DR_CHECKED;

/* Hydrogen's filter of an instrument: two poles, low pass; cutoff and resonance 0..1 as it has them at 48
 * kHz. */
void shape_filter(audiofile_sound *s, float cutoff, float resonance);

#endif

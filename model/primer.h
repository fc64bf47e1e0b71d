/* A primer: a pattern that the music begins from, as if it had just been played. Not for the audio thread. */
#ifndef DRUMLIN_PRIMER_H
#define DRUMLIN_PRIMER_H

#include "model/pattern.h"

/* Loads a pattern in text (.drum) or a MIDI file, by path or by its name within the house collection or the
 * classics, with or without the ending ("techno/anvil-verse"). Errors: DR_BAD_INPUT naming file and fault;
 * DR_FAILED; *out is then empty. */
dr_status primer_load(const char *name, pattern *out, dr_error *err) DR_CHECKED;

#endif

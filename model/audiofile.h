/* Audio files: the only place that knows libsndfile, and libsamplerate beside it. Not the audio thread. */
#ifndef DRUMLIN_AUDIOFILE_H
#define DRUMLIN_AUDIOFILE_H

#include "rt/status.h"

#include <stddef.h>
#include <stdint.h>

/* Interleaved float samples, resampled to rate (libsamplerate, best sinc), at most two channels (more
 * are folded into two). Not-a-number and infinite samples make the file bad. Files over max_seconds are bad.
 * *data is malloc'd. Errors: DR_BAD_INPUT naming path and fault; DR_FAILED (memory). */
dr_status audiofile_read(const char *path, uint32_t rate, double max_seconds, float **data,
                         uint32_t *frames, int *channels, dr_error *err) DR_CHECKED;

/* A file being written: .wav (32-bit float), .flac (24 bit); the format follows the name's ending.
 * It is written under a temporary name and takes its own on close, whole or not at all. */
typedef struct audiofile_writer audiofile_writer;
dr_status audiofile_create(const char *path, uint32_t rate, int channels, audiofile_writer **out,
                           dr_error *err) DR_CHECKED;
dr_status audiofile_write(audiofile_writer *w, const float *interleaved, size_t frames,
                          dr_error *err) DR_CHECKED;
dr_status audiofile_close(audiofile_writer *w, dr_error *err) DR_CHECKED;   /* frees w either way */
void audiofile_discard(audiofile_writer *w);                                /* removes the file */

#endif
